/** A station goes into a backup and comes out of it on another computer: the same records, decisions and proofs. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { finishRestore } from '../../../electron/station/backup/put-in-place.ts';
import { restoreStation } from '../../../electron/station/backup/restore.ts';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { edited, editOnServer } from '../../support/edits.ts';
import { knownOf } from '../../support/known.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';

const PASSPHRASE = 'green mango tree';
const BY = { person: 'computer:somebody', at: '2026-11-30T09:00:00.000Z' };
const HOME = 'hc1-area-2-home-1';
const PARENT = {
  _id: HOME,
  parent: { _id: 'hc1-area-2', parent: { _id: 'hc1', parent: { _id: 'district' } } },
};

let server: PracticeServer;
let station: TestStation;
let stick: string;
let next: string;
const opened: TestStation[] = [];

const person = (id: string) => document(id, { type: 'person', name: `Invented ${id}`, parent: PARENT });

async function bring(docs: readonly Json[], device = 'phone-1'): Promise<string> {
  return (await station.take(stationDump(docs, { device }))).batch ?? '';
}

beforeEach(async () => {
  server = await startPracticeServer();
  station = await openTestStation({ practice: server });
  opened.push(station);
  stick = join(station.folder, 'stick');
  next = join(station.folder, 'other computer');
  await mkdir(stick);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  await server.close();
});

async function backUp(to = stick, passphrase = PASSPHRASE): Promise<string> {
  const { job } = await station.ask('backup.make', { to, passphrase });
  const end = await station.wait(job);
  if (end.kind !== 'backed-up') throw new Error(`the backup ended as ${JSON.stringify(end)}`);
  return join(stick, end.name);
}

const restore = (file: string, passphrase = PASSPHRASE) =>
  restoreStation({ file, passphrase, dataDir: next, by: BY });

async function openNext(): Promise<TestStation> {
  const other = await openTestStation({ dataDir: next });
  opened.push(other);
  for (const { job } of (await other.ask('jobs.list', {})).jobs) await other.wait(job);
  return other;
}

it('the same records, decisions and proofs come out of it', async () => {
  const sent = await bring([person('sent-1'), person('sent-2')]);
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: sent });
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done', accepted: 2 });
  const held = await bring([person('held-1'), person('open-1')], 'phone-2');
  await compareAs(station, server, 'chw1');
  await station.ask('decide.hold', { batch: held, ids: ['held-1'], reason: 'ask her first' });
  const before = await knownOf(station);
  expect(before.records).toHaveLength(4);
  expect((await station.ask('station.status', {})).backedUpAt).toBeNull();

  const file = await backUp();
  expect(await readdir(stick)).toEqual([
    expect.stringMatching(/^station-[\da-f]{8}-\d{4}-\d{2}-\d{2}\.chtbackup$/),
  ]);
  expect(existsSync(join(station.dataDir, 'backing-up'))).toBe(false);
  expect((await readFile(file)).includes('Invented')).toBe(false);
  expect((await station.ask('station.status', {})).backedUpAt).not.toBeNull();
  expect((await station.ask('ledger.list', { offset: 0, limit: 1, descending: true })).rows[0]).toMatchObject(
    {
      what: 'backup-made',
    },
  );

  expect(await restore(file)).toMatchObject({ station: expect.any(String), reopened: 0, isShared: false });
  const other = await openNext();
  const after = await knownOf(other);
  expect(after.history.slice(0, before.history.length)).toEqual(before.history);
  expect(after.history.slice(before.history.length).map(({ what, person: who }) => [what, who])).toEqual([
    ['backup-restored', BY.person],
  ]);
  expect({ ...after, history: [] }).toEqual({ ...before, history: [] });
  expect((await other.ask('ledger.verify', {})).brokenAt).toBeNull();
  expect(await other.ask('health.get', {})).toMatchObject({
    store: { state: 'good', gone: 0 },
    copies: { kept: 2, unknown: 0, missing: [] },
  });
}, 120_000);

it('what was restored may be behind: it sends nothing before it has compared', async () => {
  const batch = await bring([person('late-1'), person('late-2')]);
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch });
  const file = await backUp();
  // After the backup, the old computer sends.
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 2 });

  expect(await restore(file)).toMatchObject({ reopened: 2 });
  const other = await openNext();
  const { behindSince, comparedAt } = await other.ask('station.status', {});
  expect(behindSince).not.toBeNull();
  expect(comparedAt).not.toBeNull();
  await expect(other.ask('upload.start', signInAs(server, 'chw1'))).rejects.toMatchObject({
    code: 'compare-first',
  });
  const phone = { phone: 'p', app: 'a', user: 'chw1' };
  await expect(other.ask('phones.sync', phone)).rejects.toMatchObject({ code: 'compare-first' });
  // A parcel of before the backup may be older than what was sent since.
  await expect(other.ask('phones.apply', phone)).rejects.toMatchObject({ code: 'compare-first' });
  await compareAs(other, server, 'chw1');
  expect((await other.ask('station.status', {})).behindSince).toBeNull();
  // It learned what the server has.
  expect(
    (await other.ask('changes.list', { batch, offset: 0, limit: 9 })).rows.map((row) => row.class),
  ).toEqual(['same', 'same']);
  await other.ask('upload.start', signInAs(server, 'chw1'));
}, 120_000);

it('each login compares for itself, where the server hides from one what it shows to another', async () => {
  await bring([person('mine')]);
  // Of another area: the server names its versions to chw1, and does not show them.
  const theirs = await edited(server, 'report-hc2-chw2-1', { name: 'theirs', fields: { note: 'edited' } });
  await editOnServer(server, 'report-hc2-chw2-1', { note: 'otherwise' });
  await station.take(stationDump([theirs], { device: 'phone-2', user: 'chw2', userContactId: 'hc2-chw2' }));
  const file = await backUp();
  await restore(file);
  const other = await openNext();
  const send = (user: string) => other.ask('upload.start', signInAs(server, user));
  await compareAs(other, server, 'chw1');
  expect((await other.ask('station.status', {})).behindSince).not.toBeNull();
  await other.wait((await send('chw1')).job);
  await expect(send('chw2')).rejects.toMatchObject({ code: 'compare-first' });
  await compareAs(other, server, 'chw2');
  expect((await other.ask('station.status', {})).behindSince).toBeNull();
  await other.wait((await send('chw2')).job);
}, 120_000);

it('a restored station writes under a name of its own, and leaves the other one’s backups alone', async () => {
  await bring([person('a')]);
  const file = await backUp();
  const before = await readFile(file);
  await restore(file);
  const other = await openNext();
  const { job } = await other.ask('backup.make', { to: stick, passphrase: PASSPHRASE });
  const end = await other.wait(job);
  expect(end).toMatchObject({ kind: 'backed-up' });
  expect(await readdir(stick)).toHaveLength(2);
  expect((await readFile(file)).equals(before)).toBe(true);
  const again = await other.wait((await other.ask('backup.make', { to: stick, passphrase: PASSPHRASE })).job);
  // The same day, the same name.
  expect(again).toMatchObject({ name: end.kind === 'backed-up' ? end.name : '' });
}, 120_000);

it('a backup of each day stays, the newest three; another file of the folder is not touched', async () => {
  let now = Date.parse('2026-11-01T10:00:00Z');
  const own = await openTestStation({ clock: () => now });
  opened.push(own);
  await own.take(stationDump([person('a')]));
  await writeFile(join(stick, 'letter.odt'), '');
  await writeFile(join(stick, 'station-00000000-2026-10-01.chtbackup'), 'of another station');
  for (let day = 0; day < 5; day += 1, now += 24 * 60 * 60_000)
    await own.wait((await own.ask('backup.make', { to: stick, passphrase: PASSPHRASE })).job);
  expect(
    (await readdir(stick)).map((name) => name.replace(/station-(?!0{8})[\da-f]{8}/, 'own')).sort(),
  ).toEqual([
    'letter.odt',
    'own-2026-11-03.chtbackup',
    'own-2026-11-04.chtbackup',
    'own-2026-11-05.chtbackup',
    'station-00000000-2026-10-01.chtbackup',
  ]);
}, 120_000);

it('without room the oldest go, and none goes where the newest is not whole', async () => {
  let now = Date.parse('2026-11-01T10:00:00Z');
  let taken = 0;
  const own = await openTestStation({
    clock: () => now,
    // Room for two.
    freeBytesAt: async () => ((taken = (await readdir(stick)).length) < 2 ? null : 0),
  });
  opened.push(own);
  await own.take(stationDump([person('a')]));
  const make = async () =>
    own.wait((await own.ask('backup.make', { to: stick, passphrase: PASSPHRASE })).job);
  const days = async () => (await readdir(stick)).map((name) => name.slice(-13, -10)).sort();
  for (let day = 0; day < 3; day += 1, now += 24 * 60 * 60_000) expect((await make()).kind).toBe('backed-up');
  expect(taken).toBeGreaterThan(0);
  expect(await days()).toEqual(['-02', '-03']);
  const [newest = ''] = (await readdir(stick)).sort().reverse();
  await truncate(join(stick, newest), 1000);
  expect(await make()).toEqual({ kind: 'failed', code: 'backup-no-room' });
  expect(await days()).toEqual(['-02', '-03']);
}, 120_000);

it('the store of records goes on after it was copied', async () => {
  await bring([person('a')]);
  await backUp();
  const batch = await bring([person('b')], 'phone-2');
  const [row] = (await station.ask('changes.list', { batch, offset: 0, limit: 1 })).rows;
  const { raw } = await station.ask('change.get', { id: row?.id ?? '', rev: row?.rev });
  expect(raw).toMatchObject({ name: 'Invented b' });
  expect((await station.ask('health.get', {})).store.state).toBe('good');
}, 120_000);

it('only an empty folder is restored into, and only from what is whole', async () => {
  await bring([person('a')]);
  const file = await backUp();
  await mkdir(next);
  await writeFile(join(next, 'something'), '');
  await expect(restore(file)).rejects.toMatchObject({ code: 'restore-not-empty' });
  expect(await readdir(next)).toEqual(['something']);
  await rename(join(next, 'something'), join(stick, 'something'));
  await expect(restore(join(stick, 'something'))).rejects.toMatchObject({ code: 'backup-cut' });
  await expect(restore(file, 'green mango treE')).rejects.toMatchObject({ code: 'backup-passphrase' });
  const { size } = await readFile(file).then(({ length: bytes }) => ({ size: bytes }));
  for (const bytes of [size - 1, Math.floor(size / 2), 70_000, 50]) {
    await truncate(file, bytes);
    await expect(restore(file)).rejects.toMatchObject({ code: 'backup-cut' });
    expect(await readdir(next)).toEqual([]);
  }
}, 120_000);

it('one that was cut off while it was restored leaves nothing, and one that was whole is finished', async () => {
  await bring([person('a')]);
  const file = await backUp();
  // Half of it lay there when the computer went off.
  await mkdir(join(next, 'restoring', 'dumps'), { recursive: true });
  await writeFile(join(next, 'restoring', 'ledger.sqlite'), 'half');
  await finishRestore(next);
  expect(await readdir(next)).toEqual(['restoring']);
  expect(await restore(file)).toMatchObject({ files: expect.any(Number) });
  expect(await readdir(next)).not.toContain('restoring');
  // All of it was right, and was not moved to its place yet.
  await mkdir(join(next, 'restoring'));
  for (const name of (await readdir(next)).filter((one) => one !== 'restoring' && one !== 'replica'))
    await rename(join(next, name), join(next, 'restoring', name));
  await writeFile(join(next, 'restoring', 'whole'), '');
  await expect(restore(file)).rejects.toMatchObject({ code: 'restore-not-empty' });
  const other = await openNext();
  expect((await other.ask('station.status', {})).dumps).toBe(1);
  expect(existsSync(join(next, 'restoring'))).toBe(false);
}, 120_000);

it('where the system has a dialog, no path comes from the window', async () => {
  const desktop = await openTestStation({ choose: () => Promise.resolve(stick) });
  opened.push(desktop);
  await expect(desktop.ask('backup.make', { to: stick, passphrase: PASSPHRASE })).rejects.toMatchObject({
    code: 'not-allowed',
  });
  expect(await readdir(stick)).toEqual([]);
});

it('a passphrase that is easy to guess is refused, and a stick that is not there', async () => {
  await expect(station.ask('backup.make', { to: stick, passphrase: 'short' })).rejects.toMatchObject({
    code: 'backup-passphrase-weak',
  });
  const { job } = await station.ask('backup.make', { to: join(stick, 'gone'), passphrase: PASSPHRASE });
  expect(await station.wait(job)).toEqual({ kind: 'failed', code: 'backup-place-gone' });
  expect(existsSync(join(station.dataDir, 'backing-up'))).toBe(false);
});
