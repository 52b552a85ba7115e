/** Damage that ends the whole program, and a store that does not let itself be closed. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { writeFatalTables } from '../../support/tables.ts';

const FAILING = new URL('../import/failing-worker.ts', import.meta.url);
const STATION = fileURLToPath(new URL('../import/station-that-dies.ts', import.meta.url));

let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation | undefined;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(async () => {
  await close();
  temporary.remove();
});

const dataDir = (): string => join(temporary.path, 'data');
async function open(replicaWorker?: URL, timers?: ManualTimers): Promise<TestStation> {
  station = await openTestStation({
    dataDir: dataDir(),
    ...(replicaWorker && { replicaWorker }),
    ...(timers && { timers }),
  });
  return station;
}
async function close(): Promise<void> {
  await station?.close();
  station = undefined;
}

/** A start in a process of its own. Answers by what it ended. */
function start(): Promise<string | number | null> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [STATION, dataDir()], () =>
      resolve(child.signalCode ?? child.exitCode),
    );
  });
}

/** What the next start does by itself. */
async function jobsAtStart(replicaWorker?: URL): Promise<readonly unknown[]> {
  const at = await open(replicaWorker);
  const { jobs } = await at.ask('jobs.list', {});
  const ends = await Promise.all(jobs.map(({ job }) => at.wait(job)));
  await close();
  return ends;
}

describe('a start that damage of the store ended', () => {
  it('is followed by one that looks at all of it, also where it was ended before anything else', async () => {
    await (await open()).take(stationDump([report('r1'), report('r2', { n: 2 })]), 'dump.json');
    await close();
    writeFileSync(join(dataDir(), 'rotten'), '');
    expect(await start()).toBe('SIGABRT');
    // It would die again of a store that is not looked at closely. Closed before it was looked through, it would look again.
    expect(await jobsAtStart(FAILING)).toMatchObject([{ kind: 'restored', gone: 0 }]);
    rmSync(join(dataDir(), 'rotten'));
    expect(await jobsAtStart()).toEqual([]);
  });

  it('is not remembered of a store that another process had', async () => {
    const at = await open();
    await at.take(stationDump([report('r1')]), 'dump.json');
    await close();
    // Its server does not answer, so nothing was opened.
    await expect(
      openTestStation({ dataDir: dataDir(), replica: 'http://127.0.0.1:9/replica' }),
    ).rejects.toMatchObject({ code: 'replica-unreachable' });
    expect(await jobsAtStart()).toEqual([]);
  });

  it('that is shared is never reached without encryption over a network', async () => {
    for (const replica of ['http://couch.example.org/replica', 'HTTP://192.168.1.9:5984/replica', 'http://'])
      await expect(openTestStation({ dataDir: dataDir(), replica })).rejects.toMatchObject({
        code: 'bad-replica',
      });
  });
});

describe('a store of which LevelDB ends the program at each start', () => {
  /** Two starts in processes of their own, with the real store. */
  async function twoAborts(): Promise<void> {
    for (let n = 0; n < 2; n += 1)
      expect(await runCli(['status', '--data', dataDir()])).toMatchObject({
        code: null,
        stderr: expect.stringContaining('Assertion'),
      });
  }

  const asideIn = (): string[] =>
    readdirSync(dataDir()).filter((name) => name.startsWith('replica-damaged-'));

  async function filled(): Promise<string> {
    const at = await open();
    const { batch } = await at.take(stationDump([report('r1'), report('r2', { n: 2 })]), 'dump.json');
    await at.ask('decide.hold', { batch: batch ?? '', ids: ['r2'], reason: 'ask her' });
    await close();
    expect(writeFatalTables(join(dataDir(), 'replica'))).toBeGreaterThan(0);
    return batch ?? '';
  }

  it('is set aside at the third and written anew from the safe copies, which is said', async () => {
    const batch = await filled();
    await twoAborts();
    expect(await jobsAtStart()).toMatchObject([{ kind: 'restored', restored: 2, gone: 0 }]);
    expect(asideIn()).toEqual([]);
    const at = await open();
    const { rows } = await at.ask('changes.list', { batch, sort: 'id' });
    expect(rows.map(({ id, state }) => [id, state])).toEqual([
      ['r1', 'open'],
      ['r2', 'held'],
    ]);
    expect(await at.ask('difference.get', { id: 'r2' })).toMatchObject({ id: 'r2' });
    expect((await at.ask('health.get', {})).store).toMatchObject({
      state: 'good',
      gone: 0,
      gaveUp: expect.any(String),
    });
    await close();
    expect(await jobsAtStart()).toEqual([]);
    const { code, stderr } = await runCli(['doctor', '--data', dataDir()]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('The program ended several times')]);
  });

  it('ends it once more where only that store may have something, and then says what is gone and where it lies', async () => {
    await filled();
    const copies = join(dataDir(), 'dumps');
    for (const name of readdirSync(copies)) rmSync(join(copies, name));
    await twoAborts();
    // It is set aside, and what no safe copy has is looked for in it.
    expect(await runCli(['doctor', '--repair', '--data', dataDir()])).toMatchObject({
      code: null,
      stderr: expect.stringContaining('Assertion'),
    });
    const { code, stderr } = await runCli(['doctor', '--repair', '--data', dataDir()]);
    expect(code).toBe(3);
    expect(stderr).toContain('The content of 2 records is gone.');
    expect(stderr).toContain('2 records of “dump.json”: import that export again');
    expect(asideIn()).toEqual(['replica-damaged-1']);
    expect(stderr).toContain(join(dataDir(), 'replica-damaged-1'));
    await (await open()).take(stationDump([report('r1'), report('r2', { n: 2 })]), 'dump.json');
    expect(await station?.ask('station.status', {})).toMatchObject({ bodiesGone: 0 });
  });

  it('is not given up where the program was ended by something else a minute later, or was closed', async () => {
    await filled();
    rmSync(join(dataDir(), 'replica'), { recursive: true });
    await jobsAtStart();
    const copy = join(temporary.path, 'killed');
    for (let n = 0; n < 4; n += 1) {
      const timers = new ManualTimers();
      const at = await open(undefined, timers);
      const { jobs } = await at.ask('jobs.list', {});
      for (const { job } of jobs) expect(await at.wait(job)).toMatchObject({ restored: 0, gone: 0 });
      await timers.pass(60_000);
      // As it lies there when the power goes.
      cpSync(dataDir(), copy, { recursive: true, filter: (name) => !name.endsWith('/LOCK') });
      await close();
      rmSync(dataDir(), { recursive: true });
      renameSync(copy, dataDir());
    }
    // Closed before all of it was looked through, again and again.
    writeFileSync(join(dataDir(), 'replica', 'CURRENT'), '');
    writeFileSync(join(dataDir(), 'full'), '');
    for (let n = 0; n < 4; n += 1) {
      const at = await open(FAILING);
      const { jobs } = await at.ask('jobs.list', {});
      expect(await at.wait(jobs[0]?.job ?? '')).toMatchObject({ kind: 'failed', code: 'disk-full' });
      await close();
    }
    expect(await jobsAtStart()).toMatchObject([{ kind: 'restored', restored: 0, gone: 0 }]);
    expect((await (await open()).ask('health.get', {})).store).toMatchObject({ state: 'good', gaveUp: null });
  });
});

describe('a store that does not let itself be closed', () => {
  it('does not keep the station from ending, and is looked through at the next start', async () => {
    await (await open(FAILING)).take(stationDump([report('r1')]), 'dump.json');
    writeFileSync(join(dataDir(), 'stuck'), '');
    const log = station?.log;
    await close();
    expect(log).toContain('replica worker was not closed: it is stuck');
    rmSync(join(dataDir(), 'stuck'));
    expect(await jobsAtStart()).toMatchObject([{ kind: 'restored', gone: 0 }]);
    expect(await jobsAtStart()).toEqual([]);
  });
});
