/** Lists of revisions as a table, so that one statement does the work of hundreds. */
import type { Database } from './database.ts';

export interface Key {
  readonly id: string;
  readonly rev: string;
}

/**
 * Fills the temporary table `listed` (n, id, rev: the keys in their order, from 0) for the statements that follow.
 * It holds the last list only. Not by JSON: SQLite ends a text at a NUL that is written as an escape.
 */
export function list(db: Database, keys: readonly Key[]): void {
  db.run(
    'CREATE TEMP TABLE IF NOT EXISTS listed (n INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL) STRICT',
  );
  db.run('DELETE FROM temp.listed');
  for (const [at, { id, rev }] of keys.entries())
    db.run('INSERT INTO temp.listed (n, id, rev) VALUES (?, ?, ?)', at, id, rev);
}
