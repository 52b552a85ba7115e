/** The one place that says which request a person may make. */
import type { RequestName } from './contract.ts';
import type { Person } from './people.ts';

/**
 * For now one person works at the station and may do everything. Clerks and administrators come with
 * accounts of their own; the question is already asked for every request, so that only this answer changes.
 */
export function mayAsk(person: Person, _request: RequestName): boolean {
  return person.role === 'everything';
}
