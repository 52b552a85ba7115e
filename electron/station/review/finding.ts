/** What filters offer, and what a few words may mean beside records: forms by their titles, people, devices, a day. */
import { dayTyped } from '../../../shared/typed-day.ts';
import type { CountedBy, FilterCount, Meant } from '../../../shared/filter-counts.ts';
import { isPartOf } from '../../../shared/finding.ts';
import type { Language } from '../../../shared/languages.ts';
import { countChanges } from '../../ledger/change-counts.ts';
import type { ChangeFilter } from '../../ledger/change-filter.ts';
import { RowWords } from '../labels/row-words.ts';
import type { Core } from '../core.ts';

/** More of a kind than a person would look through. */
const MOST = 6;

/** In what words a count is told; `timeZone` as of `countChanges`. */
export interface Reader {
  readonly language: Language;
  readonly timeZone?: string | undefined;
}

/** As `countChanges`; forms with their titles. */
export function countsInWords(
  { db }: Pick<Core, 'db'>,
  filter: ChangeFilter,
  by: CountedBy,
  { language, timeZone }: Reader,
): FilterCount[] {
  const counts = countChanges(db, filter, by, timeZone);
  if (by !== 'form') return counts;
  const words = new RowWords(db, language);
  return counts.map((one) => withTitle(words, one));
}

function withTitle(words: RowWords, one: FilterCount): FilterCount {
  const title = one.key === null ? null : words.form(one.key);
  return title === null ? one : { ...one, title };
}

export function meantBy(
  core: Pick<Core, 'db' | 'clock'>,
  find: string,
  { language, timeZone }: Reader,
): Meant {
  const { db } = core;
  const words = new RowWords(db, language);
  const named = (by: CountedBy, nameOf: (one: FilterCount) => readonly (string | undefined)[]) =>
    countChanges(db, {}, by)
      .map((one) => (by === 'form' ? withTitle(words, one) : one))
      .filter((one) => one.key !== null && nameOf(one).some((name) => isPartOf(find, name ?? '')))
      .slice(0, MOST);
  const day = dayTyped(find, language, core.clock());
  return {
    forms: named('form', ({ key, title }) => [key?.replaceAll('_', ' '), title]),
    people: named('user', ({ key }) => [key ?? '']),
    devices: named('device', ({ key }) => [key ?? '']),
    days: day === null ? [] : countChanges(db, {}, 'day', timeZone).filter(({ key }) => key === day),
  };
}
