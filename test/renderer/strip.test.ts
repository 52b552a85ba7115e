/** A health worker's strip in the outbox: which numbers it shows, and with which sign-in the records go. */
import { expect, test } from 'vitest';
import { partsOf, sendsBy } from '../../renderer/screens/outbox/strip.ts';

const NOTHING = { onlyHere: 0, undecided: 0, toSend: 0, held: 0, refused: 0, accepted: 0 };

test('only numbers that are not zero, in the order of the way', () => {
  expect(partsOf(NOTHING)).toEqual([]);
  expect(partsOf({ ...NOTHING, onlyHere: 3, accepted: 1, toSend: 2, undecided: 1 })).toEqual([
    'undecided',
    'toSend',
    'accepted',
  ]);
});

test('a person sends with the own sign-in, or a station account where there is no password', () => {
  const ready = { ...NOTHING, toSend: 2 };
  expect(sendsBy({ user: 'chw1', signsIn: null, records: ready })).toBe('own');
  expect(sendsBy({ user: 'chw1', signsIn: 'password', records: ready })).toBe('own');
  expect(sendsBy({ user: 'chw1', signsIn: 'link', records: ready })).toBe('account');
  expect(sendsBy({ user: 'chw1', signsIn: 'sso', records: ready })).toBe('account');
});

test('what is of nobody has no sign-in that takes it along, and nothing needs none', () => {
  expect(sendsBy({ user: null, signsIn: null, records: { ...NOTHING, toSend: 2 } })).toBe(null);
  expect(sendsBy({ user: 'chw1', signsIn: null, records: { ...NOTHING, refused: 2 } })).toBe(null);
});
