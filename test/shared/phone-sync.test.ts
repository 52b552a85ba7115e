/** What a phone would send by itself, by where it stands here. */
import { expect, it } from 'vitest';
import { goingOf, TO_AGREE, type GoingChange } from '../../shared/phone-sync.ts';

const PLAIN: GoingChange = {
  kind: 'report',
  class: 'new',
  state: 'open',
  approvedClass: null,
  unusual: [],
  approvedUnusual: [],
  reason: null,
  refused: null,
  deleted: false,
  isSettled: false,
  isAside: false,
};

it('a deletion that nobody approved is called so, compared or not, and somebody has to agree', () => {
  expect(goingOf(PLAIN)).toBe('open');
  for (const kind of ['deletion', 'unchecked'] as const)
    expect(goingOf({ ...PLAIN, class: kind, deleted: true })).toBe('deletion');
  expect(TO_AGREE).toContain('deletion');
  expect(
    goingOf({ ...PLAIN, class: 'deletion', approvedClass: 'deletion', deleted: true, state: 'approved' }),
  ).toBe('approved');
  expect(goingOf({ ...PLAIN, class: 'contradiction', deleted: true })).toBe('conflict');
  // The app works these out again whenever it likes.
  expect(goingOf({ ...PLAIN, kind: 'task', deleted: true })).toBe('computed');
});

it('what the server has moved from under an approval is not approved any more', () => {
  const approved: GoingChange = { ...PLAIN, state: 'approved', approvedClass: 'new' };
  for (const now of ['new', 'update'] as const) expect(goingOf({ ...approved, class: now })).toBe('approved');
  expect(goingOf({ ...approved, class: 'conflict' })).toBe('conflict');
  for (const now of ['unplaced', 'unchecked'] as const)
    expect(goingOf({ ...approved, class: now })).toBe('open');
  expect(goingOf({ ...approved, class: 'deletion', deleted: true })).toBe('deletion');
  expect(goingOf({ ...approved, class: 'same' })).toBe('same');
  // Something about it is unusual that was not so when somebody looked.
  const unusual = [{ rule: 'dated-in-future' as const, number: 1 }];
  expect(goingOf({ ...approved, unusual })).toBe('open');
  expect(goingOf({ ...approved, unusual, approvedUnusual: ['dated-in-future'] })).toBe('approved');
});
