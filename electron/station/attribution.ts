/** Small facts about whose a dump is and whether its clock can be right. */
import { type Database, number } from '../ledger/database.ts';

/** `<user>_<yyyymmdd>T<hhmmss>.txt` of the cht-android pull request; seconds are left out when they are 00. */
export function userInFileName(name: string): string | undefined {
  return /^(.{1,100})_\d{8}T\d{4}(?:\d{2})?\.[a-z]{3,8}$/i.exec(name)?.[1];
}

const DAY = 86_400_000;
/** A report from more than a day ahead, or from before CHT's first users, tells that a clock was wrong. */
const EARLIEST = Date.UTC(2010, 0, 1);

export function isOffClock(db: Database, dump: string, now: number): boolean {
  const row = db.get(
    `SELECT count(*) AS n FROM changes WHERE dump = ? AND kind IN ('report', 'contact') AND (reported_at > ? OR reported_at < ?)`,
    dump,
    now + DAY,
    EARLIEST,
  );
  return number(row, 'n') > 0;
}
