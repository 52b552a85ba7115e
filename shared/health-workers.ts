/** A **health worker** as the station knows the person: when somebody came, what is still to be done, what never went. */
import type { RefusalCount } from './refusals.ts';
import type { SignInWay } from './sign-in-ways.ts';

/**
 * A person's records, each counted once. Every number is that of the box of this name in a list of the person's records;
 * a record with two versions may stand in two of them.
 */
export interface PersonCounts {
  readonly onlyHere: number;
  /** To decide, and not refused. */
  readonly undecided: number;
  readonly toSend: number;
  readonly held: number;
  /** What the server will not take. */
  readonly refused: number;
  readonly accepted: number;
}

/** How the station came to know of a person: records came here, an export names the account, or the server does. */
export type PersonKnown = 'came' | 'export' | 'server';

export interface HealthWorkerRow {
  /** The name to sign in with. */
  readonly user: string;
  /** As the person is called; `null`: not known here. */
  readonly name: string | null;
  /** A telephone number, as it is written in the person's contact or account; `null`: none is known here. */
  readonly phone: string | null;
  readonly known: PersonKnown;
  readonly signsIn: SignInWay | null;
  /** When this person's records last came, or the phone was last read; ISO 8601. `null`: never. */
  readonly lastVisit: string | null;
  /** How many exports and readings brought records of this person. */
  readonly visits: number;
  /** The device that came last. */
  readonly device: string | null;
  /** When the phone's app last synchronised with the server, as far as it was seen; ISO 8601. */
  readonly syncedAt: string | null;
  readonly records: PersonCounts;
  /** What the server will not take, by reason, the most frequent first. */
  readonly refusals: readonly Pick<RefusalCount, 'reason' | 'records'>[];
}

/** A person's records from the phone to the receipt. `user` is `null` for what nobody knows whose it is. */
export interface OutboxPerson extends Pick<HealthWorkerRow, 'name' | 'signsIn' | 'lastVisit' | 'records'> {
  readonly user: string | null;
  /** The batch that came last, whose visit has a receipt; `null`: what is of nobody has none. */
  readonly batch: string | null;
}

export const WORKER_SORTS = ['lastVisit', 'user', 'syncedAt', 'owed', 'refused'] as const;
export type WorkerSort = (typeof WORKER_SORTS)[number];

/** Of these records something is still to be done here. */
export function owedBy({ undecided, toSend, held }: PersonCounts): number {
  return undecided + toSend + held;
}

/** Whole days since then; a moment that is still to come, by another clock, is today. */
export function daysSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(at)) / 86_400_000));
}
