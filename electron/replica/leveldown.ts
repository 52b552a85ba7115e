/**
 * The store under PouchDB (its public `db:` option): leveldown, with every batch written through to the
 * disk, and the store itself within reach for the two things PouchDB does not offer: many document
 * trees in one read, and a tree that is told more of its history.
 */
import leveldown from 'leveldown';
import { StationError } from '../../shared/errors.ts';

/** The calls of leveldown used here; the package's types do not know `getMany` and `compactRange`. */
export interface Store {
  getMany(
    keys: string[],
    options: { asBuffer: false },
    done: (error: Error | null, values: (string | undefined)[]) => void,
  ): void;
  put(key: string, value: string, options: { sync: boolean }, done: (error: Error | null) => void): void;
  get(key: string, options: { asBuffer: false }, done: (error: Error | null, value: string) => void): void;
  batch(operations: StoreOperation[], options: { sync: boolean }, done: (error: Error | null) => void): void;
  compactRange(start: string, end: string, done: (error: Error | null) => void): void;
  _batch(operations: unknown, options: object, done: (error: Error | null) => void): void;
  _open(options: object, done: (error: Error | null) => void): void;
}

export interface StoreOperation {
  readonly type: 'put';
  readonly key: string;
  readonly value: string;
}

export interface StoreFactory {
  (location: string): Store;
  destroy: (location: string, done: (error: Error | null) => void) => void;
}

/** 32 MB: fewer and larger sorted files than with the default of 4 MB, for the price of that much memory. */
const WRITE_BUFFER = 32 * 1024 * 1024;

/**
 * A factory for PouchDB and, once PouchDB has opened it, the store behind it.
 * Every batch is written with `sync`, so what a write returned from survives a power cut.
 */
export function storeFactory(): { factory: StoreFactory; store: () => Store } {
  let opened: Store | undefined;
  const factory = ((location: string) => {
    const store = leveldown(location) as unknown as Store;
    const batch = store._batch.bind(store);
    store._batch = (operations, options, done) => batch(operations, { ...options, sync: true }, done);
    const open = store._open.bind(store);
    store._open = (options, done) => open({ ...options, writeBufferSize: WRITE_BUFFER }, done);
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

export function getMany(store: Store, keys: string[]): Promise<(string | undefined)[]> {
  return new Promise((resolve, reject) => {
    store.getMany(keys, { asBuffer: false }, (error, values) => (error ? reject(error) : resolve(values)));
  });
}

export function putAll(store: Store, operations: StoreOperation[]): Promise<void> {
  return new Promise((resolve, reject) => {
    store.batch(operations, { sync: true }, (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes the memory table to a sorted file and waits for it: LevelDB syncs such a file, log or no log. */
export function flush(store: Store): Promise<void> {
  return new Promise((resolve, reject) => {
    store.compactRange('\u0000', '\u0000', (error) => (error ? reject(error) : resolve()));
  });
}
