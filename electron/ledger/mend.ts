/**
 * A ledger of which a backup was not whole, or that failed while it was read, is looked through from end to end. An index
 * is only a second way to what its table holds, so a damaged one is written anew; a damaged table is not touched.
 */
import type { Database } from './database.ts';
import { isAboutWriting, number, text, textOrNull } from './database.ts';
import { verifyChain } from './chain.ts';

export type Mended = 'sound' | 'mended' | 'damaged';

/** Findings are listed up to here; more of them, and nothing is tried. */
const FINDINGS = 100_000;

/** What SQLite says of an index whose table is whole (https://www.sqlite.org/pragma.html#pragma_integrity_check). */
const OF_AN_INDEX =
  /^(?:row \d+ missing from index |wrong # of entries in index |non-unique entry in index )/;

/**
 * Looks through every page, and compares every index with its table. It may change indexes, and nothing else.
 * @throws StationError `disk-full`, `data-not-writable`: an index is damaged, and there is no room or no right to write it anew
 */
export function mendLedger(db: Database): Mended {
  try {
    const found = findings(db);
    if (found.length === 0) return 'sound';
    if (found.length >= FINDINGS || !found.every((line) => OF_AN_INDEX.test(line))) return 'damaged';
    if (hasLostRows(db)) return 'damaged';
    db.transaction(() => {
      db.run('REINDEX');
      // Undone as a whole where that was not all.
      if (findings(db).length > 0 || verifyChain(db).brokenAt !== null) throw new Error('still damaged');
    });
    return 'mended';
  } catch (error) {
    if (isAboutWriting(error)) throw error;
    return 'damaged';
  }
}

/** As lines; none: all is well. */
function findings(db: Database): string[] {
  return db
    .all(`PRAGMA integrity_check(${FINDINGS})`)
    .map((row) => text(row, 'integrity_check'))
    .filter((line) => line !== 'ok');
}

/** An index that knows more rows than its table has: then it is the table that lost them. */
function hasLostRows(db: Database): boolean {
  const indexes = db.all(
    `SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name NOT LIKE 'sqlite_%'`,
  );
  return indexes.some((index) => {
    const name = text(index, 'name');
    const table = text(index, 'tbl_name');
    const where = /\sWHERE\s.*$/is.exec(textOrNull(index, 'sql') ?? '')?.[0] ?? '';
    const count = (way: string): number =>
      number(db.get(`SELECT count(*) AS n FROM "${table}" ${way} ${where}`), 'n');
    return count(`INDEXED BY "${name}"`) > count('NOT INDEXED');
  });
}
