/**
 * The states and classes of a change, and sets of them that have a meaning of their own, each with its name: one place says which states an
 * upload may still meet or which classes nobody decides on, for SQL (`electron/ledger/sql.ts`) and TypeScript alike.
 */
import type { UploadResult } from './upload.ts';

/** In the order in which a reviewer wants to see them: what is odd first. */
export const CLASSES = [
  'contradiction',
  'conflict',
  'unplaced',
  'broken',
  'deletion',
  'update',
  'new',
  'unchecked',
  'older',
  'same',
  'never-sent',
] as const;
export type ChangeClass = (typeof CLASSES)[number];

/** Classes that a person may approve; conflicts and contradictions are settled instead. */
export const APPROVABLE_CLASSES: readonly ChangeClass[] = [
  'new',
  'update',
  'deletion',
  'unplaced',
  'unchecked',
];

/**
 * Where a change stands.
 * - `open`: nobody has decided; `approved`; `held` (with a reason)
 * - `sent`: given to the server, proof still missing; `accepted`: proof seen
 * - `superseded`: a newer revision of the same branch arrived before this one was sent
 * - `closed`: settled without being sent (the losing side of a conflict, or the server has it anyway)
 */
export const STATES = ['open', 'approved', 'held', 'sent', 'accepted', 'superseded', 'closed'] as const;
export type ChangeState = (typeof STATES)[number];

/** Whether a value is in a set, whatever narrower type the set has. */
export function isOneOf<Value extends string>(set: readonly Value[], value: string): value is Value {
  return (set as readonly string[]).includes(value);
}

type States = readonly ChangeState[];
type Classes = readonly ChangeClass[];

/** A decision or an upload may still meet it; no server is known to hold it. */
export const LIVE_STATES = ['open', 'approved', 'held', 'sent'] as const satisfies States;

/** It was not given to the server. */
export const UNSENT_STATES = ['open', 'approved', 'held'] as const satisfies States;

/** Nobody holds it back, and it was not given to the server. */
export const UNHELD_STATES = ['open', 'approved'] as const satisfies States;

/** A person decided, and nothing came of it yet: the decision can be taken back. */
export const DECIDED_STATES = ['approved', 'held'] as const satisfies States;

/** The next upload takes it along. */
export const OUTBOX_STATES = ['approved', 'sent'] as const satisfies States;

/** The server may have it. */
export const LEFT_STATES = ['sent', 'accepted'] as const satisfies States;

/** Nothing is to be done with it any more, and it was not delivered as this row. */
export const REPLACED_STATES = ['superseded', 'closed'] as const satisfies States;

/** Part of a settled conflict, and not proven. */
export const SETTLED_STATES = ['approved', 'sent', 'closed'] as const satisfies States;

/** Where a change may end of which the server holds the content. */
export const ENDED_AT_SERVER_STATES = ['accepted', 'closed'] as const satisfies States;

/** Nobody decides on these: the server has it, never takes it, or nobody can read it. */
export const UNDECIDABLE_CLASSES = ['same', 'older', 'never-sent', 'broken'] as const satisfies Classes;

/** The server has it, or something newer. */
export const AT_SERVER_CLASSES = ['same', 'older'] as const satisfies Classes;

/** The server is not asked about these. */
export const UNASKED_CLASSES = ['broken', 'never-sent'] as const satisfies Classes;

/** These are no side of a conflict. */
export const NO_SIDE_CLASSES = ['same', 'older', 'never-sent'] as const satisfies Classes;

/** Of `older`: the newer or the same content is another change here, not the server's. */
export const OLDER_HERE_REASONS = ['newer-here', 'same-here'] as const;

/** What settling a conflict, or a join, makes beside what was brought. */
export const MADE_ORIGINS = ['closing', 'merge'] as const;

/**
 * What an upload did with a change.
 * - `sent`: on its way, proof missing; `accepted`; `already`: the server had it before
 * - `refused`: by the server, or foreseen; `failed`: no proof; `lapsed`: back to the review
 * - `waits`: for another one; `gone`: accepted in this upload and missing at its end
 */
export const DELIVERY_STATES = [
  'sent',
  'accepted',
  'already',
  'refused',
  'failed',
  'lapsed',
  'waits',
  'gone',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
type Deliveries = readonly DeliveryState[];

/** The record may have reached the server. What an upload only looked at (refused, waiting, lapsed) never did. */
export const LEFT_DELIVERIES = [
  'sent',
  'accepted',
  'already',
  'failed',
  'gone',
] as const satisfies Deliveries;

/** Given to the server by this upload. */
export const GIVEN_DELIVERIES = ['sent', 'accepted'] as const satisfies Deliveries;

/** Given to the server by an upload that ended without the proof. */
export const UNPROVEN_DELIVERIES = ['sent', 'failed', 'gone'] as const satisfies Deliveries;

/** The server was seen to hold it. */
export const PROVEN_DELIVERIES = ['accepted', 'already'] as const satisfies Deliveries;

/** Of uploads: something was delivered. */
export const DELIVERING_OUTCOMES = ['done', 'partly'] as const satisfies readonly UploadResult['outcome'][];
