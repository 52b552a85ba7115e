/** What the class of a change is computed from, and the words for why. */
import { NEVER_SENT_REASONS } from './document-kinds.ts';
import type { ChangeClass } from './review.ts';
import { ASIDE_REASONS } from './set-aside.ts';

/** Why a change has its class, where the class alone does not say it. */
export const REASONS = [
  ...NEVER_SENT_REASONS,
  /** never-sent: the dump as a whole is not for this server. */
  ...ASIDE_REASONS,
  /** never-sent, for a reason that is not in the list. */
  'never-sent',
  /** same: the server has this very revision. */
  'server-has-it',
  /** same: the server has an equal body under another revision. */
  'same-content',
  /** same: deleted here and deleted there. */
  'both-deleted',
  /** older: the server has a descendant. */
  'server-has-newer',
  /** older: a newer revision of the same branch is in the replica. */
  'newer-here',
  /** older: another leaf in the replica has the same content and goes in its place. */
  'same-here',
  /** deletion: of a document that the server does not have. */
  'never-on-server',
  /** update: of a document that the server has deleted. */
  'restores-deleted',
  /** update: both sides went on from one version and changed different fields; both changes are kept. */
  'joins-server-edit',
  /** conflict: two dumps brought different edits of one version. */
  'two-devices',
  /** conflict: deleted on the server, edited here. */
  'deleted-on-server',
  /** conflict: edited on the server since. */
  'server-edited-too',
  /** conflict: the server has another version and does not show it to this user. */
  'server-hides-content',
  /** unplaced: the dump carries no revision at all. */
  'no-revision',
  /** unplaced: the dump carries no history. */
  'no-history',
  /** unplaced: the history ends before it meets the version it would have to follow. */
  'history-too-short',
  /** closed: it became a new edit of the server's version, which goes in its place. */
  'rebased',
  /** contradiction: two dumps brought different contents under one revision. */
  'two-contents',
  /** contradiction: the server has the revision with another content. */
  'server-has-other-content',
  /** closed: a person chose another content of the same revision. */
  'not-chosen',
] as const;
export type Reason = (typeof REASONS)[number];

export interface ChangeFacts {
  readonly rev: string;
  /** Newest first, beginning with `rev`. Length 1: no history is known (complete for generation 1). */
  readonly history: readonly string[];
  readonly deleted: boolean;
  /** The dump carried no revision; the station made `rev`. */
  readonly madeHere: boolean;
  /** From `whyNeverSent`. */
  readonly neverSent: string | null;
}

/** A leaf revision of the document on the server. */
export interface ServerLeaf {
  readonly rev: string;
  /** `undefined`: not known. */
  readonly deleted: boolean | undefined;
  /** Whether its content equals the change's; `undefined`: the server does not show it. */
  readonly sameContent: boolean | undefined;
  /**
   * What comes of the change joined with this leaf, on the newest version that both went on from: `clean`: both
   * changed something and nothing overlaps; `nothing`: the change brings nothing that the leaf went on without.
   * Absent: something overlaps, or it cannot be told.
   */
  readonly joins?: JoinOutcome;
}

export type JoinOutcome = 'clean' | 'nothing';

/** What the station knows of the document on the server. */
export type ServerSide =
  /** Not asked yet. */
  | { readonly kind: 'unknown' }
  /** Asked; the server never had it. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present';
      /** Every leaf that may be the winner, in any order; none where the server does not name them. */
      readonly leaves: readonly ServerLeaf[];
      /** The revisions of the change's history which the server says it has. */
      readonly has: ReadonlySet<string>;
    };

/**
 * Another leaf of the same document in the replica which the server does not have yet and which may still
 * be sent: one that is never sent or closed by a decision is no rival. One that the server refuses is.
 */
export interface Rival {
  readonly rev: string;
  readonly history: readonly string[];
  readonly deleted: boolean;
  /** Whether its content equals the change's. */
  readonly sameContent: boolean;
  /** As in `ChangeFacts`; absent: no. */
  readonly madeHere?: boolean;
  /** The server has an equal body, so there is nothing of it to send; absent: no. */
  readonly sameAsServer?: boolean;
}

export interface Classified {
  readonly class: ChangeClass;
  readonly reason: Reason | null;
}
