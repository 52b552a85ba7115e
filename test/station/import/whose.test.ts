import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer } from '../../../electron/practice/server.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { document, type Json, report } from '../../support/documents.ts';
import { allDocsDump, androidDump, docsDump, stationDump } from '../../support/dumps.ts';
import { compareAs } from '../../support/uploads.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

const caseFile = (path: string): string => fileURLToPath(new URL(`../../cases/${path}`, import.meta.url));
const settings = (user: string, contact: string): Json =>
  document(`org.couchdb.user:${user}`, { type: 'user-settings', name: user, contact_id: contact });
const task = (user: string, n = 1): Json =>
  document(`task~org.couchdb.user:${user}~visit~${n}`, { type: 'task', user: `org.couchdb.user:${user}` });
const target = (user: string, contact: string): Json =>
  document(`target~2026-01~${contact}~org.couchdb.user:${user}`, {
    type: 'target',
    user: `org.couchdb.user:${user}`,
    owner: contact,
  });
const by = (id: string, contact: string): Json =>
  document(id, { type: 'data_record', form: 'home_visit', contact: { _id: contact }, fields: {} });
const batchOf = ({ batch }: ImportResult) => station.ask('batch.get', { batch: batch ?? '' });
const ids = async (batch = '') =>
  (await station.ask('changes.list', { batch, sort: 'id', limit: 1000 })).rows.map((row) => row.id);

it("takes a supervisor's phone for one person's, whosever targets it holds", async () => {
  const targets = ['chw1', 'chw2', 'chw3'].map((user) => target(user, `c-${user}`));
  const result = await station.take(
    docsDump([settings('sup', 'c-sup'), by('r1', 'c-sup'), by('r2', 'c-chw1'), ...targets]),
  );
  expect(result.batches).toHaveLength(1);
  const batch = await batchOf(result);
  expect(batch.user).toBe('sup');
  expect(batch.flags).not.toContain('several-users');
});

it('puts nothing under a colleague of whom only targets are there', async () => {
  const result = await station.take(
    allDocsDump([by('r1', 'c-sup'), target('chw1', 'c1'), target('chw1', 'c2')]),
    'sup_offline_20260102T0304.txt',
  );
  expect(await batchOf(result)).toMatchObject({ user: 'sup_offline', mayAssign: 'yes' });
  expect((await batchOf(result)).flags).toContain('file-name-user');
});

it('takes the name of a file for a proposal, and lets it be corrected', async () => {
  const result = await station.take(caseFile('23-copy-of-name/Copy of chw1_20261120T101500.txt'));
  expect(await batchOf(result)).toMatchObject({ user: 'chw1', mayAssign: 'yes' });
  await station.ask('batch.assign', { batch: result.batch ?? '', user: 'chw2' });
  const corrected = await batchOf(result);
  expect(corrected.user).toBe('chw2');
  expect(corrected.flags).toContain('typed-user');
  expect(corrected.flags).not.toContain('file-name-user');
});

it('believes the tasks before the clerk, and the clerk before the name of the file', async () => {
  const worked = await station.take(docsDump([report('r1'), task('chw3')]), 'chw1_20260102T0304.txt', {
    user: 'chw2',
  });
  expect(await batchOf(worked)).toMatchObject({ user: 'chw3', mayAssign: 'named' });
  const typed = await station.take(androidDump([report('r2')]), 'chw1_20260102T0304.txt', { user: 'chw2' });
  expect(await batchOf(typed)).toMatchObject({ user: 'chw2', mayAssign: 'yes' });
  expect((await batchOf(typed)).flags).toEqual(expect.arrayContaining(['typed-user', 'typed-user-differs']));
});

it.each([
  ['a Cyrillic letter', '\u0441hw1', '\u0441hw1'],
  ['a sign that cannot be seen', 'chw1\u200B', 'chw1'],
  ['a capital letter and a blank', 'CHW1 ', 'CHW1'],
  ['signs that turn the line round', 'chw9\u202Etxt', 'chw9txt'],
])('takes a look-alike for nobody: %s', async (_, user, shown) => {
  const result = await station.take(stationDump([by('r1', 'hc1-chw1')], { user }));
  const batch = await batchOf(result);
  expect(batch).toMatchObject({ user: null, claimedUser: shown, mayAssign: 'yes', ordinary: 0 });
  expect(batch.flags).toEqual(expect.arrayContaining(['unknown-user', 'odd-name']));
  expect(batch.unusual.map(({ rule }) => rule)).toContain('odd-name');
  await station.ask('batch.assign', { batch: batch.batch, user: 'chw1' });
  expect(await batchOf(result)).toMatchObject({ user: 'chw1', ordinary: 0 });
});

it('makes no batch of a person with an impossible name', async () => {
  const result = await station.take(
    docsDump([
      settings('chw1', 'c1'),
      settings('\u0441hw2', 'c2'),
      by('r1', 'c1'),
      by('r2', 'c2'),
      task('chw1'),
    ]),
  );
  expect(result.batches).toHaveLength(1);
  expect((await batchOf(result)).flags).toContain('odd-name');
});

it('cleans the names of devices and files on the screen', async () => {
  const result = await station.take(
    stationDump([by('r1', 'hc1-chw1')], { device: 'pho\u202Ene-1' }),
    'chw9\u202Etxt.chtdump',
  );
  expect(result.name).toBe('chw9txt.chtdump');
  expect(await batchOf(result)).toMatchObject({ device: 'phone-1', dumpName: 'chw9txt.chtdump' });
  expect((await batchOf(result)).flags).toContain('look-alike');
});

it.each([
  ['a device', stationDump([by('r1', 'hc1-chw1')], { device: 'ph\u043ene-1' }), 'chw1.chtdump'],
  [
    'a device with a sign that is not seen',
    stationDump([by('r1', 'c')], { device: 'phone\u200b' }),
    'a.json',
  ],
  ['a file', stationDump([by('r1', 'hc1-chw1')], { device: 'phone-1' }), '\u0441hw1.chtdump'],
])('flags %s whose name may pass for another one', async (_what, dump, name) => {
  expect((await batchOf(await station.take(dump, name))).flags).toContain('look-alike');
});

it.each(['phone-1', 'téléphone 2', 'Телефон 3', 'هاتف', 'phone Телефон'])(
  'does not flag a device that is called %s',
  async (device) => {
    const result = await station.take(stationDump([by('r1', 'hc1-chw1')], { device }), 'chw1.chtdump');
    expect((await batchOf(result)).flags).not.toContain('look-alike');
  },
);

it('tells 130 people of one dump apart', async () => {
  const users = Array.from({ length: 130 }, (_, n) => `u${String(n).padStart(3, '0')}`);
  const documents = users.flatMap((user) => [
    settings(user, `c-${user}`),
    by(`r-${user}`, `c-${user}`),
    task(user),
  ]);
  const result = await station.take(docsDump(documents));
  expect(result.batches).toHaveLength(130);
  for (const batch of [result.batches[1], result.batches[129]]) {
    const { user, flags } = await station.ask('batch.get', { batch: batch ?? '' });
    expect(await ids(batch)).toEqual([
      `org.couchdb.user:${user}`,
      `r-${user}`,
      `task~org.couchdb.user:${user}~visit~1`,
    ]);
    expect(flags).not.toContain('too-many-people');
  }
});

it('puts what is of more people than it tells apart under nobody, and says so', async () => {
  const users = Array.from({ length: 1010 }, (_, n) => `u${String(n).padStart(4, '0')}`);
  const result = await station.take(
    stationDump(
      users.flatMap((user) => [settings(user, `c-${user}`), by(`r-${user}`, `c-${user}`)]),
      { user: 'u0000', userContactId: 'c-u0000' },
    ),
  );
  expect(result.batches).toHaveLength(1001);
  const own = await batchOf(result);
  expect(own.flags).toContain('too-many-people');
  expect(await ids(own.batch)).toEqual(['org.couchdb.user:u0000', 'r-u0000']);
  const { rows } = await station.ask('batches.list', { limit: 1000, sort: 'user' });
  const [nobodys] = rows.filter((row) => row.user === null);
  expect(nobodys?.flags).toEqual(expect.arrayContaining(['unknown-user', 'too-many-people']));
  expect(await ids(nobodys?.batch)).toEqual([
    ...users.slice(1000).map((user) => `org.couchdb.user:${user}`),
    ...users.slice(1000).map((user) => `r-${user}`),
  ]);
});

it('marks what the successor of a replaced health worker wrote, once it is known to be new', async () => {
  const server = await startPracticeServer();
  const placed = await openTestStation({ practice: server });
  try {
    const result = await placed.take(caseFile('01-replace-user/cht-127.0.0.1-chw1-20261120T100000Z.chtdump'));
    await compareAs(placed, server, 'sup_online');
    const { rows } = await placed.ask('changes.list', { batch: result.batch ?? '', sort: 'id', limit: 100 });
    const marked = rows.filter(({ unusual }) => unusual.some(({ rule }) => rule === 'other-author'));
    expect(marked.map(({ id }) => id)).toEqual(['rp-n1', 'rp-n2', 'rp-n3', 'rp-n4']);
  } finally {
    await placed.close();
    await server.close();
  }
});
