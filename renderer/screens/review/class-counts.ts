/** The numbers on the chips of a batch. Each record is on one: on that of its class, or, once it is accepted, on "accepted". */
import type { BatchRow, ChangeClass } from '../../../shared/review.ts';

type Counts = Pick<BatchRow, 'counts' | 'acceptedCounts'>;

/** Of this class, and not accepted. */
export function pendingIn({ counts, acceptedCounts }: Counts, one: ChangeClass): number {
  return (counts[one] ?? 0) - (acceptedCounts[one] ?? 0);
}

export function acceptedIn({ acceptedCounts }: Counts): number {
  return Object.values(acceptedCounts).reduce((sum, count) => sum + count, 0);
}
