/** Records that the server will not take: kept, listed, counted, and let go again when the cause is gone. */
import { LIVE_STATES, UNSENT_STATES } from '../../shared/states.ts';
import { LASTING_REASONS, mayTry, type RefusalCount, type RefusalRow } from '../../shared/refusals.ts';
import { changeRow, sizeIn } from './change-lists.ts';
import { DECIDABLE, oneOf, REFUSED, UNTAKEN } from './states.ts';
import type { RecordSize } from '../../shared/record-size.ts';
import { type Database, type Row, number, text, textOrNull } from './database.ts';
import type { Key } from './keys.ts';
import { STANDS_FOR } from './counts.ts';
import { type Change, WHOLE } from './change-columns.ts';

/** What may still be sent for a person, and what was refused: of all their batches, or of these. */
export function changesOfPerson(
  db: Database,
  user: string,
  which: 'waiting' | 'refused',
  batches?: readonly string[],
): Change[] {
  const condition =
    which === 'refused'
      ? UNTAKEN
      : `c.state IN ${oneOf(LIVE_STATES)} AND c.origin != 'closing' AND ${DECIDABLE}`;
  const named = batches === undefined ? null : new Set(batches);
  return db
    .all(
      `SELECT ${WHOLE.select} FROM changes c JOIN batches b USING (batch) WHERE b.user = ? AND ${condition} ORDER BY c.seq`,
      user,
    )
    .filter((row) => named?.has(textOrNull(row, 'batch') ?? '') ?? true)
    .map(WHOLE.of);
}

/** Whether something of a person is refused. */
export function hasRefusals(db: Database, user: string): boolean {
  const row = db.get(
    `SELECT 1 FROM changes c JOIN batches b USING (batch) WHERE b.user = ? AND ${UNTAKEN} LIMIT 1`,
    user,
  );
  return row !== undefined;
}

/** Another reason for the same refusal, in the change and in what the uploads say of it. A cause of the record's own stays. */
export function explainRefusal(db: Database, change: Key, reason: string): void {
  db.run(
    `UPDATE changes SET refused = ? WHERE id = ? AND rev = ? AND refused NOT IN ${oneOf(LASTING_REASONS)}`,
    reason,
    change.id,
    change.rev,
  );
  db.run(
    `UPDATE deliveries SET reason = ? WHERE change = (SELECT seq FROM changes WHERE id = ? AND rev = ?)
       AND state = 'refused' AND reason = 'forbidden'`,
    reason,
    change.id,
    change.rev,
  );
}

/** How large a record is that is too large for the server. */
export function recordSize(db: Database, change: Key, size: RecordSize): void {
  db.run('UPDATE changes SET size = ? WHERE id = ? AND rev = ?', JSON.stringify(size), change.id, change.rev);
}

/** The cause is gone: what was decided on the change holds as if it had never been refused. */
export function liftRefusal(db: Database, change: Key): void {
  db.run(
    `UPDATE changes SET refused = NULL, refusal_approved = 0
     WHERE id = ? AND rev = ? AND refused IS NOT NULL AND state IN ${oneOf(UNSENT_STATES)}`,
    change.id,
    change.rev,
  );
}

export interface RefusalQuery {
  readonly user?: string | undefined;
  readonly batch?: string | undefined;
}

/** The month of the record's own date; records without one are counted apart. */
const MONTH = `coalesce(strftime('%Y-%m', c.reported_at / 1000, 'unixepoch'), '')`;
/** Each record once, however many versions of it are refused. */
const FROM = `FROM (SELECT c.*, row_number() OVER (PARTITION BY c.id ORDER BY ${STANDS_FOR('c')}) AS place
    FROM changes c LEFT JOIN batches b USING (batch)
    WHERE ${REFUSED} AND (?1 IS NULL OR b.user = ?1) AND (?2 IS NULL OR c.batch = ?2)) c
  LEFT JOIN batches b USING (batch) WHERE c.place = 1`;

function refusalRow(row: Row): RefusalRow {
  const reason = text(row, 'refused');
  return {
    batch: textOrNull(row, 'batch') ?? '',
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    id: text(row, 'id'),
    rev: text(row, 'rev'),
    kind: text(row, 'kind'),
    form: textOrNull(row, 'form'),
    label: text(row, 'label'),
    reportedAt: row['reported_at'] === null ? null : number(row, 'reported_at'),
    month: text(row, 'month') === '' ? null : text(row, 'month'),
    reason,
    ...sizeIn(row),
    mayTry: mayTry(changeRow(row)),
  };
}

export function listRefusals(
  db: Database,
  query: RefusalQuery & { readonly offset: number; readonly limit: number },
): { rows: RefusalRow[]; total: number } {
  const { user = null, batch = null } = query;
  const rows = db.all(
    `SELECT c.*, b.user, b.device, b.unusual AS batch_unusual, ${MONTH} AS month ${FROM}
     ORDER BY b.user, c.reported_at, c.seq LIMIT ?3 OFFSET ?4`,
    user,
    batch,
    query.limit,
    query.offset,
  );
  return {
    rows: rows.map(refusalRow),
    total: number(db.get(`SELECT count(*) AS n ${FROM}`, user, batch), 'n'),
  };
}

export function countRefusals(db: Database, query: RefusalQuery): RefusalCount[] {
  return db
    .all(
      `SELECT b.user, c.form, ${MONTH} AS month, c.refused, count(*) AS n ${FROM}
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4`,
      query.user ?? null,
      query.batch ?? null,
    )
    .map((row) => ({
      user: textOrNull(row, 'user'),
      form: textOrNull(row, 'form'),
      month: text(row, 'month') === '' ? null : text(row, 'month'),
      reason: text(row, 'refused'),
      records: number(row, 'n'),
    }));
}
