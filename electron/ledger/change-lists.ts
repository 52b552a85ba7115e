/** Tables of changes: filtered, sorted and paged here, so that the window only ever holds the rows it shows. */
import type { DocumentKind } from '../../shared/documents.ts';
import type { ChangeClass, ChangeRow, ChangeState } from '../../shared/review.ts';
import {
  isBatchRule,
  unusualOf,
  type BatchRuleName,
  type Unusual,
  type UnusualRule,
} from '../../shared/unusual.ts';
import type { RecordSize } from '../../shared/record-size.ts';
import type { RecordCounts } from '../../shared/upload.ts';
import { rowsOf, STANDS_FOR } from './counts.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';
import { HITS, ORDINARY_ANYWHERE, UNTAKEN } from './states.ts';

export interface ChangeQuery {
  readonly batch?: string | undefined;
  readonly user?: string | undefined;
  readonly classes?: readonly ChangeClass[] | undefined;
  /** Only records that the server has accepted (`true`), or only the others. */
  readonly accepted?: boolean | undefined;
  /** Only what the server refuses (`true`), or only what it does not. */
  readonly refused?: boolean | undefined;
  /** Only what one button may approve. */
  readonly ordinary?: boolean | undefined;
  /** Only what this rule makes unusual. */
  readonly unusual?: UnusualRule | undefined;
  readonly states?: readonly ChangeState[] | undefined;
  /** Only the records that this number counts. */
  readonly box?: keyof RecordCounts | undefined;
  /** A row for each revision, those that decisions made included; else one for each record. */
  readonly revisions?: boolean | undefined;
  readonly form?: string | undefined;
  readonly withAttachments?: boolean | undefined;
  readonly text?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly after?: string | undefined;
  readonly sort: 'odd' | 'label' | 'reportedAt' | 'kind' | 'class' | 'state' | 'id';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

const ORDER = {
  odd: 'c.odd',
  label: 'c.label',
  reportedAt: 'c.reported_at',
  kind: 'c.kind',
  class: 'c.class',
  state: 'c.state',
  id: 'c.id',
} as const;

const ROW = `c.batch, c.id, c.rev, c.kind, c.class, c.reason, c.state, c.held_reason, c.label, c.form, c.reported_at,
  c.deleted, c.attachments, c.waits, c.gone_at, c.refused, c.refusal_approved, c.size, c.unusual, b.unusual AS batch_unusual,
  b.user, b.device`;

export function changeRow(row: Row): ChangeRow {
  const ruled = {
    class: text(row, 'class') as ChangeClass,
    kind: text(row, 'kind') as DocumentKind,
    deleted: row['deleted'] === 1,
  };
  const ofBatch = json<Unusual<BatchRuleName>[]>({ unusual: row['batch_unusual'] ?? '[]' }, 'unusual');
  return {
    ...ruled,
    batch: textOrNull(row, 'batch') ?? '',
    id: text(row, 'id'),
    rev: text(row, 'rev'),
    reason: textOrNull(row, 'reason') ?? whyStillHere(row),
    state: text(row, 'state') as ChangeState,
    heldReason: textOrNull(row, 'held_reason'),
    label: text(row, 'label'),
    form: textOrNull(row, 'form'),
    reportedAt: row['reported_at'] === null ? null : number(row, 'reported_at'),
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    attachments: number(row, 'attachments'),
    refusal: textOrNull(row, 'refused'),
    refusalApproved: row['refusal_approved'] === 1,
    ...sizeIn(row),
    unusual: unusualOf(ruled, json<Unusual[]>(row, 'unusual'), ofBatch),
  };
}

/** The `size` of a row, as it is spread into what the row becomes; nothing where it was not measured. */
export function sizeIn(row: Row): { readonly size?: RecordSize } {
  return row['size'] == null ? {} : { size: json<RecordSize>(row, 'size') };
}

/** What an earlier upload left behind: it waits for a contact, or the server lost it again or removed it since. */
function whyStillHere(row: Row): string | null {
  if (row['state'] === 'approved') return textOrNull(row, 'waits');
  if (row['gone_at'] === null) return null;
  if (row['state'] === 'accepted') return 'removed-on-server';
  return row['state'] === 'open' ? 'gone-from-server' : null;
}

export function findChangeRow(db: Database, id: string, rev: string): ChangeRow | undefined {
  const row = db.get(
    `SELECT ${ROW} FROM changes c LEFT JOIN batches b USING (batch) WHERE c.id = ? AND c.rev = ?`,
    id,
    rev,
  );
  return row === undefined ? undefined : changeRow(row);
}

interface Condition {
  readonly sql: string;
  readonly values: (string | number)[];
}

/** Where a list looks: what else it filters is asked of the row that stands for the record there. */
function scopeOf({ batch, user, states, box }: ChangeQuery, alias: string): Condition {
  const parts: string[] = [];
  const values: string[] = [];
  if (batch !== undefined) {
    parts.push(`${alias}.batch = ?`);
    values.push(batch);
  }
  if (user !== undefined) {
    parts.push(`${alias}.batch IN (SELECT batch FROM batches WHERE user = ?)`);
    values.push(user);
  }
  if (box !== undefined) parts.push(rowsOf(box, alias));
  if (states === undefined) parts.push(`${alias}.state != 'superseded'`);
  else {
    parts.push(`${alias}.state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  return { sql: parts.join(' AND '), values };
}

function conditionOf(query: ChangeQuery): Condition {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...more: (string | number)[]): void => {
    parts.push(sql);
    values.push(...more);
  };
  const marks = (list: readonly string[]): string => list.map(() => '?').join(', ');
  const scope = scopeOf(query, 'c');
  add(scope.sql, ...scope.values);
  if (query.revisions !== true) {
    const others = scopeOf(query, 'd');
    // Only a document that has several rows needs a look which of them stands for it here.
    add(
      `(c.several = 0 OR c.seq = (SELECT d.seq FROM changes d WHERE d.id = c.id AND d.several = 1 AND ${others.sql}
         ORDER BY ${STANDS_FOR('d')} LIMIT 1))`,
      ...others.values,
    );
  }
  if (query.classes !== undefined) add(`c.class IN (${marks(query.classes)})`, ...query.classes);
  if (query.accepted !== undefined) add(`c.state ${query.accepted ? '=' : '!='} 'accepted'`);
  if (query.ordinary === true) add(`c.state = 'open' AND ${ORDINARY_ANYWHERE}`);
  if (query.unusual !== undefined) add(...hitBy(query.unusual));
  if (query.refused !== undefined) add(query.refused ? UNTAKEN : `NOT (${UNTAKEN})`);
  if (query.form !== undefined) add('c.form = ?', query.form);
  if (query.withAttachments !== undefined)
    add(query.withAttachments ? 'c.attachments > 0' : 'c.attachments = 0');
  if (query.from !== undefined) add('c.reported_at >= ?', query.from);
  if (query.to !== undefined) add('c.reported_at <= ?', query.to);
  if (query.after !== undefined) add('c.id > ?', query.after);
  if (query.text !== undefined && query.text !== '') {
    const like = `%${query.text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const isPlain = /^[\u0020-\u007e]*$/.test(query.text);
    const label = isPlain ? 'c.label' : 'lower_case(c.label)';
    add(
      `(${label} LIKE ? ESCAPE '\\' OR c.id LIKE ? ESCAPE '\\')`,
      isPlain ? like : like.toLowerCase(),
      like,
    );
  }
  return { sql: parts.join(' AND '), values };
}

/** The rows that a rule makes unusual: it stands with the record, or with its batch and hits the record. */
function hitBy(rule: UnusualRule): [string, string] {
  const named = (column: string): string =>
    `EXISTS (SELECT 1 FROM json_each(${column}) r WHERE r.value ->> 'rule' = ?)`;
  if (!isBatchRule(rule)) return [named('c.unusual'), rule];
  return [`(${HITS[rule]}) AND c.batch IN (SELECT batch FROM batches k WHERE ${named('k.unusual')})`, rule];
}

export function listChanges(db: Database, query: ChangeQuery): { rows: ChangeRow[]; total: number } {
  const condition = conditionOf(query);
  const direction = query.descending ? 'DESC' : 'ASC';
  const rows = db.all(
    `SELECT ${ROW} FROM changes c LEFT JOIN batches b USING (batch) WHERE ${condition.sql}
     ORDER BY ${ORDER[query.sort]} ${direction}, c.seq LIMIT ? OFFSET ?`,
    ...condition.values,
    query.limit,
    query.offset,
  );
  if (query.after !== undefined && query.sort === 'id' && rows.length === query.limit) {
    rows.push(...restOfDocument(db, condition, rows));
  }
  const total = db.get(`SELECT count(*) AS n FROM changes c WHERE ${condition.sql}`, ...condition.values);
  return { rows: rows.map(changeRow), total: number(total, 'n') };
}

/**
 * Who goes on after a document id would miss its other revisions: a page that is asked for this way is
 * longer than its limit rather than ending in the middle of a document.
 */
function restOfDocument(db: Database, condition: Condition, rows: readonly Row[]): Row[] {
  const last = rows.at(-1);
  if (last === undefined) return [];
  const shown = new Set(rows.filter((row) => row['id'] === last['id']).map((row) => text(row, 'rev')));
  return db
    .all(
      `SELECT ${ROW} FROM changes c LEFT JOIN batches b USING (batch) WHERE ${condition.sql} AND c.id = ? ORDER BY c.seq`,
      ...condition.values,
      text(last, 'id'),
    )
    .filter((row) => !shown.has(text(row, 'rev')));
}
