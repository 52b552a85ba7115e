/** Opens PouchDB over LevelDB, with the store below it and PouchDB's own counters within reach. */
import PouchDB from 'pouchdb-node';
import { StationError } from '../../shared/errors.ts';
import { storeFactory, type Store } from './leveldown.ts';
import { REVS_LIMIT } from './trees.ts';

/**
 * What PouchDB counts in memory and writes with each call of its own: whoever writes beside it counts here, too, or
 * it would write the old numbers back.
 */
export interface Counters {
  /** The last number that was given to a body. */
  _updateSeq: number;
  /** How many documents are not deleted. */
  _docCount: number;
}

export interface PouchStore {
  readonly pouch: PouchDB;
  readonly store: Store;
  readonly counters: Counters;
}

/** @throws StationError `data-in-use`; `replica-failed` where PouchDB is not the one this was written for */
export async function openStore(folder: string): Promise<PouchStore> {
  const { factory, store } = storeFactory();
  let counters: Partial<Counters> = {};
  // The adapter hands the object that holds its counters to whoever migrates a store of before 2015; ours are newer.
  const migrate = {
    doMigrationOne(_name: string, held: Partial<Counters>, done: () => void) {
      counters = held;
      done();
    },
    doMigrationTwo(_held: unknown, _stores: unknown, done: () => void) {
      done();
    },
  };
  const pouch = new PouchDB(folder, {
    adapter: 'leveldb',
    db: factory,
    migrate,
    auto_compaction: false,
    revs_limit: REVS_LIMIT,
  });
  await pouch.info();
  const opened = store();
  if (!areCounters(counters)) throw new StationError('replica-failed');
  return { pouch, store: opened, counters };
}

function areCounters(held: Partial<Counters>): held is Counters {
  return typeof held._updateSeq === 'number' && typeof held._docCount === 'number';
}
