/** Dumps over which the reading worker, or the whole program, really dies. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../../shared/intake.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const FAILING = new URL('failing-worker.ts', import.meta.url);
let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation | undefined;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(async () => {
  await station?.close();
  station = undefined;
  temporary.remove();
});

const dataDir = () => join(temporary.path, 'data');
const open = async (replicaWorker?: URL): Promise<TestStation> =>
  (station = await openTestStation({ dataDir: dataDir(), ...(replicaWorker && { replicaWorker }) }));
const close = async (): Promise<void> => {
  await station?.close();
  station = undefined;
};

/** A stick with a dump of each name; each holds a report called like it. */
function stickOf(...names: readonly string[]): string {
  const stick = join(temporary.path, 'stick');
  mkdirSync(stick, { recursive: true });
  for (const name of names) writeFileSync(join(stick, name), stationDump([report(name)]));
  return stick;
}

async function importsOf(at: TestStation, job: string): Promise<readonly ImportResult[]> {
  const end = await at.wait(job);
  if (end.kind !== 'imported') throw new Error(`ended as ${end.kind}`);
  return end.imports;
}
const told = (imports: readonly ImportResult[]) =>
  imports.map(({ name, outcome, problems }) => [name, problems[0]?.code ?? outcome]);
const listed = async (at: TestStation) => (await at.ask('intake.list', { since: '2999-01-01' })).rows;

describe('a dump over which the reading worker dies', () => {
  it.each(['deadly.json', 'greedy.json'])(
    '%s is read once more, after everything else, and then set aside; the station goes on',
    async (deadly) => {
      const at = await open(FAILING);
      const imports = await importsOf(at, await at.start(stickOf(deadly, 'z.json')));
      expect(told(imports)).toEqual([
        ['z.json', 'taken'],
        [deadly, 'reader-died'],
      ]);
      expect(at.log.filter((line) => line.includes('the reading worker died over a dump'))).toHaveLength(2);
      expect(await at.ask('station.status', {})).toMatchObject({ unfinished: 0, dumps: 1 });
      // Everything that needs the worker goes on in the same run.
      expect(await at.take(stationDump([report('r2')]), 'good.json')).toMatchObject({ outcome: 'taken' });
      expect(await at.ask('difference.get', { id: 'r2' })).toMatchObject({ id: 'r2' });
    },
  );

  it('is not read at the next start, stays told, is read when somebody wants it, or dismissed', async () => {
    let at = await open(FAILING);
    await importsOf(at, await at.start(stickOf('deadly.json')));
    await close();
    at = await open(FAILING);
    // The store of a worker that died is looked at; nothing is read.
    const { jobs } = await at.ask('jobs.list', {});
    expect(jobs.filter(({ kind }) => kind !== 'restore')).toEqual([]);
    const [row] = await listed(at);
    expect(row).toMatchObject({
      name: 'deadly.json',
      outcome: 'failed',
      problems: [{ code: 'reader-died' }],
    });
    const dump = row?.dump ?? '';
    // It dies again, and is set aside again.
    const again = await at.ask('intake.again', { dump });
    expect(told(await importsOf(at, again.job))).toEqual([['deadly.json', 'reader-died']]);
    await at.ask('intake.dismiss', { dump });
    expect(await listed(at)).toEqual([]);
    await close();

    // Where the program was mended, the same file is taken: its copy stayed.
    at = await open();
    const mended = await at.ask('intake.again', { dump });
    expect(told(await importsOf(at, mended.job))).toEqual([['deadly.json', 'taken']]);
    await expect(at.ask('intake.again', { dump })).rejects.toMatchObject({ code: 'not-found' });
    await expect(at.ask('intake.dismiss', { dump })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stands on the page of health and in the terminal, which reads it again or dismisses it', async () => {
    const at = await open(FAILING);
    await importsOf(at, await at.start(stickOf('deadly.json', 'greedy.json', 'z.json')));
    const { copies } = await at.ask('health.get', {});
    expect(copies.givenUp.map(({ name }) => name).toSorted()).toEqual(['deadly.json', 'greedy.json']);
    await close();

    const [deadly, greedy] = ['deadly.json', 'greedy.json'].map(
      (name) => copies.givenUp.find((one) => one.name === name)?.dump ?? '',
    );
    const cli = (...args: string[]) => runCli([...args, '--data', dataDir()]);
    const shown = await cli('doctor');
    expect(shown.code).toBe(3);
    for (const [name, dump] of [
      ['deadly.json', deadly],
      ['greedy.json', greedy],
    ]) {
      expect(shown.stderr).toContain(`“${name}” ended the program twice`);
      expect(shown.stderr).toContain(`doctor --again ${dump}`);
    }
    const again = await cli('doctor', '--again', deadly ?? '');
    expect([again.code, again.stderr.includes('deadly.json: 1 new')]).toEqual([3, true]);
    expect((await cli('dismiss', greedy ?? '')).code).toBe(0);
    const well = await cli('doctor', '--json');
    expect([well.code, (JSON.parse(well.stdout) as { well: boolean }).well]).toEqual([0, true]);
    expect((await cli('doctor', '--again', greedy ?? '')).code).toBe(0);
  });

  it('is read when the same file is imported again', async () => {
    let at = await open(FAILING);
    const stick = stickOf('deadly.json');
    await importsOf(at, await at.start(stick));
    await close();
    at = await open();
    expect(told(await importsOf(at, await at.start(stick)))).toEqual([['deadly.json', 'taken']]);
  });

  it('once, as of memory that something else took, is taken all the same', async () => {
    const at = await open(FAILING);
    const imports = await importsOf(at, await at.start(stickOf('deadly-once.json', 'z.json')));
    expect(told(imports)).toEqual([
      ['z.json', 'taken'],
      ['deadly-once.json', 'taken'],
    ]);
  });
});

/** How a program ends that kills itself; Windows has no signals. */
const KILLED = process.platform === 'win32' ? 1 : 'SIGKILL';

/** Opens a station in a process of its own, imports what is named, and ends. */
async function inItsOwnProcess(...paths: readonly string[]): Promise<string | number | null> {
  const script = fileURLToPath(new URL('station-that-dies.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir(), ...paths], { stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
}

describe('a dump over which the whole program dies', () => {
  it('is begun last at the next start, and after a second time set aside', async () => {
    const stick = stickOf('fatal.json', 'z.json');
    expect(await inItsOwnProcess(stick)).toBe(KILLED);
    expect(await inItsOwnProcess()).toBe(KILLED);
    const at = await open();
    const { jobs } = await at.ask('jobs.list', {});
    for (const { job } of jobs) await at.wait(job);
    expect(await at.ask('station.status', {})).toMatchObject({ unfinished: 0, dumps: 1 });
    expect(told(await listed(at))).toEqual([['fatal.json', 'reader-died']]);
    const { rows } = await at.ask('intake.list', {});
    expect(told(rows)).toEqual(expect.arrayContaining([['z.json', 'taken']]));
  });
});

describe('a dump whose reading is stopped', () => {
  it('is no danger, however often', async () => {
    const at = await open();
    const stick = stickOf('a.json');
    for (let time = 0; time < 3; time += 1) {
      const job = await at.start(stick);
      await at.ask('job.stop', { job });
      await at.wait(job);
    }
    const [last] = await importsOf(at, await at.start(stick));
    expect(last?.problems).toEqual([]);
    expect(await listed(at)).toEqual([]);
  });
});
