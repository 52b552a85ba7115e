/** One of several conflicts that are about nothing, settled as a person would settle it alone. */
import { StationError } from '../../../shared/errors.ts';
import type { ListedConflict } from '../../../shared/review.ts';
import type { Client } from '../../station.ts';
import { endingOf, shownOf } from './ending.ts';

/**
 * Of what has to be decided the version stays that every replica shows anyway; where the two sides are joined, what each
 * of them wrote elsewhere stays too. `null`: something newer came, so it is looked at by itself.
 */
export async function settleOne(
  client: Pick<Client, 'ask'>,
  { id, leaves, winner }: Pick<ListedConflict, 'id' | 'leaves' | 'winner'>,
): Promise<{ readonly decision: string } | null> {
  const seen = leaves.map(({ rev }) => rev);
  try {
    const conflict = shownOf(await client.ask('conflict.get', { id }));
    const ending = endingOf(conflict, { keep: winner, picks: null });
    const { losses } = await client.ask('conflict.losses', { id, ...ending });
    const losing = losses.map(({ path }) => [...path]);
    return await client.ask('conflict.resolve', { id, seen, ...ending, losing });
  } catch (failure) {
    if (
      failure instanceof StationError &&
      (failure.code === 'newer-arrived' || failure.code === 'not-in-conflict')
    )
      return null;
    throw failure;
  }
}
