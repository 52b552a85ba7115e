/** The station's side of the replica worker: starts it, asks it, and says so when it dies. */
import { Worker } from 'node:worker_threads';
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import type { ReplicaWorkerCalls, StationCalls } from './calls.ts';
import { describeFailure } from '../../host/failures.ts';
import '../../replica/stay-loaded.ts';
import { connect, type Call, type CallHandlers } from '../rpc.ts';

/**
 * Room for the largest record (`LIMITS.recordBytes`) several times over; a small young generation, because with
 * V8's own choice for a large machine a dump of 40 MB grew the process to 500 MB (with this: 300 MB).
 */
const HEAP = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 16 };

/** After so long a worker that was asked to end is ended. */
const ENDING_MS = 2000;

export interface ReplicaWorker {
  readonly call: Call<ReplicaWorkerCalls>;
  close(): Promise<void>;
}

/** Starts the worker and opens the replica in it. @throws StationError `data-in-use`, `replica-unreachable`, `replica-failed` */
export async function startReplicaWorker(
  module: URL,
  replica: string,
  handlers: CallHandlers<StationCalls>,
  { log, timers }: { readonly log: (line: string) => void; readonly timers: Timers },
): Promise<ReplicaWorker> {
  const worker = new Worker(module, { resourceLimits: HEAP });
  const { call, end } = connect<StationCalls, ReplicaWorkerCalls>(worker, handlers);
  worker.on('error', (error) => {
    log(`replica worker died: ${describeFailure(error)}`);
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
        // A worker that ends by itself has put away everything that native code holds.
        const tooLong = Promise.withResolvers<void>();
        const callOff = timers.after(ENDING_MS, tooLong.resolve);
        await Promise.race([ended, tooLong.promise]).finally(callOff);
      } catch (error) {
        // A worker that died has nothing to close; whoever closes the station has other things to close.
        log(`replica worker was not closed: ${describeFailure(error)}`);
      } finally {
        await worker.terminate();
      }
    },
  };
}
