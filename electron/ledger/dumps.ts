/** Dumps in the ledger: what was copied, what was read from it, and what could not be read. */
import type { DumpClaims, DumpFormat } from '../../shared/dump.ts';
import type {
  DocumentCounts,
  NamedRevision,
  NumberedProblem,
  PurgedRecord,
  SealedBundle,
} from '../../shared/intake.ts';
import type { ErrorCode } from '../../shared/errors.ts';
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

/** Whether any dump ever came here, read or not. */
export function hasDumps(db: Database): boolean {
  return db.get('SELECT 1 FROM dumps LIMIT 1') !== undefined;
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
export const PUT_BY = `(state = 'copied' AND error IS NOT NULL)`;

/** How often the program may end while it reads a dump. After that the dump is read only when somebody asks for it. */
const MOST_READINGS = 2;

/** The reading of a dump begins. `false`: it is given up, because the program ended over it too often. */
export function beginReading(db: Database, dump: string, at: string): boolean {
  if (giveUpAfterDeaths(db, dump, at)) return false;
  db.run('UPDATE dumps SET readings = readings + 1 WHERE dump = ?', dump);
  return true;
}

/** It ended in one way or another, and what reads dumps is still there. */
export function endReading(db: Database, dump: string): void {
  db.run('UPDATE dumps SET readings = 0 WHERE dump = ?', dump);
}

/** Puts a dump by whose readings ended the program too often. What of it stands in ledger and store is as of any unfinished one. */
export function giveUpAfterDeaths(db: Database, dump: string, at: string): boolean {
  const changed = db.run(
    `UPDATE dumps SET error = '${READER_DIED}', taken_at = ? WHERE dump = ? AND state = 'copied' AND readings >= ?`,
    at,
    dump,
    MOST_READINGS,
  );
  return changed > 0;
}

/** Dumps that were given up and wait for somebody's decision, the newest first. */
export function givenUpDumps(db: Database): { readonly dump: string; readonly name: string }[] {
  return db
    .all(`SELECT dump, name FROM dumps WHERE ${PUT_BY} AND put_by_at IS NULL ORDER BY taken_at DESC, dump`)
    .map((row) => ({ dump: text(row, 'dump'), name: text(row, 'name') }));
}

/** Marks a dump that was given up to be read again. @returns `undefined` if it is not such a dump */
export function readAgain(db: Database, dump: string): DumpRow | undefined {
  const changed = db.run(
    `UPDATE dumps SET error = NULL, readings = 0, put_by_at = NULL WHERE dump = ? AND ${PUT_BY}`,
    dump,
  );
  return changed > 0 ? findDump(db, dump) : undefined;
}

/** Takes a dump that was given up out of sight. Its copy stays. @returns `false` if it is not such a dump */
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

/** Sealed bundles that lie here. None was ever delivered, so each may be the only copy. */
export function sealedBundles(db: Database): number {
  return number(db.get('SELECT count(*) AS n FROM bundles') ?? {}, 'n');
}

/** Kinds of records whose date somebody's phone wrote. */
const DATED_KINDS = ['report', 'contact'] as const;
export const DAY = 86_400_000;
/** CHT's first users. */
export const EARLIEST = Date.UTC(2010, 0, 1);

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
