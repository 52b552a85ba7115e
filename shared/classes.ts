/**
 * The class of a change: what sending it would mean to the server (docs/rules.md §3.2). Computed from revision
 * trees and content, never from timestamps. The words are defined in `revisions.ts`.
 */
import {
  REASONS,
  type ChangeFacts,
  type Classified,
  type Reason,
  type Rival,
  type ServerLeaf,
  type ServerSide,
} from './change-facts.ts';
import type { ChangeClass } from './review.ts';
import { compareRevisions, generationOf } from './revision-names.ts';

type Present = Extract<ServerSide, { kind: 'present' }>;

/**
 * The class of one change. The order of `rivals` and of the server's leaves does not matter. Approving
 * every `new` and `update` of a document never gives the server one more leaf that is not deleted than it
 * had (or than one, where it had none).
 */
export function classify(change: ChangeFacts, server: ServerSide, rivals: readonly Rival[]): Classified {
  if (change.neverSent !== null) return classed('never-sent', reasonOr(change.neverSent, 'never-sent'));
  const others = rivals.filter((rival) => rival.rev !== change.rev);
  return (
    (server.kind === 'present' ? whereServerHasIt(change, server) : null) ??
    (others.some((rival) => rival.history.includes(change.rev)) ? classed('older', 'newer-here') : null) ??
    classAgainst(server, change, others)
  );
}

function classAgainst(server: ServerSide, change: ChangeFacts, rivals: readonly Rival[]): Classified {
  switch (server.kind) {
    case 'unknown':
      return classUnasked(change, rivals);
    case 'absent':
      return classWhereAbsent(change, rivals);
    case 'present':
      return classWherePresent(change, server, rivals);
  }
}

function whereServerHasIt(change: ChangeFacts, { leaves, has }: Present): Classified | null {
  if (leaves.some((leaf) => leaf.rev === change.rev)) return classed('same', 'server-has-it');
  if (!has.has(change.rev)) return null;
  // Without a list of leaves nothing says that the server went on from here.
  return leaves.length === 0 ? classed('same', 'server-has-it') : classed('older', 'server-has-newer');
}

function classUnasked(change: ChangeFacts, rivals: readonly Rival[]): Classified {
  const inConflict = hasLineage(change) && rivals.some((rival) => standing(change, rival) === 'apart');
  return inConflict ? classed('conflict', 'two-devices') : classed('unchecked');
}

function classWhereAbsent(change: ChangeFacts, rivals: readonly Rival[]): Classified {
  if (rivals.some((rival) => goesInstead(rival, change, []))) return classed('older', 'same-here');
  if (!hasLineage(change)) {
    if (rivals.some((rival) => differs(change, rival))) return classed('unplaced', whyUnplaced(change));
  } else {
    const standings = rivals.map((rival) => standing(change, rival));
    if (standings.includes('apart')) return classed('conflict', 'two-devices');
    if (standings.includes('unclear')) return classed('unplaced', 'history-too-short');
  }
  return change.deleted ? classed('deletion', 'never-on-server') : classed('new');
}

function classWherePresent(change: ChangeFacts, server: Present, rivals: readonly Rival[]): Classified {
  const { leaves } = server;
  const winners = possibleWinners(leaves);
  const follows = followsAll(change, winners);
  // The losing content of a conflict, put on top of the winner, is an edit.
  const equalTo = follows ? winners : leaves;
  if (equalTo.some((leaf) => leaf.sameContent === true)) return classed('same', 'same-content');
  if (change.deleted && areAllDeleted(leaves)) return classed('same', 'both-deleted');
  if (rivals.some((rival) => goesInstead(rival, change, winners))) return classed('older', 'same-here');
  if (!hasLineage(change)) return classed('unplaced', whyUnplaced(change));
  if (!follows) return joinedWith(server, change, winners, rivals) ?? besideTheWinner(change, winners);
  // What the change follows is on the server, so a rival that the server lacks cannot be below it.
  if (rivals.some((rival) => standing(change, rival) !== 'none')) return classed('conflict', 'two-devices');
  if (change.deleted) return classed('deletion');
  return areAllDeleted(winners) ? classed('update', 'restores-deleted') : classed('update');
}

/**
 * The server has one version that is not deleted, and the change can be joined with it: what is sent is a version
 * that has both changes. `null`: it cannot.
 */
function joinedWith(
  { leaves }: Present,
  change: ChangeFacts,
  winners: readonly ServerLeaf[],
  rivals: readonly Rival[],
): Classified | null {
  const [winner] = winners;
  const others = leaves.filter((leaf) => leaf !== winner);
  if (winner?.deleted !== false || change.deleted || !others.every((leaf) => leaf.deleted === true))
    return null;
  if (winner.joins === 'nothing') return classed('older', 'server-has-newer');
  if (winner.joins !== 'clean') return null;
  if (rivals.some((rival) => standing(change, rival) !== 'none')) return classed('conflict', 'two-devices');
  return classed('update', 'joins-server-edit');
}

/** The change does not follow the server's version, as far as its history is known. */
function besideTheWinner(change: ChangeFacts, winners: readonly ServerLeaf[]): Classified {
  const missed = winners.filter((winner) => !change.history.includes(winner.rev));
  if (missed.length > 0 && missed.every((winner) => mayDescend(change, winner))) {
    return classed('unplaced', 'history-too-short');
  }
  if (areAllDeleted(missed)) return classed('conflict', 'deleted-on-server');
  const hidden = winners.length === 0 || missed.some((winner) => winner.sameContent === undefined);
  return classed('conflict', hidden ? 'server-hides-content' : 'server-edited-too');
}

/**
 * The leaves that may be the server's winner. One, unless the server hides which leaves are deleted: then
 * every leaf that would win if it were not deleted.
 */
function possibleWinners(leaves: readonly ServerLeaf[]): ServerLeaf[] {
  const ordered = [...leaves].sort((a, b) => compareRevisions(a.rev, b.rev));
  const surelyPresent = ordered.findIndex((leaf) => leaf.deleted === false);
  const unclear = (leaf: ServerLeaf): boolean => leaf.deleted === undefined;
  const last = surelyPresent === -1 ? ordered[0] : ordered[surelyPresent];
  const before = surelyPresent === -1 ? ordered : ordered.slice(0, surelyPresent);
  return [...new Set([...before.filter(unclear), ...(last === undefined ? [] : [last])])];
}

function areAllDeleted(leaves: readonly ServerLeaf[]): boolean {
  return leaves.length > 0 && leaves.every((leaf) => leaf.deleted === true);
}

/** A leaf of the replica: the change or a rival. */
type Leaf = Pick<Rival, 'rev' | 'history' | 'deleted' | 'madeHere'>;

function followsAll(leaf: Leaf, winners: readonly ServerLeaf[]): boolean {
  return winners.length > 0 && winners.every((winner) => leaf.history.includes(winner.rev));
}

/** Whether the dump told where the revision stands: generation 1, or at least its parent is known. */
function hasLineage(leaf: Leaf): boolean {
  return leaf.madeHere !== true && (leaf.history.length > 1 || generationOf(leaf.rev) === 1);
}

function whyUnplaced(change: ChangeFacts): Reason {
  return change.madeHere ? 'no-revision' : 'no-history';
}

/** Whether the unknown part of a leaf's history is long enough to hold `other`. */
function mayDescend(leaf: Leaf, other: { readonly rev: string }): boolean {
  return generationOf(leaf.history.at(-1) ?? leaf.rev) > generationOf(other.rev);
}

/** Whether both would have to be sent, and give different documents. Two deletions give the same one: none. */
function differs(change: ChangeFacts, rival: Rival): boolean {
  const bothDelete = change.deleted && rival.deleted;
  return (
    rival.sameAsServer !== true &&
    !rival.sameContent &&
    !bothDelete &&
    !change.history.includes(rival.rev) &&
    !rival.history.includes(change.rev)
  );
}

/**
 * How a change with a lineage stands to a rival. `apart`: different edits of one version. `unclear`: the
 * change may descend from the rival. `none`: no rival, or it is the rival that has to be placed first.
 */
function standing(change: ChangeFacts, rival: Rival): 'apart' | 'unclear' | 'none' {
  if (!differs(change, rival) || !hasLineage(rival) || mayDescend(rival, change)) return 'none';
  return mayDescend(change, rival) ? 'unclear' : 'apart';
}

/**
 * Only one of several leaves with the same content is sent, or the server would get two: one with a lineage,
 * one that follows the server's version, the one that would win, in this order.
 */
function goesInstead(rival: Rival, change: ChangeFacts, winners: readonly ServerLeaf[]): boolean {
  if (!rival.sameContent) return false;
  const rank = (leaf: Leaf): number => (hasLineage(leaf) ? 2 : 0) + (followsAll(leaf, winners) ? 1 : 0);
  return (rank(rival) - rank(change) || compareRevisions(change.rev, rival.rev)) > 0;
}

function classed(changeClass: ChangeClass, reason: Reason | null = null): Classified {
  return { class: changeClass, reason };
}

function reasonOr(text: string, otherwise: Reason): Reason {
  return REASONS.find((reason) => reason === text) ?? otherwise;
}
