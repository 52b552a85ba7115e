/**
 * What goes wrong while a station works: it is killed, the disk is full, somebody stops what runs. Each answers what did not
 * hold. When a kill or a stop comes is random and depends on the computer; what must hold then does not.
 */
import { StationError } from '../../shared/errors.ts';
import { pick } from '../../electron/practice/documents.ts';
import { runCli } from '../support/cli.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import type { SmallDisk } from '../support/small-disk.ts';

/** Records of the export that comes while things go wrong. */
export const LATE = Array.from({ length: 300 }, (_, n) => `late-${n}`);
export const LATE_FILE = 'late.json';
export const DISK_MEGABYTES = 512;

export interface Place {
  readonly dataDir: string;
  /** Where the data folder lies; `null`: none can be mounted here. */
  readonly disk: Omit<SmallDisk, 'remove'> | null;
  /** An export that the station does not have yet. */
  readonly late: string;
  readonly random: () => number;
  /** Records that somebody took back from the outbox, and was told that it was done. */
  readonly released: Set<string>;
}

export type Trouble = (place: Place) => Promise<string[]>;

/** What an import may end with on a full disk, and what a decision may. */
const FULL: ReadonlySet<string> = new Set(['disk-full', 'no-room', 'replica-failed']);

/** Approved records of the second export. */
const APPROVED = ['new-12', 'new-13', 'new-14', 'new-17', 'new-18', 'new-19'] as const;

export const TROUBLES: Readonly<Record<string, Trouble>> = {
  'an import is killed': (place) => killed(place, ['import', place.late]),
  'a start is killed': (place) => killed(place, ['status']),
  'an import is stopped': importIsStopped,
  'the disk is full during an import': importOnFullDisk,
  'the disk is full while somebody decides': decideOnFullDisk,
};

/** What a restart after the damage has to go through first. */
export const RESTARTS: Readonly<Record<string, Trouble>> = {
  'started on a full disk': startOnFullDisk,
  'killed while it is repaired': (place) => killed(place, ['doctor', '--repair']),
  'stopped while it is repaired': repairIsStopped,
};

/** Most of the first half second is the start of the program itself. */
async function killed({ dataDir, random }: Place, args: readonly string[]): Promise<string[]> {
  await runCli([...args, '--data', dataDir], { killAfter: 250 + Math.floor(random() * 1500) });
  return [];
}

/** A station on this disk takes imports however small its room is. */
function open(place: Place): Promise<TestStation> {
  return openTestStation({ dataDir: place.dataDir, freeBytes: () => Promise.resolve(1_000_000_000) });
}

async function importIsStopped(place: Place): Promise<string[]> {
  const station = await open(place);
  try {
    const job = await station.start(place.late);
    await stopAfter(station, job, Math.floor(place.random() * 8));
    const end = await station.wait(job);
    return end.kind === 'failed' && end.code !== 'cancelled' ? [`a stopped import failed: ${end.code}`] : [];
  } finally {
    await station.close();
  }
}

/** Stops a job after so many turns of the event loop that had something to do. */
async function stopAfter(station: TestStation, job: string, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await station.ask('jobs.list', {});
  await station.ask('job.stop', { job }).catch(() => {});
}

async function importOnFullDisk(place: Place): Promise<string[]> {
  if (place.disk === null) return [];
  const station = await open(place);
  const wrong: string[] = [];
  try {
    place.disk.fill(Math.floor(place.random() * 3_000_000));
    const code = await station.take(place.late).then(
      (one) => (one.outcome === 'failed' ? one.problems.map((problem) => problem.code).join(' ') : null),
      (error: unknown) => (error instanceof StationError ? error.code : String(error)),
    );
    if (code !== null && !code.split(' ').some((one) => FULL.has(one)))
      wrong.push(`an import on a full disk ended with ${code}: ${station.log.slice(-3).join('; ')}`);
    if (place.random() < 0.5) {
      place.disk.free();
      const again = await station.take(place.late);
      if (again.outcome === 'failed') wrong.push('the import failed although there was room again');
    }
  } finally {
    // Half of them end while it is still full.
    await station.close();
    place.disk.free();
  }
  return wrong;
}

async function decideOnFullDisk(place: Place): Promise<string[]> {
  if (place.disk === null) return [];
  const station = await open(place);
  const wrong: string[] = [];
  try {
    place.disk.fill(Math.floor(place.random() * 60_000));
    for (const id of APPROVED) {
      if (place.random() < 0.5 || place.released.has(id)) continue;
      const { rows } = await station.ask('changes.list', { text: id, limit: 10, sort: 'id' });
      const row = rows.find((one) => one.id === id);
      if (row === undefined) wrong.push(`${id} is not in the list`);
      if (row?.state !== 'approved') continue;
      try {
        await station.ask('decide.release', { batch: row.batch, ids: [id] });
        place.released.add(id);
      } catch (error) {
        if (!(error instanceof StationError) || !FULL.has(error.code))
          wrong.push(`a decision on a full disk ended with ${String(error)}`);
      }
    }
  } finally {
    await station.close();
    place.disk.free();
  }
  return wrong;
}

async function startOnFullDisk(place: Place): Promise<string[]> {
  if (place.disk === null) return [];
  place.disk.fill(Math.floor(place.random() ** 2 * 3_000_000));
  try {
    const station = await open(place);
    try {
      const { rows } = await station.ask('batches.list', { limit: 1 });
      for (const { batch } of rows) await station.ask('receipt.get', { batch, format: 'text' });
      await station.ask('health.get', {});
      await station.ask('health.repair', {}).catch(() => {});
      for (const { job } of (await station.ask('jobs.list', {})).jobs) await station.wait(job);
      return [];
    } catch (error) {
      return [`nothing can be read on a full disk: ${String(error)}: ${station.log.slice(-3).join('; ')}`];
    } finally {
      await station.close();
    }
  } catch (error) {
    // Where no ledger and no backup is left there is nothing that could be read.
    return error instanceof StationError && error.code === 'disk-full'
      ? []
      : [`it did not open on a full disk: ${error instanceof Error ? (error.stack ?? '') : ''}`];
  } finally {
    place.disk.free();
  }
}

async function repairIsStopped(place: Place): Promise<string[]> {
  const station = await open(place);
  try {
    await station.ask('health.repair', {}).catch(() => {});
    const { jobs } = await station.ask('jobs.list', {});
    if (jobs.length > 0)
      await stopAfter(station, pick(place.random, jobs).job, Math.floor(place.random() * 8));
    for (const { job } of jobs) await station.wait(job);
    return [];
  } finally {
    await station.close();
  }
}
