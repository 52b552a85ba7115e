/**
 * A station that was restored from a backup does not know what happened after it: what was decided, sent and taken by the
 * server. It says so, and nobody sends from it, synchronises a phone or writes a parcel before their own login has compared.
 * The server tells every login which versions it has; what they say it shows only to some. So one comparison from which
 * nothing was hidden is enough for all, else one of each person of whom something may still be sent.
 */
import * as v from 'valibot';
import { StationError } from '../../../shared/errors.ts';
import type { Database } from '../../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import { peopleWithWork } from '../../ledger/uploads.ts';

const RESTORED = 'backup.restored';
const COMPARED = 'backup.compared';
const USERS = v.array(v.string());

/** @param backup when the backup was made, ISO 8601 */
export function recordRestored(db: Database, backup: string): void {
  setSetting(db, RESTORED, backup);
  forgetSettings(db, [COMPARED]);
}

/**
 * A login has compared: what happened on the server since is known as far as it may see.
 * @param hidden versions of the server that it was not shown
 */
export function recordCaughtUp(db: Database, user: string, hidden: number): void {
  if (behindSince(db) === null) return;
  const users = new Set(compared(db)).add(user);
  if (hidden === 0 || peopleWithWork(db).every((one) => users.has(one)))
    forgetSettings(db, [RESTORED, COMPARED]);
  else setSetting(db, COMPARED, JSON.stringify([...users].sort()));
}

/** The time of the backup after which something is not known here; `null`: it was not restored, or has compared since. */
export function behindSince(db: Database): string | null {
  return setting(db, RESTORED);
}

/** Who still has to compare before they may send; empty where the station is not behind. */
export function notCaughtUp(db: Database): string[] {
  if (behindSince(db) === null) return [];
  const users = compared(db);
  return peopleWithWork(db).filter((one) => !users.includes(one));
}

/** @param user whose login it is about to be done with. @throws StationError `compare-first` */
export function checkCaughtUp(db: Database, user: string): void {
  if (behindSince(db) !== null && !compared(db).includes(user)) throw new StationError('compare-first');
}

function compared(db: Database): string[] {
  return v.parse(USERS, JSON.parse(setting(db, COMPARED) ?? '[]'));
}
