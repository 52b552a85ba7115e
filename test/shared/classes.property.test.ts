import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, type Classified, type ServerLeaf, type ServerSide } from '../../shared/revisions.ts';
import { change, rival } from '../support/changes.ts';
import { arrivalOf, edits, lineageOfEdit, type Edit } from './histories.ts';
import { documentOf, openPouch, pouchTree, shapeOf, storedShape, type Arrival } from './pouchdb.ts';
import {
  EMPTY_TREE,
  leavesOf,
  lineageOf,
  mergeTrees,
  treeOf,
  winnerOf,
  type RevisionTree,
} from './revision-tree.ts';

/** One document: what the server has of its edits, what dumps brought, and how much the server shows. */
interface Scene {
  readonly server: readonly Edit[];
  readonly brought: readonly {
    readonly edit: Edit;
    readonly cut: number | null;
    readonly madeHere: boolean;
  }[];
  /** One digit for each leaf of the server: 0 hides whether it is deleted, 1 its content, 2 both. */
  readonly hidden: readonly number[];
  readonly namesLeaves: boolean;
}

function scenes(): fc.Arbitrary<Scene> {
  const dump = fc.record({
    which: fc.nat(),
    cut: fc.option(fc.nat({ max: 12 }), { freq: 2 }),
    madeHere: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  });
  return fc
    .record({
      made: edits(14),
      onServer: fc.array(fc.nat(), { maxLength: 3 }),
      dumps: fc.array(dump, { minLength: 1, maxLength: 5, size: 'max' }),
      hidden: fc.array(fc.nat({ max: 9 }), { minLength: 14, maxLength: 14 }),
      namesLeaves: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
    })
    .map(({ made, onServer, dumps, hidden, namesLeaves }) => {
      const pick = (which: number): Edit[] => made.slice(which % made.length).slice(0, 1);
      const brought = dumps.flatMap(({ which, ...rest }) => pick(which).map((edit) => ({ edit, ...rest })));
      return { server: onServer.flatMap(pick), brought, hidden, namesLeaves };
    });
}

/** A leaf of the replica: a true revision, or one that the station made for a dump without revisions. */
interface ReplicaLeaf extends Arrival {
  readonly rev: string;
  readonly content: string;
  readonly madeHere: boolean;
}

function contentOf(edit: Edit): string {
  return `${edit.deleted} ${edit.content}`;
}

function serverTreeOf(scene: Scene): RevisionTree {
  return scene.server.reduce(
    (tree, edit) => mergeTrees(tree, treeOf(lineageOfEdit(edit), edit.deleted)),
    EMPTY_TREE,
  );
}

function replicaLeavesOf(scene: Scene): ReplicaLeaf[] {
  const byRev = new Map(scene.brought.map(({ edit }) => [edit.rev, edit]));
  const dumps = scene.brought
    .filter(({ madeHere }) => !madeHere)
    .map(({ edit, cut }) => arrivalOf(edit, cut));
  const tree = dumps.reduce(
    (all, { history, deleted }) => mergeTrees(all, treeOf(history, deleted)),
    EMPTY_TREE,
  );
  const placed = leavesOf(tree).flatMap((rev): ReplicaLeaf[] => {
    const edit = byRev.get(rev);
    if (edit === undefined) return [];
    return [
      {
        rev,
        history: lineageOf(tree, rev),
        deleted: edit.deleted,
        content: contentOf(edit),
        madeHere: false,
      },
    ];
  });
  // The station makes the same revision of the same content.
  const contents = scene.brought
    .filter(({ madeHere, edit }) => madeHere && !edit.deleted)
    .map(({ edit }) => contentOf(edit));
  const made = [...new Set(contents)].map((content): ReplicaLeaf => {
    const rev = `1-made${content.replace(/\W/g, '')}`;
    return { rev, history: [rev], deleted: false, content, madeHere: true };
  });
  return [...placed, ...made];
}

function serverSideFor(leaf: ReplicaLeaf, scene: Scene): ServerSide {
  const tree = serverTreeOf(scene);
  if (tree.parents.size === 0) return { kind: 'absent' };
  const contents = new Map(scene.server.map((edit) => [edit.rev, contentOf(edit)]));
  const leaves = leavesOf(tree).map((rev, index): ServerLeaf => {
    const hides = scene.hidden[index] ?? 9;
    return {
      rev,
      deleted: hides === 0 || hides === 2 ? undefined : tree.deleted.has(rev),
      sameContent: hides === 1 || hides === 2 ? undefined : contents.get(rev) === leaf.content,
    };
  });
  const has = new Set(leaf.history.filter((rev) => tree.parents.has(rev)));
  return { kind: 'present', leaves: scene.namesLeaves ? leaves : [], has };
}

interface Outcome {
  readonly leaf: ReplicaLeaf;
  readonly server: ServerSide;
  readonly result: Classified;
}

/** The class of every leaf of the replica, as the station works them out. */
function outcomesOf(scene: Scene, reorder: <T>(list: readonly T[]) => T[] = (list) => [...list]): Outcome[] {
  const leaves = replicaLeavesOf(scene);
  const onServer = serverTreeOf(scene).parents;
  return leaves.map((leaf) => {
    const server = serverSideFor(leaf, scene);
    const rivals = leaves
      .filter((other) => other.rev !== leaf.rev && !onServer.has(other.rev))
      .map((other) => {
        const side = serverSideFor(other, scene);
        const sameAsServer =
          side.kind === 'present' && classify(change(other.history, other), side, []).class === 'same';
        return rival(other.history, { ...other, sameContent: other.content === leaf.content, sameAsServer });
      });
    const shuffled = server.kind === 'present' ? { ...server, leaves: reorder(server.leaves) } : server;
    return { leaf, server, result: classify(change(leaf.history, leaf), shuffled, reorder(rivals)) };
  });
}

const ORDINARY = ['new', 'update', 'deletion'];

/** What an upload of everything that one button approves sends. */
function approvedOf(scene: Scene): ReplicaLeaf[] {
  return outcomesOf(scene)
    .filter(({ result }) => ORDINARY.includes(result.class))
    .map(({ leaf }) => leaf);
}

const serverArrivals = (scene: Scene): Arrival[] => scene.server.map((edit) => arrivalOf(edit, null));
const presentLeaves = ({ leaves }: { leaves: readonly { deleted: boolean }[] }): number =>
  leaves.filter((leaf) => !leaf.deleted).length;

describe('classify', () => {
  it('does not depend on the order of rivals and leaves', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const results = outcomesOf(scene).map(({ result }) => result);
        expect(outcomesOf(scene, (list) => list.toReversed()).map(({ result }) => result)).toEqual(results);
        const byHash = <T>(list: readonly T[]): T[] =>
          list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        expect(outcomesOf(scene, byHash).map(({ result }) => result)).toEqual(results);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never calls `update` what does not have the winner of the server in its history', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const winner = winnerOf(serverTreeOf(scene));
        for (const { leaf, result } of outcomesOf(scene)) {
          expect(result.class !== 'update' || (winner !== null && leaf.history.includes(winner))).toBe(true);
          expect(result.class !== 'new' || winner === null).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('calls everything that the server has `same` or `older`, and nothing else `older` for that reason', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const tree = serverTreeOf(scene);
        for (const { leaf, server, result } of outcomesOf(scene)) {
          const has = tree.parents.has(leaf.rev);
          expect(result.reason === 'server-has-it' || result.reason === 'server-has-newer').toBe(has);
          if (!has || server.kind !== 'present' || server.leaves.length === 0) continue;
          expect(result.class).toBe(leavesOf(tree).includes(leaf.rev) ? 'same' : 'older');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never calls unplaced what has its whole history', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        for (const { leaf, result } of outcomesOf(scene)) {
          const isWhole = !leaf.madeHere && leaf.history.at(-1)?.startsWith('1-') === true;
          expect(isWhole && result.class === 'unplaced').toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('sends of several equal leaves at most one', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const sent = approvedOf(scene).filter((leaf) => !leaf.deleted);
        expect(new Set(sent.map((leaf) => leaf.content)).size).toBe(sent.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('passes over a leaf in favour of another only if that one has the same content and is not passed over', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const outcomes = outcomesOf(scene);
        for (const { leaf, result } of outcomes) {
          if (result.reason !== 'same-here') continue;
          const equal = outcomes.filter(
            (other) => other.leaf.content === leaf.content && other.leaf !== leaf,
          );
          expect(equal.some((other) => other.result.class !== 'older')).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the server no second leaf, whatever of its ordinary changes is sent, in any order', () => {
    let sentUpdates = 0;
    fc.assert(
      fc.property(scenes(), fc.boolean(), (scene, backwards) => {
        const before = pouchTree(serverArrivals(scene));
        const approved = approvedOf(scene);
        const after = pouchTree(backwards ? approved.toReversed() : approved, before);
        const had = presentLeaves(shapeOf(pouchTree(serverArrivals(scene))));
        expect(presentLeaves(shapeOf(after))).toBeLessThanOrEqual(Math.max(1, had));
        sentUpdates += had > 0 ? approved.length : 0;
      }),
      { numRuns: 5_000 },
    );
    expect(sentUpdates).toBeGreaterThan(100);
  });

  it('makes what is sent as `update` or `new` the winner that the server shows', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        for (const { leaf, result } of outcomesOf(scene)) {
          if (result.class !== 'update' && result.class !== 'new') continue;
          expect(shapeOf(pouchTree([leaf], pouchTree(serverArrivals(scene)))).winner).toBe(leaf.rev);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives a real database no second leaf either', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(scenes(), { minLength: 20, maxLength: 20 }), async (all) => {
        const db = openPouch();
        try {
          for (const [index, scene] of all.entries()) {
            const id = `document-${index}`;
            const write = async (leaves: readonly Arrival[]): Promise<void> => {
              for (const one of leaves) await db.bulkDocs([documentOf(id, one)], { new_edits: false });
            };
            await write(serverArrivals(scene));
            const had = scene.server.length === 0 ? 0 : presentLeaves(await storedShape(db, id));
            const approved = approvedOf(scene);
            await write(approved);
            if (scene.server.length + approved.length === 0) continue;
            expect(presentLeaves(await storedShape(db, id))).toBeLessThanOrEqual(Math.max(1, had));
          }
        } finally {
          await db.close();
        }
      }),
      { numRuns: 10 },
    );
  });
});
