/** Which changes a list, a count or a decision is about, as a condition on `changes c`. */
import type { DocumentKind } from '../../shared/documents.ts';
import type { ChangeClass, ChangeState } from '../../shared/review.ts';
import { isBatchRule, SETTLED_CLASSES, type UnusualRule } from '../../shared/unusual.ts';
import type { RecordCounts } from '../../shared/upload.ts';
import { rowsOf, STANDS_FOR } from './counts.ts';
import { found, type Condition } from './finding.ts';
import { HITS, oneOf, ORDINARY_ANYWHERE, UNTAKEN } from './states.ts';

export interface ChangeFilter {
  readonly batch?: string | undefined;
  readonly batches?: readonly string[] | undefined;
  /** Of the batch; `null`: of nobody. */
  readonly user?: string | null | undefined;
  readonly device?: string | null | undefined;
  readonly kinds?: readonly DocumentKind[] | undefined;
  readonly classes?: readonly ChangeClass[] | undefined;
  /** Only records that the server has accepted (`true`), or only the others. */
  readonly accepted?: boolean | undefined;
  /** Only what the server refuses (`true`), or only what it does not. */
  readonly refused?: boolean | undefined;
  /** Only what one button may approve. */
  readonly ordinary?: boolean | undefined;
  /** Only what this rule makes unusual. */
  readonly unusual?: UnusualRule | undefined;
  /** Only those about which something is unusual by themselves, whatever it is. */
  readonly isOdd?: true | undefined;
  readonly states?: readonly ChangeState[] | undefined;
  /** Only the records that this number counts. */
  readonly box?: keyof RecordCounts | undefined;
  /** A row for each revision, those that decisions made included; else one for each record. */
  readonly revisions?: boolean | undefined;
  readonly form?: string | undefined;
  readonly withAttachments?: boolean | undefined;
  /** Part of a label or id, as it stands there. */
  readonly text?: string | undefined;
  /** Words, a phone number, a code or an id, as a person types them (finding.ts). */
  readonly find?: string | undefined;
  /** Only reports that may have been entered twice: of one form, about one person, made on one day. */
  readonly twice?: boolean | undefined;
  /** Only what `meant.ts` has written down: what a list was asked to find. */
  readonly meant?: true | undefined;
  /** Only what this decision touched, in each revision. */
  readonly decision?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly after?: string | undefined;
}

/** Where a list looks: what else it filters is asked of the row that stands for the record there. */
function scopeOf(
  { batch, batches, user, device, states, box }: ChangeFilter,
  alias: string,
  isAlone = false,
): Condition {
  const parts: string[] = [];
  const values: string[] = [];
  if (batch !== undefined) {
    parts.push(`${alias}.batch = ?`);
    values.push(batch);
  }
  if (batches !== undefined) {
    parts.push(`${alias}.batch IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(batches));
  }
  for (const [column, value] of [
    ['user', user],
    ['device', device],
  ] as const) {
    if (value === undefined) continue;
    parts.push(
      `${alias}.batch IN (SELECT batch FROM batches WHERE ${column} ${value === null ? 'IS NULL' : '= ?'})`,
    );
    if (value !== null) values.push(value);
  }
  if (box !== undefined) parts.push(rowsOf(box, alias));
  if (states === undefined) {
    // What was replaced is never alone (the trigger `counts_move`).
    if (!isAlone) parts.push(`${alias}.state != 'superseded'`);
  } else {
    parts.push(`${alias}.state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  return { sql: parts.join(' AND '), values };
}

export function conditionOf(query: ChangeFilter): Condition {
  const rest = restOf(query);
  const scope = scopeOf(query, 'c');
  const standing = standingIn(query);
  if (standing === null) return all(scope, rest);
  return all(scope, { sql: `(c.several = 0 OR ${standing.sql})`, values: standing.values }, rest);
}

/** As `conditionOf`, of the rows that are alone and of those of documents with several rows: each has its own indexes. */
export function conditionsOf(query: ChangeFilter): {
  readonly alone: Condition;
  readonly several: Condition;
} {
  const rest = restOf(query);
  const standing = standingIn(query);
  const several: Condition = { sql: 'c.several = 1', values: [] };
  return {
    alone: all({ sql: 'c.several = 0', values: [] }, scopeOf(query, 'c', true), rest),
    several: all(several, scopeOf(query, 'c'), ...(standing === null ? [] : [standing]), rest),
  };
}

function all(...conditions: readonly Condition[]): Condition {
  return {
    sql: conditions
      .map(({ sql }) => sql)
      .filter((sql) => sql !== '')
      .join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Whether a row stands for its document here; `null`: each row counts. Only one that has several rows needs a look. */
function standingIn(query: ChangeFilter): Condition | null {
  if (query.revisions === true || query.decision !== undefined) return null;
  const others = scopeOf(query, 'd');
  return {
    sql: `c.seq = (SELECT d.seq FROM changes d WHERE d.id = c.id AND d.several = 1 AND ${others.sql}
         ORDER BY ${STANDS_FOR('d')} LIMIT 1)`,
    values: others.values,
  };
}

/** What else is asked of it. */
function restOf(query: ChangeFilter): Condition {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...more: (string | number)[]): void => {
    parts.push(sql);
    values.push(...more);
  };
  const marks = (list: readonly string[]): string => list.map(() => '?').join(', ');
  if (query.meant === true) add('c.seq IN (SELECT seq FROM temp.meant)');
  if (query.twice === true) add(`c.seq IN (${TWICE})`);
  if (query.decision !== undefined)
    add('c.seq IN (SELECT change FROM decision_changes WHERE decision = ?)', query.decision);
  if (query.kinds !== undefined) add(`c.kind IN (${marks(query.kinds)})`, ...query.kinds);
  if (query.classes !== undefined) add(`c.class IN (${marks(query.classes)})`, ...query.classes);
  if (query.accepted !== undefined) add(`c.state ${query.accepted ? '=' : '!='} 'accepted'`);
  if (query.ordinary === true) add(`c.state = 'open' AND ${ORDINARY_ANYWHERE}`);
  if (query.unusual !== undefined) add(...hitBy(query.unusual));
  if (query.isOdd === true) add(`c.unusual != '[]'`);
  if (query.refused !== undefined) add(query.refused ? UNTAKEN : `NOT (${UNTAKEN})`);
  if (query.form !== undefined) add('c.form = ?', query.form);
  if (query.withAttachments !== undefined)
    add(query.withAttachments ? 'c.attachments > 0' : 'c.attachments = 0');
  if (query.from !== undefined) add('c.reported_at >= ?', query.from);
  if (query.to !== undefined) add('c.reported_at <= ?', query.to);
  if (query.after !== undefined) add('c.id > ?', query.after);
  if (query.find !== undefined && query.find.trim() !== '') {
    const words = found(query.find);
    add(`c.seq IN (${words.sql})`, ...words.values);
  }
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

/** By times, which the index has. */
const ON_DAY = (alias: string): string =>
  `${alias}.reported_at >= g.day * 86400000 AND ${alias}.reported_at < (g.day + 1) * 86400000`;

/**
 * Days are those of UTC: two visits around midnight are not told from each other, and nothing hangs on it. A version of
 * the same report is no second one.
 */
export const TWICE = `SELECT t.seq FROM (
    SELECT about, form, reported_at / 86400000 AS day FROM changes INDEXED BY changes_near
    WHERE near = 1 AND about IS NOT NULL AND form IS NOT NULL AND reported_at IS NOT NULL GROUP BY 1, 2, 3) g
  CROSS JOIN changes t ON t.near = 1 AND t.about = g.about AND t.form = g.form AND ${ON_DAY('t')}
  WHERE EXISTS (SELECT 1 FROM changes o WHERE o.near = 1 AND o.about = g.about AND o.form = g.form AND ${ON_DAY('o')}
    AND o.id != t.id AND o.state != 'superseded')`;

/** The rows that a rule makes unusual: it stands with the record, or with its batch and hits the record. */
function hitBy(rule: UnusualRule): [string, string] {
  const named = (column: string): string =>
    `EXISTS (SELECT 1 FROM json_each(${column}) r WHERE r.value ->> 'rule' = ?)`;
  if (!isBatchRule(rule)) return [`c.unusual != '[]' AND ${named('c.unusual')}`, rule];
  return [
    `c.class NOT IN ${oneOf(SETTLED_CLASSES)} AND (${HITS[rule]}) AND c.batch IN (SELECT batch FROM batches k WHERE ${named('k.unusual')})`,
    rule,
  ];
}
