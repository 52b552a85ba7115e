/** How many records of a list each form, person, device, day … has: what a filter offers, each with its number. */
import { BATCH_RULE_NAMES } from '../../shared/unusual.ts';
import { TWICE, type CountedBy, type FilterCount } from '../../shared/filter-counts.ts';
import { countDays } from './calendar.ts';
import type { ChangeFilter } from './change-filter.ts';
import { type Database, number, textOrNull } from './database.ts';
import { addTo, countEach, countListed } from './listed.ts';

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
  if (by === 'day') return told(countDays(db, open, timeZone)).sort((a, b) => inOrder(a.key, b.key));
  if (by === 'unusual') return rulesOf(db, open);
  const join = by === 'user' || by === 'device' ? 'LEFT JOIN batches b USING (batch)' : '';
  const counts = new Map<string | null, number>();
  for (const row of countEach(db, open, COLUMN[by], join))
    addTo(counts, textOrNull(row, 'name'), number(row, 'n'));
  return told(counts).sort((a, b) => b.count - a.count || inOrder(a.key, b.key));
}

const told = (counts: ReadonlyMap<string | null, number>): FilterCount[] =>
  [...counts].map(([key, count]) => ({ key, count }));

/** What says nothing first, then by the characters. */
function inOrder(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a < b) ? -1 : 1;
}

function rulesOf(db: Database, filter: ChangeFilter): FilterCount[] {
  const own = new Map<string | null, number>();
  for (const row of countEach(
    db,
    { ...filter, isOdd: true },
    `r.value ->> 'rule'`,
    ', json_each(c.unusual) r',
  ))
    addTo(own, textOrNull(row, 'name'), number(row, 'n'));
  const ofBatches = BATCH_RULE_NAMES.flatMap((rule): FilterCount[] => {
    const n = countListed(db, { ...filter, unusual: rule });
    return n === 0 ? [] : [{ key: rule, count: n }];
  });
  const n = countListed(db, { ...filter, twice: true });
  const both = n === 0 ? [] : [{ key: TWICE, count: n }];
  // What may have been entered twice is counted with what was not compared, too.
  const others = n === 0 ? told(own) : told(own).filter(({ key }) => key !== 'possible-duplicate');
  return [...both, ...ofBatches, ...others].sort((a, b) => b.count - a.count);
}
