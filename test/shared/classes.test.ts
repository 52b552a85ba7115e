import { describe, expect, it } from 'vitest';
import { CLASSES } from '../../shared/review.ts';
import {
  classify,
  REASONS,
  type ChangeFacts,
  type Reason,
  type Rival,
  type ServerSide,
} from '../../shared/revisions.ts';
import { ABSENT, change, leaf, present, rival, UNKNOWN } from '../support/changes.ts';
import { lineage, stemmed } from '../support/revisions.ts';

type Row = readonly [
  what: string,
  change: ChangeFacts,
  server: ServerSide,
  rivals: readonly Rival[],
  expected: string,
];

const ABC = lineage('a', 'b', 'c');
const ABX = lineage('a', 'b', 'x');
const deleted = { deleted: true } as const;
const madeHere = { madeHere: true } as const;
const equal = { sameContent: true } as const;
/** The server stands where both phones started from. */
const atB = present([leaf('2-b')], ['2-b', '1-a']);

const TABLE: Record<string, readonly Row[]> = {
  'what is never sent or already there': [
    [
      'a design document',
      change(ABC, { neverSent: 'design-document' }),
      ABSENT,
      [],
      'never-sent design-document',
    ],
    ['a reason of another list', change(ABC, { neverSent: 'odd' }), ABSENT, [], 'never-sent never-sent'],
    [
      'never sent, although the server has it',
      change(ABC, { neverSent: 'form' }),
      present([leaf('3-c')], ABC),
      [],
      'never-sent form',
    ],
    ['the leaf of the server', change(ABC), present([leaf('3-c')], ABC), [], 'same server-has-it'],
    [
      'a losing leaf of the server',
      change(ABC),
      present([leaf('4-z'), leaf('3-c')], ABC),
      [],
      'same server-has-it',
    ],
    ['the leaf, without history', change(['3-c']), present([leaf('3-c')], ['3-c']), [], 'same server-has-it'],
    [
      'the leaf, hidden',
      change(ABC),
      present([leaf('3-c', { sameContent: undefined, deleted: undefined })], ABC),
      [],
      'same server-has-it',
    ],
    ['known there, leaves not named', change(ABC), present([], ABC), [], 'same server-has-it'],
    ['an ancestor of the leaf', change(ABC), present([leaf('4-d')], ABC), [], 'older server-has-newer'],
    [
      'an ancestor of a deletion',
      change(ABC),
      present([leaf('4-d', deleted)], ABC),
      [],
      'older server-has-newer',
    ],
    [
      'an ancestor, without history',
      change(['3-c']),
      present([leaf('4-d')], ['3-c']),
      [],
      'older server-has-newer',
    ],
  ],
  'what the server was not asked about': [
    ['alone', change(ABC), UNKNOWN, [], 'unchecked'],
    ['beside another edit of the same parent', change(ABC), UNKNOWN, [rival(ABX)], 'conflict two-devices'],
    ['beside an equal one', change(ABC), UNKNOWN, [rival(ABX, equal)], 'unchecked'],
    ['beside one without history', change(ABC), UNKNOWN, [rival(['3-x'])], 'unchecked'],
    ['without history beside another', change(['3-x']), UNKNOWN, [rival(ABC)], 'unchecked'],
    ['made here beside another', change(['1-m'], madeHere), UNKNOWN, [rival(ABC)], 'unchecked'],
    ['beside one made here', change(ABC), UNKNOWN, [rival(['1-m'], madeHere)], 'unchecked'],
    ['both with a first version', change(['1-a']), UNKNOWN, [rival(['1-b'])], 'conflict two-devices'],
    ['an edit beside a deletion', change(ABC), UNKNOWN, [rival(ABX, deleted)], 'conflict two-devices'],
    ['a deletion beside an edit', change(ABC, deleted), UNKNOWN, [rival(ABX)], 'conflict two-devices'],
    ['two deletions', change(ABC, deleted), UNKNOWN, [rival(ABX, deleted)], 'unchecked'],
    ['beside one that may descend from it', change(ABC), UNKNOWN, [rival(['6-g', '5-f'])], 'unchecked'],
    ['beside one it may descend from', change(['6-g', '5-f']), UNKNOWN, [rival(ABC)], 'unchecked'],
    ['beside its own ancestor', change(ABC), UNKNOWN, [rival(ABC.slice(1))], 'unchecked'],
    ['beside its descendant', change(ABC), UNKNOWN, [rival(lineage('a', 'b', 'c', 'd'))], 'older newer-here'],
    [
      'without history beside its descendant',
      change(['3-c']),
      UNKNOWN,
      [rival(lineage('a', 'b', 'c', 'd'))],
      'older newer-here',
    ],
    [
      'its descendant and another edit',
      change(ABC),
      UNKNOWN,
      [rival(ABX), rival(lineage('a', 'b', 'c', 'd'))],
      'older newer-here',
    ],
    ['itself among the rivals', change(ABC), UNKNOWN, [rival(ABC)], 'unchecked'],
  ],
  'what the server does not have': [
    ['a first version', change(['1-a']), ABSENT, [], 'new'],
    ['an edited one', change(ABC), ABSENT, [], 'new'],
    ['one without history', change(['3-c']), ABSENT, [], 'new'],
    ['one made here', change(['1-m'], madeHere), ABSENT, [], 'new'],
    ['a deletion', change(ABC, deleted), ABSENT, [], 'deletion never-on-server'],
    ['a deletion without history', change(['3-c'], deleted), ABSENT, [], 'deletion never-on-server'],
    ['two edits of one parent', change(ABC), ABSENT, [rival(ABX)], 'conflict two-devices'],
    ['a deletion and an edit', change(ABC, deleted), ABSENT, [rival(ABX)], 'conflict two-devices'],
    ['two deletions', change(ABC, deleted), ABSENT, [rival(ABX, deleted)], 'deletion never-on-server'],
    ['a newer one came', change(ABC), ABSENT, [rival(lineage('a', 'b', 'c', 'd'))], 'older newer-here'],
    ['the better of two equal ones', change(ABX), ABSENT, [rival(ABC, equal)], 'new'],
    ['the other of two equal ones', change(ABC), ABSENT, [rival(ABX, equal)], 'older same-here'],
    ['with history, equal to one without', change(['2-b', '1-a']), ABSENT, [rival(['9-z'], equal)], 'new'],
    [
      'without history, equal to one with',
      change(['9-z']),
      ABSENT,
      [rival(['2-b', '1-a'], equal)],
      'older same-here',
    ],
    [
      'made here, equal to one with history',
      change(['1-m'], madeHere),
      ABSENT,
      [rival(ABC, equal)],
      'older same-here',
    ],
    ['with history, unlike one made here', change(ABC), ABSENT, [rival(['1-m'], madeHere)], 'new'],
    [
      'made here, unlike one with history',
      change(['1-m'], madeHere),
      ABSENT,
      [rival(ABC)],
      'unplaced no-revision',
    ],
    ['with history, unlike one without', change(ABC), ABSENT, [rival(['4-z'])], 'new'],
    ['without history, unlike one with', change(['4-z']), ABSENT, [rival(ABC)], 'unplaced no-history'],
    ['two made here', change(['1-m'], madeHere), ABSENT, [rival(['1-n'], madeHere)], 'unplaced no-revision'],
    ['two without history', change(['4-z']), ABSENT, [rival(['3-y'])], 'unplaced no-history'],
    [
      'one that may descend from another',
      change(['6-g', '5-f']),
      ABSENT,
      [rival(ABC)],
      'unplaced history-too-short',
    ],
    ['one that another may descend from', change(ABC), ABSENT, [rival(['6-g', '5-f'])], 'new'],
    [
      'one that another does not descend from',
      change(['4-d', '3-c']),
      ABSENT,
      [rival(['6-g', '5-f', '4-z'])],
      'conflict two-devices',
    ],
  ],
  'what follows the version of the server': [
    ['an edit', change(ABC), atB, [], 'update'],
    ['several edits', change(lineage('a', 'b', 'c', 'd', 'e')), atB, [], 'update'],
    ['a deletion', change(ABC, deleted), atB, [], 'deletion'],
    ['an edit with a cut history', change(['3-c', '2-b']), atB, [], 'update'],
    [
      'an edit with equal content',
      change(ABC),
      present([leaf('2-b', equal)], ['2-b', '1-a']),
      [],
      'same same-content',
    ],
    [
      'an edit of the deletion',
      change(ABC),
      present([leaf('2-b', deleted)], ['2-b']),
      [],
      'update restores-deleted',
    ],
    [
      'an edit beside an edit of the server, in other fields',
      change(ABC),
      present([leaf('3-x', { joins: 'clean' })], ['2-b', '1-a']),
      [],
      'update joins-server-edit',
    ],
    [
      'the same beside branches that were closed',
      change(ABC),
      present([leaf('3-x', { joins: 'clean' }), leaf('4-y', deleted)], ['2-b', '1-a']),
      [],
      'update joins-server-edit',
    ],
    [
      'nothing of its own beside an edit of the server',
      change(ABC),
      present([leaf('3-x', { joins: 'nothing' })], ['2-b', '1-a']),
      [],
      'older server-has-newer',
    ],
    [
      'two edits beside one of the server, of which each could be joined',
      change(ABC),
      present([leaf('3-x', { joins: 'clean' })], ['2-b', '1-a']),
      [rival(lineage('a', 'b', 'y'))],
      'conflict two-devices',
    ],
    [
      'an edit beside two versions of the server, of which one could be joined',
      change(ABC),
      present([leaf('3-x', { joins: 'clean' }), leaf('3-w')], ['2-b', '1-a']),
      [],
      'conflict server-edited-too',
    ],
    [
      'a deletion beside an edit of the server',
      change(ABC, deleted),
      present([leaf('3-x', { joins: 'clean' })], ['2-b', '1-a']),
      [],
      'conflict server-edited-too',
    ],
    [
      'a deletion of the deletion',
      change(ABC, deleted),
      present([leaf('2-b', deleted)], ['2-b']),
      [],
      'same both-deleted',
    ],
    [
      'the winner, not the losing leaf',
      change(ABC),
      present([leaf('2-b'), leaf('1-z')], ['2-b']),
      [],
      'update',
    ],
    [
      'the winner, not a longer deleted leaf',
      change(ABC),
      present([leaf('9-z', deleted), leaf('2-b')], ['2-b']),
      [],
      'update',
    ],
    [
      'the winner, with the content of the losing leaf',
      change(ABC),
      present([leaf('2-b'), leaf('1-z', equal)], ['2-b']),
      [],
      'update',
    ],
    [
      'hidden content',
      change(ABC),
      present([leaf('2-b', { sameContent: undefined })], ['2-b']),
      [],
      'update',
    ],
    ['another device edited too', change(ABC), atB, [rival(ABX)], 'conflict two-devices'],
    ['another device deleted', change(ABC), atB, [rival(ABX, deleted)], 'conflict two-devices'],
    ['both devices deleted', change(ABC, deleted), atB, [rival(ABX, deleted)], 'deletion'],
    ['another device without history', change(ABC), atB, [rival(['3-x'])], 'update'],
    ['another device made here', change(ABC), atB, [rival(['1-m'], madeHere)], 'update'],
    [
      'another device has what the server has',
      change(ABC),
      atB,
      [rival(ABX, { sameAsServer: true })],
      'update',
    ],
    [
      'another device has an older edit',
      change(['3-c', '2-b']),
      atB,
      [rival(['2-x', '1-a'])],
      'conflict two-devices',
    ],
    [
      'a cut history beside one that it cannot hold',
      change(['5-e', '4-d']),
      present([leaf('4-d')], ['4-d']),
      [rival(['3-x', '2-b', '1-a'])],
      'conflict two-devices',
    ],
    ['a newer one came', change(ABC), atB, [rival(lineage('a', 'b', 'c', 'd'))], 'older newer-here'],
    ['the better of two equal ones', change(ABX), atB, [rival(ABC, equal)], 'update'],
    ['the other of two equal ones', change(ABC), atB, [rival(ABX, equal)], 'older same-here'],
    [
      'equal to a longer one that does not follow',
      change(ABC),
      atB,
      [rival(lineage('a', 'p', 'q', 'r'), equal)],
      'update',
    ],
    ['equal to its own ancestor', change(ABC), atB, [rival(ABC.slice(1), equal)], 'update'],
    [
      'the better of two with the content of the losing leaf',
      change(ABX),
      present([leaf('2-b'), leaf('2-a', equal)], ['2-b']),
      [rival(ABC, { ...equal, sameAsServer: true })],
      'update',
    ],
    [
      'the other of two with the content of the losing leaf',
      change(ABC),
      present([leaf('2-b'), leaf('2-a', equal)], ['2-b']),
      [rival(ABX, { ...equal, sameAsServer: true })],
      'older same-here',
    ],
  ],
  'what does not follow the version of the server': [
    [
      'edited on both sides',
      change(ABC),
      present([leaf('3-s')], ['2-b', '1-a']),
      [],
      'conflict server-edited-too',
    ],
    [
      'deleted here, edited there',
      change(ABC, deleted),
      present([leaf('3-s')], ['2-b']),
      [],
      'conflict server-edited-too',
    ],
    [
      'edited here, deleted there',
      change(ABC),
      present([leaf('3-s', deleted)], ['2-b']),
      [],
      'conflict deleted-on-server',
    ],
    [
      'deleted on both sides',
      change(ABC, deleted),
      present([leaf('3-s', deleted)], ['2-b']),
      [],
      'same both-deleted',
    ],
    [
      'the same edit on both sides',
      change(ABC),
      present([leaf('3-s', equal)], ['2-b']),
      [],
      'same same-content',
    ],
    [
      'the content of a losing leaf',
      change(ABC),
      present([leaf('4-s'), leaf('3-t', equal)], ['2-b']),
      [],
      'same same-content',
    ],
    [
      'the losing leaf followed',
      change(ABC),
      present([leaf('5-s'), leaf('2-b')], ['2-b']),
      [],
      'conflict server-edited-too',
    ],
    [
      'hidden',
      change(ABC),
      present([leaf('3-s', { sameContent: undefined })], ['2-b']),
      [],
      'conflict server-hides-content',
    ],
    ['leaves not named', change(ABC), present([], ['2-b']), [], 'conflict server-hides-content'],
    ['another first version', change(['1-a']), present([leaf('1-b')]), [], 'conflict server-edited-too'],
    [
      'equal to one that follows',
      change(lineage('a', 'p', 'q', 'r')),
      atB,
      [rival(ABC, equal)],
      'older same-here',
    ],
    ['made here', change(['1-m'], madeHere), atB, [], 'unplaced no-revision'],
    [
      'made here, equal to the server',
      change(['1-m'], madeHere),
      present([leaf('2-b', equal)]),
      [],
      'same same-content',
    ],
    [
      'made here, equal to one with history',
      change(['1-m'], madeHere),
      atB,
      [rival(ABC, equal)],
      'older same-here',
    ],
    ['without history', change(['3-c']), atB, [], 'unplaced no-history'],
    [
      'without history, of a lower generation',
      change(['2-c']),
      present([leaf('5-s')]),
      [],
      'unplaced no-history',
    ],
    [
      'without history, equal to the server',
      change(['3-c']),
      present([leaf('2-b', equal)]),
      [],
      'same same-content',
    ],
    [
      'without history, deleted on both sides',
      change(['3-c'], deleted),
      present([leaf('2-b', deleted)]),
      [],
      'same both-deleted',
    ],
    [
      'a history that ends too soon',
      change(stemmed(2, 'a', 'b', 'c', 'd', 'e')),
      atB,
      [],
      'unplaced history-too-short',
    ],
    [
      'a cut history that is long enough',
      change(stemmed(2, 'a', 'b', 'c', 'd', 'e')),
      present([leaf('4-s')]),
      [],
      'conflict server-edited-too',
    ],
    [
      'a first version of a document that went on',
      change(['1-a']),
      present([leaf('3-s')]),
      [],
      'conflict server-edited-too',
    ],
    [
      'deleted here, one of two leaves deleted there',
      change(ABC, deleted),
      present([leaf('3-s'), leaf('3-t', deleted)], ['2-b']),
      [],
      'conflict server-edited-too',
    ],
    [
      'deleted here, leaves not named',
      change(ABC, deleted),
      present([], ['2-b']),
      [],
      'conflict server-hides-content',
    ],
  ],
  'where the server hides which leaf is deleted': [
    [
      'the only leaf is followed',
      change(ABC),
      present([leaf('2-b', { deleted: undefined })], ['2-b']),
      [],
      'update',
    ],
    [
      'a hidden leaf would win',
      change(ABC),
      present([leaf('4-s', { deleted: undefined }), leaf('2-b')], ['2-b']),
      [],
      'conflict server-edited-too',
    ],
    [
      'a hidden leaf would lose',
      change(ABC),
      present([leaf('1-s', { deleted: undefined }), leaf('2-b')], ['2-b']),
      [],
      'update',
    ],
    [
      'a hidden leaf is followed, a deleted one is longer',
      change(ABC),
      present([leaf('9-s', deleted), leaf('2-b', { deleted: undefined })], ['2-b']),
      [],
      'conflict deleted-on-server',
    ],
    [
      'not known to be deleted on both sides',
      change(ABC, deleted),
      present([leaf('3-s', { deleted: undefined })], ['2-b']),
      [],
      'conflict server-edited-too',
    ],
    [
      'one missed leaf may be below a cut history, one may not',
      change(['5-e', '4-d', '3-c']),
      present([leaf('3-s', { deleted: undefined }), leaf('2-b')]),
      [],
      'conflict server-edited-too',
    ],
    [
      'one of two missed leaves cannot be compared',
      change(ABC),
      present([leaf('4-s', { deleted: undefined, sameContent: undefined }), leaf('3-s')]),
      [],
      'conflict server-hides-content',
    ],
  ],
};

describe.each(Object.entries(TABLE))('%s', (_title, rows) => {
  it.each(rows)('%s', (_what, facts, server, rivals, expected) => {
    const { class: found, reason } = classify(facts, server, rivals);
    expect(reason === null ? found : `${found} ${reason}`).toBe(expected);
  });
});

describe('the table', () => {
  const expected = Object.values(TABLE).flatMap((rows) => rows.map((row) => row[4].split(' ')));

  it('names every class but those that do not come from a revision tree', () => {
    const named = new Set(expected.map(([name]) => name));
    expect(CLASSES.filter((name) => !named.has(name))).toEqual(['contradiction', 'broken']);
  });

  it('names every reason that is worked out here', () => {
    const named = new Set(expected.map(([, reason]) => reason));
    const workedOut: readonly Reason[] = REASONS.slice(REASONS.indexOf('never-sent'));
    // `rebased` comes from a decision, and the last three from contents, not from the trees.
    expect(workedOut.filter((reason) => !named.has(reason))).toEqual([
      'rebased',
      'two-contents',
      'server-has-other-content',
      'not-chosen',
    ]);
  });
});
