/**
 * Makes a LevelDB that a power cut, a full disk or a virus scanner left damaged fit to be opened: it is looked at
 * before PouchDB opens it, and repaired by LevelDB's own means. What that loses is for others to bring back.
 */
import leveldown from 'leveldown';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { renameHere } from '../disk/own-disk.ts';
import { BODIES, LAST_NUMBER } from './keys.ts';
import { LOOK_BYTES, nextLook } from './looks.ts';
import { storeAt, type Store } from './leveldown.ts';
import { storeError } from './store-errors.ts';
import { tablesIn, tableState } from './tables.ts';

/**
 * How a store was found when it was opened. `repaired`: LevelDB's repair ran, records may be missing. `new`: there was
 * none. `set-aside`: it could not be opened at all, lies under another name now, and there is a new one.
 */
export type Found =
  | { readonly kind: 'as-it-was' | 'repaired' | 'new' }
  | { readonly kind: 'set-aside'; readonly folder: string };

export interface MendOptions {
  /** What becomes of a store that cannot be opened: it is set aside for a new one, or refused as it is. */
  readonly hopeless?: 'set-aside' | 'refuse';
  /** It was not closed as it should be, or was damaged: every block of it is looked at before LevelDB reads any. */
  readonly careful?: boolean;
  /** It is set aside as it lies there: LevelDB would end the program over it. */
  readonly setsAside?: boolean;
  /** Else so many bytes of it are. */
  readonly lookBytes?: number;
}

/** @throws StationError `data-in-use`, `disk-full`, `replica-failed`, `replica-damaged` (refused) */
export async function mend(
  folder: string,
  { hopeless = 'set-aside', careful = false, setsAside = false, lookBytes = LOOK_BYTES }: MendOptions = {},
): Promise<Found> {
  if (!(await hasStore(folder))) return { kind: 'new' };
  if (setsAside) return { kind: 'set-aside', folder: await setAside(folder) };
  const areWhole = await putDamagedTablesBy(folder, careful ? Infinity : lookBytes);
  const first = await tryOpen(folder);
  if (first === null && areWhole) return { kind: 'as-it-was' };
  if (first !== null && first.code !== 'replica-damaged') throw first;
  await repair(folder).catch(() => {});
  const second = await tryOpen(folder);
  if (second === null) return { kind: 'repaired' };
  if (second.code !== 'replica-damaged' || hopeless === 'refuse') throw second;
  return { kind: 'set-aside', folder: await setAside(folder) };
}

/**
 * Gives a table whose bytes were changed another name, so that LevelDB does not read it. Answers whether all were whole. One
 * that is only unfinished is left to LevelDB's repair.
 */
async function putDamagedTablesBy(folder: string, lookBytes: number): Promise<boolean> {
  let areWhole = true;
  const tables = await tablesIn(folder);
  const look = await nextLook(folder, tables, lookBytes);
  for (const path of tables) {
    const state = await tableState(path, look.due.has(path));
    if (state !== 'whole') areWhole = false;
    if (state === 'damaged')
      await renameHere(path, `${path}.damaged`).catch((error: unknown) => {
        throw storeError(error);
      });
  }
  await look.done();
  return areWhole;
}

/** Gives the folder another name, beside its own. Answers that name, also where there is no such folder. @throws StationError `replica-failed` */
export async function setAside(folder: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const aside = `${folder}-damaged-${number}`;
    if (existsSync(aside)) continue;
    if (!existsSync(folder)) return aside;
    await renameHere(folder, aside).catch((error: unknown) => {
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
  const store = storeAt(folder);
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
async function countOn(store: Store): Promise<void> {
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

function lastKey(store: Store): Promise<[string | undefined]> {
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

function asked(work: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()));
  });
}
