/** Conflicts that are about nothing: only marks that somebody read it, or one phone number in two spellings. */
import { isOnePhone } from './finding.ts';
import type { ConflictLike } from './review.ts';

interface Field {
  readonly path: readonly (string | number)[];
  /** Of each version; `undefined`: it is not there. */
  readonly values: readonly unknown[];
}

/** Old versions of the app wrote into a report who had read it. */
const READ_MARKS = 'read';

/** What all of these fields have in common; `null`: nothing, or there is none. */
export function likeOf(fields: readonly Field[]): ConflictLike | null {
  if (fields.length === 0) return null;
  if (fields.every(({ path }) => path[0] === READ_MARKS)) return 'read-marks';
  return fields.every(isSamePhone) ? 'same-phone' : null;
}

function isSamePhone({ path, values: [first, ...others] }: Field): boolean {
  const key = path.at(-1);
  if (typeof key !== 'string' || typeof first !== 'string') return false;
  return others.every((other) => typeof other === 'string' && isOnePhone(key, first, other));
}
