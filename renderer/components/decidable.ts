import { APPROVABLE_CLASSES, type ChangeClass } from '../../shared/review.ts';

/** Classes that somebody has to decide on; the others are settled by what they are. */
export const DECIDABLE_CLASSES: readonly ChangeClass[] = ['contradiction', 'conflict', ...APPROVABLE_CLASSES];

export function isDecidable(of: ChangeClass): boolean {
  return DECIDABLE_CLASSES.includes(of);
}
