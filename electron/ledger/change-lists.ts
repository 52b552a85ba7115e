/** Tables of changes: filtered, sorted and paged here, so that the window only ever holds the rows it shows. */
import type { DocumentKind } from '../../shared/documents.ts';
import type { ChangeClass, ChangeRow, ChangeState } from '../../shared/review.ts';
import { unusualOf, type BatchRuleName, type Unusual } from '../../shared/unusual.ts';
import type { RecordSize } from '../../shared/record-size.ts';
import { conditionOf, conditionsOf, type ChangeFilter } from './change-filter.ts';
import type { Condition } from './finding.ts';
import { meantIn } from './meant.ts';
import { aloneFrom, countListed, isAboutTime, leavesFew, severalFrom } from './listed.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';

export interface ChangeQuery extends ChangeFilter {
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
} as const;

const ROW = `c.batch, c.id, c.rev, c.kind, c.class, c.reason, c.state, c.held_reason, c.label, c.form, c.reported_at,
  c.deleted, c.attachments, c.waits, c.gone_at, c.refused, c.refusal_approved, c.size, c.unusual, b.unusual AS batch_unusual,
  b.user, b.device, c.dump, c.about, c.about_name, c.title_key`;

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

/** A row, and by what its words are found (electron/station/labels/row-words.ts). */
export interface ListedChange extends ChangeRow {
  readonly naming: {
    readonly dump: string | null;
    readonly about: string | null;
    readonly aboutName: string | null;
    readonly titleKey: string | null;
  };
}

function listedChange(row: Row): ListedChange {
  return {
    ...changeRow(row),
    naming: {
      dump: textOrNull(row, 'dump'),
      about: textOrNull(row, 'about'),
      aboutName: textOrNull(row, 'about_name'),
      titleKey: textOrNull(row, 'title_key'),
    },
  };
}

/** Up to so many rows are looked at one by one, and sorted; more are read in their order until the page is full. */
const SORTED_MOST = 20_000;

/** `sortedMost`: a test, which has few rows, gives another number. */
export function listChanges(
  db: Database,
  asked: ChangeQuery,
  sortedMost = SORTED_MOST,
): { rows: ListedChange[]; total: number } {
  const query = meantIn(db, asked);
  const total = countListed(db, query);
  if (total === 0) return { rows: [], total };
  const { sort } = query;
  const rows = sort === 'id' ? byId(db, query) : db.all(...pageOf({ ...query, sort }, total > sortedMost));
  return { rows: rows.map(listedChange), total };
}

/** In the order of each column, of rows that are alone. */
const IN_ORDER = {
  odd: 'changes_by_odd',
  label: 'changes_by_label',
  reportedAt: 'changes_by_day',
  kind: 'changes_by_kind',
  class: 'changes_by_class',
  state: 'changes_state',
} as const;

/**
 * A page: the rows that are alone and those of documents with several rows, each in their order, merged. Only the rows
 * that are shown are read whole.
 */
function pageOf(
  query: ChangeQuery & { readonly sort: keyof typeof IN_ORDER },
  isLong: boolean,
): [sql: string, ...values: (string | number)[]] {
  const { alone, several } = conditionsOf(query);
  const direction = query.descending ? 'DESC' : 'ASC';
  // As the index has them.
  const columns = query.sort === 'state' ? ['c.state', 'c.class', 'c.several'] : [ORDER[query.sort]];
  const few = leavesFew(isLong ? { ...query, meant: undefined } : query);
  const walks = !few && (isLong || (isAboutTime(query) && query.sort === 'reportedAt'));
  // An index of one batch, or of one form, has the odd first, too.
  const isOrdered = walks || (few && query.sort === 'odd');
  const keys = columns.map((column, at) => `${isOrdered ? '' : '+'}${column} AS key${at}`);
  const from = walks ? `changes c INDEXED BY ${IN_ORDER[query.sort]}` : aloneFrom(query);
  // Where something else leaves few rows, what only stands in an order is no way to them.
  const where = few || (walks && query.sort === 'state') ? `+${alone.sql}` : alone.sql;
  const inOrder = [...columns.map((_, at) => `key${at}`), 'seq'];
  const order = (of: string): string => inOrder.map((name) => `${of}${name} ${direction}`).join(', ');
  return [
    `SELECT ${ROW} FROM (
       SELECT ${keys.join(', ')}, c.seq AS seq FROM ${from} WHERE ${where}
       UNION ALL SELECT ${columns.join(', ')}, c.seq FROM ${severalFrom(query)} WHERE ${several.sql}
       ORDER BY ${order('')} LIMIT ? OFFSET ?) page
     JOIN changes c ON c.seq = page.seq LEFT JOIN batches b USING (batch) ORDER BY ${order('page.')}`,
    ...alone.values,
    ...several.values,
    query.limit,
    query.offset,
  ];
}

/** A page in the order of ids. */
function byId(db: Database, query: ChangeQuery): Row[] {
  const condition = conditionOf(query);
  const rows = db.all(
    `SELECT ${ROW} FROM changes c LEFT JOIN batches b USING (batch) WHERE ${condition.sql}
     ORDER BY c.id ${query.descending ? 'DESC' : 'ASC'}, c.seq LIMIT ? OFFSET ?`,
    ...condition.values,
    query.limit,
    query.offset,
  );
  if (query.after !== undefined && rows.length === query.limit)
    rows.push(...restOfDocument(db, condition, rows));
  return rows;
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
