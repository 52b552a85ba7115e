/** Classes of all changes of one document, from what the replica brought and what the server is known to have. */
import { ASIDE_REASONS } from '../../shared/set-aside.ts';
import { isOneOf } from '../../shared/states.ts';
import {
  classify,
  type ChangeFacts,
  type Classified,
  type JoinOutcome,
  type Rival,
  type ServerSide,
} from '../../shared/revisions.ts';

/** A change as the classing needs it. */
export interface ChangeToClass extends ChangeFacts {
  readonly content: string;
  /** A person chose another content of the same revision. */
  readonly rejected?: boolean;
  /** It may still be sent: open, approved, held or sent without proof, and not the outcome of a decision. */
  readonly live: boolean;
  /** What comes of it joined with a leaf of the server, where that was found out. */
  readonly joined?: { readonly leaf: string; readonly outcome: JoinOutcome };
}

export interface KnownServerSide {
  readonly leaves: readonly {
    readonly rev: string;
    readonly deleted: boolean | null;
    readonly content: string | null;
  }[];
  readonly has: readonly string[];
  /** The content that it was seen to hold under revisions that are here too. */
  readonly contents?: ReadonlyMap<string, string>;
}

/**
 * Changes whose revision has another content too: here, unless a person chose one of them, or on the server. Which of
 * them came first makes no difference.
 */
function contradicted(
  changes: readonly ChangeToClass[],
  known: KnownServerSide | undefined,
): ReadonlyMap<ChangeToClass, Classified> {
  const found = new Map<ChangeToClass, Classified>();
  // What is not for this server says nothing about the records of this one.
  const counts = changes.filter(
    ({ rejected, neverSent }) => rejected !== true && !isOneOf(ASIDE_REASONS, neverSent ?? ''),
  );
  const byRevision = Map.groupBy(counts, ({ rev }) => rev);
  for (const change of counts) {
    const beside = byRevision.get(change.rev) ?? [];
    // Nobody sends any of it, whichever is true.
    if (beside.every((other) => other.neverSent !== null)) continue;
    const server = known?.contents?.get(change.rev);
    if (beside.some((other) => other.content !== change.content))
      found.set(change, { class: 'contradiction', reason: 'two-contents' });
    else if (server !== undefined && server !== change.content)
      found.set(change, { class: 'contradiction', reason: 'server-has-other-content' });
  }
  return found;
}

/** `known`: `undefined` where the server was never asked. Answers in the order of `changes`. */
export function classDocument(
  changes: readonly ChangeToClass[],
  known: KnownServerSide | undefined,
): Classified[] {
  const has = new Set(known?.has);
  const serverRevs = new Set(known?.leaves.map((leaf) => leaf.rev));
  // What the server has in other words goes nowhere, so it stands in nobody's way.
  const several = contradicted(changes, known);
  // Before a person has chosen a content there is nothing of it to be sent.
  const others = changes.filter(
    (other) =>
      other.live &&
      other.neverSent === null &&
      !several.has(other) &&
      !has.has(other.rev) &&
      !serverRevs.has(other.rev),
  );
  const sameAsServer = new Set(
    others.filter((other) => classify(other, sideOf(known, other), []).class === 'same'),
  );
  return changes.map((change) => {
    const contradiction = several.get(change);
    if (contradiction !== undefined) return contradiction;
    const rivals: Rival[] = [];
    for (const other of others) {
      if (other === change) continue;
      rivals.push({
        rev: other.rev,
        history: other.history,
        deleted: other.deleted,
        sameContent: other.content === change.content,
        madeHere: other.madeHere,
        sameAsServer: sameAsServer.has(other),
      });
    }
    return classify(change, sideOf(known, change), rivals);
  });
}

function sideOf(known: KnownServerSide | undefined, change: ChangeToClass): ServerSide {
  if (known === undefined) return { kind: 'unknown' };
  if (known.leaves.length === 0 && known.has.length === 0) return { kind: 'absent' };
  return {
    kind: 'present',
    has: new Set(known.has),
    leaves: known.leaves.map((leaf) => ({
      rev: leaf.rev,
      deleted: leaf.deleted ?? undefined,
      sameContent: leaf.content === null ? undefined : leaf.content === change.content,
      ...(change.joined?.leaf === leaf.rev ? { joins: change.joined.outcome } : {}),
    })),
  };
}
