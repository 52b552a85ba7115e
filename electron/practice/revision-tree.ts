/**
 * Questions to a revision tree. A revision is written `generation-id`. A *leaf* is a revision without
 * children: the document as it stands on one branch. The *winner* is the leaf that every copy of the
 * database shows: not deleted before deleted, then the higher generation, then the greater id.
 */
import { createHash } from 'node:crypto';
import { compareLeaves, generationOf } from '../../shared/revisions.ts';
import type { Doc, TreeNode, TreeRoot } from './pouch.ts';

export interface Leaf {
  readonly rev: string;
  readonly generation: number;
  readonly deleted: boolean;
}

/** Every revision of the tree, parents before children, with whether it is a leaf. */
export function* revisionsOf(
  tree: readonly TreeRoot[],
): Generator<Leaf & { leaf: boolean; parent?: string }> {
  for (const root of tree) {
    const open: { node: TreeNode; generation: number; parent?: string }[] = [
      { node: root.ids, generation: root.pos },
    ];
    for (let next = open.pop(); next; next = open.pop()) {
      const [id, known, children] = next.node;
      const rev = `${next.generation}-${id}`;
      yield {
        rev,
        generation: next.generation,
        deleted: known.deleted === true,
        leaf: children.length === 0,
        ...(next.parent === undefined ? {} : { parent: next.parent }),
      };
      for (const child of children) open.push({ node: child, generation: next.generation + 1, parent: rev });
    }
  }
}

export function hasRevision(tree: readonly TreeRoot[], rev: string | undefined): boolean {
  for (const revision of revisionsOf(tree)) if (revision.rev === rev) return true;
  return false;
}

/** The leaves, winner first. */
export function leavesOf(tree: readonly TreeRoot[]): Leaf[] {
  const leaves = [...revisionsOf(tree)].filter((revision) => revision.leaf);
  return leaves.map(({ rev, generation, deleted }) => ({ rev, generation, deleted })).sort(compareLeaves);
}

/**
 * What `_revs_diff` says of one document, or `undefined` where nothing is missing.
 *
 * Known are leaves and their ancestors. Possible ancestors are all leaves, deleted ones included, of a lower
 * generation than some missing revision; the field is absent where there are none (CouchDB,
 * `couch_db:find_missing`; docs/cht-exchanges.md §5).
 */
export function missingRevisions(
  tree: readonly TreeRoot[],
  asked: readonly string[],
): { missing: string[]; possible_ancestors?: string[] } | undefined {
  const known = new Set([...revisionsOf(tree)].map((revision) => revision.rev));
  const missing = asked.filter((rev) => !known.has(rev));
  if (missing.length === 0) return undefined;
  const highest = Math.max(...missing.map(generationOf));
  const ancestors = leavesOf(tree)
    .filter((leaf) => leaf.generation < highest)
    .map((leaf) => leaf.rev)
    .reverse();
  return ancestors.length === 0 ? { missing } : { missing, possible_ancestors: ancestors };
}

/** The ancestors of a revision, nearest first, itself not included. */
export function ancestorsOf(tree: readonly TreeRoot[], rev: string): string[] {
  const parents = new Map<string, string | undefined>();
  for (const revision of revisionsOf(tree)) parents.set(revision.rev, revision.parent);
  const found: string[] = [];
  for (let at = parents.get(rev); at !== undefined; at = parents.get(at)) found.push(at);
  return found;
}

/** With the fields in order, so that the same content is the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * The revision that a server gives to an edit. As in CouchDB it follows from the content, from whether it is deleted and
 * from the revision before, and not from the id: the same report under two ids has the same first revision.
 */
export function nextRevision(doc: Doc, parent: string | undefined): string {
  const { _id, _rev, _revisions, ...content } = doc;
  const id = createHash('md5')
    .update(canonical([parent ?? '', content]))
    .digest('hex');
  return `${(parent === undefined ? 0 : generationOf(parent)) + 1}-${id}`;
}
