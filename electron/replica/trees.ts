/**
 * Revision trees as PouchDB keeps them in a document's metadata, and the one thing PouchDB's own merge
 * does not do: join what is stored with a history that is told later. PouchDB skips a revision that it
 * has, even when it now comes with ancestors; and a path that touches two loose roots at once leaves
 * both of them in the tree. Joined here first, the order in which dumps arrive makes no difference.
 */

import { compareRevisions } from '../../shared/revisions.ts';
import type { Found } from './types.ts';

/** `[id, options, children]`, as in pouchdb-merge. */
export type PouchNode = [string, { status: 'available' | 'missing'; deleted?: boolean }, PouchNode[]];
export interface PouchRoot {
  pos: number;
  ids: PouchNode;
}

export interface Metadata {
  id: string;
  rev: string;
  rev_tree: PouchRoot[];
  rev_map: Record<string, number>;
  winningRev: string;
  deleted: boolean;
  seq: number;
  [field: string]: unknown;
}

interface Node {
  readonly status: 'available' | 'missing';
  readonly deleted: boolean;
  parent: string | null;
}

type Nodes = Map<string, Node>;

function nodesOf(forest: readonly PouchRoot[]): Nodes {
  const nodes: Nodes = new Map();
  const stack: { node: PouchNode; generation: number; parent: string | null }[] = forest.map((root) => ({
    node: root.ids,
    generation: root.pos,
    parent: null,
  }));
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const [id, options, children] = entry.node;
    const rev = `${entry.generation}-${id}`;
    nodes.set(rev, { status: options.status, deleted: options.deleted === true, parent: entry.parent });
    for (const child of children) stack.push({ node: child, generation: entry.generation + 1, parent: rev });
  }
  return nodes;
}

function forestOf(nodes: Nodes): PouchRoot[] {
  const made = new Map<string, PouchNode>();
  for (const [rev, node] of nodes) {
    const id = rev.slice(rev.indexOf('-') + 1);
    made.set(rev, [id, node.deleted ? { status: node.status, deleted: true } : { status: node.status }, []]);
  }
  const roots: PouchRoot[] = [];
  for (const [rev, node] of nodes) {
    const self = made.get(rev);
    if (self === undefined) continue;
    const parent = node.parent === null ? undefined : made.get(node.parent);
    if (parent === undefined) roots.push({ pos: Number.parseInt(rev, 10), ids: self });
    else parent[2].push(self);
  }
  const byId = (a: PouchNode, b: PouchNode): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
  for (const node of made.values()) node[2].sort(byId);
  return roots.sort((a, b) => a.pos - b.pos || byId(a.ids, b.ids));
}

/** A revision of the tree and its ancestors, newest first. */
export function historyIn(forest: readonly PouchRoot[], rev: string): string[] {
  const nodes = nodesOf(forest);
  const history: string[] = [];
  for (let at: string | null = rev; at !== null; at = nodes.get(at)?.parent ?? null) history.push(at);
  return history;
}

/** What the tree knows of the revision whose history this is. */
export function lookupTree(forest: readonly PouchRoot[], history: readonly string[]): Found {
  const nodes = nodesOf(forest);
  const node = nodes.get(history[0] ?? '');
  if (node === undefined) return 'new';
  if (missingParents(nodes, history).length > 0) return 'longer';
  return node.status === 'available' ? 'known' : 'ancestor';
}

/** Revisions of the tree that stand at a root although `history` names their parent. */
function missingParents(nodes: Nodes, history: readonly string[]): string[] {
  return history.filter((rev, at) => at + 1 < history.length && nodes.get(rev)?.parent === null);
}

/**
 * The metadata with the history's ancestors joined to the revisions that are there; `null` if the history
 * tells nothing new. No body comes or goes; leaves that turn out to be ancestors are leaves no more.
 */
export function joinHistory(metadata: Metadata, history: readonly string[]): Metadata | null {
  const nodes = nodesOf(metadata.rev_tree);
  if (missingParents(nodes, history).length === 0) return null;
  const known = history.findIndex((rev) => nodes.has(rev));
  for (let at = known; at < history.length; at += 1) {
    const rev = history[at];
    if (rev === undefined) break;
    const node = nodes.get(rev);
    const parent = history[at + 1] ?? null;
    if (node === undefined) nodes.set(rev, { status: 'missing', deleted: false, parent });
    else node.parent ??= parent;
  }
  const forest = forestOf(nodes);
  const winner = winnerOf(nodes);
  return {
    ...metadata,
    rev_tree: forest,
    winningRev: winner,
    deleted: nodes.get(winner)?.deleted ?? false,
  };
}

function winnerOf(nodes: Nodes): string {
  const parents = new Set([...nodes.values()].map((node) => node.parent));
  let winner = '';
  for (const [rev, node] of nodes) {
    if (parents.has(rev)) continue;
    if (winner === '' || beats(rev, node.deleted, winner, nodes.get(winner)?.deleted ?? false)) winner = rev;
  }
  return winner;
}

/** CouchDB's order of leaves: not deleted first, then the higher generation, then the higher id. */
function beats(a: string, aDeleted: boolean, b: string, bDeleted: boolean): boolean {
  return aDeleted === bDeleted ? compareRevisions(a, b) < 0 : bDeleted;
}
