/** Whether the clock of a phone can have been right. */
import { type Database, number } from '../ledger/database.ts';

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
