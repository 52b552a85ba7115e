/** What a phone would send by itself, by where it stands here. */
import { expect, it } from 'vitest';
import { goingOf, TO_AGREE, type GoingChange } from '../../shared/phone-sync.ts';

const PLAIN: GoingChange = {
  kind: 'report',
  class: 'new',
  state: 'open',
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
  expect(goingOf({ ...PLAIN, class: 'deletion', deleted: true, state: 'approved' })).toBe('approved');
  expect(goingOf({ ...PLAIN, class: 'contradiction', deleted: true })).toBe('conflict');
  // The app works these out again whenever it likes.
  expect(goingOf({ ...PLAIN, kind: 'task', deleted: true })).toBe('computed');
});
