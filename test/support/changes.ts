/** Changes and the server's side of them, as the rules of `shared/` are given them. */
import type { ChangeFacts, Rival, ServerLeaf, ServerSide } from '../../shared/revisions.ts';

/** An ordinary change with this lineage; `more` overrides. */
export function change(history: readonly string[], more: Partial<ChangeFacts> = {}): ChangeFacts {
  return {
    rev: history[0] ?? '1-none',
    history,
    deleted: false,
    madeHere: false,
    neverSent: null,
    ...more,
  };
}

/** A leaf that is not deleted and has other content than the change. */
export function leaf(rev: string, more: Partial<ServerLeaf> = {}): ServerLeaf {
  return { rev, deleted: false, sameContent: false, ...more };
}

export const UNKNOWN: ServerSide = { kind: 'unknown' };

export const ABSENT: ServerSide = { kind: 'absent' };

/** A server that has the document with these leaves, and `has` of the change's history. */
export function present(leaves: readonly ServerLeaf[], has: readonly string[] = []): ServerSide {
  return { kind: 'present', leaves, has: new Set(has) };
}

/** A leaf of another dump that is not deleted and has other content than the change. */
export function rival(history: readonly string[], more: Partial<Rival> = {}): Rival {
  return { rev: history[0] ?? '1-none', history, deleted: false, sameContent: false, ...more };
}
