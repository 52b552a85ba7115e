/** What lies on this computer, for whoever has to say so once it is lost. */
import { type Database, number, text, textOrNull } from './database.ts';

/** @returns `since`: when the first export was copied, ISO 8601; `records`: different documents of which a version came, and is here */
export function lyingHere(db: Database): { since: string | null; copies: number; records: number } {
  const dumps = db.get(
    'SELECT min(copied_at) AS since, count(*) AS copies FROM dumps WHERE copy_gone_at IS NULL',
  );
  const records = db.get(
    'SELECT count(*) AS records FROM (SELECT DISTINCT id FROM changes WHERE retired_at IS NULL)',
  );
  return {
    since: dumps === undefined ? null : textOrNull(dumps, 'since'),
    copies: dumps === undefined ? 0 : number(dumps, 'copies'),
    records: records === undefined ? 0 : number(records, 'records'),
  };
}

/** Phones that were read over a cable, the last reading of each, the latest first. */
export function phonesRead(db: Database): { user: string; device: string; readAt: string }[] {
  return db
    .all(
      `SELECT user, device, max(read_at) AS read_at FROM phone_reads
       GROUP BY user, device ORDER BY read_at DESC, user, device`,
    )
    .map((row) => ({
      user: text(row, 'user'),
      device: text(row, 'device'),
      readAt: text(row, 'read_at'),
    }));
}
