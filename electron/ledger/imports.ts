/** What imports came to, as the ledger tells of each dump. */
import type { DumpFormat } from '../../shared/dump.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ImportResult, Problem, SealedBundle } from '../../shared/intake.ts';
import { cleanText } from '../../shared/labels.ts';
import { ASIDE_PROBLEMS, type AsideReason } from '../../shared/set-aside.ts';
import { type Database, number, text, textOrNull } from './database.ts';
import { cameOf } from './came.ts';
import { PUT_BY } from './dumps.ts';

/** What lies in a zip is told of itself; of the zip only what is wrong with it. */
const TOLD = `(format IS NOT 'zip' OR state != 'taken')`;

export function problemsOf(db: Database, dump: string, limit: number): Problem[] {
  return db.all('SELECT * FROM problems WHERE dump = ? ORDER BY number LIMIT ?', dump, limit).map((row) => ({
    code: text(row, 'code') as ErrorCode,
    message: text(row, 'message'),
    ...(row['id'] === null ? {} : { id: text(row, 'id') }),
    ...(row['line'] === null ? {} : { line: number(row, 'line') }),
    ...(row['offset'] === null ? {} : { offset: number(row, 'offset') }),
  }));
}

function bundleOf(db: Database, dump: string): { bundle?: SealedBundle } {
  const row = db.get('SELECT number, bytes, matches FROM bundles WHERE dump = ?', dump);
  if (row === undefined) return {};
  return {
    bundle: {
      number: row['number'] === null ? null : number(row, 'number'),
      bytes: number(row, 'bytes'),
      matches: row['matches'] === null ? null : number(row, 'matches') === 1,
    },
  };
}

/** That a dump is set aside stands first among its problems. */
function asideProblem(aside: AsideReason | null): Problem[] {
  return aside === null ? [] : [{ code: ASIDE_PROBLEMS[aside], message: aside }];
}

/** What an import of this dump says. With `again`, as if every record it brought were known by now. */
export function importResult(
  db: Database,
  dump: string,
  problemsListed: number,
  again: boolean,
): ImportResult {
  const row = db.get('SELECT * FROM dumps WHERE dump = ?', dump);
  if (row === undefined) throw new Error('no such dump');
  const batches = db
    .all('SELECT batch FROM batches WHERE dump = ? ORDER BY batch', dump)
    .map((b) => text(b, 'batch'));
  const fresh = number(row, 'n_new');
  const failed = row['state'] !== 'taken' && row['error'] !== null;
  const aside = asideProblem(textOrNull(row, 'aside') as AsideReason | null);
  return {
    dump,
    name: cleanText(text(row, 'name')),
    format: textOrNull(row, 'format') as DumpFormat | null,
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    batch: batches[0] ?? null,
    batches,
    documents: {
      read: number(row, 'n_read'),
      new: again ? 0 : fresh,
      known: number(row, 'n_known') + (again ? fresh : 0),
      skipped: number(row, 'n_skipped'),
      broken: number(row, 'n_broken'),
    },
    came: cameOf(db, row, again),
    attachments: { read: number(row, 'attachments'), bytes: number(row, 'attachment_bytes') },
    problems: failed
      ? [{ code: text(row, 'error') as ErrorCode, message: text(row, 'error') }]
      : [...aside, ...problemsOf(db, dump, problemsListed)],
    problemsTotal: failed ? 1 : number(row, 'problems') + aside.length,
    outcome: failed ? 'failed' : again ? 'again' : 'taken',
    ...bundleOf(db, dump),
    takenAt: textOrNull(row, 'taken_at') ?? text(row, 'copied_at'),
    seconds: number(row, 'seconds'),
  };
}

/** What was given up stays told until somebody has dealt with it. */
const LISTED = `((state != 'copied' AND ${TOLD}) OR (${PUT_BY} AND put_by_at IS NULL))`;

/** Dumps that ended since a time (ISO 8601), newest first; and all that are given up. */
export function listImports(
  db: Database,
  options: {
    readonly since: string;
    readonly offset: number;
    readonly limit: number;
    readonly problemsListed: number;
  },
): { rows: ImportResult[]; total: number } {
  const rows = db.all(
    `SELECT dump FROM dumps WHERE ${LISTED} AND (taken_at >= ? OR ${PUT_BY}) ORDER BY taken_at DESC, dump LIMIT ? OFFSET ?`,
    options.since,
    options.limit,
    options.offset,
  );
  const total = db.get(
    `SELECT count(*) AS n FROM dumps WHERE ${LISTED} AND (taken_at >= ? OR ${PUT_BY})`,
    options.since,
  );
  return {
    rows: rows.map((row) => importResult(db, text(row, 'dump'), options.problemsListed, false)),
    total: number(total, 'n'),
  };
}

/** How many dumps were read to their end. */
export function countTaken(db: Database): number {
  return number(db.get(`SELECT count(*) AS n FROM dumps WHERE state = 'taken' AND ${TOLD}`), 'n');
}
