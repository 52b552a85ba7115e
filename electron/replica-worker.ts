/**
 * The replica worker, a thread: reading dumps and writing the replica happen here, off the thread that answers the
 * window. Part of the station: it joins intake and replica as `station.ts` joins the rest.
 */
import { parentPort } from 'node:worker_threads';
import { StationError } from '../shared/errors.ts';
import { toJson } from './replica/documents.ts';
import { openReplica } from './replica/replica.ts';
import type { Replica } from './replica/types.ts';
import type { StationCalls, Taken, ReplicaWorkerCalls } from './workers/replica/calls.ts';
import { connect } from './workers/rpc.ts';
import { takeDump } from './workers/replica/take.ts';

if (parentPort === null) throw new Error('this module runs in a thread');

let replica: Replica | null = null;
const running = new Map<string, AbortController>();

function opened(): Replica {
  if (replica === null) throw new StationError('replica-failed');
  return replica;
}

const station = connect<ReplicaWorkerCalls, StationCalls>(parentPort, {
  open: async ({ replica: nameOrUrl }) => {
    replica = await openReplica(nameOrUrl);
    return null;
  },
  take: async (request): Promise<Taken> => {
    const controller = new AbortController();
    running.set(request.job, controller);
    try {
      return await takeDump(request, opened(), station.call, controller.signal);
    } finally {
      running.delete(request.job);
    }
  },
  stop: ({ job }) => {
    running.get(job)?.abort();
    return null;
  },
  write: async ({ revisions }) => {
    await opened().write(revisions);
    await opened().sync();
    return null;
  },
  read: ({ id, rev, attachments }) => opened().read(id, rev, attachments),
  documents: async ({ revisions }) =>
    (await opened().readAll(revisions)).map((stored) => (stored === null ? null : toJson(stored))),
  attachment: ({ id, rev, name }) => opened().attachment(id, rev, name),
  close: async () => {
    await replica?.close();
    replica = null;
    // Behind the answer; without its port the thread has nothing left to do and ends by itself.
    setImmediate(() => parentPort?.close());
    return null;
  },
});
