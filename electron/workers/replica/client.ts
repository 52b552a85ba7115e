/**
 * The station's side of the replica worker: starts it, asks it, starts it again when it dies. What was asked of a worker
 * that died is asked again: the same revisions written twice are the same revisions. Only the reading of a dump is not:
 * the dump may be what it died of, and whoever asked for it decides.
 */
import { Worker } from 'node:worker_threads';
import { StationError } from '../../../shared/errors.ts';
import { orAfter, type Timers } from '../../../shared/timers.ts';
import type { ReplicaWorkerCalls, StationCalls } from './calls.ts';
import { describeFailure } from '../../host/failures.ts';
import type { Found } from '../../replica/mend.ts';
import '../../replica/stay-loaded.ts';
import { connect, type Call, type CallHandlers } from '../rpc.ts';

/**
 * Room for the largest record (`LIMITS.recordBytes`) several times over; a small young generation, because with
 * V8's own choice for a large machine a dump of 40 MB grew the process to 500 MB (with this: 300 MB).
 */
const HEAP = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 16 };

/** So long a worker may put its store away: LevelDB may be in the middle of sorting tables, on a slow disk. */
const CLOSING_MS = 20_000;

/** After so long a worker that was asked to end is ended. */
const ENDING_MS = 2000;

/** How often the same thing is asked of workers that die over it. */
const TRIES = 2;

export interface ReplicaWorker {
  readonly call: Call<ReplicaWorkerCalls>;
  /** How the store was found at the start; a code: it could not be opened, and is tried again at each call. */
  readonly found: Found | StationError;
  /** Why it cannot be opened now; `null`: it is open. */
  failure(): StationError | null;
  /** Answers whether the store was put away. A worker that is stuck is ended, and its store looked at closely next time. */
  close(): Promise<boolean>;
}

/** The worker ended while it was asked. */
export class WorkerDied extends StationError {
  constructor(cause?: unknown) {
    super('replica-failed', undefined, cause);
  }
}

interface WorkerOptions {
  readonly log: (line: string) => void;
  readonly timers: Timers;
  /** The store was not closed as it should be: it is looked at closely before it is read. */
  readonly careful?: boolean;
  /** It ended the program so often that it is set aside unread, for a new one. */
  readonly setsAside?: boolean;
  /** Called when a call, or a worker that is started again, finds that the store is damaged. */
  readonly damaged?: () => void;
}

/** A worker with the replica open in it. */
interface Running {
  readonly worker: Worker;
  readonly call: Call<ReplicaWorkerCalls>;
  readonly found: Found;
  readonly ended: Promise<unknown>;
  hasDied(): boolean;
}

/** With these a station cannot work, and must not look as if it could. */
const CANNOT_WORK: ReadonlySet<string> = new Set(['data-in-use', 'replica-unreachable']);

/** Starts the worker and opens the replica in it. @throws StationError `data-in-use`, `replica-unreachable` */
export async function startReplicaWorker(
  module: URL,
  replica: string,
  handlers: CallHandlers<StationCalls>,
  { log, timers, careful = false, setsAside = false, damaged }: WorkerOptions,
): Promise<ReplicaWorker> {
  let isClosed = false;
  let running: Promise<Running> | null = null;
  let failure: StationError | null = null;
  let hasStarted = false;
  let hasOpened = false;
  /** The thread of the last start, whether it opened the store or not. */
  let thread: Worker | null = null;

  const begin = async (): Promise<Running> => {
    const worker = new Worker(module, { resourceLimits: HEAP });
    thread = worker;
    let died = false;
    const { call, end } = connect<StationCalls, ReplicaWorkerCalls>(worker, handlers);
    const hasEnded = (reason: StationError): void => {
      died = true;
      end(reason);
    };
    worker.on('error', (error) => {
      log(`replica worker died: ${describeFailure(error)}`);
      hasEnded(new WorkerDied(error));
    });
    worker.on('exit', () => hasEnded(new WorkerDied()));
    const ended = new Promise((resolve) => void worker.once('exit', resolve));
    try {
      // A worker that died left its store as it was at that moment.
      const found = await call('open', {
        replica,
        careful: careful || hasStarted,
        setsAside: setsAside && !hasOpened,
      });
      hasOpened = true;
      failure = null;
      // How the store is found at the start is looked at there.
      if (hasStarted && found.kind !== 'as-it-was') damaged?.();
      return { worker, call, found, ended, hasDied: () => died };
    } catch (error) {
      failure = error instanceof StationError ? error : new StationError('replica-failed', undefined, error);
      await worker.terminate();
      throw failure;
    }
  };

  /** The worker that runs, or a new one. */
  const worker = async (): Promise<Running> => {
    if (isClosed) throw new StationError('replica-failed');
    const before = running;
    const isOver = before === null || (await before.then((one) => one.hasDied()).catch(() => true));
    // Others may have asked for a new one in the meantime.
    if (isOver && running === before) running = begin();
    return running ?? begin();
  };

  const call: Call<ReplicaWorkerCalls> = async (name, params) => {
    for (let tried = 1; ; tried += 1) {
      const one = await worker();
      try {
        return await one.call(name, params);
      } catch (error) {
        if (error instanceof StationError && error.code === 'replica-damaged') damaged?.();
        if (!one.hasDied() || isClosed || tried >= TRIES || !REPEATED.has(name)) throw error;
        log(`replica worker is started again, and asked again: ${name}`);
      }
    }
  };

  const found = await worker().then(
    (one) => one.found,
    (error: unknown) => {
      if (!(error instanceof StationError) || CANNOT_WORK.has(error.code)) throw error;
      log(`replica could not be opened: ${error.code} ${describeFailure(error.cause)}`);
      return error;
    },
  );
  hasStarted = true;
  return {
    call,
    found,
    failure: () => failure,
    close: async () => {
      isClosed = true;
      const closed = async (): Promise<boolean> => {
        const one = await running?.catch(() => null);
        if (one == null) return false;
        await one.call('close', null);
        // A worker that ends by itself has put away everything that native code holds.
        await orAfter(timers, ENDING_MS, one.ended, null);
        return true;
      };
      try {
        const answered = await orAfter(timers, CLOSING_MS, closed(), null);
        if (answered === null) log('replica worker was not closed: it is stuck');
        return answered ?? false;
      } catch (error) {
        // A worker that died has nothing to close; whoever closes the station has other things to close.
        log(`replica worker was not closed: ${describeFailure(error)}`);
        return false;
      } finally {
        // Native code that waits for a disk cannot be ended; the process can.
        if (thread !== null) await orAfter(timers, ENDING_MS, thread.terminate(), null);
      }
    },
  };
}

/** Asked twice, these do and say the same. */
const REPEATED: ReadonlySet<keyof ReplicaWorkerCalls> = new Set([
  'write',
  'read',
  'readFirst',
  'documents',
  'attachment',
  'check',
  'restore',
  'restoreMade',
  'salvage',
  'remove',
  'compact',
]);
