/** How many records of a list each form, person, device, day … has: what a filter offers, each with its number. */
import { BATCH_RULE_NAMES } from '../../shared/unusual.ts';
import { TWICE, type CountedBy, type FilterCount } from '../../shared/filter-counts.ts';
import { conditionOf, type ChangeFilter } from './change-filter.ts';
import { type Database, number, type Row, textOrNull } from './database.ts';

/** What a filter by it is left out of the question for: a choice shows what else could be chosen. */
const OWN_FILTER: Readonly<Record<CountedBy, Partial<ChangeFilter>>> = {
  form: { form: undefined },
  kind: { kinds: undefined },
  user: { user: undefined },
  device: { device: undefined },
  day: { from: undefined, to: undefined },
  class: { classes: undefined },
  state: { states: undefined },
  unusual: { unusual: undefined, twice: undefined },
};

const COLUMN = {
  form: 'c.form',
  kind: 'c.kind',
  user: 'b.user',
  device: 'b.device',
  class: 'c.class',
  state: 'c.state',
} as const;

/** Every time zone is a whole number of quarters of an hour away from UTC. */
const QUARTER_MS = 900_000;

/**
 * The most first, but days in their order. `key`: `null` where the record says nothing. `timeZone`: an IANA name, whose
 * calendar the days are of; without it this computer's.
 */
export function countChanges(
  db: Database,
  filter: ChangeFilter,
  by: CountedBy,
  timeZone?: string,
): FilterCount[] {
  const open = { ...filter, ...OWN_FILTER[by] };
  if (by === 'day') return daysOf(db, open, timeZone);
  if (by === 'unusual') return rulesOf(db, open);
  const condition = conditionOf(open);
  const join = by === 'user' || by === 'device' ? 'LEFT JOIN batches b USING (batch)' : '';
  return db
    .all(
      `SELECT ${COLUMN[by]} AS name, count(*) AS n FROM changes c ${join} WHERE ${condition.sql}
       GROUP BY 1 ORDER BY n DESC, name`,
      ...condition.values,
    )
    .map(countOf);
}

const countOf = (row: Row): FilterCount => ({ key: textOrNull(row, 'name'), count: number(row, 'n') });

/** Days as YYYY-MM-DD; of a record without a date nothing is counted. */
function daysOf(db: Database, filter: ChangeFilter, timeZone: string | undefined): FilterCount[] {
  const condition = conditionOf(filter);
  const rows = db.all(
    `SELECT CAST(floor(c.reported_at / ${QUARTER_MS}.0) AS INTEGER) AS quarter, count(*) AS n FROM changes c
     WHERE ${condition.sql} AND c.reported_at IS NOT NULL GROUP BY 1 ORDER BY 1`,
    ...condition.values,
  );
  const dayOf = calendarOf(timeZone);
  const days = new Map<string, number>();
  for (const row of rows) {
    const day = dayOf(number(row, 'quarter') * QUARTER_MS);
    days.set(day, (days.get(day) ?? 0) + number(row, 'n'));
  }
  return [...days].map(([key, count]) => ({ key, count }));
}

function calendarOf(timeZone: string | undefined): (time: number) => string {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  });
  // This calendar is written YYYY-MM-DD; a short year is not filled up.
  return (time) => format.format(time).padStart(10, '0');
}

function rulesOf(db: Database, filter: ChangeFilter): FilterCount[] {
  const condition = conditionOf(filter);
  const own = db
    .all(
      `SELECT r.value ->> 'rule' AS name, count(*) AS n FROM changes c, json_each(c.unusual) r
       WHERE c.unusual != '[]' AND ${condition.sql} GROUP BY 1`,
      ...condition.values,
    )
    .map(countOf);
  const ofBatches = BATCH_RULE_NAMES.flatMap((rule): FilterCount[] => {
    const hit = conditionOf({ ...filter, unusual: rule });
    const n = number(db.get(`SELECT count(*) AS n FROM changes c WHERE ${hit.sql}`, ...hit.values), 'n');
    return n === 0 ? [] : [{ key: rule, count: n }];
  });
  const twice = conditionOf({ ...filter, twice: true });
  const n = number(db.get(`SELECT count(*) AS n FROM changes c WHERE ${twice.sql}`, ...twice.values), 'n');
  const both = n === 0 ? [] : [{ key: TWICE, count: n }];
  // What may have been entered twice is counted with what was not compared, too.
  const others = n === 0 ? own : own.filter(({ key }) => key !== 'possible-duplicate');
  return [...both, ...ofBatches, ...others].sort((a, b) => b.count - a.count);
}
