import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRevisions,
  generationOf,
  historyFrom,
  isComplete,
  isRevision,
  toRevisions,
} from '../../shared/revisions.ts';
import { lineage, stemmed } from '../support/revisions.ts';
import { arrivals } from './histories.ts';
import {
  byRevision,
  documentOf,
  openPouch,
  pouchTree,
  shapeOf,
  storedShape,
  type Arrival,
  type Leaf,
} from './pouchdb.ts';
import {
  EMPTY_TREE,
  leavesOf,
  lineageOf,
  mergeTrees,
  treeOf,
  winnerOf,
  type RevisionTree,
} from './revision-tree.ts';

const HEX = '0123456789abcdef0123456789abcdef';

describe('isRevision', () => {
  it.each(['1-a', '999999999-a', `2-${HEX}`, '3-ABC', `1-${'z'.repeat(64)}`, `1-${'Z'.repeat(31)}`])(
    'takes %s',
    (rev) => {
      expect(isRevision(rev)).toBe(true);
    },
  );

  it.each([
    ['no generation', '-a'],
    ['generation 0', '0-a'],
    ['a leading zero', '01-a'],
    ['a generation of ten digits', '1000000000-a'],
    ['a sign', '+1-a'],
    ['no id', '1-'],
    ['no dash', '1a'],
    ['a second dash', '1-a-b'],
    ['an id of 65 characters', `1-${'a'.repeat(65)}`],
    ['32 characters that are not hex', `1-${'g'.repeat(32)}`],
    ['32 characters in upper case', `1-${HEX.toUpperCase()}`],
    ['a line break at the end', '1-a\n'],
    ['a space', '1- a'],
    ['other digits', '1-٣'],
    ['nothing', ''],
  ])('does not take %s', (_what, rev) => {
    expect(isRevision(rev)).toBe(false);
  });
});

describe('histories', () => {
  it('stand for `_revisions`, newest first', () => {
    expect(historyFrom(3, ['c', 'b', 'a'])).toEqual(['3-c', '2-b', '1-a']);
    expect(historyFrom(7, ['g', 'f'])).toEqual(['7-g', '6-f']);
    expect(toRevisions(['7-g', '6-f'])).toEqual({ start: 7, ids: ['g', 'f'] });
    expect(toRevisions([])).toEqual({ start: 0, ids: [] });
  });

  it('never go below generation 1', () => {
    expect(historyFrom(2, ['b', 'a', 'too', 'many'])).toEqual(['2-b', '1-a']);
    expect(historyFrom(0, ['a'])).toEqual([]);
  });

  it('survive the way to `_revisions` and back', () => {
    fc.assert(
      fc.property(arrivals(), (all) => {
        for (const { history } of all) {
          const { start, ids } = toRevisions(history);
          expect(historyFrom(start, ids)).toEqual(history);
        }
      }),
    );
  });

  it('are complete when they reach generation 1', () => {
    expect(isComplete(lineage('a', 'b'))).toBe(true);
    expect(isComplete(stemmed(2, 'a', 'b', 'c'))).toBe(false);
    expect(isComplete(['1-a'])).toBe(true);
    expect(isComplete([])).toBe(false);
  });

  it('count generations as numbers', () => {
    expect(generationOf('10-a')).toBe(10);
    expect(['9-z', '10-a', '10-b', '2-x'].sort(compareRevisions)).toEqual(['10-b', '10-a', '9-z', '2-x']);
    expect(compareRevisions('2-a', '2-a')).toBe(0);
  });
});

describe('a tree', () => {
  const phone = treeOf(lineage('a', 'b', 'c'));
  const desktop = treeOf(lineage('a', 'b', 'x', 'y'), true);
  const both = mergeTrees(phone, desktop);

  it('that is empty has no winner', () => {
    expect(winnerOf(EMPTY_TREE)).toBeNull();
    expect(leavesOf(EMPTY_TREE)).toEqual([]);
    expect(lineageOf(EMPTY_TREE, '1-a')).toEqual([]);
    expect(treeOf([], true).deleted.size).toBe(0);
  });

  it('puts a leaf that is not deleted before a longer branch that is', () => {
    expect(leavesOf(both)).toEqual(['3-c', '4-y']);
    expect(winnerOf(both)).toBe('3-c');
    expect(winnerOf(desktop)).toBe('4-y');
  });

  it('knows lineages', () => {
    expect(lineageOf(both, '4-y')).toEqual(['4-y', '3-x', '2-b', '1-a']);
    expect(lineageOf(both, '9-unknown')).toEqual([]);
  });

  it('learns a parent that it did not know', () => {
    const short = treeOf(stemmed(1, 'a', 'b', 'c'));
    expect(lineageOf(short, '3-c')).toEqual(['3-c']);
    expect(lineageOf(mergeTrees(short, phone), '3-c')).toEqual(lineage('a', 'b', 'c'));
    expect(lineageOf(mergeTrees(phone, short), '3-c')).toEqual(lineage('a', 'b', 'c'));
  });

  it('does not take revisions of distant generations for parent and child', () => {
    const tree = treeOf(['5-e', '3-c', '4-d', '4-d']);
    expect(lineageOf(tree, '5-e')).toEqual(['5-e']);
    expect(leavesOf(tree)).toEqual(['5-e', '4-d', '3-c']);
  });

  it('names one parent, the same in any order, when two histories contradict each other', () => {
    const [one, other] = [treeOf(['2-b', '1-a']), treeOf(['2-b', '1-z'])];
    expect(mergeTrees(one, other)).toEqual(mergeTrees(other, one));
    expect(lineageOf(mergeTrees(one, other), '2-b')).toEqual(['2-b', '1-z']);
  });
});

/** Our own tree of the same arrivals, in the words of `shapeOf`. */
function ourTree(all: readonly Arrival[]): RevisionTree {
  return all.reduce((tree, { history, deleted }) => mergeTrees(tree, treeOf(history, deleted)), EMPTY_TREE);
}

function ourShape(tree: RevisionTree): { winner: string | null; leaves: Leaf[] } {
  const leaves = leavesOf(tree).map((rev) => {
    return { rev, deleted: tree.deleted.has(rev), lineage: lineageOf(tree, rev) };
  });
  return { winner: winnerOf(tree), leaves: leaves.sort(byRevision) };
}

/**
 * The order in which PouchDB itself loses nothing: the history that reaches back furthest first. Whatever
 * comes later then meets its ancestors.
 */
function furthestBackFirst(all: readonly Arrival[]): Arrival[] {
  const oldest = ({ history }: Arrival): number => generationOf(history.at(-1) ?? '');
  return [...all].sort((a, b) => oldest(a) - oldest(b));
}

/** The shape that a real database gives to each of several documents. */
async function storedShapes(
  documents: readonly (readonly Arrival[])[],
): Promise<ReturnType<typeof shapeOf>[]> {
  const db = openPouch();
  try {
    // One arrival of each document in a request, so that the order is certain.
    for (let step = 0; documents.some((all) => step < all.length); step += 1) {
      const written = documents.flatMap((all, index) => {
        const arrival = all[step];
        return arrival === undefined ? [] : [documentOf(`document-${index}`, arrival)];
      });
      expect(await db.bulkDocs(written, { new_edits: false })).toEqual([]);
    }
    return await Promise.all(documents.map((_, index) => storedShape(db, `document-${index}`)));
  } finally {
    await db.close();
  }
}

describe('against PouchDB', () => {
  it('has the same leaves, winner and lineages as its merge of whole histories, in any order', () => {
    fc.assert(
      fc.property(arrivals(12, true), (all) => {
        expect(ourShape(ourTree(all))).toEqual(shapeOf(pouchTree(all)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('has, of cut histories in any order, what its merge has when the furthest back comes first', () => {
    fc.assert(
      fc.property(arrivals(), (all) => {
        expect(ourShape(ourTree(all))).toEqual(shapeOf(pouchTree(furthestBackFirst(all))));
      }),
      { numRuns: 5_000 },
    );
  });

  it('has the same as a real database of whole histories, in any order', async () => {
    const documents = fc.array(arrivals(12, true), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(documents, async (all) => {
        expect(all.map((one) => ourShape(ourTree(one)))).toEqual(await storedShapes(all));
      }),
      { numRuns: 15 },
    );
  });

  it('has the same as a real database of cut histories, the furthest back first', async () => {
    const documents = fc.array(arrivals(), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(documents, async (all) => {
        const shapes = await storedShapes(all.map(furthestBackFirst));
        expect(all.map((one) => ourShape(ourTree(one)))).toEqual(shapes);
      }),
      { numRuns: 15 },
    );
  });

  it('does not depend on the order, on doubles, or on what is merged first', () => {
    fc.assert(
      fc.property(arrivals(), arrivals(), fc.func(fc.integer()), (one, other, key) => {
        const all = [...one, ...other];
        const shuffled = [...all, ...one].sort((a, b) => key(a.history[0]) - key(b.history[0]));
        const whole = ourShape(ourTree(all));
        expect(ourShape(ourTree(shuffled))).toEqual(whole);
        expect(ourShape(mergeTrees(ourTree(other), ourTree(one)))).toEqual(whole);
      }),
    );
  });
});

describe('where PouchDB depends on the order of arrival', () => {
  const alone: Arrival = { history: stemmed(1, 'a', 'b', 'c'), deleted: false };
  const told: Arrival = { history: lineage('a', 'b', 'c'), deleted: false };

  it('it passes over a history that comes after its revision; our tree learns it', async () => {
    const [late, early] = await storedShapes([
      [alone, told],
      [told, alone],
    ]);
    expect(late?.leaves[0]?.lineage).toEqual(['3-c']);
    expect(early?.leaves[0]?.lineage).toEqual(lineage('a', 'b', 'c'));
    expect(ourShape(ourTree([alone, told]))).toEqual(early);
    expect(ourShape(ourTree([told, alone]))).toEqual(early);
  });

  it('so an ancestor that came first stays a second leaf, a conflict that is none', async () => {
    const ancestor: Arrival = { history: stemmed(1, 'a', 'b'), deleted: false };
    const [late, early] = await storedShapes([
      [alone, ancestor, told],
      [told, ancestor, alone],
    ]);
    expect(late?.leaves.map(({ rev }) => rev)).toEqual(['2-b', '3-c']);
    expect(early?.leaves.map(({ rev }) => rev)).toEqual(['3-c']);
    expect(leavesOf(ourTree([alone, ancestor, told]))).toEqual(['3-c']);
  });

  it('it keeps a history twice that joins two loose pieces, one of them from below', () => {
    const [below, above, bridge] = [
      stemmed(3, 'a', 'b', 'c'),
      ['5-e'],
      stemmed(4, 'a', 'b', 'c', 'd', 'e', 'f'),
    ];
    const pieces = [below, above, bridge].map((history) => ({ history, deleted: false }));
    expect(shapeOf(pouchTree(pieces)).leaves.map(({ rev }) => rev)).toEqual(['6-f', '6-f']);
    expect(shapeOf(pouchTree(furthestBackFirst(pieces))).leaves).toHaveLength(1);
    expect(lineageOf(ourTree(pieces), '6-f')).toEqual(lineage('a', 'b', 'c', 'd', 'e', 'f'));
  });

  it('it keeps the newest 1,000 revisions of a lineage; our tree keeps what it is told', async () => {
    const ids = Array.from({ length: 1_010 }, (_, index) => `r${index}`);
    const [stored] = await storedShapes([[{ history: lineage(...ids), deleted: false }]]);
    expect(stored?.leaves[0]?.lineage).toHaveLength(1_000);
    expect(isComplete(stored?.leaves[0]?.lineage ?? [])).toBe(false);
    expect(isComplete(lineageOf(treeOf(lineage(...ids)), '1010-r1009'))).toBe(true);
  });
});
