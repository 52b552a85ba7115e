/** The buttons of a record: the safe way first, "Send as it is" last and asked about. */
import { describe, expect, test } from 'vitest';
import { nameToPropose } from '../../renderer/hooks/use-sign-in.ts';
import { waysOf } from '../../renderer/screens/review/ways.ts';
import { CLASSES, type ChangeClass } from '../../shared/review.ts';
import { APPROVABLE_CLASSES } from '../../shared/states.ts';

type Seen = Parameters<typeof waysOf>[0];
const NOTHING = {
  approve: false,
  try: false,
  settle: false,
  choose: false,
  checkAgain: false,
  hold: true,
  release: false,
  rebase: false,
};

/** As the station tells what may be done with an open change of this class. */
function seen(kind: ChangeClass, more: Partial<Omit<Seen, 'may'>> = {}, compared = true): Seen {
  return {
    class: kind,
    deleted: kind === 'deletion',
    refusal: null,
    unusual: kind === 'deletion' ? [{ rule: 'deletion', number: 1 }] : [],
    ...more,
    may: {
      ...NOTHING,
      approve: APPROVABLE_CLASSES.includes(kind),
      settle: kind === 'conflict',
      choose: kind === 'contradiction',
      checkAgain: more.refusal != null,
      rebase: kind === 'unplaced' && compared,
    },
  };
}
const REFUSED = { refusal: 'outside-area' };

describe('the first way', () => {
  test.each<[string, Seen, boolean, ReturnType<typeof waysOf>]>([
    ['new', seen('new'), true, { first: 'approve', asItIs: false, asked: [] }],
    ['update', seen('update'), true, { first: 'approve', asItIs: false, asked: [] }],
    ['deletion', seen('deletion'), true, { first: 'approve', asItIs: false, asked: ['deletion'] }],
    ['conflict', seen('conflict'), true, { first: 'settle', asItIs: false, asked: [] }],
    ['contradiction', seen('contradiction'), true, { first: 'choose', asItIs: false, asked: [] }],
    [
      'a conflict under a refusal',
      seen('conflict', REFUSED),
      true,
      { first: 'settle', asItIs: false, asked: ['refused'] },
    ],
    [
      'unplaced, the server’s version is here',
      seen('unplaced'),
      true,
      { first: 'rebase', asItIs: true, asked: ['unplaced'] },
    ],
    [
      'unplaced, the server was not asked',
      seen('unplaced', {}, false),
      false,
      { first: 'compare', asItIs: true, asked: ['unplaced'] },
    ],
    [
      'unplaced, the server hides its version',
      seen('unplaced'),
      false,
      { first: 'compare', asItIs: true, asked: ['unplaced'] },
    ],
    ['refused', seen('new', REFUSED), true, { first: 'check', asItIs: true, asked: ['refused'] }],
    [
      'a refused deletion',
      seen('deletion', REFUSED),
      true,
      { first: 'check', asItIs: true, asked: ['deletion', 'refused'] },
    ],
    [
      'refused and unplaced',
      seen('unplaced', REFUSED),
      true,
      { first: 'check', asItIs: true, asked: ['refused', 'unplaced'] },
    ],
    [
      'unusual',
      seen('new', { unusual: [{ rule: 'dated-in-future', number: 1 }] }),
      true,
      { first: 'approve', asItIs: false, asked: ['unusual'] },
    ],
  ])('of what is %s', (_, change, on, ways) => {
    expect(waysOf(change, { on })).toEqual(ways);
  });

  test('what may be tried to see what the server says has a button of its own', () => {
    const guessed = seen('new', REFUSED);
    const ways = waysOf({ ...guessed, may: { ...guessed.may, try: true } }, { on: true });
    expect(ways).toMatchObject({ first: 'check', asItIs: false });
  });

  test('approves nothing at once that is neither ordinary nor asked about', () => {
    const unasked = CLASSES.flatMap((kind) =>
      [{}, REFUSED, { deleted: true }].filter((more) => {
        const { first, asItIs, asked } = waysOf(seen(kind, more), { on: false });
        const approves = first === 'approve' || asItIs;
        const isPlain = ['new', 'update', 'unchecked'].includes(kind) && Object.keys(more).length === 0;
        return approves && !isPlain && asked.length === 0;
      }),
    );
    expect(unasked).toEqual([]);
  });
});

describe('the name that is filled in', () => {
  const owners = [
    { user: 'chw1', records: 2, signsIn: 'password' as const },
    { user: 'chw2', records: 1, signsIn: 'link' as const },
    { user: null, records: 1 },
  ];
  test('is the last one where it owns some of what is sent and has a password', () => {
    expect(nameToPropose('chw1', owners)).toBe('chw1');
  });
  test('is none that owns nothing of it, or cannot be typed', () => {
    for (const last of ['', 'chw2', 'chw3', 'sup_online']) expect(nameToPropose(last, owners)).toBe('');
    expect(nameToPropose('chw1', [])).toBe('');
  });
  test('is the last one where nothing is sent', () => {
    expect(nameToPropose('chw3', undefined)).toBe('chw3');
  });
});
