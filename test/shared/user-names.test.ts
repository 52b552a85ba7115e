import { describe, expect, test } from 'vitest';
import { isUserName, userNameProposed } from '../../shared/user-names.ts';

describe('a name of a CHT user', () => {
  test.each(['chw1', 'amina.b', 'district_sup-2', '0041'])('is %s', (name) => {
    expect(isUserName(name)).toBe(true);
  });

  test.each([
    '',
    'CHW1',
    'chw1 ',
    'сhw1',
    'chw1\u200b',
    '../chw1',
    '<script>',
    'chw\u202e1',
    'a'.repeat(201),
  ])('is not %j', (name) => {
    expect(isUserName(name)).toBe(false);
  });
});

describe('the name of a file', () => {
  test.each([
    ['chw1', 'chw1'],
    ['Copy of chw1', 'chw1'],
    ['Copy (2) of chw1', 'chw1'],
    ['Copy of Copy of chw1', 'chw1'],
    ['Copie de chw1', 'chw1'],
    ['~$chw1', 'chw1'],
    ['  chw1  ', 'chw1'],
  ])('%j proposes %s', (text, name) => {
    expect(userNameProposed(text)).toBe(name);
  });

  test.each(['Backup Monday', 'сhw1', '', 'Copy of '])('%j proposes nobody', (text) => {
    expect(userNameProposed(text)).toBeNull();
  });
});
