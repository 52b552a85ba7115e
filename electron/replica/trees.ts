/**
 * Revision trees as PouchDB keeps them in a document's metadata, and the one thing PouchDB's own merge
 * does not do: join what is stored with a history that is told later. PouchDB skips a revision that it
 * has, even when it now comes with ancestors; and a path that touches two loose roots at once leaves
 * both of them in the tree. Joined here first, the order in which dumps arrive makes no difference.
 */

import { compareRevisions, generationOf } from '../../shared/revisions.ts';
import type { Found, RevisionToStore } from './types.ts';

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

/** How many revisions PouchDB keeps of one branch, as CouchDB does unless told otherwise. */
export const REVS_LIMIT = 1000;

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
    // PouchDB cuts each branch by itself, so a revision may stand in two of them.
    const beside = nodes.get(rev);
    nodes.set(rev, {
      status: beside?.status === 'available' ? 'available' : options.status,
      deleted: options.deleted === true || beside?.deleted === true,
      parent: entry.parent ?? beside?.parent ?? null,
    });
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

/** Finds a revision of the tree and its ancestors, newest first; for many revisions the tree is walked once. */
export function historiesOf(forest: readonly PouchRoot[]): (rev: string) => string[] {
  const nodes = nodesOf(forest);
  return (rev) => {
    const history: string[] = [];
    for (let at: string | null = rev; at !== null; at = nodes.get(at)?.parent ?? null) history.push(at);
    return history;
  };
}

/** How many leaves the tree has. */
export function leavesIn(forest: readonly PouchRoot[]): number {
  let leaves = 0;
  const stack = forest.map((root) => root.ids);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node[2].length === 0) leaves += 1;
    for (const child of node[2]) stack.push(child);
  }
  return leaves;
}

/** Says of any history what the tree knows of its revision; for many histories the tree is walked once. */
export function lookupIn(forest: readonly PouchRoot[]): (history: readonly string[]) => Found {
  const nodes = nodesOf(forest);
  return (history) => {
    const node = nodes.get(history[0] ?? '');
    if (node === undefined) return 'new';
    if (missingParents(nodes, history).length > 0) return 'longer';
    return node.status === 'available' ? 'known' : 'ancestor';
  };
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
  learn(nodes, history.slice(history.findIndex((rev) => nodes.has(rev))), {
    status: 'missing',
    deleted: false,
  });
  return { ...metadata, ...treeOf(nodes) };
}

type ToAdd = Pick<RevisionToStore, 'rev' | 'history' | 'deleted'>;

/**
 * The tree with all these revisions in it, as if they had come one after another, in time that grows with their number
 * alone: PouchDB compares each branch with each at every revision. Branches are cut to `REVS_LIMIT`.
 * @returns `added`: whose bodies are to be stored; a tree takes none for a revision that it has or that has children
 */
export function addRevisions<Revision extends ToAdd>(
  forest: readonly PouchRoot[],
  revisions: readonly Revision[],
): Pick<Metadata, 'rev_tree' | 'winningRev' | 'deleted'> & { readonly added: readonly Revision[] } {
  const nodes = nodesOf(forest);
  const added: Revision[] = [];
  for (const revision of revisions) {
    if (!nodes.has(revision.rev)) added.push(revision);
    learn(nodes, revision.history, { status: 'available', deleted: revision.deleted });
  }
  stem(nodes);
  return { ...treeOf(nodes), added };
}

/** Enters a history. `newest`: what its first revision is if it is not there. */
function learn(nodes: Nodes, history: readonly string[], newest: Pick<Node, 'status' | 'deleted'>): void {
  for (const [at, rev] of history.entries()) {
    const parent = history[at + 1] ?? null;
    const node = nodes.get(rev);
    if (node === undefined)
      nodes.set(rev, at === 0 ? { ...newest, parent } : { status: 'missing', deleted: false, parent });
    else if (node.parent === null) node.parent = parent;
    // One of two histories that contradict each other; a revision has one parent.
    else if (node.parent !== parent) return;
  }
}

/** Takes away what lies further than `REVS_LIMIT` from every leaf. */
function stem(nodes: Nodes): void {
  const revs = [...nodes.keys()].sort((a, b) => generationOf(b) - generationOf(a));
  /** How far the nearest leaf is. */
  const distances = new Map<string, number>();
  for (const rev of revs) {
    const distance = distances.get(rev) ?? 0;
    const parent = nodes.get(rev)?.parent ?? null;
    if (parent !== null) distances.set(parent, Math.min(distance + 1, distances.get(parent) ?? Infinity));
    if (distance >= REVS_LIMIT) nodes.delete(rev);
  }
  for (const node of nodes.values()) if (node.parent !== null && !nodes.has(node.parent)) node.parent = null;
}

/** Takes away names of ancestors that nothing descends from any more: a leaf has a body. */
function prune(nodes: Nodes): void {
  const children = new Map<string, number>();
  for (const { parent } of nodes.values())
    if (parent !== null) children.set(parent, (children.get(parent) ?? 0) + 1);
  for (const rev of nodes.keys()) {
    for (let at: string | null = rev; at !== null && (children.get(at) ?? 0) === 0;) {
      const node = nodes.get(at);
      if (node?.status !== 'missing') break;
      nodes.delete(at);
      at = node.parent;
      if (at !== null) children.set(at, (children.get(at) ?? 0) - 1);
    }
  }
}

function treeOf(nodes: Nodes): Pick<Metadata, 'rev_tree' | 'winningRev' | 'deleted'> {
  prune(nodes);
  const winner = winnerOf(nodes);
  return {
    rev_tree: forestOf(nodes),
    winningRev: winner,
    deleted: nodes.get(winner)?.deleted ?? false,
  };
}

/** As JSON. A tree may be deeper than `JSON.stringify` goes. */
export function metadataText({ rev_tree, ...rest }: Metadata): string {
  const parts: string[] = [];
  const stack: (PouchNode | string)[] = [];
  for (const [at, { pos, ids }] of rev_tree.entries()) {
    parts.push(`${at === 0 ? '' : ','}{"pos":${pos},"ids":`);
    stack.push('}', ids);
    for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
      if (typeof part === 'string') {
        parts.push(part);
        continue;
      }
      const [id, options, children] = part;
      parts.push(`[${JSON.stringify(id)},${JSON.stringify(options)},[`);
      stack.push(']]');
      for (let child = children.length - 1; child >= 0; child -= 1) {
        const node = children[child];
        if (node !== undefined) stack.push(node);
        if (child > 0) stack.push(',');
      }
    }
  }
  return `{"rev_tree":[${parts.join('')}],${JSON.stringify(rest).slice(1)}`;
}

/**
 * What `metadataText` gives of a document that is new here and came in one revision, told from its history without
 * making a tree. @param seq the number of its body
 */
export function newTreeText({ id, rev, history, deleted }: RevisionToStore, seq: number): string {
  const kept = history.slice(0, REVS_LIMIT);
  let node = `[${nameOf(rev)},{"status":"available"${deleted ? ',"deleted":true' : ''}},[]]`;
  for (const ancestor of kept.slice(1)) node = `[${nameOf(ancestor)},{"status":"missing"},[${node}]]`;
  const pos = generationOf(kept.at(-1) ?? rev);
  const text = JSON.stringify(rev);
  return (
    `{"id":${JSON.stringify(id)},"rev":${text},"rev_tree":[{"pos":${pos},"ids":${node}}],` +
    `"rev_map":{${text}:${seq}},"winningRev":${text},"deleted":${deleted},"seq":${seq}}`
  );
}

/** The part of a revision behind its generation, as JSON. */
function nameOf(rev: string): string {
  return JSON.stringify(rev.slice(rev.indexOf('-') + 1));
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
