/**
 * Counting the records of a list, of which there may be a million: from the counts that are kept wherever those know what
 * the filter asks (`batch_counts`), and row by row where they do not.
 */
import { isOneOf } from '../../shared/states.ts';
import { isBatchRule } from '../../shared/unusual.ts';
import { conditionsOf, type ChangeFilter } from './change-filter.ts';
import { type Database, number, type Row } from './database.ts';
import type { Condition } from './finding.ts';
import { meantIn } from './meant.ts';

/** Rows to count as `c`, each of which stands for `n` records. */
interface Counted {
  readonly from: string;
  readonly n: string;
  readonly where: Condition;
}

/** The kept counts, with the columns that a condition on `changes c` asks for. Only rows that are alone are in them. */
const KEPT = `(SELECT batch, class, state, iif(refused = 0, NULL, '') AS refused, refused = 2 AS refusal_approved,
    iif(unusual, '*', '[]') AS unusual, kind, deleted, iif(form = '', NULL, substr(form, 2)) AS form, files AS attachments,
    'dump' AS origin, 0 AS several, n FROM batch_counts) c`;

/** What a filter asks that the kept counts do not know. */
const UNKEPT = ['text', 'decision', 'from', 'to', 'after', 'isOdd', 'meant'] as const;

/** What leaves few rows, which an index finds. */
const FEW = ['batch', 'batches', 'user', 'device', 'form', 'decision', 'after', 'meant'] as const;

/** How a list is laid out: it asks for nothing with that. */
const LAYOUT: readonly string[] = ['sort', 'descending', 'offset', 'limit'];

const asks = (filter: ChangeFilter, names: readonly (keyof ChangeFilter)[]): boolean =>
  names.some((name) => filter[name] !== undefined);

/** Whether it asks for nothing else than these; what a filter is given one day is something else. */
const asksOnly = (filter: ChangeFilter, names: readonly (keyof ChangeFilter)[]): boolean =>
  Object.entries(filter).every(
    ([name, value]) => value === undefined || isOneOf(names, name) || LAYOUT.includes(name),
  );

/** Whether the filter leaves few rows of all that there are, as far as it tells by itself. */
export const leavesFew = (filter: ChangeFilter): boolean => asks(filter, FEW);

/** Whether it asks for a time and for nothing that leaves fewer. */
export const isAboutTime = (filter: ChangeFilter): boolean =>
  !leavesFew(filter) && asks(filter, ['from', 'to']);

/** What the index of times tells by itself. */
const IN_TIME = ['from', 'to', 'revisions'] as const;

/** Whether it asks for a time and for nothing else: then no row has to be read. */
export const isInTime = (filter: ChangeFilter): boolean => isAboutTime(filter) && asksOnly(filter, IN_TIME);

function isKept(filter: ChangeFilter): boolean {
  const { unusual } = filter;
  return !asks(filter, UNKEPT) && (unusual === undefined || isBatchRule(unusual));
}

/** What finds its rows by their number. */
const isFound = (filter: ChangeFilter): boolean => asks(filter, ['decision', 'after']);

const MEANT = 'temp.meant m CROSS JOIN changes c ON c.seq = m.seq';

/** The documents with several rows, as their index finds them. */
export function severalFrom(filter: ChangeFilter): string {
  if (filter.meant === true) return MEANT;
  return isFound(filter) ? 'changes c' : 'changes c INDEXED BY changes_several';
}

/** The rows that are alone, by an index that has only what is asked for, where there is one. */
export function aloneFrom(filter: ChangeFilter): string {
  const { unusual, isOdd, refused, withAttachments } = filter;
  if (filter.meant === true) return MEANT;
  if (isFound(filter)) return 'changes c';
  if (isOdd === true || (unusual !== undefined && !isBatchRule(unusual)))
    return 'changes c INDEXED BY changes_unusual';
  if (refused === true) return 'changes c INDEXED BY changes_refused';
  if (isInTime(filter)) return 'changes c INDEXED BY changes_by_day';
  return withAttachments === true ? 'changes c INDEXED BY changes_files' : 'changes c';
}

const isOnlyMeant = (filter: ChangeFilter): boolean => filter.meant === true && asksOnly(filter, ['meant']);

/** Those that are alone, without looking at each of them. */
const ALONE_MEANT: Counted = {
  from: 'temp.meant c',
  n: 'count(*)',
  where: {
    sql: 'c.seq NOT IN (SELECT seq FROM changes INDEXED BY changes_several WHERE several = 1)',
    values: [],
  },
};

/** One of no kinds, classes, states or batches is asked for. */
export const isOfNothing = ({ kinds, classes, states, batches }: ChangeFilter): boolean =>
  [kinds, classes, states, batches].some((set) => set?.length === 0);

function countedIn(filter: ChangeFilter): Counted[] {
  if (isOfNothing(filter)) return [];
  const { alone, several } = conditionsOf(filter);
  const rows = (from: string, where: Condition): Counted => ({ from, where, n: 'count(*)' });
  const more = rows(severalFrom(filter), several);
  if (!isKept(filter)) {
    const from = aloneFrom(filter);
    // Where no index finds them, none that only has an order is a way through all of them.
    const where = from === 'changes c' ? { ...alone, sql: `+${alone.sql}` } : alone;
    return [rows(from, where), more];
  }
  return [
    { from: KEPT, where: alone, n: 'sum(c.n)' },
    // What an import brought that has not ended has no batch.
    rows('changes c INDEXED BY changes_unplaced', {
      sql: `c.batch IS NULL AND ${alone.sql}`,
      values: alone.values,
    }),
    more,
  ];
}

/** How many records a list has. */
export function countListed(db: Database, query: ChangeFilter): number {
  const filter = meantIn(db, query);
  const counted = countedIn(filter);
  if (isOnlyMeant(filter)) counted[0] = ALONE_MEANT;
  return counted.reduce(
    (sum, { from, n, where }) =>
      sum + number(db.get(`SELECT ${n} AS n FROM ${from} WHERE ${where.sql}`, ...where.values), 'n'),
    0,
  );
}

/** The same for each value of an expression, as rows with `name` and `n`; one value may have several rows. */
export function countEach(db: Database, query: ChangeFilter, expression: string, join = ''): Row[] {
  return countedIn(meantIn(db, query)).flatMap(({ from, n, where }) =>
    db.all(
      `SELECT ${expression} AS name, ${n} AS n FROM ${from} ${join} WHERE ${where.sql} GROUP BY 1 HAVING ${n} > 0`,
      ...where.values,
    ),
  );
}

/** Counts some more of it. */
export function addTo<Key>(counts: Map<Key, number>, key: Key, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
