/**
 * How the store of the replica was opened and left, over all runs. Damage can end the whole program while LevelDB opens the
 * store or while it is looked through, and only what was written down before tells the next start of it: that one looks at
 * all of it, and after some such starts in a row the store is set aside unread.
 */
import { basename } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import { countHeldBodies } from '../../ledger/bodies.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { storeFolder } from './store-folders.ts';

type Knows = Pick<Core, 'db' | 'options'>;

/**
 * What the replica needs before anything is imported: to be looked through; to be filled, where it is new or has been
 * written in part; or to be written anew from nothing, because it takes no body twice for a revision that it knows.
 */
export type StoreNeed = 'nothing' | 'check' | 'fill' | 'renew';

/** How the runs before this one left the store. */
export interface StoreLeft {
  /** It was closed as it should be, and nothing of it is in doubt. */
  readonly wasClosed: boolean;
  /** So often in a row it ended the program that LevelDB does not get to see it again. */
  readonly isGivenUp: boolean;
}

/** After so many ends in a row a store, or what is taken out of one that was set aside, is given up. */
export const ENDS = 2;

/** A store that was opened and looked through and did not end the program for so long is not what a later end comes from. */
const SOUND_MS = 60_000;

/** From how the store was found, and from how the last run ended. */
export function storeNeed(core: Core, { wasClosed }: StoreLeft): StoreNeed {
  const { db, replica } = core;
  if (storeFolder(core) === null || replica.found instanceof StationError) return 'nothing';
  const { kind } = replica.found;
  const isFresh = kind === 'new' || kind === 'set-aside';
  const restoring = setting(db, 'replica.restoring');
  if (restoring !== null) {
    return isFresh || (restoring === 'from-copies' && kind === 'as-it-was') ? 'fill' : 'renew';
  }
  if (kind === 'as-it-was') return wasClosed ? 'nothing' : 'check';
  if (countHeldBodies(db) === 0) return 'nothing';
  return isFresh ? 'fill' : 'check';
}

/** `owed`: a look through it is due, and was not made to its end. */
function recordState(core: Knows, state: 'yes' | 'owed' | 'no'): void {
  if (storeFolder(core) !== null) setSetting(core.db, 'replica.open', state);
}

/** Said before LevelDB touches the store. */
export function recordStoreOpening(core: Knows): StoreLeft {
  const wasClosed = (setting(core.db, 'replica.open') ?? 'no') === 'no';
  if (storeFolder(core) === null) return { wasClosed, isGivenUp: false };
  const before = endings(core);
  // A folder of a name of its own may be open in another station, and only LevelDB itself could tell.
  const isGivenUp = before >= ENDS && core.options.replica === undefined;
  core.db.transaction(() => {
    if (wasClosed) recordState(core, 'yes');
    // The one that is begun in its place has ended nothing yet.
    recordEndings(core, isGivenUp ? 1 : before + 1);
  });
  return { wasClosed, isGivenUp };
}

/** It did not end the program: the store was not opened, or was closed. */
export function recordStoreNotEnded(core: Knows): void {
  recordEndings(core, Math.max(0, endings(core) - 1));
}

function endings({ db }: Knows): number {
  return Number(setting(db, 'replica.endings') ?? 0);
}

function recordEndings({ db }: Knows, count: number): void {
  if (count === 0) forgetSettings(db, ['replica.endings']);
  else setSetting(db, 'replica.endings', String(count));
}

/** The store is in use from here on: a run that ends without saying so may have left it damaged. */
export function recordStoreOpened(core: Core, need: StoreNeed): void {
  recordState(core, need === 'nothing' && !(core.replica.found instanceof StationError) ? 'yes' : 'owed');
}

/** All of it was looked at, or it was written anew. */
export function recordStoreLookedThrough(core: Knows): void {
  recordState(core, 'yes');
}

/** Something is wrong with it: it is looked through, if need be at the next start. */
export function oweCheck(core: Knows): void {
  recordState(core, 'owed');
}

/** It was closed as it should be, or never opened. What is owed stays owed, and how often it ended the program stays known. */
export function recordStoreClosed(core: Knows): void {
  if (setting(core.db, 'replica.open') === 'owed') {
    recordStoreNotEnded(core);
    return;
  }
  recordEndings(core, 0);
  if (setting(core.db, 'replica.open') === 'yes') recordState(core, 'no');
}

/** LevelDB also sorts tables on its own account after it has opened. Returns what ends the waiting. */
export function recordSoundLater(core: Knows, timers: Timers): () => void {
  let callOff: () => void;
  const next = (): void => {
    callOff = timers.after(SOUND_MS, () => {
      if (setting(core.db, 'replica.open') === 'owed') next();
      else recordEndings(core, 0);
    });
  };
  next();
  return () => callOff();
}

/** The store in the place of which there is a new one was set aside unread. @param at ISO 8601 */
export function recordGivenUp(core: Core, folder: string, at: string): void {
  core.db.transaction(() => {
    setSetting(core.db, 'replica.gaveUp', at);
    // It ended the program as the store in use: as one that was set aside it gets one look less.
    recordAsideEndings(core, folder, ENDS - 1);
  });
}

/**
 * Work on a store that was set aside, which can end the program, too. Answers `null` where it did so often that it is not
 * begun any more.
 */
export async function onAside<Value>(
  core: Core,
  folder: string,
  work: () => Promise<Value>,
): Promise<Value | null> {
  const before = asideEndings(core)[basename(folder)] ?? 0;
  if (before >= ENDS) return null;
  recordAsideEndings(core, folder, before + 1);
  try {
    return await work();
  } finally {
    recordAsideEndings(core, folder, before);
  }
}

/** None lies there any more: another one will have the same name. */
export function forgetAsideEndings({ db }: Core): void {
  forgetSettings(db, ['replica.asideEndings']);
}

function asideEndings({ db }: Core): Readonly<Record<string, number>> {
  return JSON.parse(setting(db, 'replica.asideEndings') ?? '{}') as Record<string, number>;
}

function recordAsideEndings(core: Core, folder: string, count: number): void {
  const all = { ...asideEndings(core), [basename(folder)]: count };
  setSetting(core.db, 'replica.asideEndings', JSON.stringify(all));
}
