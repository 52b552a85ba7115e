/** How the ledger names revisions and people, and lists of revisions as a table, so that one statement does the work of hundreds. */
import type { Database } from './database.ts';

export interface Key {
  readonly id: string;
  readonly rev: string;
}

/** Who decides, and when. */
export interface DecisionMaker {
  readonly person: string;
  /** Another person of the station, who agreed. */
  readonly second?: string;
  /** ISO 8601. */
  readonly at: string;
}

/** So many rows go into one statement: less than the values that SQLite takes at once, most of what there is to win. */
const ROWS = 50;
const INSERT = (rows: number): string =>
  `INSERT INTO temp.listed (n, id, rev) VALUES ${Array.from({ length: rows }, () => '(?, ?, ?)').join(', ')}`;
const INSERT_ROWS = INSERT(ROWS);
const INSERT_ONE = INSERT(1);

/**
 * Fills the temporary table `listed` (n, id, rev: the keys in their order, from 0) for the statements that follow.
 * It holds the last list only. Not by JSON: SQLite ends a text at a NUL that is written as an escape.
 */
export function list(db: Database, keys: readonly Key[]): void {
  db.run(
    'CREATE TEMP TABLE IF NOT EXISTS listed (n INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL) STRICT',
  );
  db.run('DELETE FROM temp.listed');
  let values: (string | number)[] = [];
  for (const [at, { id, rev }] of keys.entries()) {
    values.push(at, id, rev);
    if (values.length < ROWS * 3) continue;
    db.run(INSERT_ROWS, ...values);
    values = [];
  }
  for (let at = 0; at < values.length; at += 3) db.run(INSERT_ONE, ...values.slice(at, at + 3));
}
