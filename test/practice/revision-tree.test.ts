import { describe, expect, test } from 'vitest';
import type { TreeNode, TreeRoot } from '../../electron/practice/pouch.ts';
import { ancestorsOf, leavesOf, missingRevisions } from '../../electron/practice/revision-tree.ts';

const node = (id: string, ...children: TreeNode[]): TreeNode => [id, { status: 'available' }, children];
const deleted = (id: string): TreeNode => [id, { status: 'available', deleted: true }, []];

/** 1-a with the branches 2-b, 3-d and 2-c (deleted); and 4-x, whose ancestors nobody has sent. */
const TREE: TreeRoot[] = [
  { pos: 1, ids: node('a', node('b', node('d')), deleted('c')) },
  { pos: 4, ids: node('x') },
];

describe('leaves', () => {
  test('the winner comes first: not deleted, then the higher generation, then the greater id', () => {
    expect(leavesOf(TREE).map((leaf) => leaf.rev)).toEqual(['4-x', '3-d', '2-c']);
    const siblings: TreeRoot[] = [{ pos: 1, ids: node('a', node('b'), node('c')) }];
    expect(leavesOf(siblings)[0]?.rev).toBe('2-c');
    const buried: TreeRoot[] = [{ pos: 1, ids: node('a', deleted('z'), node('b')) }];
    expect(leavesOf(buried)[0]?.rev).toBe('2-b');
    expect(leavesOf([])).toEqual([]);
  });

  test('ancestors, nearest first', () => {
    expect(ancestorsOf(TREE, '3-d')).toEqual(['2-b', '1-a']);
    expect(ancestorsOf(TREE, '4-x')).toEqual([]);
  });
});

describe('what is missing', () => {
  test.each([
    ['leaves and their ancestors are known', ['3-d', '2-b', '1-a', '4-x'], undefined],
    ['only what is not known is missing', ['1-a', '2-y'], { missing: ['2-y'] }],
    ['leaves below the missing revision are possible ancestors, deleted ones too', ['4-y'], ['2-c', '3-d']],
    ['a leaf of the same generation is none', ['3-y'], ['2-c']],
    ['the highest of several decides', ['2-y', '5-y'], ['2-c', '3-d', '4-x']],
    ['a huge generation yields every leaf', [`999999999-${'0'.repeat(32)}`], ['2-c', '3-d', '4-x']],
  ])('%s', (_what, asked, expected) => {
    const answer = missingRevisions(TREE, asked);
    expect(answer).toEqual(
      Array.isArray(expected) ? { missing: asked, possible_ancestors: expected } : expected,
    );
  });

  test('of a document that was never there everything is missing, without ancestors', () => {
    expect(missingRevisions([], ['3-y', '1-a'])).toEqual({ missing: ['3-y', '1-a'] });
  });
});
