/** A new station becomes the one of a backup at its first start, asked as its window asks; else it is as new as before. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { RestoreProgress } from '../../../shared/restore.ts';
import { writeArchive, type About, type ArchiveFile } from '../../../electron/backup/archive.ts';
import { seal } from '../../../electron/backup/seal.ts';
import { bytesOf, unpack } from '../../../electron/backup/unpack.ts';
import { writeWhole } from '../../../electron/backup/write.ts';
import { restoreBeside } from '../../../electron/station/backup/restore.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { knownOf } from '../../support/known.ts';
import { eventually } from '../../support/soon.ts';
import { ADMIN, openTestStation, type TestStation, type TestStationOptions } from '../../support/station.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';

const PASSPHRASE = 'green mango tree of the backup';
const HOME = 'hc1-area-2-home-1';
const PARENT = {
  _id: HOME,
  parent: { _id: 'hc1-area-2', parent: { _id: 'hc1', parent: { _id: 'district' } } },
};
const person = (id: string): Json => document(id, { type: 'person', name: `Invented ${id}`, parent: PARENT });

let server: PracticeServer;
let old: TestStation;
/** The backup of a station where people work, and what they know; it lies on a stick. */
let backup: string;
let before: Awaited<ReturnType<typeof knownOf>>;
const stick = temporaryFolder();

beforeAll(async () => {
  server = await startPracticeServer();
  old = await openTestStation({ carrier: 'browser', practice: server });
  const sent = (await old.take(stationDump([person('sent-1'), person('sent-2')]))).batch ?? '';
  await compareAs(old, server, 'chw1');
  await old.ask('decide.approve', { batch: sent });
  expect(await uploadAs(old, server, 'chw1')).toMatchObject({ outcome: 'done', accepted: 2 });
  const held = (await old.take(stationDump([person('held-1')], { device: 'phone-2' }))).batch ?? '';
  await compareAs(old, server, 'chw1');
  await old.ask('decide.hold', { batch: held, ids: ['held-1'], reason: 'ask her first' });
  before = await knownOf(old);
  const { job } = await old.ask('backup.make', { to: stick.path, passphrase: PASSPHRASE });
  const end = await old.wait(job);
  backup = join(stick.path, end.kind === 'backed-up' ? end.name : '');
}, 120_000);
afterAll(async () => {
  await old.close();
  await server.close();
  stick.remove();
});

let folder: ReturnType<typeof temporaryFolder>;
let dataDir: string;
let opened: TestStation | null = null;
beforeEach(() => {
  folder = temporaryFolder();
  dataDir = join(folder.path, 'data');
});
afterEach(async () => {
  await shut();
  folder.remove();
});

async function shut(): Promise<void> {
  await opened?.close();
  opened = null;
}

async function openNew(options: TestStationOptions = {}): Promise<TestStation> {
  return (opened = await openTestStation({ carrier: 'browser', first: true, dataDir, ...options }));
}

const stateOf = async ({ ask }: TestStation) => (await ask('desk.get', {})).state;

/** How the restoring ended; `restored`: the station has people who sign in. */
function endOf({ station }: TestStation): Promise<RestoreProgress | 'restored'> {
  return eventually(async () => {
    const answer = await station.ask('restore.get', {});
    if (!answer.ok && answer.code !== 'sign-in-needed') throw new Error(answer.code);
    if (!answer.ok) return 'restored';
    const { progress } = answer.value as { progress: RestoreProgress };
    expect(['stopped', 'failed', 'idle']).toContain(progress.kind);
    return progress;
  });
}

async function restore(station: TestStation, path = backup, passphrase = PASSPHRASE) {
  await station.ask('restore.choose', { path });
  await station.ask('restore.start', { passphrase });
  return endOf(station);
}

async function expectFailure(station: TestStation, path: string, code: ErrorCode, passphrase = PASSPHRASE) {
  expect(await restore(station, path, passphrase), path).toEqual({ kind: 'failed', code });
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
  expect(await stateOf(station)).toBe('first');
}

async function expectNew(station: TestStation): Promise<void> {
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
  expect((await station.ask('restore.get', {})).file).toBeNull();
}

/** All that was in the backup is here, and nothing else. */
async function expectRestored(station: TestStation): Promise<void> {
  expect(await stateOf(station)).toBe('signed-out');
  await station.ask('desk.sign-in', ADMIN);
  for (const { job } of (await station.ask('jobs.list', {})).jobs) await station.wait(job);
  const after = await knownOf(station);
  const acts = after.history.slice(before.history.length).map(({ what }) => what);
  expect(acts.filter((what) => what !== 'signed-in')).toEqual(['backup-restored']);
  expect(after.history.slice(0, before.history.length)).toEqual(before.history);
  expect({ ...after, history: [] }).toEqual({ ...before, history: [] });
  expect((await station.ask('ledger.verify', {})).brokenAt).toBeNull();
  expect(await station.ask('health.get', {})).toMatchObject({
    store: { state: 'good', gone: 0 },
    copies: { kept: 2, unknown: 0, missing: [] },
  });
  expect((await station.ask('station.status', {})).behindSince).not.toBeNull();
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
}

it('records, decisions and proofs come out of it, its people sign in, and it says that it may be behind', async () => {
  const station = await openNew();
  expect(await station.ask('restore.get', {})).toEqual({
    canChoose: false,
    file: null,
    progress: { kind: 'idle' },
  });
  await expect(station.ask('restore.start', { passphrase: PASSPHRASE })).rejects.toMatchObject({
    code: 'restore-no-file',
  });
  const chosen = await station.ask('restore.choose', { path: backup });
  expect(chosen.file).toMatchObject({ name: basename(backup), bytes: (await stat(backup)).size });
  const told = new Set<string>();
  station.station.on('changed', ({ what }) => what.forEach((one) => told.add(one)));
  await station.ask('restore.start', { passphrase: PASSPHRASE });
  // Nobody is told where it lies, nor who is in it.
  const said = JSON.stringify(await station.ask('restore.get', {}));
  expect(said).not.toContain(stick.path);
  expect(said).not.toContain(ADMIN.name);
  expect(await endOf(station)).toBe('restored');
  await expectRestored(station);
  await eventually(() => expect([...told]).toEqual(expect.arrayContaining(['restore', 'desk', 'batches'])));
  const { rows } = await station.ask('ledger.list', { offset: 0, limit: 1000 });
  const act = rows.find(({ what }) => what === 'backup-restored');
  expect(act?.person).toMatch(/^computer:/);
  // It is used now: nothing takes its place any more.
  expect(await station.station.ask('restore.choose', { path: backup })).toMatchObject({
    code: 'not-allowed',
  });
  await shut();
  // … and it is the same one at the next start.
  expect(await stateOf(await openNew())).toBe('signed-out');
}, 120_000);

it('each thing that is wrong with it has its own word, and the station is as new as before', async () => {
  const station = await openNew();
  await expectFailure(station, backup, 'backup-passphrase', 'green mango treE of the backup');
  const whole = await readFile(backup);
  const changed = join(folder.path, 'changed.chtbackup');
  for (const bytes of [0, 20, 60, 200, 70_000, Math.floor(whole.length / 2), whole.length - 1]) {
    await writeFile(changed, whole);
    await truncate(changed, bytes);
    await expectFailure(station, changed, 'backup-cut');
  }
  for (const at of [300, Math.floor(whole.length / 2)]) {
    await writeFile(changed, whole);
    const handle = await open(changed, 'r+');
    await handle.write(Buffer.from([(whole[at] ?? 0) ^ 1]), 0, 1, at);
    await handle.close();
    await expectFailure(station, changed, 'backup-damaged');
  }
  await expectFailure(station, await withOtherHistory(), 'backup-chain-broken');
  // Whatever failed before, the right one is restored.
  expect(await restore(station)).toBe('restored');
  await expectRestored(station);
}, 300_000);

/** The same backup, sealed anew over a history in which one entry was changed. */
async function withOtherHistory(): Promise<string> {
  const inside = join(folder.path, 'inside');
  const about = await unpack(bytesOf(backup), PASSPHRASE, inside, { freeBytes: async () => null });
  const db = new DatabaseSync(join(inside, 'ledger.sqlite'));
  db.exec(`DROP TRIGGER audit_never_changes; UPDATE audit SET person = 'somebody else' WHERE seq = 2`);
  db.close();
  const file = join(folder.path, 'other history.chtbackup');
  const files = await filesIn(inside);
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const { version: _, ...said }: About = { ...about, bytes };
  await writeWhole(file, seal(writeArchive(said, inOrder(files)), PASSPHRASE));
  return file;
}

async function filesIn(inside: string): Promise<ArchiveFile[]> {
  const names = await readdir(inside, { recursive: true, withFileTypes: true });
  return Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const content = await readFile(path);
        const name = path.slice(inside.length + 1).replaceAll('\\', '/');
        return { name, bytes: content.length, content: [content] };
      }),
  );
}

async function* inOrder(files: readonly ArchiveFile[]): AsyncGenerator<ArchiveFile> {
  yield* files;
}

it('what is no backup, or not there, is not chosen', async () => {
  const station = await openNew();
  await writeFile(join(folder.path, 'letter.odt'), 'a letter');
  for (const [path, code] of [
    [join(folder.path, 'letter.odt'), 'backup-foreign'],
    [folder.path, 'backup-foreign'],
    [join(folder.path, 'gone.chtbackup'), 'restore-file-gone'],
    ['station.chtbackup', 'restore-file-gone'],
  ] as const)
    await expect(station.ask('restore.choose', { path }), path).rejects.toMatchObject({ code });
  expect((await station.ask('restore.get', {})).file).toBeNull();
});

it('it is stopped in the middle, with nothing left of it, and begun once more', async () => {
  const codes: Promise<string | null>[] = [];
  let inside: Promise<unknown> | undefined;
  let stopping: Promise<unknown> | undefined;
  const station = await openNew({
    // Asked once the passphrase was right, before the first file is written.
    freeBytes: async () => {
      if (stopping !== undefined) return 1e12;
      const admin = { language: null, station: 'Other', place: '', ...ADMIN };
      for (const asked of [
        station.station.ask('desk.set-up', admin),
        station.station.ask('restore.choose', { path: backup }),
        station.station.ask('restore.start', { passphrase: PASSPHRASE }),
      ])
        codes.push(asked.then((answer) => (answer.ok ? null : answer.code)));
      // The program itself, which asks before it is closed.
      inside = station.station.inside.ask('restore.get', {});
      stopping = station.ask('restore.stop', {});
      return 1e12;
    },
  });
  expect(await restore(station)).toEqual({ kind: 'stopped' });
  expect(await Promise.all(codes)).toEqual(['busy', 'busy', 'busy']);
  expect(await inside).toMatchObject({ value: { progress: { kind: 'opening' } } });
  expect(await stopping).toMatchObject({ progress: { kind: 'stopped' } });
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
  expect(await stateOf(station)).toBe('first');
  // The file is chosen still.
  await station.ask('restore.start', { passphrase: PASSPHRASE });
  expect(await endOf(station)).toBe('restored');
  await expectRestored(station);
}, 120_000);

it('a station that is closed meanwhile begins anew', async () => {
  const station = await openNew();
  await station.ask('restore.choose', { path: backup });
  await station.ask('restore.start', { passphrase: PASSPHRASE });
  await shut();
  expect(await stateOf(await openNew())).toBe('first');
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
});

it('without room nothing is begun', async () => {
  const station = await openNew({ freeBytes: async () => 1024 });
  expect(await restore(station)).toEqual({ kind: 'failed', code: 'restore-no-room' });
  expect(await readdir(dataDir)).not.toContain('restoring');
});

it('where somebody was set up, or something was imported, it is refused', async () => {
  const station = await openNew();
  await station.ask('restore.choose', { path: backup });
  await station.ask('desk.set-up', { language: null, station: 'Other', place: '', ...ADMIN });
  for (const [name, params] of [
    ['restore.get', {}],
    ['restore.choose', { path: backup }],
    ['restore.start', { passphrase: PASSPHRASE }],
    ['restore.stop', {}],
  ] as const)
    expect(await station.station.ask(name, params), name).toMatchObject({ code: 'not-allowed' });
  await station.ask('desk.sign-out', {});
  expect(await station.station.ask('restore.get', {})).toMatchObject({ code: 'sign-in-needed' });
  await shut();

  // At a terminal something was imported before anybody was set up.
  dataDir = join(folder.path, 'imported');
  await (await openNew({ carrier: 'terminal' })).take(stationDump([person('a')]));
  await shut();
  const imported = await openNew();
  expect(await stateOf(imported)).toBe('first');
  await expect(imported.ask('restore.choose', { path: backup })).rejects.toMatchObject({
    code: 'restore-not-empty',
  });
});

it('a station that was used after all is not replaced by what lies restored beside it', async () => {
  await (await openNew({ carrier: 'terminal' })).take(stationDump([person('a')]));
  await shut();
  await mkdir(join(dataDir, 'restoring'));
  await writeFile(join(dataDir, 'restoring', 'ledger.sqlite'), 'another history');
  await writeFile(join(dataDir, 'restoring', 'whole'), '');
  const station = await openNew({ carrier: 'terminal' });
  expect((await station.ask('station.status', {})).dumps).toBe(1);
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);
});

it('where the system has a dialog, no path comes from the window', async () => {
  let chosen: string | null = null;
  const station = await openNew({ choose: (what) => Promise.resolve(what === 'file' ? chosen : null) });
  await expect(station.ask('restore.choose', { path: backup })).rejects.toMatchObject({
    code: 'not-allowed',
  });
  expect(await station.ask('restore.choose', {})).toMatchObject({ canChoose: true, file: null });
  chosen = backup;
  expect(await station.ask('restore.choose', {})).toMatchObject({ file: { name: basename(backup) } });
});

/**
 * What the station does, in a process that is killed: `half` in the middle of unsealing, else when all lies restored beside
 * its place, before the call of this number that renames or removes.
 */
const KILLED = `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const [restoring, placing, file, dataDir, passphrase, by, killAt] = process.argv.slice(1);
const end = () => process.kill(process.pid, 'SIGKILL');
let calls = 0;
for (const name of ['rename', 'rm']) {
  const real = fs[name];
  fs[name] = (...given) => {
    calls += 1;
    if (calls === Number(killAt)) end();
    return real(...given);
  };
}
syncBuiltinESMExports();
const { restoreBeside } = await import(restoring);
const { putInPlace } = await import(placing);
const told = (done, total) => done > total / 2 && end();
if (killAt === 'half') await restoreBeside({ file, dataDir, passphrase, told, by: JSON.parse(by) });
await putInPlace(dataDir);
`;
const MODULES = ['restore', 'put-in-place'].map(
  (name) => new URL(`../../../electron/station/backup/${name}.ts`, import.meta.url).href,
);
const BY = { person: 'computer:somebody', at: '2026-11-30T09:00:00.000Z' };

/** Whether it was killed; else it came to its end before. */
async function killedAt(killAt: string, into: string): Promise<boolean> {
  const words = [...MODULES, backup, into, PASSPHRASE, JSON.stringify(BY), killAt];
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', KILLED, ...words]).then(
    () => false,
    (error: unknown) => {
      if ((error as { signal?: string }).signal === 'SIGKILL') return true;
      throw error;
    },
  );
}

it('killed at any instant, the next start finishes it or is as new as before', async () => {
  await openNew();
  await shut();
  const unused = join(folder.path, 'unused');
  await cp(dataDir, unused, { recursive: true });
  expect(await killedAt('half', dataDir)).toBe(true);
  const half = await readdir(join(dataDir, 'restoring'));
  expect(half).not.toContain('whole');
  const ends: ('anew' | 'finished')[] = [];
  const look = async (): Promise<void> => {
    const station = await openNew();
    const isNew = (await stateOf(station)) === 'first';
    ends.push(isNew ? 'anew' : 'finished');
    await (isNew ? expectNew(station) : expectRestored(station));
    await shut();
  };
  await look();
  await restoreBeside({ file: backup, dataDir: unused, passphrase: PASSPHRASE, by: BY });
  for (let call = 1, wasKilled = true; wasKilled; call += 1) {
    dataDir = join(folder.path, `killed-${call}`);
    await cp(unused, dataDir, { recursive: true });
    wasKilled = await killedAt(String(call), dataDir);
    await look();
  }
  // Half of it, and all of it without the mark; then the mark, each move after it, and the end.
  expect(ends.slice(0, 2)).toEqual(['anew', 'anew']);
  expect(new Set(ends.slice(2))).toEqual(new Set(['finished']));
  expect(ends.length).toBeGreaterThan(12);
}, 600_000);
