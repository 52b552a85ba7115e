/**
 * The replica worker, a thread: reading dumps and writing the replica happen here, off the thread that answers the
 * window. Part of the station: it joins intake and replica as `station.ts` joins the rest.
 */
import { parentPort } from 'node:worker_threads';
import { StationError } from '../shared/errors.ts';
import { checkLedgerFile } from './ledger/backup.ts';
import { sizeOf, toJson, withOwnDigests } from './replica/documents.ts';
import { openReplica } from './replica/replica.ts';
import { withSpares, type ReplicaWithSpares } from './replica/spares.ts';
import type { Restored, StationCalls, Taken, ReplicaWorkerCalls } from './workers/replica/calls.ts';
import { connect } from './workers/rpc.ts';
import { isThat, restoreDump, restoreMade, salvage, wrongAmong } from './workers/replica/restore.ts';
import { takeDump } from './workers/replica/take.ts';

if (parentPort === null) throw new Error('this module runs in a thread');

let replica: ReplicaWithSpares | null = null;
const running = new Map<string, AbortController>();

function opened(): ReplicaWithSpares {
  if (replica === null) throw new StationError('replica-failed');
  return replica;
}

/** Work of a job that `stop` can end. */
async function stoppable<Value>(job: string, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const controller = new AbortController();
  running.set(job, controller);
  try {
    return await work(controller.signal);
  } finally {
    running.delete(job);
  }
}

const station = connect<ReplicaWorkerCalls, StationCalls>(parentPort, {
  open: async ({ replica: nameOrUrl, ...how }) => {
    replica = withSpares(await openReplica(nameOrUrl, how));
    return replica.found;
  },
  take: (request): Promise<Taken> =>
    stoppable(request.job, (signal) => takeDump(request, opened(), station.call, signal)),
  stop: ({ job }) => {
    running.get(job)?.abort();
    return null;
  },
  write: async ({ revisions }) => {
    await opened().write(revisions.map(withOwnDigests));
    await opened().sync();
    return null;
  },
  read: ({ id, rev, attachments }) => opened().read(id, rev, attachments),
  readFirst: ({ id, revs }) => opened().readFirst(id, revs),
  size: async ({ id, rev }) => {
    const stored = await opened().read(id, rev, 'none');
    return stored === null ? null : sizeOf(stored);
  },
  documents: async ({ revisions }) =>
    (await opened().readAll(revisions)).map((stored, at) => {
      const content = revisions[at]?.content;
      const isRight = stored !== null && (content === undefined || isThat(stored, content));
      return isRight ? toJson(stored) : null;
    }),
  attachment: ({ id, rev, name }) => opened().attachment(id, rev, name),
  check: ({ revisions }) => wrongAmong(opened(), revisions),
  checkLedger: ({ file }) => checkLedgerFile(file),
  renew: () => opened().renew(),
  snapshot: async ({ into }) => {
    await opened().snapshot(into);
    return null;
  },
  restore: ({ job, ...copy }): Promise<Restored> =>
    stoppable(job, (signal) => restoreDump(copy, opened(), station.call, signal)),
  restoreMade: ({ job, folder }): Promise<Restored> =>
    stoppable(job, (signal) => restoreMade(folder, opened(), station.call, signal)),
  salvage: ({ job, folder, revisions }): Promise<Restored> =>
    stoppable(job, (signal) => salvage(folder, revisions, opened(), station.call, signal)),
  remove: async ({ documents }) => {
    await opened().removeAll(documents);
    return null;
  },
  compact: async () => {
    await opened().compact();
    return null;
  },
  close: async () => {
    await replica?.close();
    replica = null;
    // Behind the answer; without its port the thread has nothing left to do and ends by itself.
    setImmediate(() => parentPort?.close());
    return null;
  },
});
