/** How many records of a list each day has. */
import { conditionsOf, type ChangeFilter } from './change-filter.ts';
import { type Database, number } from './database.ts';
import { addTo, countEach, isInTime, isOfNothing, severalFrom } from './listed.ts';
import { meantIn } from './meant.ts';

/** Every time zone is a whole number of quarters of an hour away from UTC. */
const QUARTER_MS = 900_000;
/** More of them than any day has. */
const DAY_QUARTERS = 4 * 50;

const QUARTER = `CAST(floor(c.reported_at / ${QUARTER_MS}.0) AS INTEGER)`;

/**
 * By day as YYYY-MM-DD; of a record without a date nothing is counted. `timeZone`: an IANA name, whose calendar the days
 * are of; without it this computer's.
 */
export function countDays(
  db: Database,
  filter: ChangeFilter,
  timeZone: string | undefined,
): Map<string, number> {
  const dayOf = calendarOf(timeZone);
  const days = new Map<string, number>();
  const dated = meantIn(db, { ...filter, from: Number.MIN_SAFE_INTEGER });
  if (isOfNothing(dated)) return days;
  if (isInTime(dated)) {
    countInTime(db, dated, dayOf, days);
    return days;
  }
  for (const row of countEach(db, dated, QUARTER))
    addTo(days, dayOf(number(row, 'name') * QUARTER_MS), number(row, 'n'));
  return days;
}

/** From day to day through the index of times, which need not be sorted again for it. */
function countInTime(
  db: Database,
  filter: ChangeFilter,
  dayOf: (time: number) => string,
  days: Map<string, number>,
): void {
  const { alone, several } = conditionsOf(filter);
  const from = 'FROM changes c INDEXED BY changes_by_day WHERE c.several = 0 AND c.reported_at >= ?';
  let begin = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const next = db.get(`SELECT min(c.reported_at) AS next ${from}`, begin);
    if (next?.['next'] == null) break;
    const quarter = Math.floor(number(next, 'next') / QUARTER_MS);
    const day = dayOf(quarter * QUARTER_MS);
    const end = endOf(quarter, day, dayOf);
    const n = db.get(
      `SELECT count(*) AS n ${from} AND c.reported_at < ? AND ${alone.sql}`,
      quarter * QUARTER_MS,
      end,
      ...alone.values,
    );
    if (number(n, 'n') > 0) addTo(days, day, number(n, 'n'));
    begin = end;
  }
  for (const row of db.all(
    `SELECT ${QUARTER} AS name, count(*) AS n FROM ${severalFrom(filter)} WHERE ${several.sql} GROUP BY 1`,
    ...several.values,
  ))
    addTo(days, dayOf(number(row, 'name') * QUARTER_MS), number(row, 'n'));
}

/** When a day is over of which a quarter of an hour is known. */
function endOf(quarter: number, day: string, dayOf: (time: number) => string): number {
  let within = 0;
  let after = DAY_QUARTERS;
  while (after - within > 1) {
    const middle = Math.floor((within + after) / 2);
    if (dayOf((quarter + middle) * QUARTER_MS) === day) within = middle;
    else after = middle;
  }
  return (quarter + after) * QUARTER_MS;
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
