import { expect, test } from 'vitest';
import { sinceOf } from '../../../shared/web-view/since.ts';

const KNOWN = [{ device: 'device-1', databaseId: 'db-1', sequence: 40 }];
const opened = { device: 'device-1', databaseId: 'db-1', sequence: 50 };

test.each([
  ['a phone that was read before', opened, KNOWN, { sequence: 40, why: 'again' }],
  ['one on which nothing is new', { ...opened, sequence: 40 }, KNOWN, { sequence: 40, why: 'again' }],
  ['one that was never read', opened, [], { sequence: 0, why: 'first' }],
  ['another device', { ...opened, device: 'device-2' }, KNOWN, { sequence: 0, why: 'first' }],
  ['a database that was made anew', { ...opened, databaseId: 'db-2' }, KNOWN, { sequence: 0, why: 'reset' }],
  ['one that is older than it was', { ...opened, sequence: 39 }, KNOWN, { sequence: 0, why: 'reset' }],
  ['one that does not say which it is', { ...opened, device: null }, KNOWN, { sequence: 0, why: 'unknown' }],
  ['a database without an id', { ...opened, databaseId: null }, KNOWN, { sequence: 0, why: 'unknown' }],
])('%s', (_what, phone, known, since) => {
  expect(sinceOf(phone, known)).toEqual(since);
});
