/** Who the health workers are: from what came, from what an export names, and from what the server shows an account. */
import { afterEach, expect, test } from 'vitest';
import { writePracticeDumps } from '../../../electron/practice/dumps.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 2, 9);

let now = START;
let station: ServedStation | undefined;
afterEach(async () => {
  await station?.close();
  station = undefined;
});

async function opened(): Promise<ServedStation> {
  now = START;
  station = await openTestStation({ practice: true, clock: () => now });
  return station;
}

const users = (rows: readonly { readonly user: string }[]): string[] => rows.map(({ user }) => user);

test('a station account brings who works at the facility and never came; a health worker alone does not', async () => {
  const here = await opened();
  const { ask, take, server, folder } = here;
  const dumps = await writePracticeDumps(server, folder, () => now);
  await take(dumps.find(({ path }) => path.includes('chw1'))?.path ?? '');
  await compareAs(here, server, 'chw1');
  expect(users((await ask('workers.list', { sort: 'user' })).rows)).toEqual(['chw1']);
  await compareAs(here, server, 'sup_online');
  const { rows, known, nobodys } = await ask('workers.list', { sort: 'user' });
  expect(users(rows)).toEqual(['chw1', 'chw2', 'chw3', 'chw_link', 'chw_sso', 'sup_offline']);
  expect({ known, nobodys }).toEqual({ known: 6, nobodys: 0 });
  const [came, never] = rows;
  expect(came).toMatchObject({ known: 'came', visits: 1, signsIn: 'password' });
  expect(never).toMatchObject({ known: 'server', visits: 0, lastVisit: null, device: null });
  expect(rows.find(({ user }) => user === 'chw_sso')?.signsIn).toBe('sso');
});

test('whoever was added to the server meanwhile is seen half a day later', async () => {
  const here = await opened();
  const { ask, take, server, folder } = here;
  const dumps = await writePracticeDumps(server, folder, () => now);
  await take(dumps[0]?.path ?? '');
  await compareAs(here, server, 'sup_online');
  const account = { password: 'Mango-tree-9', roles: ['chw'], facility: 'hc1' };
  await server.addUser({ ...account, user: 'late', fullname: 'Late Comer', contact: 'hc1-chw3' });
  await server.addUser({ ...account, user: 'far', facility: 'elsewhere' });
  await compareAs(here, server, 'sup_online');
  expect(users((await ask('workers.list', {})).rows)).not.toContain('late');
  now += DAY / 2;
  await compareAs(here, server, 'sup_online');
  const found = users((await ask('workers.list', {})).rows);
  expect(found).toContain('late');
  expect(found).not.toContain('far');
  expect(found).not.toContain('sup_online');
});

test('who has not come for longest stands first, and what is owed and never accepted is counted', async () => {
  const here = await opened();
  const { ask, take, server, folder } = here;
  const dumps = await writePracticeDumps(server, folder, () => now);
  for (const user of ['chw1', 'chw3', 'chw2']) {
    await take(dumps.find(({ path }) => path.includes(user))?.path ?? '');
    now += 10 * DAY;
  }
  await compareAs(here, server, 'sup_online');
  const { rows } = await ask('workers.list', {});
  expect(users(rows).slice(0, 3)).toEqual(['chw1', 'chw3', 'chw2']);
  expect(users((await ask('workers.list', { absentDays: 20 })).rows)).toEqual([
    'chw1',
    'chw3',
    'chw_link',
    'chw_sso',
    'sup_offline',
  ]);
  expect(users((await ask('workers.list', { owing: true })).rows)).toEqual(['chw1', 'chw3', 'chw2']);

  const { rows: batches } = await ask('batches.list', { user: 'chw3' });
  await ask('decide.approve', { batch: batches[0]?.batch ?? '', classes: ['new'] });
  await uploadAs(here, server, 'chw3');
  const person = await ask('worker.get', { user: 'chw3' });
  expect(person.records.refused).toBeGreaterThan(0);
  expect(person.refusals.reduce((sum, one) => sum + one.records, 0)).toBe(person.records.refused);
  expect(person.records.accepted).toBeGreaterThan(0);
  expect(users((await ask('workers.list', { refused: true })).rows)).toEqual(['chw3']);
  await expect(ask('worker.get', { user: 'nobody' })).rejects.toThrow(
    expect.objectContaining({ code: 'not-found' }) as Error,
  );
});

test('people are called by their names, with the telephone of their contact, and found by a part of it', async () => {
  const here = await opened();
  const { ask, take, server, folder } = here;
  const dumps = await writePracticeDumps(server, folder, () => now);
  await take(dumps.find(({ path }) => path.includes('chw1'))?.path ?? '');
  await server.addUser({
    user: 'zoe',
    password: 'Mango-tree-9',
    roles: ['chw'],
    facility: 'hc1',
    fullname: 'Zoé Wanjiru',
  });
  await compareAs(here, server, 'sup_online');
  const contact = (await server.database().get('hc1-chw1')) as { name?: string; phone?: string };
  expect(contact.name).toBeTruthy();
  const person = await ask('worker.get', { user: 'chw1' });
  expect(person.name).toBe(contact.name);
  expect(person.phone).toBe(contact.phone ?? null);
  expect(users((await ask('workers.list', { text: 'zoe wan' })).rows)).toEqual(['zoe']);
});
