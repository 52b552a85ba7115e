/** A disk without room, and one that cannot be written: the station opens, says so, and what is there can be read. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import { runCli } from '../../support/cli.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { smallDisk, type SmallDisk } from '../../support/small-disk.ts';
import { eventually } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation | null = null;
let disk: SmallDisk | null = null;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(async () => {
  await close();
  disk?.remove();
  disk = null;
  temporary.remove();
});

async function close(): Promise<void> {
  await station?.close();
  station = null;
}

async function open(dataDir: string, timers = new ManualTimers()): Promise<TestStation> {
  // Its own reserve is larger than these disks.
  station = await openTestStation({ dataDir, timers, freeBytes: () => Promise.resolve(1_000_000_000) });
  return station;
}

/** One export with a held and an approved record, and a decision more that only the log of the ledger has, if killed. */
async function fill(dataDir: string, ends: 'closed' | 'killed'): Promise<string> {
  const before = join(temporary.path, 'before');
  const at = await openTestStation({ dataDir: before });
  const { batch } = await at.take(stationDump([report('r1'), report('r2', { n: 2 })]), 'first.json', {
    user: 'chw1',
  });
  await at.ask('decide.hold', { batch: batch ?? '', ids: ['r1'], reason: 'ask her' });
  if (ends === 'killed') {
    await at.close();
    const again = await openTestStation({ dataDir: before });
    await again.ask('decide.hold', { batch: batch ?? '', ids: ['r2'], reason: 'the last decision' });
    cpSync(before, dataDir, { recursive: true, filter: (name) => !name.endsWith('LOCK') });
    await again.close();
  } else {
    await at.close();
    cpSync(before, dataDir, { recursive: true });
  }
  return batch ?? '';
}

async function statesOf(of: TestStation): Promise<unknown> {
  const { rows } = await of.ask('changes.list', { sort: 'id' });
  return rows.map(({ id, state, heldReason }) => ({ id, state, heldReason }));
}

/** The bytes of everything that must not change while the station only reads. */
function bytesIn(dataDir: string): Record<string, string> {
  const names = readdirSync(dataDir).filter((name) => name.startsWith('ledger'));
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(dataDir, name)).toString('base64')]),
  );
}

/** Everything that can be read is, and nothing else. */
async function onlyReads(at: TestStation, batch: string, code: ErrorCode): Promise<void> {
  expect((await at.ask('receipt.get', { batch, format: 'text' })).content).toContain('chw1');
  await at.ask('station.status', {});
  await at.ask('sources.list', {});
  await at.ask('settings.get', {});
  await at.ask('intake.settings', {});
  await at.ask('intake.list', {});
  await at.ask('batch.get', { batch });
  await at.ask('conflicts.list', {});
  await at.ask('outbox.owners', {});
  await at.ask('ledger.list', {});
  expect((await at.ask('ledger.verify', {})).brokenAt).toBeNull();
  await expect(at.ask('decide.approve', { batch })).rejects.toMatchObject({ code });
  await expect(at.ask('health.repair', {})).rejects.toMatchObject({ code });
  await expect(at.take(stationDump([report('late')]))).rejects.toMatchObject({ code });
}

const HELD = { id: 'r1', state: 'held', heldReason: 'ask her' };
const AFTER = {
  closed: [HELD, { id: 'r2', state: 'open', heldReason: null }],
  killed: [HELD, { id: 'r2', state: 'held', heldReason: 'the last decision' }],
} as const;

describe('a full disk', () => {
  it.each(['closed', 'killed'] as const)(
    'of a station that was %s: it only reads, and goes on by itself once there is room',
    async (ends) => {
      disk = smallDisk(24);
      if (disk === null) return;
      const dataDir = join(disk.path, 'data');
      const batch = await fill(dataDir, ends);
      disk.fill();
      const before = bytesIn(dataDir);
      const timers = new ManualTimers();
      const at = await open(dataDir, timers);
      expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'full' } });
      await onlyReads(at, batch, 'disk-full');
      expect(await statesOf(at)).toEqual(AFTER[ends]);
      // It tried again, and left everything as it was.
      await timers.pass(60_000);
      expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'full' } });
      await close();
      expect(bytesIn(dataDir)).toEqual(before);

      const later = await open(dataDir, timers);
      const told: unknown[] = [];
      later.station.on('changed', (event) => told.push(event));
      disk.free();
      await timers.pass(60_000);
      await eventually(async () =>
        expect(await later.ask('health.get', {})).toMatchObject({
          ledger: { state: 'good', restored: null, mended: null },
        }),
      );
      await timers.pass(1000);
      expect(told).not.toEqual([]);
      expect(await statesOf(later)).toEqual(AFTER[ends]);
      expect(await later.take(stationDump([report('late')]))).toMatchObject({ outcome: 'taken' });
      expect(readdirSync(dataDir).filter((name) => name.includes('damaged'))).toEqual([]);
    },
  );

  it('is no reason to put a ledger back, however often somebody asks for it', async () => {
    disk = smallDisk(24);
    if (disk === null) return;
    const dataDir = join(disk.path, 'data');
    await fill(dataDir, 'killed');
    // It is to be looked through, which would write.
    writeFileSync(join(dataDir, 'backups', 'suspect'), '');
    disk.fill();
    const before = bytesIn(dataDir);
    for (let n = 0; n < 2; n += 1) {
      const told = await runCli(['doctor', '--repair', '--data', dataDir]);
      expect(told.code, told.stderr + told.stdout).toBe(1);
      expect(told.stderr).toContain('The disk of this computer is full.');
    }
    expect(bytesIn(dataDir)).toEqual(before);
    disk.free();
    expect(await statesOf(await open(dataDir))).toEqual(AFTER.killed);
  });

  it('with a damaged ledger: the backup is read where it lies, and the ledger is put back once there is room', async () => {
    disk = smallDisk(24);
    if (disk === null) return;
    const dataDir = join(disk.path, 'data');
    const batch = await fill(dataDir, 'closed');
    const ledger = join(dataDir, 'ledger.sqlite');
    writeFileSync(ledger, readFileSync(ledger).fill(0, 4096));
    disk.fill();
    const at = await open(dataDir);
    expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'damaged' } });
    expect((await at.ask('receipt.get', { batch, format: 'text' })).content).toContain('chw1');
    expect(await statesOf(at)).toEqual(AFTER.closed);
    await expect(at.ask('health.repair', {})).rejects.toMatchObject({ code: 'disk-full' });
    expect(existsSync(ledger)).toBe(true);
    disk.free();
    const { restored } = await at.ask('health.repair', {});
    expect(restored).toMatchObject({ complete: true, lost: [] });
    expect(await statesOf(at)).toEqual(AFTER.closed);
  });
});

describe('a data folder that cannot be written', () => {
  /** A disk that is read only; without the right to mount one, folders without the right to write. */
  async function readOnly(ends: 'closed' | 'killed') {
    disk = smallDisk(24);
    const on = disk;
    const dataDir = join(on?.path ?? temporary.path, 'data');
    const batch = await fill(dataDir, ends);
    const folders = ['.', 'backups', 'dumps', 'replica'].map((name) => join(dataDir, name));
    const set = (is: boolean): void => {
      if (on !== null) on.setReadOnly(is);
      else for (const folder of folders) chmodSync(folder, is ? 0o500 : 0o700);
    };
    set(true);
    return { dataDir, batch, end: () => set(false) };
  }

  it.each(['closed', 'killed'] as const)(
    'of a station that was %s: it only reads, and goes on once it can be written',
    async (ends) => {
      if (process.platform === 'win32') return;
      const { dataDir, batch, end } = await readOnly(ends);
      const before = bytesIn(dataDir);
      const timers = new ManualTimers();
      const at = await open(dataDir, timers);
      expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'unwritable' } });
      await onlyReads(at, batch, 'data-not-writable');
      expect(await statesOf(at)).toEqual(AFTER[ends]);
      expect(bytesIn(dataDir)).toEqual(before);
      end();
      await timers.pass(60_000);
      await eventually(async () =>
        expect(await at.ask('health.get', {})).toMatchObject({ ledger: { state: 'good' } }),
      );
      expect(await statesOf(at)).toEqual(AFTER[ends]);
    },
  );

  it('is told in the terminal, which still shows receipts', async () => {
    if (process.platform === 'win32') return;
    const { dataDir, batch, end } = await readOnly('killed');
    try {
      const told = await runCli(['doctor', '--data', dataDir]);
      expect(told.code, told.stderr).toBe(3);
      expect(told.stderr).toContain('cannot write to its data folder');
      const receipt = await runCli(['receipt', batch, '--data', dataDir]);
      expect(receipt.code, receipt.stderr).toBe(0);
      expect(receipt.stdout).toContain('chw1');
      const refused = await runCli(['server', 'set', 'http://127.0.0.1:1', '--data', dataDir]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('cannot write to its data folder');
    } finally {
      end();
    }
  });
});
