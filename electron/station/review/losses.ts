/** What settling a conflict in a certain way would lose, told before it is settled and asked for when it is. */
import {
  lossesOfJoin,
  lossesWithoutJoin,
  type FieldLoss,
  type SideOfConflict,
} from '../../../shared/losses.ts';
import { pathKey, type Joined, type Path } from '../../../shared/three-way-merge.ts';
import { StationError } from '../../../shared/errors.ts';
import type { JoinPlace } from './joins.ts';

/** What stays at the end: one side as it is, or a version made of several, which has the attachments of all. */
export type Outcome =
  | { readonly kind: 'keep'; readonly rev: string }
  | { readonly kind: 'merged'; readonly body: Readonly<Record<string, unknown>> };

/**
 * `sides`: every side that can be seen. `join`: what joining the two of them gives, where that is known. Somebody
 * who keeps a deletion has decided about every field.
 */
export function lossesOf(
  outcome: Outcome,
  sides: readonly SideOfConflict[],
  join: { readonly place: JoinPlace; readonly joined: Joined } | null,
): FieldLoss[] {
  const kept = outcome.kind === 'keep' ? sides.find(({ rev }) => rev === outcome.rev)?.body : outcome.body;
  // Nobody here can say what a version has that the server hides.
  if (kept === undefined || kept['_deleted'] === true) return [];
  const losses =
    join === null
      ? lossesWithoutJoin(
          kept,
          sides.filter(({ rev }) => outcome.kind !== 'keep' || rev !== outcome.rev),
        )
      : lossesOfJoin(kept, join.joined.fields, join.place);
  return outcome.kind === 'keep' ? losses : losses.filter(({ path }) => path[0] !== '_attachments');
}

/** @throws StationError `would-lose`, with how many fields were not named */
export function checkLosses(losses: readonly FieldLoss[], agreed: readonly Path[]): void {
  const named = new Set(agreed.map(pathKey));
  const others = losses.filter(({ path }) => !named.has(pathKey(path)));
  if (others.length > 0) throw new StationError('would-lose', String(others.length));
}
