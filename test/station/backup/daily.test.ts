/** Where backups go, and the one after each day that nobody asks for. */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isDue } from '../../../electron/station/backup/daily.ts';
import { restoreStation } from '../../../electron/station/backup/restore.ts';
import { document } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { memorySecrets } from '../../support/machine.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const PASSPHRASE = 'green mango tree';
const HOUR = 60 * 60_000;
/** Noon on the clock of this computer. */
const NOON = new Date(2026, 10, 10, 12).getTime();

let now: number;
let timers: ManualTimers;
let secrets: ReturnType<typeof memorySecrets>;
let station: TestStation;
let stick: string;

beforeEach(async () => {
  now = NOON;
  timers = new ManualTimers();
  secrets = memorySecrets();
  station = await openTestStation({ clock: () => now, timers, secrets });
  stick = join(station.folder, 'stick');
  await mkdir(stick);
});
afterEach(() => station.close());

const bring = (name: string) => station.take(stationDump([document(name, { type: 'data_record' })]));
const here = async () => (await readdir(stick)).map((name) => name.slice(-20)).sort();
const state = () => station.ask('backup.get', {});

/** Lets hours pass, and waits until nothing is being written; what it looks at before it begins may still be on its way. */
async function pass(hours: number): Promise<void> {
  now += hours * HOUR;
  await timers.pass(hours * HOUR);
  await soon(async () => (await station.ask('jobs.list', {})).jobs.filter(({ end }) => end === null)).toEqual(
    [],
  );
}

it('a day is over at four, or when the computer is next on', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  const due = (made: number, looked: number) => isDue(new Date(made).toISOString(), looked);
  expect(isDue(null, NOON)).toBe(true);
  expect(due(at(10, 9), at(10, 15))).toBe(false);
  expect(due(at(10, 9), at(10, 16))).toBe(true);
  expect(due(at(10, 17), at(10, 20))).toBe(false);
  expect(due(at(10, 17), at(11, 9))).toBe(false);
  expect(due(at(10, 9), at(11, 9))).toBe(true);
  // The clock was set back.
  expect(due(at(20, 9), at(10, 9))).toBe(true);
});

it('one is made after each day on which something was done, and none twice', async () => {
  await bring('a');
  await expect(
    station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE }),
  ).rejects.toMatchObject({
    code: 'backup-no-place',
  });
  expect(await station.ask('backup.place', { path: stick })).toMatchObject({
    place: stick,
    isThere: true,
    onOwnDisk: true,
    at: null,
    daily: false,
  });
  await expect(station.ask('backup.configure', { daily: true, passphrase: 'short' })).rejects.toMatchObject({
    code: 'backup-passphrase-weak',
  });
  await station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE });
  // None was ever made.
  await pass(1);
  await soon(here).toEqual(['2026-11-10.chtbackup']);
  const [entry] = (await station.ask('ledger.list', { offset: 0, limit: 1, descending: true })).rows;
  expect(entry).toMatchObject({ what: 'backup-made', person: 'station' });
  // The next evening nothing has been done since.
  await pass(30);
  expect(await here()).toEqual(['2026-11-10.chtbackup']);
  await bring('b');
  await pass(1);
  await soon(here).toEqual(['2026-11-10.chtbackup', '2026-11-11.chtbackup']);
  // With the passphrase that was typed once, and without where it goes, what is due, and the kept passphrase.
  const dataDir = join(station.folder, 'next');
  const file = join(stick, (await readdir(stick)).sort().at(-1) ?? '');
  await restoreStation({
    file,
    passphrase: PASSPHRASE,
    dataDir,
    by: { person: 'x', at: new Date(now).toISOString() },
  });
  const other = await openTestStation({ dataDir, secrets: memorySecrets() });
  expect(await other.ask('backup.get', {})).toMatchObject({ place: null, daily: false, at: null });
  await other.close();
}, 120_000);

it('while the stick is away it says so, and it is made when the stick comes', async () => {
  await bring('a');
  await station.ask('backup.place', { path: stick });
  await station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE });
  const away = join(station.folder, 'away');
  await rename(stick, away);
  await pass(1);
  await soon(state).toMatchObject({ isThere: false, waits: 'backup-place-gone', at: null });
  await rename(away, stick);
  await pass(1);
  await soon(state).toMatchObject({ isThere: true, waits: null, at: expect.any(String) });
  expect(await here()).toHaveLength(1);
}, 120_000);

it('where the key store does not give the passphrase back it says so; where there is none, nothing is made by itself', async () => {
  await bring('a');
  await station.ask('backup.place', { path: stick });
  await station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE });
  secrets.kept.clear();
  await pass(1);
  expect(await state()).toMatchObject({ waits: 'backup-passphrase-needed', at: null });
  await station.ask('backup.configure', { daily: false });
  secrets.may = false;
  await expect(
    station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE }),
  ).rejects.toMatchObject({
    code: 'no-keyring',
  });
  expect(secrets.kept.size).toBe(0);
  await pass(30);
  expect(await here()).toEqual([]);
  // By hand it still goes.
  await expect(station.ask('backup.make', {})).rejects.toMatchObject({ code: 'backup-passphrase-needed' });
  const { job } = await station.ask('backup.make', { passphrase: PASSPHRASE });
  expect(await station.wait(job)).toMatchObject({ kind: 'backed-up' });
}, 120_000);

it('turned off, the passphrase is no longer kept', async () => {
  await station.ask('backup.place', { path: stick });
  await station.ask('backup.configure', { daily: true, passphrase: PASSPHRASE });
  expect([...secrets.kept.values()]).toEqual([PASSPHRASE]);
  await station.ask('backup.configure', { daily: false });
  expect(secrets.kept.size).toBe(0);
  expect(JSON.stringify((await station.ask('ledger.list', { offset: 0, limit: 100 })).rows)).not.toContain(
    'mango',
  );
});
