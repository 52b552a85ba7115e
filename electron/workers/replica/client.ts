/** The station's side of the replica thread: starts it, asks it, and says so when it dies. */
import { Worker } from 'node:worker_threads';
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import type { Note, Progress, StationCalls, ThreadCalls } from './calls.ts';
import { describeFailure } from '../../host/failures.ts';
import '../../replica/stay-loaded.ts';
import { connect, type Call } from '../rpc.ts';

/**
 * Room for the largest record (`LIMITS.recordBytes`) several times over; a small young generation, because with
 * V8's own choice for a large machine a dump of 40 MB grew the process to 500 MB (with this: 300 MB).
 */
const HEAP = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 16 };

/** After so long a thread that was asked to end is ended. */
const ENDING_MS = 2000;

export interface ReplicaThread {
  readonly call: Call<ThreadCalls>;
  close(): Promise<void>;
}

export interface ThreadListeners {
  /** Notes one step of a dump in the ledger; see `StationCalls.note`. */
  readonly note: (note: Note) => number;
  readonly known: (params: StationCalls['known']['params']) => StationCalls['known']['value'];
  readonly progress: (progress: Progress) => void;
}

/** Starts the thread and opens the replica in it. @throws StationError `data-in-use`, `replica-unreachable`, `replica-failed` */
export async function startReplicaThread(
  module: URL,
  replica: string,
  listeners: ThreadListeners,
  { log, timers }: { readonly log: (line: string) => void; readonly timers: Timers },
): Promise<ReplicaThread> {
  const worker = new Worker(module, { resourceLimits: HEAP });
  const { call, end } = connect<StationCalls, ThreadCalls>(worker, {
    note: listeners.note,
    known: listeners.known,
    progress: (progress) => {
      listeners.progress(progress);
      return null;
    },
  });
  worker.on('error', (error) => {
    log(`replica thread died: ${describeFailure(error)}`);
    end(new StationError('replica-failed', undefined, error));
  });
  worker.on('exit', () => end(new StationError('replica-failed')));
  const ended = new Promise((resolve) => void worker.once('exit', resolve));
  try {
    await call('open', { replica });
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    call,
    close: async () => {
      try {
        await call('close', null);
        // A thread that ends by itself has put away everything that native code holds.
        const tooLong = Promise.withResolvers<void>();
        const callOff = timers.after(ENDING_MS, tooLong.resolve);
        await Promise.race([ended, tooLong.promise]).finally(callOff);
      } catch (error) {
        // A thread that died has nothing to close; whoever closes the station has other things to close.
        log(`replica thread was not closed: ${describeFailure(error)}`);
      } finally {
        await worker.terminate();
      }
    },
  };
}
