/** Revisions and the trees they form. The words are defined in `revisions.ts`. */

const REVISION = /^[1-9][0-9]{0,8}-[0-9A-Za-z]{1,64}$/;
const BINARY_ID = /^[0-9a-f]{32}$/;

/**
 * Whether a text is a revision that CouchDB takes. An id of exactly 32 characters must be lower-case hex:
 * CouchDB decodes it as 16 bytes (`couch_doc:parse_revid`) and answers 400 to the whole request if it
 * cannot. Other lengths are taken as they are.
 */
export function isRevision(text: string): boolean {
  if (!REVISION.test(text)) return false;
  const id = idOf(text);
  return id.length !== 32 || BINARY_ID.test(id);
}

/** The number of edits since the document was made, 1 for the first. `rev` has passed `isRevision`. */
export function generationOf(rev: string): number {
  return Number(rev.slice(0, rev.indexOf('-')));
}

function idOf(rev: string): string {
  return rev.slice(rev.indexOf('-') + 1);
}

/**
 * The lineage, newest first, that `_revisions: {start, ids}` stands for: `ids[0]` has generation `start`,
 * each next one a generation less. Ids beyond generation 1 stand for nothing and are left out.
 */
export function historyFrom(start: number, ids: readonly string[]): string[] {
  return ids.slice(0, Math.max(0, start)).map((id, age) => `${start - age}-${id}`);
}

/** The inverse of `historyFrom`. An empty history gives `{start: 0, ids: []}`. */
export function toRevisions(history: readonly string[]): { start: number; ids: string[] } {
  const newest = history[0];
  return { start: newest === undefined ? 0 : generationOf(newest), ids: history.map(idOf) };
}

/** Whether a lineage reaches generation 1, so that nothing before it is missing. */
export function isComplete(history: readonly string[]): boolean {
  const oldest = history.at(-1);
  return oldest !== undefined && generationOf(oldest) === 1;
}

/**
 * Orders revisions that are not deleted, the winner first: higher generation, then greater id.
 * Ids are compared as text, as PouchDB does. CouchDB compares the 16 bytes that 32 hex digits stand for,
 * which is the same order among such ids, and only such ids are made by either.
 */
export function compareRevisions(a: string, b: string): number {
  const generations = generationOf(b) - generationOf(a);
  if (generations !== 0) return generations;
  const [idA, idB] = [idOf(a), idOf(b)];
  return idA === idB ? 0 : idA > idB ? -1 : 1;
}

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

/** Whether `ancestor` is known to be an ancestor of `rev`. A revision does not descend from itself. */
export function descendsFrom(tree: RevisionTree, rev: string, ancestor: string): boolean {
  return rev !== ancestor && lineageOf(tree, rev).includes(ancestor);
}

/**
 * The newest revision that both lineages hold, or `null` where none is known. Where one of the two
 * descends from the other, it is that other.
 */
export function nearestCommonAncestor(tree: RevisionTree, a: string, b: string): string | null {
  const lineage = new Set(lineageOf(tree, a));
  return lineageOf(tree, b).find((rev) => lineage.has(rev)) ?? null;
}
