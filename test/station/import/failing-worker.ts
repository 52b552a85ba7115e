/**
 * The replica worker, but it fails over a dump called `poison.json`, dies of one called `deadly.json` (of
 * `deadly-for-now.json` until a file `mended` lies in the data folder, of `greedy.json` because its memory is at its end),
 * and of one called `fatal.json` the whole program is killed. Where a file `rotten` lies in the data folder, opening the
 * store without looking at all of it ends the whole program, as LevelDB does over damage; with one called `stuck` it is
 * never closed, with one called `full` it cannot be looked through.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { StationError } from '../../../shared/errors.ts';
import { openReplica } from '../../../electron/replica/replica.ts';
import { withSpares, type ReplicaWithSpares } from '../../../electron/replica/spares.ts';
import type { StationCalls, Taken, ReplicaWorkerCalls } from '../../../electron/workers/replica/calls.ts';
import { connect } from '../../../electron/workers/rpc.ts';
import { takeDump } from '../../../electron/workers/replica/take.ts';

if (parentPort === null) throw new Error('this module runs in a thread');
let replica: ReplicaWithSpares | null = null;
let folder = '';
const opened = (): ReplicaWithSpares => {
  if (replica === null) throw new Error('not open');
  return replica;
};

const station = connect<ReplicaWorkerCalls, StationCalls>(parentPort, {
  open: async ({ replica: name, ...how }) => {
    folder = dirname(name);
    if (!how.careful && existsSync(join(folder, 'rotten'))) process.kill(process.pid, 'SIGABRT');
    replica = withSpares(await openReplica(name, how));
    return replica.found;
  },
  take: (request): Promise<Taken> => {
    if (request.name === 'poison.json') throw new Error('a bug that this very dump meets');
    if (request.name === 'deadly.json') process.exit(1);
    if (request.name === 'deadly-for-now.json' && !existsSync(`${dirname(request.file)}/../mended`))
      process.exit(1);
    if (request.name === 'deadly-once.json' && !request.resumed) process.exit(1);
    if (request.name === 'greedy.json')
      for (const held: number[][] = []; ;) held.push(Array<number>(1_000_000).fill(1.5));
    if (request.name === 'fatal.json') process.kill(process.pid, 'SIGKILL');
    return takeDump(request, opened(), station.call, new AbortController().signal);
  },
  stop: () => null,
  snapshot: () => null,
  write: async ({ revisions }) => {
    await opened().write(revisions);
    return null;
  },
  readFirst: () => null,
  size: () => null,
  documents: () => [],
  check: () => {
    if (existsSync(join(folder, 'full'))) throw new StationError('disk-full');
    return [];
  },
  checkLedger: () => true,
  renew: () => opened().renew(),
  remove: () => null,
  compact: () => null,
  restore: () => ({ read: 0, written: 0, failed: null }),
  restoreMade: () => ({ read: 0, written: 0, failed: null }),
  salvage: () => ({ read: 0, written: 0, failed: null }),
  read: ({ id, rev, attachments }) => opened().read(id, rev, attachments),
  attachment: ({ id, rev, name }) => opened().attachment(id, rev, name),
  close: async () => {
    while (existsSync(join(folder, 'stuck')));
    await opened().close();
    return null;
  },
});
