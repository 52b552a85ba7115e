/** Values of an upload: one session that sends approved changes to the server as one user. */
import type { RecordSize } from './record-size.ts';
import type { SignInWay } from './sign-in-ways.ts';

/**
 * Why an upload waits. `person`: somebody said so; `power`: the computer saves its battery; `offline`: there is
 * no way to the server, and it is tried again by itself.
 */
export type PauseReason = 'person' | 'power' | 'offline';

/** Who sends: this station, or a phone's own app through it. */
export type UploadWay = 'station' | 'phone';

export interface RefusedRecord {
  readonly id: string;
  readonly rev: string;
  readonly label?: string;
  readonly reason: string;
  /** Of what is too large for the server. */
  readonly size?: RecordSize;
}

/**
 * The counts of one upload. `accepted` needs proof: after sending, the server no longer reports the
 * revision missing. `already`: the server had it before anything was sent (also proven).
 * `failed`: sent or not, there is no proof; it stays approved and goes again with the next upload.
 */
export interface UploadResult {
  readonly upload: string;
  /** Who signed in. */
  readonly user: string;
  /** It was a station account that sent for the authors. */
  readonly account?: boolean;
  readonly way: UploadWay;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `nothing`: nothing that is approved goes with this sign-in. */
  readonly outcome: 'done' | 'partly' | 'stopped' | 'failed' | 'running' | 'nothing';
  /** Why it ended early: a code of the closed list. */
  readonly error: string | null;
  readonly sent: number;
  readonly accepted: number;
  readonly already: number;
  /** How many records each of the four lists below is about. A list names the first thousand; a total is whole. */
  readonly totals: Readonly<Record<'refused' | 'failed' | 'lapsed' | 'waiting', number>>;
  readonly refused: readonly RefusedRecord[];
  readonly failed: readonly RefusedRecord[];
  /** Sent back to the review, because the server's side had moved since the approval. */
  readonly lapsed: readonly RefusedRecord[];
  /** Approved, but something they need is not on the server and does not go there now. They stay approved. */
  readonly waiting?: readonly RefusedRecord[];
  readonly bytes: number;
  readonly seconds: number;
}

/** Approved records that did not go along, because they wait for another person; `user: null`: nobody said whose. */
export interface OthersWork {
  readonly user: string | null;
  readonly records: number;
  /** How this person signs in to the server, where that is known. Not everybody has a password. */
  readonly signsIn?: SignInWay;
}

/** Where the outbox keeps records apart. */
export const BOXES = ['waiting', 'unproven', 'accepted', 'refused', 'held', 'broken'] as const;

/** Every number about all records; each is also a filter of lists, which has that many rows. */
export const COUNTED = ['onlyHere', 'toReview', 'undecided', 'toSend', ...BOXES] as const;

/** Records, each counted once. `toSend`: what Send takes along: `waiting` or `unproven`, and nothing keeps it here. */
export interface OutboxCounts {
  readonly toSend: number;
  readonly waiting: number;
  readonly unproven: number;
  readonly accepted: number;
  readonly refused: number;
  readonly held: number;
  readonly broken: number;
}

/** Every number about all records. */
export interface RecordCounts extends OutboxCounts {
  readonly onlyHere: number;
  readonly toReview: number;
  /** Of `toReview`: what is not refused. */
  readonly undecided: number;
}
