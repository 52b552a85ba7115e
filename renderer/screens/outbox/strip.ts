/** What a health worker's strip in the outbox shows, and how that person's records go. */
import type { OutboxPerson, PersonCounts } from '../../../shared/health-workers.ts';
import { hasNoPassword } from '../../../shared/sign-in-ways.ts';

/** In the order of the way from the phone to the receipt. */
const PARTS = ['undecided', 'held', 'toSend', 'refused', 'accepted'] as const;
export type OutboxPart = (typeof PARTS)[number];

/** The numbers that are not zero. */
export function partsOf(records: PersonCounts): OutboxPart[] {
  return PARTS.filter((part) => records[part] > 0);
}

/**
 * With which sign-in what is ready goes: the person's own, or a station account where the person has no password to type.
 * `null`: nothing is ready, or nobody knows whose it is, so that no sign-in takes it along.
 */
export function sendsBy({
  user,
  signsIn,
  records,
}: Pick<OutboxPerson, 'user' | 'signsIn' | 'records'>): 'own' | 'account' | null {
  if (user === null || records.toSend === 0) return null;
  return hasNoPassword(signsIn) ? 'account' : 'own';
}
