/**
 * The store under PouchDB (its public `db:` option): leveldown, with reads of the same turn joined into one,
 * and the store itself within reach for the things PouchDB does not offer: many document trees in one read, a
 * tree that is told more of its history, and making sure that what was written is on the disk.
 */
import leveldown from 'leveldown';
import { StationError } from '../../shared/errors.ts';

type Done = (error: Error | null | undefined) => void;

/** The calls of leveldown that are used; the package's types do not know `getMany` and `compactRange`. */
export interface Store {
  open(options: { createIfMissing: boolean }, done: Done): void;
  close(done: Done): void;
  getMany(
    keys: string[],
    options: { asBuffer: false },
    done: (error: Error | null, values: (string | undefined)[]) => void,
  ): void;
  put(key: string, value: string, options: { sync: boolean }, done: Done): void;
  get(
    key: string,
    options: { asBuffer: false },
    done: (error: Error | null | undefined, value: string) => void,
  ): void;
  iterator(options: object): {
    next(done: (error: Error | null | undefined, key?: string) => void): void;
    end(done: Done): void;
  };
  batch(operations: StoreOperation[], options: { sync: boolean }, done: Done): void;
  /** As `batch`, without a look at each operation and a copy of it. */
  _batch(operations: StoreOperation[], options: { sync: boolean }, done: Done): void;
  compactRange(start: string, end: string, done: Done): void;
  _get(key: string | Buffer, options: GetOptions, done: Got): void;
  _getMany(
    keys: (string | Buffer)[],
    options: GetOptions,
    done: (error: Error | null, values?: unknown[]) => void,
  ): void;
}

export type StoreOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: string | Buffer }
  | { readonly type: 'del'; readonly key: string };

interface GetOptions {
  readonly asBuffer?: boolean;
}

type Got = (error: Error | null, value?: unknown) => void;

export interface StoreFactory {
  (location: string): Store;
  destroy: (location: string, done: (error: Error | null) => void) => void;
}

/** Fewer reads than this are made one by one. */
const FEW = 4;

/** What leveldown says of a key that is not there; levelup knows it by this word. */
const NOT_FOUND = new Error('NotFound');

/** A store that is not open yet. */
export function storeAt(location: string): Store {
  return leveldown(location) as unknown as Store;
}

/** A factory for PouchDB and, once PouchDB has opened it, the store behind it. */
export function storeFactory(): { factory: StoreFactory; store: () => Store } {
  let opened: Store | undefined;
  const factory = ((location: string) => {
    const store = storeAt(location);
    store._get = joined(store._get.bind(store), store._getMany.bind(store));
    opened = store;
    return store;
  }) as StoreFactory;
  factory.destroy = (location, done) => leveldown.destroy(location, done as (error?: Error) => void);
  return {
    factory,
    store: () => {
      // PouchDB hands out a store that it has open already: somebody else in this process uses the folder.
      if (opened === undefined) throw new StationError('data-in-use');
      return opened;
    },
  };
}

/**
 * PouchDB reads the tree of each document of a write by itself, thousands in one turn of the event loop. Each
 * is a trip to another thread and back; together they are one.
 */
function joined(one: Store['_get'], many: Store['_getMany']): Store['_get'] {
  let waiting: { key: string | Buffer; options: GetOptions; done: Got }[] = [];
  const read = (): void => {
    const reads = waiting;
    waiting = [];
    for (const asBuffer of [false, true]) {
      const group = reads.filter(({ options }) => (options.asBuffer !== false) === asBuffer);
      if (group.length < FEW) {
        for (const { key, options, done } of group) one(key, options, done);
        continue;
      }
      const keys = group.map(({ key }) => key);
      many(keys, { asBuffer }, (error, values) => {
        for (const [at, { done }] of group.entries()) {
          if (error !== null) done(error);
          else if (values?.[at] === undefined) done(NOT_FOUND);
          else done(null, values[at]);
        }
      });
    }
  };
  return (key, options, done) => {
    if (waiting.length === 0) setImmediate(read);
    waiting.push({ key, options, done });
  };
}

export function getMany(store: Store, keys: string[]): Promise<(string | undefined)[]> {
  return new Promise((resolve, reject) => {
    store.getMany(keys, { asBuffer: false }, (error, values) => (error ? reject(error) : resolve(values)));
  });
}

export function putAll(store: Store, operations: StoreOperation[]): Promise<void> {
  return new Promise((resolve, reject) => {
    store._batch(operations, { sync: false }, (error) => (error ? reject(error) : resolve()));
  });
}

/** Sorts all tables anew, so that nothing is left of what was removed or written over. Takes as long as all of it is large. */
export function compactAll(store: Store): Promise<void> {
  return new Promise((resolve, reject) => {
    store.compactRange('\u0000', '\uffff', (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes the memory table to a sorted file and waits for it: LevelDB syncs such a file, log or no log. */
export function flush(store: Store): Promise<void> {
  return new Promise((resolve, reject) => {
    store.compactRange('\u0000', '\u0000', (error) => (error ? reject(error) : resolve()));
  });
}
