/** A second person of the station agrees to what one alone may not do: with the own PIN, beside whoever sits here. */
import { StationError } from '../../../shared/errors.ts';
import { staffKey } from '../../../shared/people.ts';
import type { Requests } from '../../../shared/contract.ts';
import type { Core } from '../core.ts';

type Given = Requests['decide.approve']['params']['second'];

/**
 * Who agrees, by the name as it is kept; nothing where nobody was named.
 * @throws StationError `wrong-secret`, `try-later`, `second-is-same`, `second-is-service`, `choose-first`
 */
export async function secondPerson(
  { desk, person }: Pick<Core, 'desk' | 'person'>,
  given: Given,
): Promise<{ second?: string }> {
  if (given === undefined) return {};
  const row = await desk.check(given.name, given.secret);
  if (staffKey(row.name) === staffKey(person)) throw new StationError('second-is-same');
  if (row.role === 'service') throw new StationError('second-is-service');
  // A PIN that an administrator gave out is known to two.
  if (row.mustChoose) throw new StationError('choose-first');
  return { second: row.name };
}
