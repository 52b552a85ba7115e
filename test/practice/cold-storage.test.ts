/** Archiving and purging of the practice server: what a phone and an admin see of it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServer, type Question } from '../server/ask.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';

const OWN = 'report-hc1-chw1-1';
const PATIENT = 'hc1-area-1-home-1-person-1';
const GET_DELETES = '/api/v1/replication/get-deletes';

let server: PracticeServer;
let phone: Phone;
beforeEach(async () => {
  server = await startPracticeServer();
  phone = new Phone({ user: 'chw1', device: 'phone-1', server });
  await phone.firstSync();
});
afterEach(async () => {
  await phone.destroy();
  await server.close();
});

function ask(user: string, question: Omit<Question, 'as'>) {
  const password = server.users.find((one) => one.user === user)?.password ?? server.admin.password;
  return askServer(server.url, { ...question, as: { user, password } });
}

const deletes = async (user: string, doc_ids: readonly string[]) =>
  (await ask(user, { method: 'POST', path: GET_DELETES, json: { doc_ids } })).body;
const isMissing = { status: 404 };

test('before 5.3 no server archives', async () => {
  await expect(server.archive([OWN])).rejects.toThrow('5.2.0');
  const json = { keys: [OWN] };
  const path = '/medic-archive/_all_docs';
  expect((await ask(server.admin.user, { method: 'POST', path, json })).status).toBe(404);
});

test('what is archived is gone with its history, and every restricted user is told', async () => {
  await server.setVersion('5.3.0');
  const { _rev } = await server.database().get(OWN);
  const audited = server.audit.length;
  await server.archive([OWN, PATIENT, 'settings', 'never-there']);

  await expect(server.database().get(OWN)).rejects.toMatchObject(isMissing);
  await expect(server.database().get('settings')).resolves.toMatchObject({ _id: 'settings' });
  const probe = '999999999-ffffffffffffffffffffffffffffffff';
  const diff = await ask('chw1', {
    method: 'POST',
    path: '/medic/_revs_diff',
    json: { [OWN]: [_rev, probe] },
  });
  expect(diff.body).toEqual({ [OWN]: { missing: [_rev, probe] } });
  const asked = [OWN, PATIENT, 'settings', 'never-there'];
  expect(await deletes('chw1', asked)).toEqual({ doc_ids: [OWN, PATIENT] });
  expect(await deletes('chw3', asked)).toEqual({ doc_ids: [OWN, PATIENT] });
  expect((await ask('sup_online', { method: 'POST', path: GET_DELETES, json: {} })).status).toBe(404);
  expect(server.audit).toHaveLength(audited);

  expect((await phone.sync()).purged).toEqual(expect.arrayContaining([OWN, PATIENT]));
  await expect(phone.db.get(OWN)).rejects.toMatchObject(isMissing);
});

test('a phone that edited it meanwhile brings it back to life: the server takes it as new', async () => {
  await server.setVersion('5.3.0');
  const rev = await phone.edit(OWN, () => ({ late: true }));
  await server.archive([OWN]);
  expect(await phone.sync()).toMatchObject({ sent: 1, refused: [] });
  expect((await server.database().get(OWN))._rev).toBe(rev);
});

test('the archive is read by database admins only', async () => {
  await server.setVersion('5.3.0');
  const { _rev: rev } = await server.database().get(OWN);
  await server.archive([OWN]);
  const question = {
    method: 'POST',
    path: '/medic-archive/_all_docs',
    json: { keys: [OWN, 'never-there'] },
  };
  expect((await ask('chw1', question)).status).toBe(403);
  expect((await ask('sup_online', question)).status).toBe(403);
  const { status, body } = await ask(server.admin.user, question);
  expect([status, body]).toMatchObject([
    200,
    {
      rows: [
        { id: OWN, value: { rev } },
        { key: 'never-there', error: 'not_found' },
      ],
    },
  ]);
});

test('what is purged leaves the phones of one set of roles, and stays on the server', async () => {
  server.purge([OWN], ['chw']);
  expect(await deletes('chw1', [OWN])).toEqual({ doc_ids: [OWN] });
  expect(await deletes('sup_offline', [OWN])).toEqual({ doc_ids: [] });
  expect((await ask('chw1', { method: 'GET', path: `/medic/${OWN}` })).status).toBe(200);
  expect((await phone.sync()).purged).toContain(OWN);
});
