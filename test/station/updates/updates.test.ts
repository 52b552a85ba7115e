/** A newer version of the program on a stick, through the whole station: noticed, refused with its reason, copied, backed up before, handed over. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpdateSetup } from '../../../electron/station-api.ts';
import { noteNameOf } from '../../../shared/updates.ts';
import { stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../../support/station.ts';
import { makeKeys, makeUpdate, type TestUpdate } from '../../support/updates.ts';

const PASSPHRASE = 'green mango tree';
const keys = makeKeys();
/** Large enough for several reads. */
const update = makeUpdate(keys, {}, Buffer.alloc(3 * 1024 * 1024 + 7, 'station'));

let simulator: TestSimulator;
let station: TestStation;
let temporary: ReturnType<typeof temporaryFolder>;
let dataDir: string;
let backupFolder: string;
/** What was handed to the system, byte for byte. */
let installed: Buffer[];
let failure: Error | null;

const setup = (): UpdateSetup => ({
  keys: keys.pem,
  platform: 'linux',
  arch: 'x64',
  kinds: ['deb'],
  install: async (file) => {
    if (failure !== null) throw failure;
    installed.push(await readFile(file));
    return 'installed';
  },
});
async function open(options: TestStationOptions = {}): Promise<void> {
  station = await openTestStation({ simulator, dataDir, version: '1.1.0', updates: setup(), ...options });
  await station.station.settled();
}
/** Closes it, and opens the same data folder as another version. */
async function start(version: string): Promise<void> {
  await station.close();
  await open({ version });
}
const put = (one: TestUpdate, folder = '', bytes: Uint8Array = one.bytes): void => {
  simulator.put('s', folder + one.note.file, bytes);
  simulator.put('s', folder + one.noteName, one.signed);
};
const state = () => station.ask('update.get', {});
const found = async () => (await state()).found.map(({ says, problem }) => [says?.version ?? null, problem]);
const copy = async () => {
  const [first] = (await state()).found;
  if (first === undefined) throw new Error('nothing was found');
  const { source, file } = first;
  return station.wait((await station.ask('update.copy', { source, file })).job);
};
const backups = async () => (await readdir(backupFolder)).filter((name) => name.endsWith('.chtbackup'));
const install = async () =>
  station.wait((await station.ask('update.install', { to: backupFolder, passphrase: PASSPHRASE })).job);
const history = async () =>
  (await station.ask('ledger.list', { offset: 0, limit: 50 })).rows.map(({ what }) => what);
const here = async () => (await readdir(join(dataDir, 'updates'))).sort();
/** The stick was looked at. */
const looked = () =>
  soon(async () => (await station.ask('sources.list', {})).sources[0]?.state.kind).toMatch(/ready|empty/);

beforeEach(async () => {
  temporary = temporaryFolder();
  dataDir = join(temporary.path, 'data');
  backupFolder = join(temporary.path, 'backups');
  await mkdir(backupFolder);
  simulator = new TestSimulator();
  installed = [];
  failure = null;
});
afterEach(async () => {
  await station.close();
  simulator.remove();
  temporary.remove();
});

describe('a newer version on a stick', () => {
  it('is noticed, copied, backed up before, and handed over; the next start is the new one', async () => {
    put(update, 'station/');
    simulator.put('s', 'a.chtdump', stationDump([report('r1')]));
    await open();
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
    expect(await state()).toMatchObject({
      version: '1.1.0',
      accepts: true,
      ready: null,
      found: [
        {
          sourceName: 'Blue stick',
          name: update.noteName,
          says: { changes: { fr: 'Les reçus montrent la visite.' } },
        },
      ],
    });
    expect(JSON.stringify(await state())).not.toContain(simulator.folder);
    await looked();
    // The note is no export, and nobody takes it for one.
    const { sources } = await station.ask('sources.list', {});
    expect(sources).toMatchObject([{ dumps: [{ name: 'a.chtdump' }], unusable: [] }]);

    expect(await copy()).toEqual({ kind: 'update-copied', version: '1.2.0' });
    expect(await here()).toEqual([update.note.file, update.noteName].sort());
    expect((await state()).ready).toMatchObject({ version: '1.2.0', date: '2026-11-30' });
    simulator.unplug('s');
    await soon(found).toEqual([]);

    expect(await backups()).toEqual([]);
    expect(await install()).toEqual({ kind: 'update-handed-over', version: '1.2.0', how: 'installed' });
    expect(installed).toEqual([update.bytes]);
    expect((await state()).ready).toBe(null);
    expect(await backups()).toHaveLength(1);
    expect((await history()).slice(-3)).toEqual(['update-copied', 'backup-made', 'update-handed-over']);

    await start('1.2.0');
    expect(await state()).toMatchObject({ version: '1.2.0', ready: null });
    expect(await here()).toEqual([]);
    expect((await history()).at(-1)).toBe('update-installed');
    // Told once.
    await start('1.2.0');
    expect((await history()).filter((what) => what === 'update-installed')).toHaveLength(1);
  });

  it('stays ready over a start, and nothing older takes its place', async () => {
    put(update);
    await open();
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
    await copy();
    await start('1.1.0');
    expect((await state()).ready).toMatchObject({ version: '1.2.0' });
    put(makeUpdate(keys, { version: '1.1.5' }));
    await soon(async () => (await state()).found.length).toBe(1);
    await station.ask('sources.look', {});
    await soon(found).toEqual([
      ['1.2.0', null],
      ['1.1.5', 'update-older'],
    ]);
  });

  it('is not offered where the program was built without a key, and nobody can ask for it', async () => {
    put(update);
    await open({ updates: null });
    simulator.plug('s', stick());
    await looked();
    expect(await state()).toEqual({ version: '1.1.0', accepts: false, found: [], ready: null });
    const source = (await station.ask('sources.list', {})).sources[0]?.source ?? 'none';
    await expect(station.ask('update.copy', { source, file: update.noteName })).rejects.toMatchObject({
      code: 'update-off',
    });
    await expect(station.ask('update.install', { to: '/', passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'update-off',
    });
  });
});

describe('what cannot be used is refused with its reason, and never copied', () => {
  const other = makeUpdate(makeKeys());
  it.each<[string, string, () => void]>([
    ['of a stranger', 'update-wrong-signature', () => put(other)],
    ['of the same version', 'update-older', () => put(makeUpdate(keys, { version: '1.1.0' }))],
    ['that is older', 'update-older', () => put(makeUpdate(keys, { version: '1.0.9' }))],
    [
      'for another system',
      'update-wrong-platform',
      () => put(makeUpdate(keys, { platform: 'win32', kind: 'exe', file: 's.exe' })),
    ],
    ['for another processor', 'update-wrong-platform', () => put(makeUpdate(keys, { arch: 'arm64' }))],
    ['of another kind', 'update-wrong-platform', () => put(makeUpdate(keys, { kind: 'rpm', file: 's.rpm' }))],
    ['that is cut off', 'update-cut-off', () => put(update, '', update.bytes.subarray(1))],
    ['that is longer', 'update-damaged', () => put(update, '', Buffer.concat([update.bytes, update.bytes]))],
    [
      'without its package',
      'update-no-package',
      () => void simulator.put('s', update.noteName, update.signed),
    ],
    [
      'of which the package lies elsewhere',
      'update-no-package',
      () => {
        simulator.put('s', `a/${update.noteName}`, update.signed);
        simulator.put('s', `b/${update.note.file}`, update.bytes);
      },
    ],
    ['that is no note', 'update-unreadable', () => void simulator.put('s', 'x.update.json', '{}')],
    [
      'that is huge',
      'update-unreadable',
      () => void simulator.put('s', 'x.update.json', Buffer.alloc(9_000_000, '[')),
    ],
  ])('%s: %s', async (_what, code, lay) => {
    lay();
    await open();
    simulator.plug('s', stick());
    await soon(async () => (await state()).found.map(({ problem }) => problem)).toEqual([code]);
    const [{ source, file } = expect.fail()] = (await state()).found;
    await expect(station.ask('update.copy', { source, file })).rejects.toMatchObject({ code });
    expect(await here()).toEqual([]);
  });

  it('what a stranger’s note says is not shown, and its name cannot turn the writing', async () => {
    simulator.put('s', `good\u202e${noteNameOf('deb')}`, makeUpdate(makeKeys(), { version: '9.9.9' }).signed);
    await open();
    simulator.plug('s', stick());
    await soon(async () => (await state()).found).toMatchObject([
      { says: null, name: `good${noteNameOf('deb')}`, problem: 'update-wrong-signature' },
    ]);
  });

  it('a link on the stick is not followed', async () => {
    const outside = join(simulator.folder, 'outside');
    await writeFile(outside, update.bytes);
    simulator.put('s', update.noteName, update.signed);
    await symlink(outside, join(simulator.filesOf('s'), update.note.file));
    await symlink(
      join(simulator.filesOf('s'), update.noteName),
      join(simulator.filesOf('s'), 'b.update.json'),
    );
    await open();
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', 'update-no-package']]);
  });

  it('of hundreds of notes only so many are read', async () => {
    for (let n = 0; n < 300; n += 1) simulator.put('s', `n${n}.update.json`, update.signed);
    await open();
    simulator.plug('s', stick());
    await looked();
    expect((await state()).found).toHaveLength(16);
  });

  it('a version that ran here once is the least that is offered, whatever runs now', async () => {
    await open({ version: '1.5.0' });
    put(update);
    put(makeUpdate(keys, { version: '1.6.0' }));
    await start('1.1.0');
    simulator.plug('s', stick());
    await soon(found).toEqual([
      ['1.6.0', null],
      ['1.2.0', 'update-older'],
    ]);
  });
});

describe('a copy', () => {
  it('that is changed on the stick behind its size is refused, and nothing of it stays', async () => {
    const changed = Buffer.from(update.bytes);
    changed[2_000_000] = 0;
    put(update, '', changed);
    await open();
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
    expect(await copy()).toEqual({ kind: 'failed', code: 'update-damaged' });
    expect(await here()).toEqual([]);
    expect((await state()).ready).toBe(null);
  });

  it('of which the stick is pulled out in the middle leaves nothing, and can be made again', async () => {
    put(update);
    await open();
    simulator.plug('s', stick({ standsStillFrom: 1_500_000 }));
    await soon(found).toEqual([['1.2.0', null]]);
    const [{ source, file } = expect.fail()] = (await state()).found;
    const { job } = await station.ask('update.copy', { source, file });
    await soon(async () => (await station.ask('jobs.list', {})).jobs[0]?.done ?? 0).toBeGreaterThan(0);
    // Whoever asks for it twice, or wants to unplug the stick, is not let.
    await expect(station.ask('update.copy', { source, file })).rejects.toMatchObject({ code: 'busy' });
    simulator.unplug('s');
    expect(await station.wait(job)).toMatchObject({ kind: 'failed', code: 'source-gone' });
    expect(await here()).toEqual([]);
    await soon(found).toEqual([]);
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
    expect(await copy()).toMatchObject({ kind: 'update-copied' });
  });

  it('for which there is no room says so before it begins', async () => {
    put(update);
    await open({ freeBytes: async () => 1_000_000 });
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
    expect(await copy()).toEqual({ kind: 'failed', code: 'disk-full' });
    expect(await here()).toEqual([]);
  });

  it('during which the station is killed: it starts as it was, and what is not whole is gone', async () => {
    put(update);
    await open();
    await station.close();
    simulator.plug('s', stick({ standsStillFrom: 1_500_000 }));
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('station-that-copies.ts', import.meta.url)),
        dataDir,
        simulator.folder,
        keys.pem,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => void child.once('exit', resolve));
    await soon(async () =>
      (await readdir(join(dataDir, 'updates'))).some((name) => name.endsWith('.part')),
    ).toBe(true);
    child.kill('SIGKILL');
    await ended;
    simulator.plug('s', stick());
    await open();
    expect(await here()).toEqual([]);
    expect((await state()).ready).toBe(null);
    await soon(found).toEqual([['1.2.0', null]]);
    expect(await copy()).toMatchObject({ kind: 'update-copied' });
  });

  it('that lies there without its note, or as half of it, is not offered and goes', async () => {
    await open();
    const updates = join(dataDir, 'updates');
    await writeFile(join(updates, update.note.file), update.bytes);
    await writeFile(join(updates, `${update.noteName}.new`), update.signed);
    await start('1.1.0');
    expect((await state()).ready).toBe(null);
    expect(await here()).toEqual([]);
    await writeFile(join(updates, update.note.file), update.bytes.subarray(1));
    await writeFile(join(updates, update.noteName), update.signed);
    await start('1.1.0');
    expect((await state()).ready).toBe(null);
    expect(await here()).toEqual([]);
  });
});

describe('an installation', () => {
  beforeEach(async () => {
    put(update);
    await open();
    simulator.plug('s', stick());
    await soon(found).toEqual([['1.2.0', null]]);
  });

  it('needs a copy, a place for the backup, and its passphrase', async () => {
    await expect(install()).rejects.toMatchObject({ code: 'update-gone' });
    await copy();
    await expect(station.ask('update.install', { passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'backup-no-place',
    });
    await expect(station.ask('update.install', { to: backupFolder })).rejects.toMatchObject({
      code: 'backup-passphrase-needed',
    });
    await expect(
      station.ask('update.install', { to: backupFolder, passphrase: 'short' }),
    ).rejects.toMatchObject({
      code: 'backup-passphrase-weak',
    });
    expect(installed).toEqual([]);
  });

  it('does not come to it where the backup fails', async () => {
    await copy();
    const { job } = await station.ask('update.install', {
      to: join(backupFolder, 'gone'),
      passphrase: PASSPHRASE,
    });
    expect(await station.wait(job)).toEqual({ kind: 'failed', code: 'backup-place-gone' });
    expect(installed).toEqual([]);
    expect((await state()).ready).toMatchObject({ version: '1.2.0' });
  });

  it('hands over nothing that was changed since it was copied', async () => {
    await copy();
    const path = join(dataDir, 'updates', update.note.file);
    const bytes = await readFile(path);
    bytes[9] = 0;
    await writeFile(path, bytes);
    expect(await install()).toEqual({ kind: 'failed', code: 'update-damaged' });
    expect(installed).toEqual([]);
    expect((await state()).ready).toBe(null);
    expect(await here()).toEqual([]);
  });

  it('that the system refuses says so; the old version stays, and it can be tried again', async () => {
    await copy();
    failure = new Error('the person changed their mind');
    expect(await install()).toEqual({ kind: 'failed', code: 'update-not-started' });
    await start('1.1.0');
    expect((await state()).ready).toMatchObject({ version: '1.2.0' });
    expect(await history()).not.toContain('update-installed');
    failure = null;
    expect(await install()).toMatchObject({ kind: 'update-handed-over' });
  });

  it('is refused while something else is going on', async () => {
    await copy();
    const records = Array.from({ length: 100 }, (_, n) => report(`r${n}`, { note: 'x'.repeat(30_000) }));
    simulator.put('t', 'a.chtdump', stationDump(records));
    simulator.plug('t', stick({ name: 'Red stick', uuid: 'AAAA-0002', standsStillFrom: 1_500_000 }));
    const red = async () =>
      (await station.ask('sources.list', {})).sources.find(({ name }) => name === 'Red stick');
    await soon(async () => (await red())?.state.kind).toBe('ready');
    const { job } = await station.ask('intake.start', { source: (await red())?.source ?? '' });
    await expect(install()).rejects.toMatchObject({ code: 'busy' });
    simulator.unplug('t');
    await station.wait(job);
    expect(await install()).toMatchObject({ kind: 'update-handed-over' });
  });
});

it('only an administrator sees, copies and installs', async () => {
  put(update);
  await open({ carrier: 'browser' });
  simulator.plug('s', stick());
  await soon(found).toEqual([['1.2.0', null]]);
  await station.ask('staff.add', { name: 'Clara', role: 'clerk', secret: '493817' });
  await station.ask('desk.sign-out', {});
  await station.ask('desk.sign-in', { name: 'Clara', secret: '493817' });
  await station.ask('desk.choose', { old: '493817', next: '760254' });
  for (const ask of [
    () => state(),
    () => station.ask('update.copy', { source: 'x', file: 'y' }),
    () => station.ask('update.install', {}),
  ])
    await expect(ask()).rejects.toMatchObject({ code: 'not-allowed' });
});
