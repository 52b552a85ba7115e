/**
 * Makes a LevelDB that a power cut, a full disk or a virus scanner left damaged fit to be opened: it is looked at
 * before PouchDB opens it, and repaired by LevelDB's own means. What that loses is for others to bring back.
 */
import leveldown from 'leveldown';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { storeError } from './store-errors.ts';

/**
 * How a store was found when it was opened. `repaired`: LevelDB's repair ran, records may be missing. `new`: there was
 * none. `set-aside`: it could not be opened at all, lies under another name now, and there is a new one.
 */
export type Found =
  | { readonly kind: 'as-it-was' | 'repaired' | 'new' }
  | { readonly kind: 'set-aside'; readonly folder: string };

/** PouchDB keeps the bodies under their number, and the last number that it gave. */
const BODIES = '\u00ffby-sequence\u00ff';
const LAST_NUMBER = '\u00ffmeta-store\u00ff_local_last_update_seq';

/** The last eight bytes of every whole table file (leveldb, table/format.h). */
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** Two block handles of 20 bytes at most, and the magic number. */
const FOOTER_BYTES = 48;

/**
 * @param hopeless what becomes of a store that cannot be opened: it is set aside for a new one, or refused as it is
 * @throws StationError `data-in-use`, `disk-full`, `replica-failed`, `replica-damaged` (refused)
 */
export async function mend(folder: string, hopeless: 'set-aside' | 'refuse' = 'set-aside'): Promise<Found> {
  if (!(await hasStore(folder))) return { kind: 'new' };
  const first = await tryOpen(folder);
  if (first === null && (await areTablesWhole(folder))) return { kind: 'as-it-was' };
  if (first !== null && first.code !== 'replica-damaged') throw first;
  await repair(folder).catch(() => {});
  const second = await tryOpen(folder);
  if (second === null) return { kind: 'repaired' };
  if (second.code !== 'replica-damaged' || hopeless === 'refuse') throw second;
  return { kind: 'set-aside', folder: await setAside(folder) };
}

/** Gives the folder another name, beside its own. Answers that name, also where there is no such folder. @throws StationError `replica-failed` */
export async function setAside(folder: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const aside = `${folder}-damaged-${number}`;
    if (existsSync(aside)) continue;
    if (!existsSync(folder)) return aside;
    await rename(folder, aside).catch((error: unknown) => {
      throw storeError(error);
    });
    return aside;
  }
}

/** Runs LevelDB's own repair: it keeps every whole table and writes the list of them anew. */
export function repair(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    leveldown.repair(folder, (error?: Error) => (error ? reject(error) : resolve()));
  });
}

/** Whether there is anything of a store in the folder. */
export async function hasStore(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => /^CURRENT$|^MANIFEST-|\.(?:ldb|sst|log)$/.test(name));
}

/** Opens and closes it; `null`: that works. */
async function tryOpen(folder: string): Promise<StationError | null> {
  // An empty CURRENT opens as a store of nothing on some versions; it is never right.
  const current = await readFile(join(folder, 'CURRENT'), 'utf8').catch(() => '');
  const store = leveldown(folder) as unknown as RawStore;
  try {
    await asked((done) => store.open({ createIfMissing: false }, done));
  } catch (error) {
    const failure = storeError(error);
    return failure.code === 'data-in-use' || failure.code === 'disk-full'
      ? failure
      : new StationError('replica-damaged', undefined, error);
  }
  try {
    await countOn(store);
    return /^MANIFEST-\d+\n$/.test(current) ? null : new StationError('replica-damaged');
  } catch (error) {
    return storeError(error);
  } finally {
    await asked((done) => store.close(done)).catch(() => {});
  }
}

/**
 * A body must never get the number of another: where the last number that PouchDB gave was lost with its table, it is
 * set to that of the last body that is here.
 */
async function countOn(store: RawStore): Promise<void> {
  const [key] = await lastKey(store);
  if (key === undefined) return;
  const last = Number(key.slice(BODIES.length));
  const given = await new Promise<number>((resolve, reject) => {
    store.get(LAST_NUMBER, { asBuffer: false }, (error, value) => {
      if (error === null || error === undefined) resolve(Number(value));
      else if (/NotFound/.test(error.message)) resolve(0);
      else reject(error);
    });
  });
  if (given >= last) return;
  await asked((done) => store.put(LAST_NUMBER, String(last), { sync: true }, done));
}

function lastKey(store: RawStore): Promise<[string | undefined]> {
  const iterator = store.iterator({
    gt: `${BODIES}0`,
    lt: `${BODIES}:`,
    reverse: true,
    limit: 1,
    keyAsBuffer: false,
    values: false,
  });
  return new Promise((resolve, reject) => {
    iterator.next((error, key) => {
      iterator.end(() => {
        if (error) reject(error);
        else resolve([key]);
      });
    });
  });
}

async function areTablesWhole(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if (!/\.(?:ldb|sst)$/.test(name)) continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size < FOOTER_BYTES) return false;
    const file = await open(path, 'r');
    try {
      const end = Buffer.alloc(TABLE_MAGIC.length);
      await file.read(end, 0, end.length, size - end.length);
      if (!end.equals(TABLE_MAGIC)) return false;
    } finally {
      await file.close();
    }
  }
  return true;
}

type Done = (error?: Error | null) => void;

/** The calls of leveldown that are used before PouchDB opens the store. */
interface RawStore {
  open(options: { createIfMissing: boolean }, done: Done): void;
  close(done: Done): void;
  get(key: string, options: { asBuffer: false }, done: (error: Error | null, value?: string) => void): void;
  put(key: string, value: string, options: { sync: boolean }, done: Done): void;
  iterator(options: object): {
    next(done: (error: Error | null | undefined, key?: string) => void): void;
    end(done: Done): void;
  };
}

function asked(work: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()));
  });
}
