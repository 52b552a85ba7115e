/**
 * The audit trail as acts: one row for each decision, sending or moment, however many entries it has. Triggers keep the
 * table of acts, so that a list of the newest never reads the trail.
 */
import type { AuditAction } from '../../shared/audit.ts';
import { StationError } from '../../shared/errors.ts';
import type { FilterCount } from '../../shared/filter-counts.ts';
import type { Act, ActRecord, HistoryCounted } from '../../shared/history.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import { type Condition, found } from './finding.ts';
import { oneOf } from './states.ts';

export interface ActFilter {
  readonly person?: string | undefined;
  readonly what?: readonly string[] | undefined;
  /** The health worker whose batch it was about. */
  readonly user?: string | undefined;
  /** ISO 8601, both ends included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Words of a record that it was about, as finding.ts reads them, or of the person who did it or whom it was about. */
  readonly find?: string | undefined;
}

const literal = (value: string): string => `%${value.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** What makes entries one act, of `alias`: as the trigger of `acts` puts it together. */
const keyOf = (alias: string): string =>
  `json_array(${alias}.what, ${alias}.person,
    coalesce(nullif(${alias}.detail ->> 'decision', 0), ${alias}.detail ->> 'upload', ${alias}.at))`;

/** Actions of an upload as a whole; what it did with one record is found by that. */
const SENDING = oneOf(['uploaded', 'proven', 'phone-synced'] satisfies AuditAction[]);

/** A record that was taken in is found by its batch, a decided one by the decision, a sent one by the upload, else by its entry. */
function aboutRecords(words: string): Condition {
  const seqs = found(words);
  return {
    sql: `a.seq IN (
      WITH hits AS MATERIALIZED (SELECT seq, id, batch FROM changes WHERE seq IN (${seqs.sql}))
      SELECT seq FROM acts WHERE what = 'imported' AND batch IN (SELECT batch FROM hits)
      UNION SELECT seq FROM acts WHERE decision IN
        (SELECT decision FROM decision_changes WHERE change IN (SELECT seq FROM hits))
      UNION SELECT seq FROM acts WHERE id IS NULL AND what IN ${SENDING} AND upload IN
        (SELECT upload FROM deliveries WHERE change IN (SELECT seq FROM hits))
      UNION SELECT o.seq FROM audit e JOIN acts o ON o.key = ${keyOf('e')} WHERE e.id IN (SELECT id FROM hits))`,
    values: seqs.values,
  };
}

function conditionOf({ person, what, user, from, to, find }: ActFilter): Condition {
  const parts: string[] = ['true'];
  const values: (string | number)[] = [];
  const add = (sql: string, ...more: (string | number)[]): void => {
    parts.push(sql);
    values.push(...more);
  };
  if (person !== undefined) add('a.person = ?', person);
  if (what !== undefined) add('a.what IN (SELECT value FROM json_each(?))', JSON.stringify(what));
  if (user !== undefined) add('a.batch IN (SELECT batch FROM batches WHERE user = ?)', user);
  if (from !== undefined) add('a.until >= ?', from);
  if (to !== undefined) add('a.at <= ?', to);
  const words = find?.trim() ?? '';
  if (words !== '') {
    const records = aboutRecords(words);
    const like = literal(words);
    add(
      `(${records.sql} OR a.person LIKE ? ESCAPE '\\'
        OR a.batch IN (SELECT batch FROM batches WHERE user LIKE ? ESCAPE '\\' OR device LIKE ? ESCAPE '\\'))`,
      ...records.values,
      like,
      like,
      like,
    );
  }
  return { sql: parts.join(' AND '), values };
}

/** The newest first. */
export function listActs(
  db: Database,
  query: ActFilter & { readonly offset: number; readonly limit: number },
): { rows: Act[]; total: number } {
  const { sql, values } = conditionOf(query);
  const rows = db.all(
    `SELECT a.*, b.user, b.device, e.detail,
       (SELECT label FROM changes c WHERE c.id = a.id ORDER BY c.seq DESC LIMIT 1) AS label,
       (SELECT form FROM changes c WHERE c.id = a.id ORDER BY c.seq DESC LIMIT 1) AS form
     FROM acts a JOIN audit e USING (seq) LEFT JOIN batches b ON b.batch = a.batch
     WHERE ${sql} ORDER BY a.seq DESC LIMIT ? OFFSET ?`,
    ...values,
    query.limit,
    query.offset,
  );
  return {
    rows: rows.map((row) => actOf(db, row)),
    total: number(db.get(`SELECT count(*) AS n FROM acts a WHERE ${sql}`, ...values), 'n'),
  };
}

/** How many acts there are of each person, action or health worker; the most first, actions and people that occur only. */
export function countActs(db: Database, filter: ActFilter, by: HistoryCounted): FilterCount[] {
  const { sql, values } = conditionOf({ ...filter, [by]: undefined });
  const column = by === 'user' ? 'b.user' : `a.${by}`;
  return db
    .all(
      `SELECT ${column} AS name, count(*) AS n FROM acts a ${by === 'user' ? 'JOIN batches b USING (batch)' : ''}
       WHERE ${sql} AND ${column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, name`,
      ...values,
    )
    .map((row) => ({ key: text(row, 'name'), count: number(row, 'n') }));
}

/**
 * The versions of an act, in the order in which they were entered; of a decision about many, those that it touched.
 * @throws StationError `not-found`: no act has that number
 */
export function actRecords(
  db: Database,
  query: { readonly act: number; readonly offset: number; readonly limit: number },
): { rows: ActRecord[]; total: number } {
  const { act, offset, limit } = query;
  const asked = db.get('SELECT * FROM acts WHERE seq = ?', act);
  if (asked === undefined) throw new StationError('not-found');
  const { sql, values } = versionsOf(asked);
  const rows = db.all(
    `WITH r AS (${sql}) SELECT r.*,
       (SELECT label FROM changes c WHERE c.id = r.id ORDER BY c.rev = r.rev DESC, c.seq DESC LIMIT 1) AS label,
       (SELECT form FROM changes c WHERE c.id = r.id ORDER BY c.rev = r.rev DESC, c.seq DESC LIMIT 1) AS form
     FROM r ORDER BY place LIMIT ? OFFSET ?`,
    ...values,
    limit,
    offset,
  );
  return {
    rows: rows.map((row) => ({
      at: text(row, 'at'),
      batch: textOrNull(row, 'batch'),
      id: text(row, 'id'),
      rev: textOrNull(row, 'rev'),
      label: textOrNull(row, 'label'),
      form: textOrNull(row, 'form'),
    })),
    total: number(db.get(`SELECT count(*) AS n FROM (${sql})`, ...values), 'n'),
  };
}

/** A statement that gives `place`, `at`, `batch`, `id` and `rev` of each version that the act was about. */
function versionsOf(act: Row): Condition {
  // One entry for many records: they stand with the decision.
  if (act['decision'] !== null && act['id'] === null && number(act, 'entries') === 1)
    return {
      sql: `SELECT c.seq AS place, ? AS at, c.batch, c.id, c.rev
            FROM decision_changes d JOIN changes c ON c.seq = d.change WHERE d.decision = ?`,
      values: [text(act, 'at'), number(act, 'decision')],
    };
  return {
    sql: `SELECT e.seq * 1000000 + coalesce(p.key, 0) AS place, e.at, e.batch,
            coalesce(p.value ->> 0, e.id) AS id, coalesce(p.value ->> 1, e.rev) AS rev
          FROM audit e LEFT JOIN json_each(iif(json_type(e.detail, '$.records') = 'array', e.detail, '[]'), '$.records') p
          WHERE e.seq BETWEEN ? AND ? AND ${keyOf('e')} = ? AND coalesce(p.value ->> 0, e.id) IS NOT NULL`,
    values: [number(act, 'seq'), number(act, 'last'), text(act, 'key')],
  };
}

/** Of one entry that says how many they were, that number; else the records of the entries, each counted once. */
function recordsIn(db: Database, act: Row): Pick<Act, 'records' | 'isListed'> {
  if (textOrNull(act, 'id') !== null) return { records: 1, isListed: true };
  if (number(act, 'entries') === 1) {
    const records = saidIn(json<Record<string, unknown>>(act, 'detail'));
    if (records !== undefined) return { records, isListed: act['decision'] !== null };
  }
  const { sql, values } = versionsOf(act);
  const records = number(db.get(`SELECT count(DISTINCT id) AS n FROM (${sql})`, ...values), 'n');
  return records === 0 ? { records: null, isListed: false } : { records, isListed: true };
}

/** How many records an entry for many says it was about. */
function saidIn(detail: Readonly<Record<string, unknown>>): number | undefined {
  return [detail['records'], detail['new'], detail['documents'], detail['accepted']].find(
    (value) => typeof value === 'number',
  );
}

function actOf(db: Database, row: Row): Act {
  return {
    act: number(row, 'seq'),
    at: text(row, 'at'),
    until: text(row, 'until'),
    person: text(row, 'person'),
    what: text(row, 'what'),
    entries: number(row, 'entries'),
    ...recordsIn(db, row),
    batch: textOrNull(row, 'batch'),
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    id: textOrNull(row, 'id'),
    label: textOrNull(row, 'label'),
    form: textOrNull(row, 'form'),
    decision: row['decision'] === null ? null : number(row, 'decision'),
    upload: textOrNull(row, 'upload'),
  };
}
