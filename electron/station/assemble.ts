/** The whole station over a ledger that is sound. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HealthRepair, LedgerRestored } from '../../shared/health.ts';
import { asReadError } from '../../shared/read-errors.ts';
import { describeFailure } from '../host/failures.ts';
import type { StationOptions } from '../station-api.ts';
import { startReplicaWorker } from '../workers/replica/client.ts';
import { DailyBackups } from './backup/daily.ts';
import { begin, healLater } from './begin.ts';
import type { Core } from './core.ts';
import { LedgerBackups } from './health/backups.ts';
import { unknownCopies } from './health/copies.ts';
import { healthOf } from './health/health.ts';
import {
  oweCheck,
  recordSoundLater,
  recordStoreClosed,
  recordStoreNotEnded,
  recordStoreOpening,
} from './health/opening.ts';
import { isRestoring } from './health/store.ts';
import { storeFolder } from './health/store-folders.ts';
import { takeCopies } from './health/take-copies.ts';
import { answersToReplicaWorker } from './import/record-step.ts';
import { Jobs } from './jobs.ts';
import { STATION } from '../../shared/people.ts';
import { answerOf, coreOf, makeParts, type Base, type Inner } from './parts.ts';
import { changesSomething } from './reading-requests.ts';
import { DailyRetention } from './retention/daily.ts';
import { giveUp, MEETS_RETENTION } from './retention/give-up.ts';

/** @param repairAll what a ledger needs that was found damaged since: it is closed and opened again */
export async function assemble(
  options: StationOptions,
  base: Base & Pick<Core, 'db'>,
  restored: LedgerRestored | null,
  repairAll: Inner['repair'],
): Promise<Inner> {
  const { db, clock, timers, log, events } = base;
  const now = (): string => new Date(clock()).toISOString();
  const jobs = new Jobs((job) => events.tell('job', job), clock, log, timers);
  const joins: Core['joins'] = new Map();
  let damaged = (): void => {};
  const left = recordStoreOpening({ db, options });
  const replica = await startReplicaWorker(
    options.replicaWorkerUrl,
    options.replica ?? join(options.dataDir, 'replica'),
    answersToReplicaWorker({ db, joins, person: STATION, now, clock }, jobs),
    { log, timers, careful: !left.wasClosed, setsAside: left.isGivenUp, damaged: () => damaged() },
  ).catch((error: unknown) => {
    // Another station has it, or its server does not answer: nothing happened to it here.
    if (left.wasClosed) recordStoreClosed({ db, options });
    else recordStoreNotEnded({ db, options });
    throw error;
  });
  base.desk.use(db, true);
  const core: Core = coreOf(options, base, { replica, jobs, joins, storeDamaged: () => damaged() });
  const backups = new LedgerBackups(core);
  const renewBackups = (): Promise<void> => backups.renew();
  const repair = async (): Promise<HealthRepair> => {
    const started: string[] = [];
    // The history first: the store is looked through by what it says.
    if ((await unknownCopies(core)).length > 0)
      started.push(made.intakes.start(null, '', (job) => takeCopies(core, job)));
    if (storeFolder(core) !== null) started.push(healLater(core, made.intakes, 'check'));
    return { restored, jobs: started };
  };
  const made = makeParts(core, {
    get: () => healthOf(core, backups.isDamaged ? 'damaged' : 'good'),
    repair: () => (backups.isDamaged ? repairAll() : repair()),
    renewBackups,
  });
  const daily = new DailyRetention(core, {
    start: () => made.intakes.start(null, '', (job) => giveUp(core, job, renewBackups), 'retention'),
    isBusy: () =>
      backups.isDamaged || isRestoring(core) || MEETS_RETENTION.some((kind) => jobs.isRunning(kind)),
  });
  damaged = () => {
    oweCheck(core);
    if (!jobs.isRunning('restore')) healLater(core, made.intakes, 'check');
  };
  const stopListening = events.on('job', ({ kind, end }) => {
    if (end?.kind === 'failed' && end.code === 'ledger-damaged') backups.recordDamage();
    if (end !== null && (kind === 'intake' || kind === 'upload' || kind === 'restore')) backups.soon();
  });
  const dailyBackups = new DailyBackups(core, made.intakes);
  const stopHearing = events.on('changed', ({ what }) => {
    if (what.includes('sources')) dailyBackups.look();
  });
  const { sources } = made;
  const record = (what: () => void): void => {
    try {
      what();
    } catch (error) {
      // On a full disk, say. The store is looked through at the next start.
      log(`the end of this run could not be recorded: ${describeFailure(error)}`);
    }
  };
  const stopWaiting = recordSoundLater(core, timers);
  const stop = async (): Promise<void> => {
    stopWaiting();
    stopHearing();
    await Promise.all([daily.close(), dailyBackups.close()]);
    await Promise.all([jobs.stopAll(), sources.close()]);
    stopListening();
  };
  try {
    await begin(core, made, left);
    await backups.begin();
    daily.begin();
    dailyBackups.begin();
  } catch (error) {
    await stop();
    if (await replica.close()) record(() => recordStoreNotEnded(core));
    throw error;
  }
  return {
    ask: async (name, params, asker) => {
      // Nothing is built upon a ledger that is not whole.
      if (backups.isDamaged && changesSomething(name) && name !== 'job.stop')
        return { ok: false, code: 'ledger-damaged' };
      const answered = await answerOf(core, made.handlers, name, params, asker);
      if (!answered.ok && answered.code === 'ledger-damaged') backups.recordDamage();
      return answered;
    },
    settled: () => sources.settled(),
    addPath: async (path) => sources.chosen.add(await kindOf(path), path, basename(path)),
    repair,
    trouble: null,
    close: async () => {
      try {
        await stop();
        await backups.close();
        if (await replica.close()) record(() => recordStoreClosed(core));
      } catch (error) {
        log(`this run did not end as it should: ${describeFailure(error)}`);
      } finally {
        db.close();
      }
    },
  };
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    throw asReadError(error);
  }
}
