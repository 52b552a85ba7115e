import { CLASSES, type ChangeClass } from '../../shared/review.ts';
import { isOneOf, UNDECIDABLE_CLASSES } from '../../shared/states.ts';

/** Classes that somebody has to decide on; the others are settled by what they are. */
export const DECIDABLE_CLASSES: readonly ChangeClass[] = CLASSES.filter(isDecidable);

export function isDecidable(of: ChangeClass): boolean {
  return !isOneOf(UNDECIDABLE_CLASSES, of);
}
