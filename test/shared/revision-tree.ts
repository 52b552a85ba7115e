/**
 * A revision tree as plain as it can be: what the product's own trees and PouchDB's are compared with. It is itself
 * compared with PouchDB's in `revisions.test.ts`.
 */
import { compareRevisions, generationOf } from '../../shared/revisions.ts';

/** The known revisions of one document. Made by `treeOf` and `mergeTrees` only, so it has no cycles. */
export interface RevisionTree {
  /** Every known revision with its parent; `null`: generation 1, or the parent is not known (stemmed). */
  readonly parents: ReadonlyMap<string, string | null>;
  /** The revisions that delete the document. */
  readonly deleted: ReadonlySet<string>;
}

export const EMPTY_TREE: RevisionTree = { parents: new Map(), deleted: new Set() };

/**
 * The tree of one lineage, newest first; `deleted` says it of the newest. Two neighbours whose generations
 * are not one apart are not taken for child and parent.
 */
export function treeOf(history: readonly string[], deleted = false): RevisionTree {
  const parents = new Map<string, string | null>();
  history.forEach((rev, index) => {
    const older = history[index + 1];
    const isParent = older !== undefined && generationOf(older) === generationOf(rev) - 1;
    parents.set(rev, isParent ? older : null);
  });
  const newest = history[0];
  return { parents, deleted: new Set(deleted && newest !== undefined ? [newest] : []) };
}

/**
 * Everything that either tree knows. The order does not matter. Where the two name different parents for
 * one revision, which no honest database does, the greater id is kept, so that all stations agree.
 */
export function mergeTrees(a: RevisionTree, b: RevisionTree): RevisionTree {
  const parents = new Map(a.parents);
  for (const [rev, parent] of b.parents) {
    const known = parents.get(rev) ?? null;
    parents.set(
      rev,
      known === null || (parent !== null && compareRevisions(parent, known) < 0) ? parent : known,
    );
  }
  return { parents, deleted: new Set([...a.deleted, ...b.deleted]) };
}

/** The leaves in the order in which CouchDB prefers them; the first is the winner. */
export function leavesOf(tree: RevisionTree): string[] {
  const edited = new Set(tree.parents.values());
  const rank = (rev: string): number => (tree.deleted.has(rev) ? 1 : 0);
  return [...tree.parents.keys()]
    .filter((rev) => !edited.has(rev))
    .sort((a, b) => rank(a) - rank(b) || compareRevisions(a, b));
}

/** The version that every replica shows; `null` for an empty tree. */
export function winnerOf(tree: RevisionTree): string | null {
  return leavesOf(tree)[0] ?? null;
}

/** The revision and its known ancestors, newest first; empty where the tree does not know it. */
export function lineageOf(tree: RevisionTree, rev: string): string[] {
  const lineage: string[] = [];
  let next: string | null = tree.parents.has(rev) ? rev : null;
  while (next !== null) {
    lineage.push(next);
    next = tree.parents.get(next) ?? null;
  }
  return lineage;
}
