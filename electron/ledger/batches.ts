/** Batches in the ledger: the documents of one health worker on one device that one dump brought. */
import type { DumpFormat } from '../../shared/dump.ts';
import type { BatchDetail, BatchFlag, BatchRow } from '../../shared/review.ts';
import { cleanText } from '../../shared/labels.ts';
import type { AsideReason } from '../../shared/set-aside.ts';
import { mayAssign } from '../../shared/ownership.ts';
import { type BatchRuleName, type Unusual, ORDINARY_CLASSES } from '../../shared/unusual.ts';
import { ORDINARY, ordinaryIn, oneOf } from './states.ts';
import type { SignInWay } from '../../shared/sign-in-ways.ts';
import { hasLeft } from './assigning.ts';
import { classCounts, decidedIn, openIn } from './counts.ts';
import { deletionsToBringBack } from './bring-back.ts';
import { receivedAt } from './phone-reads.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';

export interface NewBatch {
  readonly batch: string;
  readonly dump: string;
  readonly user: string | null;
  /** The contact document of the user. */
  readonly contact: string | null;
  readonly device: string | null;
  readonly takenAt: string;
  readonly flags: readonly BatchFlag[];
}

export function addBatch(db: Database, batch: NewBatch): void {
  db.run(
    `INSERT INTO batches (batch, dump, user, contact, device, taken_at, flags) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (batch) DO NOTHING`,
    batch.batch,
    batch.dump,
    batch.user,
    batch.contact,
    batch.device,
    batch.takenAt,
    JSON.stringify(batch.flags),
  );
}

export interface Author {
  readonly user: string;
  readonly contact: string | null;
}

/** Some records of a dump, by their numbers. */
export interface RecordRange {
  readonly dump: string;
  readonly from: number;
  /** Not itself part of the range. */
  readonly to: number;
}

/**
 * Puts changes of these records into the batches of the authors whom they name. `batchOf` answers `null` for what is
 * left to `assignRest`.
 */
export function assignAuthors(
  db: Database,
  { dump, from, to }: RecordRange,
  batchOf: (author: { readonly user: string | null; readonly contact: string | null }) => string | null,
): void {
  const rows = db.all(
    `SELECT seq, author_user, author_contact FROM changes
     WHERE dump = ? AND ordinal >= ? AND ordinal < ? AND batch IS NULL
       AND (author_user IS NOT NULL OR author_contact IS NOT NULL)`,
    dump,
    from,
    to,
  );
  for (const row of rows) {
    const batch = batchOf({
      user: textOrNull(row, 'author_user'),
      contact: textOrNull(row, 'author_contact'),
    });
    if (batch !== null) db.run('UPDATE changes SET batch = ? WHERE seq = ?', batch, number(row, 'seq'));
  }
}

/** Puts every change of these records that has no batch yet into this one. */
export function assignRest(db: Database, { dump, from, to }: RecordRange, batch: string): void {
  db.run(
    'UPDATE changes SET batch = ? WHERE dump = ? AND ordinal >= ? AND ordinal < ? AND batch IS NULL',
    batch,
    dump,
    from,
    to,
  );
}

/** Whether a batch holds a change. */
export function hasChanges(db: Database, batch: string): boolean {
  return db.get('SELECT 1 AS one FROM changes WHERE batch = ? LIMIT 1', batch) !== undefined;
}

const COLUMNS = `b.batch, b.user, b.device, b.dump, b.taken_at, b.compared_at, b.flags, b.unusual, d.name, d.format, d.claims ->> '$.user' AS claimed,
  (SELECT way FROM sign_in_ways w WHERE w.user = b.user) AS way, d.aside, b.dismissed_at,
  CASE d.aside WHEN 'other-server' THEN d.claims ->> '$.server' WHEN 'other-database' THEN d.claims ->> '$.database' END AS named`;

function batchRow(db: Database, row: Row): BatchRow {
  const batch = text(row, 'batch');
  const unusual = json<Unusual<BatchRuleName>[]>(row, 'unusual');
  const flags = json<BatchFlag[]>(row, 'flags');
  const { approved, held, open, sent, accepted, refused } = decidedIn(db, batch);
  return {
    batch,
    user: textOrNull(row, 'user'),
    claimedUser: flags.includes('odd-name') ? cleanText(textOrNull(row, 'claimed') ?? '') : null,
    signsIn: textOrNull(row, 'way') as SignInWay | null,
    device: textOrNull(row, 'device'),
    dump: text(row, 'dump'),
    dumpName: cleanText(text(row, 'name')),
    format: text(row, 'format') as DumpFormat,
    takenAt: text(row, 'taken_at'),
    comparedAt: textOrNull(row, 'compared_at'),
    ...classCounts(db, batch),
    decided: { approved, held, open },
    delivered: { sent, accepted, refused },
    flags,
    ordinary: ordinaryCount(db, batch, unusual),
    unusual,
    aside: textOrNull(row, 'aside') as AsideReason | null,
    namedElsewhere: row['named'] === null ? null : cleanText(text(row, 'named')),
    dismissedAt: textOrNull(row, 'dismissed_at'),
  };
}

/** Open changes that one button may approve: the rows of `ordinaryIn`. */
function ordinaryCount(db: Database, batch: string, unusual: readonly Unusual<BatchRuleName>[]): number {
  const condition = ordinaryIn(unusual);
  const rows = (from: string): number =>
    number(
      db.get(
        `SELECT count(DISTINCT c.id) AS n FROM ${from} c.batch = ? AND c.state = 'open' AND ${condition}`,
        batch,
      ),
      'n',
    );
  if (condition !== ORDINARY) return rows('changes c WHERE');
  // Without rules about the batch the kept counts tell.
  return (
    number(db.get(COUNTED_ORDINARY, batch), 'n') +
    rows('changes c INDEXED BY changes_several WHERE c.several = 1 AND')
  );
}

const COUNTED_ORDINARY = `SELECT sum(n) AS n FROM batch_counts
  WHERE batch = ? AND state = 'open' AND class IN ${oneOf(ORDINARY_CLASSES)} AND refused = 0 AND unusual = 0`;

export function findBatch(db: Database, batch: string): BatchRow | undefined {
  const row = db.get(`SELECT ${COLUMNS} FROM batches b JOIN dumps d USING (dump) WHERE b.batch = ?`, batch);
  return row === undefined ? undefined : batchRow(db, row);
}

/** A batch, and whether somebody may say whose it is. */
export function batchDetail(db: Database, batch: string): BatchDetail | undefined {
  const row = findBatch(db, batch);
  if (row === undefined) return undefined;
  // Only looked for where it matters.
  const may = mayAssign({ ...row, left: false });
  return {
    ...row,
    mayAssign: may === 'yes' && hasLeft(db, batch) ? 'sent' : may,
    mayBringBack: deletionsToBringBack(db, batch).length,
    receivedAt: row.user === null || row.device === null ? null : receivedAt(db, row.user, row.device),
  };
}

export interface BatchQuery {
  readonly user?: string | undefined;
  readonly device?: string | undefined;
  readonly show: 'all' | 'to-do' | 'done';
  readonly sort: 'takenAt' | 'user' | 'device' | 'open';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

const BATCH_ORDER = {
  takenAt: 'b.taken_at',
  user: 'b.user',
  device: 'b.device',
  open: openIn('b.batch'),
} as const;

export function listBatches(db: Database, query: BatchQuery): { rows: BatchRow[]; total: number } {
  const where: string[] = [];
  const values: string[] = [];
  for (const column of ['user', 'device'] as const) {
    const value = query[column];
    if (value === undefined) continue;
    where.push(`b.${column} = ?`);
    values.push(value);
  }
  // What is set aside is to be seen until somebody puts it out of sight.
  const toDo = `(${openIn('b.batch')} > 0 OR b.dismissed_at IS NULL AND EXISTS (SELECT 1 FROM dumps a WHERE a.dump = b.dump AND a.aside IS NOT NULL))`;
  if (query.show === 'to-do') where.push(toDo);
  if (query.show === 'done') where.push(`NOT ${toDo}`);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const order = `${BATCH_ORDER[query.sort]} ${query.descending ? 'DESC' : 'ASC'}, b.batch`;
  const rows = db.all(
    `SELECT ${COLUMNS} FROM batches b JOIN dumps d USING (dump) ${condition} ORDER BY ${order} LIMIT ? OFFSET ?`,
    ...values,
    query.limit,
    query.offset,
  );
  const total = db.get(`SELECT count(*) AS n FROM batches b ${condition}`, ...values);
  return { rows: rows.map((row) => batchRow(db, row)), total: number(total, 'n') };
}

/** The server has just been asked about everything these batches hold. */
export function recordCompared(db: Database, at: string, batches?: readonly string[]): void {
  if (batches === undefined) db.run('UPDATE batches SET compared_at = ?', at);
  else for (const batch of batches) db.run('UPDATE batches SET compared_at = ? WHERE batch = ?', at, batch);
}
