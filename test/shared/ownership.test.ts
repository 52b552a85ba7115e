import { expect, it } from 'vitest';
import { flagsAfter, mayAssign } from '../../shared/ownership.ts';

it.each([
  // The dump says it: never, whatever else is known.
  [{ user: 'chw1', flags: [], left: false }, 'named'],
  [{ user: 'chw1', flags: ['typed-user-differs'], left: false }, 'named'],
  // A dump that was split, in a ledger from before each part had flags of its own.
  [{ user: 'chw1', flags: ['unknown-user', 'several-users'], left: false }, 'named'],
  [{ user: 'chw1', flags: [], left: true }, 'named'],
  [{ user: null, flags: ['unknown-user'], left: false }, 'yes'],
  [{ user: null, flags: ['unknown-user'], left: true }, 'sent'],
  [{ user: 'chw1', flags: ['typed-user'], left: false }, 'yes'],
  [{ user: 'chw1', flags: ['typed-user'], left: true }, 'sent'],
] as const)('%j may be said to be somebody’s: %s', (batch, expected) => {
  expect(mayAssign(batch)).toBe(expected);
});

it('the flags say where a name is from, and keep the others', () => {
  expect(flagsAfter(['unknown-user', 'clock-off'], 'chw1')).toEqual(['typed-user', 'clock-off']);
  expect(flagsAfter(['typed-user', 'clock-off'], 'chw2')).toEqual(['typed-user', 'clock-off']);
  expect(flagsAfter(['typed-user', 'clock-off'], null)).toEqual(['unknown-user', 'clock-off']);
});
