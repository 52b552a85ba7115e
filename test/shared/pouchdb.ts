/** PouchDB as the oracle of the tests: the part of it that they use, with types. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** `[id, options, children]`. */
type Node = [id: string, options: { status: string; deleted?: boolean }, children: Node[]];
export interface Root {
  pos: number;
  ids: Node;
}

interface Merge {
  merge(tree: Root[], path: Root, depth: number): { tree: Root[]; conflicts: string };
  winningRev(metadata: { rev_tree: Root[] }): string;
  collectLeaves(tree: Root[]): { rev: string; opts: { deleted?: boolean } }[];
  rootToLeaf(tree: Root[]): { pos: number; ids: { id: string }[] }[];
}
const pouchMerge = load('pouchdb-merge') as Merge;

/** How many revisions of a lineage PouchDB keeps unless told otherwise. */
export const REVS_LIMIT = 1_000;

/** One leaf revision as it comes in: its lineage, newest first, as far as the dump knows it. */
export interface Arrival {
  readonly history: readonly string[];
  readonly deleted: boolean;
}

/** A tree that every arrival was merged into, in this order, by PouchDB's own merge. */
export function pouchTree(arrivals: readonly Arrival[], tree: Root[] = []): Root[] {
  return arrivals.reduce(
    (merged, arrival) => pouchMerge.merge(merged, pathOf(arrival), REVS_LIMIT).tree,
    tree,
  );
}

function pathOf({ history, deleted }: Arrival): Root {
  let ids: Node | undefined;
  for (const [age, rev] of history.entries()) {
    const options =
      age === 0 ? { status: 'available', ...(deleted ? { deleted } : {}) } : { status: 'missing' };
    ids = [rev.slice(rev.indexOf('-') + 1), options, ids === undefined ? [] : [ids]];
  }
  if (ids === undefined) throw new Error('an arrival without a history');
  return { pos: Number.parseInt(history.at(-1) ?? '', 10), ids };
}

export interface Leaf {
  readonly rev: string;
  readonly deleted: boolean;
  /** Newest first. */
  readonly lineage: readonly string[];
}

/** Leaves by revision, and the winner. */
export function shapeOf(tree: Root[]): { winner: string | null; leaves: Leaf[] } {
  if (tree.length === 0) return { winner: null, leaves: [] };
  const deleted = new Map(
    pouchMerge.collectLeaves(tree).map(({ rev, opts }) => [rev, opts.deleted === true]),
  );
  const leaves = pouchMerge.rootToLeaf(tree).map(({ pos, ids }) => {
    const known = ids.map(({ id }, index) => `${pos + index}-${id}`).reverse();
    const rev = known[0] ?? '';
    return { rev, deleted: deleted.get(rev) ?? false, lineage: known };
  });
  return { winner: pouchMerge.winningRev({ rev_tree: tree }), leaves: leaves.sort(byRevision) };
}

export function byRevision(a: { readonly rev: string }, b: { readonly rev: string }): number {
  return a.rev < b.rev ? -1 : a.rev > b.rev ? 1 : 0;
}

export interface PouchDocument {
  _id: string;
  _rev: string;
  _deleted?: boolean;
  _revisions?: { start: number; ids: string[] };
  [field: string]: unknown;
}

/** A database in memory. */
export interface Pouch {
  bulkDocs(docs: readonly PouchDocument[], options: { new_edits: false }): Promise<unknown[]>;
  get(
    id: string,
    options: { open_revs: 'all'; revs: true },
  ): Promise<({ ok: PouchDocument } | { missing: string })[]>;
  allDocs(options: { keys: readonly string[] }): Promise<{ rows: { id: string; value?: { rev: string } }[] }>;
  close(): Promise<void>;
}
interface PouchConstructor {
  new (name: string, options: { adapter: 'memory' }): Pouch;
  plugin(plugin: unknown): void;
}

const PouchDB = load('pouchdb-node') as PouchConstructor;
PouchDB.plugin(load('pouchdb-adapter-memory'));

let made = 0;
export function openPouch(): Pouch {
  made += 1;
  return new PouchDB(`tree-${made}`, { adapter: 'memory' });
}

/** Writes an arrival as replication does: under its own revision, with its history. */
export function documentOf(id: string, { history, deleted }: Arrival): PouchDocument {
  const ids = history.map((rev) => rev.slice(rev.indexOf('-') + 1));
  return {
    _id: id,
    _rev: history[0] ?? '',
    _revisions: { start: Number.parseInt(history[0] ?? '', 10), ids },
    ...(deleted ? { _deleted: true } : {}),
  };
}

/** The same as `shapeOf`, of a document in a database. */
export async function storedShape(db: Pouch, id: string): Promise<{ winner: string | null; leaves: Leaf[] }> {
  const answers = await db.get(id, { open_revs: 'all', revs: true });
  const leaves = answers.flatMap((answer) => {
    if (!('ok' in answer)) return [];
    const { _rev: rev, _deleted: deleted = false, _revisions: revisions } = answer.ok;
    const start = revisions?.start ?? 0;
    return [{ rev, deleted, lineage: (revisions?.ids ?? []).map((one, age) => `${start - age}-${one}`) }];
  });
  const { rows } = await db.allDocs({ keys: [id] });
  return { winner: rows[0]?.value?.rev ?? null, leaves: leaves.sort(byRevision) };
}
