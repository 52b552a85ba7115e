/** Whether a record is still what somebody approved: the server may have moved since, and rules may apply that did not. */
import { APPROVABLE_CLASSES, type ChangeClass } from './review.ts';
import { ORDINARY_CLASSES, type RecordRule, type Unusual } from './unusual.ts';

/** A change with what was written down when it was approved. */
export interface Approved {
  readonly class: ChangeClass;
  readonly approvedClass: ChangeClass | null;
  readonly unusual: readonly Unusual<RecordRule>[];
  readonly approvedUnusual: readonly RecordRule[];
}

/** Ordinary stays ordinary; anything else must be the very thing a person looked at. */
export function isAsApproved({ class: now, approvedClass, unusual, approvedUnusual }: Approved): boolean {
  return isWhatWasApproved(approvedClass, now) && unusual.every(({ rule }) => approvedUnusual.includes(rule));
}

function isWhatWasApproved(approved: ChangeClass | null, now: ChangeClass): boolean {
  if (approved === now) return true;
  const wasOrdinary = approved === 'unchecked' || (approved !== null && ORDINARY_CLASSES.includes(approved));
  if (ORDINARY_CLASSES.includes(now))
    return wasOrdinary || (approved !== null && APPROVABLE_CLASSES.includes(approved));
  return false;
}
