/** What sentinel does beyond what is recorded of a real one (test/server/exchanges, group `sentinel`). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import type { Doc, StoredDoc } from '../../electron/practice/pouch.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';
import { eventually } from '../support/soon.ts';
import { askServer } from '../server/ask.ts';

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

const HOME = 'hc1-area-1-home-1';
const PERSON = `${HOME}-person-1`;
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const stored = (id: string): Promise<StoredDoc> => server.database().get(id);

/** The phone goes online, and sentinel does what there is to do. */
async function deliver(...docs: Doc[]): Promise<void> {
  for (const doc of docs) await phone.put(doc);
  await phone.sync();
  await server.sentinel.settle();
}

const about = (id: string, form: string, fields: Readonly<Record<string, unknown>>) =>
  report({ id, form, by: BY, about: PERSON, reportedAt: Date.UTC(2026, 10, 1), fields });

async function newPerson(id: string, home: string, more = {}): Promise<Doc> {
  const parent = asParent(await phone.db.get(home));
  return contact({ id, type: 'person', name: 'Teal Fig', parent, reportedAt: Date.UTC(2026, 10, 1), more });
}

describe('short codes', () => {
  test('are given once, are unique, and are not taken from who has one', async () => {
    const before = (await stored(PERSON)).patient_id;
    await deliver(await newPerson('one', HOME), await newPerson('two', HOME));
    await deliver(await newPerson('three', HOME, { patient_id: 'KE-0012' }));
    const codes = await Promise.all(
      [PERSON, 'one', 'two', 'three'].map(async (id) => (await stored(id)).patient_id),
    );
    expect(new Set(codes).size).toBe(4);
    expect(codes).toEqual([
      before,
      expect.stringMatching(/^\d{5}$/),
      expect.stringMatching(/^\d{5}$/),
      'KE-0012',
    ]);
    expect((await stored('one'))._rev).toMatch(/^2-/);
    expect((await stored('three'))._rev).toMatch(/^1-/);
  });

  test('everybody on a fresh server has one, so that nothing of it changes by itself', async () => {
    const { update_seq } = await server.database().info();
    await server.sentinel.settle();
    expect((await server.database().info()).update_seq).toBe(update_seq);
    const { rows } = await server.database().allDocs({ include_docs: true });
    const contacts = rows.flatMap(({ doc }) => (doc?.name && doc.reported_date ? [doc] : []));
    const codes = contacts.map((doc) => doc.patient_id ?? doc.place_id);
    expect(codes.every((code) => typeof code === 'string')).toBe(true);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('muting', () => {
  test('who comes new into a muted household is muted; unmuting one of them unmutes them all', async () => {
    await deliver(about('mute-1', 'mute', { patient_uuid: undefined, place_id: HOME }));
    expect(await stored(HOME)).toHaveProperty('muted');
    expect(await stored(PERSON)).toHaveProperty('muted');
    await deliver(await newPerson('newborn', HOME));
    expect(await stored('newborn')).toHaveProperty('muted');
    await deliver(about('unmute-1', 'unmute', { patient_id: 'newborn' }));
    for (const id of [HOME, PERSON, 'newborn']) expect(await stored(id), id).not.toHaveProperty('muted');
  });

  describe('that the app decided', () => {
    const mute = about('app-mute', 'mute', { patient_uuid: undefined, place_id: HOME });
    const unmute = about('app-unmute', 'unmute', { patient_id: PERSON });
    const historyOf = (doc: StoredDoc) => doc.muting_history as Record<string, unknown>;

    test('is on the phone at once, for everybody in the household', async () => {
      await phone.save(mute);
      expect(await phone.db.get('app-mute')).toMatchObject({ client_side_transitions: { muting: true } });
      const { muted, muting_history } = await phone.db.get(PERSON);
      const event = { muted: true, date: muted, report_id: 'app-mute' };
      expect(muting_history).toEqual({
        server_side: { muted: false },
        client_side: [event],
        last_update: 'client_side',
      });
      await phone.save(await newPerson('newborn', HOME));
      expect(await phone.db.get('newborn')).toMatchObject({
        muted: expect.any(String) as unknown,
        muting_history: { client_side: [{ muted: true, report_id: 'app-mute' }] },
      });
      // Already so: the app does nothing, and says nothing.
      await phone.save(about('app-mute-2', 'mute', { patient_id: PERSON }));
      expect(await phone.db.get('app-mute-2')).not.toHaveProperty('client_side_transitions');
      await phone.save(unmute);
      for (const id of [HOME, PERSON, 'newborn']) {
        const doc = await phone.db.get(id);
        expect(doc).not.toHaveProperty('muted');
        expect(historyOf(doc)['client_side']).toHaveLength(2);
      }
    });

    test('is nothing where the settings leave it to the server', async () => {
      const { settings, ...rest } = await stored('settings');
      const own = settings as Record<string, Record<string, unknown>>;
      const transitions = { ...own['transitions'], muting: { client_side: false } };
      await server.database().put({ ...rest, settings: { ...own, transitions } });
      await phone.sync();
      await phone.save(mute);
      expect(await phone.db.get('app-mute')).not.toHaveProperty('client_side_transitions');
      expect(await phone.db.get(PERSON)).not.toHaveProperty('muted');
      await phone.sync();
      await server.sentinel.settle();
      expect(await stored(PERSON)).toHaveProperty('muted');
    });

    test('is answered by the server with its own date, as a revision that the phone does not have', async () => {
      await phone.save(mute);
      const { muted, _rev } = await phone.db.get(PERSON);
      await phone.sync();
      await server.sentinel.settle();
      const there = await stored(PERSON);
      expect(Date.parse(String(there.muted))).toBeGreaterThanOrEqual(Date.parse(String(muted)));
      expect(there._rev).not.toBe(_rev);
      expect(there.muting_history).toMatchObject({
        server_side: { muted: true, date: there.muted },
        client_side: [{ report_id: 'app-mute' }],
        last_update: 'server_side',
      });
    });

    test('ends as it ended on the phone, whatever comes first', async () => {
      await phone.save(mute);
      await phone.save(unmute);
      await phone.sync();
      await server.sentinel.settle();
      for (const id of [HOME, PERSON]) {
        const doc = await stored(id);
        expect(doc).not.toHaveProperty('muted');
        expect(doc.muting_history).toMatchObject({
          server_side: { muted: false },
          last_update: 'server_side',
        });
      }
    });
  });

  test('of a place that nobody knows leaves an error on the report', async () => {
    await server.database().put(about('mute-2', 'mute', { patient_uuid: undefined, place_id: '000' }));
    await server.sentinel.settle();
    expect(await stored('mute-2')).toMatchObject({ errors: [{ code: 'contact_not_found' }] });
  });
});

describe('reports', () => {
  test('a death is noted on the person, and taken back', async () => {
    const fields = { death_details: { date_of_death: '2026-10-30' } };
    await deliver(about('death-1', 'death_report', fields));
    expect(await stored(PERSON)).toMatchObject({ date_of_death: '2026-10-30' });
    await deliver(about('death-2', 'undo_death_report', {}));
    expect(await stored(PERSON)).not.toHaveProperty('date_of_death');
  });

  test('a registration gets its messages, once', async () => {
    await deliver(about('pregnancy-1', 'pregnancy', { patient_id: PERSON }));
    const { scheduled_tasks: tasks, _rev } = await stored('pregnancy-1');
    expect(tasks).toMatchObject([
      { group: 1, state: 'scheduled', due: '2026-12-13T00:00:00.000Z', type: 'anc_visits' },
      { group: 2 },
      { group: 3 },
    ]);
    expect(_rev).toMatch(/^2-/);
    await server.database().put({ ...(await stored('pregnancy-1')), note: 'edited' });
    await server.sentinel.settle();
    expect((await stored('pregnancy-1')).scheduled_tasks).toEqual(tasks);
  });

  test('a registration of nobody gets an error', async () => {
    await server.database().put(about('pregnancy-2', 'pregnancy', { patient_id: '99999' }));
    await server.sentinel.settle();
    expect(await stored('pregnancy-2')).toMatchObject({ errors: [{ code: 'registration_not_found' }] });
  });
});

test('a health worker who is replaced: nothing while PENDING, then another login, and the old one opens no more', async () => {
  const successor = await newPerson('successor', HOME);
  const replaced = (status: string) => ({
    user_for_contact: { replace: { chw1: { status, replacement_contact_id: 'successor' } } },
  });
  await deliver(successor);
  await phone.edit('hc1-chw1', () => replaced('PENDING'));
  await deliver();
  expect((await stored('hc1-chw1')).user_for_contact).toMatchObject({
    replace: { chw1: { status: 'PENDING' } },
  });
  const before = server.users.map(({ user }) => user);
  const old = server.users.find(({ user }) => user === 'chw1');

  await phone.edit('hc1-chw1', () => replaced('READY'));
  await deliver();
  expect((await stored('hc1-chw1')).user_for_contact).toMatchObject({
    replace: { chw1: { status: 'COMPLETE' } },
  });
  const [made] = server.users.filter(({ user }) => !before.includes(user));
  expect(made).toMatchObject({ contact: 'successor', facility: 'hc1', roles: ['chw'] });
  const json = { user: 'chw1', password: old?.password };
  expect((await askServer(server.url, { method: 'POST', path: '/medic/login', json })).status).toBe(401);
});

test('a magic link signs in once, and the settings say when', async () => {
  const { admin: as, url } = server;
  const json = {
    username: 'link1',
    phone: '+254701000001',
    token_login: true,
    roles: ['chw'],
    place: 'hc1',
    contact: 'hc1-chw1',
  };
  expect((await askServer(url, { method: 'POST', path: '/api/v1/users', as, json })).status).toBe(200);
  expect(await stored('org.couchdb.user:link1')).toMatchObject({ token_login: { active: true } });
  const token = server.linkOf('link1') ?? '';
  const use = () => askServer(url, { method: 'POST', path: `/medic/login/token/${token}`, json: {} });
  const first = await use();
  expect([first.status, first.cookies.AuthSession !== undefined]).toEqual([302, true]);
  expect((await use()).status).toBe(401);
  const { token_login: used } = await stored('org.couchdb.user:link1');
  expect(used).toMatchObject({ active: false, login_date: expect.any(Number) as unknown });
});

test('with a delay it works by itself', async () => {
  const own = await startPracticeServer({ sentinelDelay: 1 });
  const other = new Phone({ user: 'chw1', device: 'phone-2', server: own });
  try {
    await other.firstSync();
    await other.put(await newPerson('alone', HOME));
    await other.sync();
    await eventually(async () => expect(await own.database().get('alone')).toHaveProperty('patient_id'));
  } finally {
    await other.destroy();
    await own.close();
  }
});

test('while it works nobody reads half of what it does with one request', async () => {
  const own = await startPracticeServer({ sentinelDelay: 1 });
  const as = own.admin;
  const infoOf = (id: string) =>
    askServer(own.url, { method: 'GET', path: `/medic-sentinel/${id}-info`, as });
  try {
    const parent = asParent(await own.database().get(HOME));
    for (let round = 0; round < 5; round += 1) {
      const ids = Array.from({ length: 12 }, (_, n) => `together-${round}-${n}`);
      const docs = ids.map((id) => ({
        ...contact({ id, type: 'person', name: 'Teal Fig', parent, reportedAt: Date.UTC(2026, 10, 1) }),
        _rev: `1-${'a'.repeat(32)}`,
      }));
      const json = { docs, new_edits: false };
      await askServer(own.url, { method: 'POST', path: '/medic/_bulk_docs', as, json });
      const [first = '', ...others] = ids;
      await expect
        .poll(async () => (await infoOf(first)).body, { interval: 1 })
        .toHaveProperty('transitions');
      for (const id of others.toReversed()) expect((await infoOf(id)).body, id).toHaveProperty('transitions');
    }
  } finally {
    await own.close();
  }
});
