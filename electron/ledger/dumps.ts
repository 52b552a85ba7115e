/** Dumps in the ledger: what was copied, what was read from it, and what could not be read. */
import type { DumpClaims, DumpFormat } from '../../shared/dump.ts';
import type {
  DocumentCounts,
  ImportResult,
  NamedRevision,
  NumberedProblem,
  Problem,
  PurgedRecord,
  SealedBundle,
} from '../../shared/intake.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { cleanText } from '../../shared/labels.ts';
import { ASIDE_PROBLEMS, type AsideReason } from '../../shared/set-aside.ts';
import { type Database, type Row, number, text, textOrNull } from './database.ts';
import { oneOf } from './states.ts';

export interface CopiedDump {
  /** sha256 of the bytes, in hex. */
  readonly dump: string;
  readonly name: string;
  readonly bytes: number;
  readonly source: string;
  readonly typedUser: string | null;
  readonly typedDevice: string | null;
  readonly copiedAt: string;
}

/** A dump as its row stands. */
export interface DumpRow extends CopiedDump {
  readonly state: 'copied' | 'taken' | 'failed';
}

function dumpOf(row: Row): DumpRow {
  return {
    dump: text(row, 'dump'),
    name: text(row, 'name'),
    bytes: number(row, 'bytes'),
    source: text(row, 'source'),
    typedUser: textOrNull(row, 'typed_user'),
    typedDevice: textOrNull(row, 'typed_device'),
    copiedAt: text(row, 'copied_at'),
    state: text(row, 'state') as DumpRow['state'],
  };
}

/** Records that the bytes are safe on this disk. A dump that failed before is given another chance. */
export function recordCopied(db: Database, dump: CopiedDump): void {
  db.run(
    `INSERT INTO dumps (dump, name, bytes, source, state, typed_user, typed_device, copied_at, number)
     VALUES (?, ?, ?, ?, 'copied', ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM dumps))
     ON CONFLICT (dump) DO UPDATE SET state = 'copied', error = NULL, readings = 0, put_by_at = NULL,
       name = excluded.name,
       typed_user = coalesce(excluded.typed_user, typed_user),
       typed_device = coalesce(excluded.typed_device, typed_device) WHERE state != 'taken'`,
    dump.dump,
    dump.name,
    dump.bytes,
    dump.source,
    dump.typedUser,
    dump.typedDevice,
    dump.copiedAt,
  );
}

export function findDump(db: Database, dump: string): DumpRow | undefined {
  const row = db.get('SELECT * FROM dumps WHERE dump = ?', dump);
  return row === undefined ? undefined : dumpOf(row);
}

/**
 * Dumps whose bytes are safe but which were not read to their end, in the order in which they came; last of all those whose
 * reading was begun before and ended the program.
 */
export function unfinishedDumps(db: Database): DumpRow[] {
  return db
    .all(`SELECT * FROM dumps WHERE state = 'copied' AND error IS NULL ORDER BY readings, copied_at, dump`)
    .map(dumpOf);
}

const READER_DIED: ErrorCode = 'reader-died';
/** Not read, because its reading ended the program too often. */
const PUT_BY = `(state = 'copied' AND error IS NOT NULL)`;

/** So often the program may end over a dump; then it is not read any more, unless somebody wants it. */
const MOST_READINGS = 2;

/** The reading of a dump begins. `false`: it is put by, because the program ended over it too often. */
export function beginReading(db: Database, dump: string, at: string): boolean {
  if (putByAfterDeaths(db, dump, at)) return false;
  db.run('UPDATE dumps SET readings = readings + 1 WHERE dump = ?', dump);
  return true;
}

/** It ended in one way or another, and what reads dumps is still there. */
export function endReading(db: Database, dump: string): void {
  db.run('UPDATE dumps SET readings = 0 WHERE dump = ?', dump);
}

/** Puts a dump by whose readings ended the program too often. What of it stands in ledger and store is as of any unfinished one. */
export function putByAfterDeaths(db: Database, dump: string, at: string): boolean {
  const changed = db.run(
    `UPDATE dumps SET error = '${READER_DIED}', taken_at = ? WHERE dump = ? AND state = 'copied' AND readings >= ?`,
    at,
    dump,
    MOST_READINGS,
  );
  return changed > 0;
}

/** A dump that was put by is to be read again. @returns `undefined`: it is none */
export function readAgain(db: Database, dump: string): DumpRow | undefined {
  const changed = db.run(
    `UPDATE dumps SET error = NULL, readings = 0, put_by_at = NULL WHERE dump = ? AND ${PUT_BY}`,
    dump,
  );
  return changed > 0 ? findDump(db, dump) : undefined;
}

/** Takes a dump that was put by out of sight. Its copy stays. @returns `false`: it is none */
export function dismissDump(db: Database, dump: string, at: string): boolean {
  const changed = db.run(`UPDATE dumps SET put_by_at = ? WHERE dump = ? AND ${PUT_BY}`, at, dump);
  return changed > 0;
}

export function recordFailed(db: Database, dump: string, error: ErrorCode, at: string): void {
  db.run(
    `UPDATE dumps SET state = 'failed', readings = 0, error = ?, taken_at = ? WHERE dump = ?`,
    error,
    at,
    dump,
  );
}

/** A zip was looked through. `fault`: why not all of it, or nothing, could be used. */
export function recordZip(db: Database, dump: string, fault: ErrorCode | null, at: string): void {
  db.run(
    `UPDATE dumps SET state = ?, format = 'zip', error = ?, taken_at = ? WHERE dump = ?`,
    fault === null ? 'taken' : 'failed',
    fault,
    at,
    dump,
  );
}

/** What lies in a zip is told of itself; of the zip only what is wrong with it. */
const TOLD = `(format IS NOT 'zip' OR state != 'taken')`;

export function recordProblems(db: Database, dump: string, problems: readonly NumberedProblem[]): void {
  for (const problem of problems) {
    db.run(
      `INSERT OR IGNORE INTO problems (dump, number, code, message, ordinal, id, line, offset)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      dump,
      problem.number,
      problem.code,
      problem.message,
      problem.ordinal ?? null,
      problem.id ?? null,
      problem.line ?? null,
      problem.offset ?? null,
    );
  }
}

export function problemsOf(db: Database, dump: string, limit: number): Problem[] {
  return db.all('SELECT * FROM problems WHERE dump = ? ORDER BY number LIMIT ?', dump, limit).map((row) => ({
    code: text(row, 'code') as ErrorCode,
    message: text(row, 'message'),
    ...(row['id'] === null ? {} : { id: text(row, 'id') }),
    ...(row['line'] === null ? {} : { line: number(row, 'line') }),
    ...(row['offset'] === null ? {} : { offset: number(row, 'offset') }),
  }));
}

export function recordPurged(db: Database, dump: string, purges: readonly PurgedRecord[]): void {
  for (const purge of purges) {
    db.run(
      'INSERT OR IGNORE INTO purges (dump, ordinal, id, rev) VALUES (?, ?, ?, ?)',
      dump,
      purge.ordinal,
      purge.id,
      purge.rev,
    );
  }
}

/** What a dump names without its content. */
export function recordNamed(db: Database, dump: string, named: readonly NamedRevision[]): void {
  for (const { ordinal, id, rev, deleted } of named) {
    db.run(
      'INSERT OR IGNORE INTO named_revisions (dump, ordinal, id, rev, deleted) VALUES (?, ?, ?, ?, ?)',
      dump,
      ordinal,
      id,
      rev,
      deleted ? 1 : 0,
    );
  }
}

export interface TakenDump {
  readonly dump: string;
  readonly format: DumpFormat;
  readonly claims: DumpClaims;
  readonly user: string | null;
  readonly device: string | null;
  readonly flags: readonly string[];
  readonly documents: DocumentCounts;
  readonly attachments: { readonly read: number; readonly bytes: number };
  readonly problems: number;
  readonly takenAt: string;
  readonly seconds: number;
  /** Whom its batches beside the first are of. */
  readonly people: readonly {
    readonly batch: string;
    readonly user: string | null;
    readonly contact: string | null;
  }[];
}

/** The dump is in the replica and in the ledger, both synced. The last step of an intake. */
export function recordTaken(db: Database, taken: TakenDump): void {
  db.run(
    `UPDATE dumps SET state = 'taken', readings = 0, format = ?, claims = ?, user = ?, device = ?, flags = ?, taken_at = ?,
       n_read = ?, n_new = ?, n_known = ?, n_skipped = ?, n_broken = ?, attachments = ?, attachment_bytes = ?,
       problems = ?, seconds = ?, people = ? WHERE dump = ?`,
    taken.format,
    JSON.stringify(taken.claims),
    taken.user,
    taken.device,
    JSON.stringify(taken.flags),
    taken.takenAt,
    taken.documents.read,
    taken.documents.new,
    taken.documents.known,
    taken.documents.skipped,
    taken.documents.broken,
    taken.attachments.read,
    taken.attachments.bytes,
    taken.problems,
    taken.seconds,
    JSON.stringify(taken.people),
    taken.dump,
  );
}

export function recordBundle(db: Database, dump: string, bundle: SealedBundle): void {
  db.run(
    'INSERT INTO bundles (dump, number, bytes, matches) VALUES (?, ?, ?, ?) ON CONFLICT (dump) DO NOTHING',
    dump,
    bundle.number,
    bundle.bytes,
    bundle.matches === null ? null : Number(bundle.matches),
  );
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

/** Sealed bundles that lie here. None was ever delivered, so each may be the only copy. */
export function sealedBundles(db: Database): number {
  return number(db.get('SELECT count(*) AS n FROM bundles') ?? {}, 'n');
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

/** What was put by stays told until somebody has dealt with it. */
const LISTED = `((state != 'copied' AND ${TOLD}) OR (${PUT_BY} AND put_by_at IS NULL))`;

/** Dumps that ended since a time (ISO 8601), newest first; and all that are put by. */
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

/** How a file looks from outside: enough to know it again without reading it. */
export interface SeenFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970, as its source says. */
  readonly modifiedMs: number;
}

export function recordSeen(db: Database, file: SeenFile, dump: string): void {
  db.run(
    'INSERT OR REPLACE INTO files_seen (name, bytes, modified_ms, dump) VALUES (?, ?, ?, ?)',
    file.name,
    file.bytes,
    Math.floor(file.modifiedMs),
    dump,
  );
}

/** Whether a file that looks like this was taken, to say so before it is copied again. */
export function isTaken(db: Database, file: SeenFile): boolean {
  const row = db.get(
    `SELECT 1 FROM files_seen f JOIN dumps d USING (dump)
     WHERE f.name = ? AND f.bytes = ? AND f.modified_ms = ? AND d.state = 'taken'`,
    file.name,
    file.bytes,
    Math.floor(file.modifiedMs),
  );
  return row !== undefined;
}

/** Kinds of records whose date somebody's phone wrote. */
const DATED_KINDS = ['report', 'contact'] as const;
const DAY = 86_400_000;
/** CHT's first users. */
const EARLIEST = Date.UTC(2010, 0, 1);

/**
 * Whether a record of a dump is dated more than a day ahead, or before CHT's first users: a clock was wrong.
 * `now`: milliseconds since 1970.
 */
export function hasImplausibleDates(db: Database, dump: string, now: number): boolean {
  const row = db.get(
    `SELECT 1 FROM changes WHERE dump = ? AND kind IN ${oneOf(DATED_KINDS)} AND (reported_at > ? OR reported_at < ?) LIMIT 1`,
    dump,
    now + DAY,
    EARLIEST,
  );
  return row !== undefined;
}

/** How many dumps were read to their end. */
export function countTaken(db: Database): number {
  return number(db.get(`SELECT count(*) AS n FROM dumps WHERE state = 'taken' AND ${TOLD}`), 'n');
}
