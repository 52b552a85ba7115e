/** What the filters of the history ask of the station. */
import type { Requests } from '../../../shared/contract.ts';
import { WHOLE_HISTORY, type HistoryFilters } from '../../hooks/use-where.ts';
import { edgeOfDay } from '../review/filters.ts';

/** Whatever is entered comes with a change of one of these. */
export const TOPICS = [
  'intake',
  'batches',
  'conflicts',
  'outbox',
  'server',
  'sources',
  'settings',
  'parcels',
] as const;

export type HistoryParams = Requests['history.list']['input'];

export function askedBy({ text, person, what, user, from, to }: HistoryFilters): HistoryParams {
  const first = edgeOfDay(from, 'first');
  const last = edgeOfDay(to, 'last');
  return {
    ...(text.trim() === '' ? {} : { find: text.trim() }),
    ...(person === '' ? {} : { person }),
    ...(what.length === 0 ? {} : { what: [...what] }),
    ...(user === '' ? {} : { user }),
    ...(first === undefined ? {} : { from: new Date(first).toISOString() }),
    ...(last === undefined ? {} : { to: new Date(last).toISOString() }),
  };
}

export function isNarrowed(filters: HistoryFilters): boolean {
  return filters !== WHOLE_HISTORY && Object.keys(askedBy(filters)).length > 0;
}
