/** Damage that ends the whole program, and a store that does not let itself be closed. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

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
async function open(replicaWorker?: URL): Promise<TestStation> {
  station = await openTestStation({ dataDir: dataDir(), ...(replicaWorker && { replicaWorker }) });
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
async function jobsAtStart(): Promise<readonly unknown[]> {
  const at = await open();
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
    // It would die again of a store that is not looked at closely.
    await open(FAILING);
    await close();
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
