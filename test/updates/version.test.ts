import { describe, expect, it } from 'vitest';
import { isNewer, isVersion, newestOf } from '../../electron/updates/version.ts';

describe('a version', () => {
  it.each(['0.1.0', '1.2.3', '10.0.999999'])('%s is one', (text) => expect(isVersion(text)).toBe(true));
  it.each([
    '',
    '1',
    '1.2',
    '1.2.3.4',
    '01.2.3',
    'v1.2.3',
    '1.2.3-beta',
    '1.2.3 ',
    '1.2.٣',
    '9999999.0.0',
    '1.2.-3',
  ])('%j is none', (text) => expect(isVersion(text)).toBe(false));

  it.each([
    ['1.2.0', '1.1.9'],
    ['1.10.0', '1.9.0'],
    ['2.0.0', '1.99.99'],
    ['1.2.0', '1.2.0-beta.1'],
    ['0.0.1', '0.0.0-test'],
  ])('%s is newer than %s, and not the other way round', (newer, older) => {
    expect(isNewer(newer, older)).toBe(true);
    expect(isNewer(older, newer)).toBe(false);
  });

  it.each([
    ['1.2.0', '1.2.0'],
    ['1.1.0', '1.2.0-beta.1'],
    ['1.2.0-beta.2', '1.1.0'],
    ['1.2.0', 'unknown'],
    ['later', '1.2.0'],
  ])('%s is not newer than %s', (one, other) => expect(isNewer(one, other)).toBe(false));

  it('the newest of several', () => {
    expect(newestOf(['1.2.0', null, '1.10.0', '1.9.0'])).toBe('1.10.0');
    expect(newestOf([null, '0.1.0'])).toBe('0.1.0');
    expect(newestOf([null])).toBe(null);
  });
});
