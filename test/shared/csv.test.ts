import { expect, test } from 'vitest';
import { csvOf } from '../../shared/csv.ts';

const cellOf = (value: string): string => csvOf(['a'], [[value]]).split('\r\n')[1] ?? '';

test.each([
  ['=1+1', "'=1+1"],
  ['\u200b=1+1', "'=1+1"],
  [' \t=1+1', "'  =1+1"],
  ['\n=1+1', "' =1+1"],
  ['\uff1d1+1', "'\uff1d1+1"],
  ['+254', "'+254"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['Amina;=cmd()', "Amina;'=cmd()"],
  ['a; \t-1;@b|+c', "a;  '-1;'@b|'+c"],
  ['a;\u200b\uff1dcmd()', "a;'\uff1dcmd()"],
  ['2;3 = 5', '2;3 = 5'],
])('a formula is text: %j', (value, cell) => {
  expect(cellOf(value)).toBe(`"${cell}"`);
});

test.each([
  ['chw1\u202etxt', 'chw1txt'],
  ['a\u001b[2Jb', 'a [2Jb'],
  ['two\r\nlines', 'two lines'],
  ['a,"b"', 'a,""b""'],
])('no sign that cannot be seen, and one line a row: %j', (value, cell) => {
  expect(cellOf(value)).toBe(`"${cell}"`);
});

test('every cell is quoted: numbers, names of columns and what is not there too', () => {
  expect(csvOf(['a', 'b', 'c'], [[1, null, 'x']])).toBe('"a","b","c"\r\n"1","","x"\r\n');
});
