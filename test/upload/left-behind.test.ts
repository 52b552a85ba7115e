/** Half a character is found wherever it stands in the JSON, and only there. */
import { expect, test } from 'vitest';
import { holdsHalfCharacter } from '../../electron/upload/left-behind.ts';

test.each([
  ['a whole emoji', { note: '\ud83d\ude00' }, false],
  ['its first half', { note: 'a\ud83d' }, true],
  ['its second half', { note: '\ude00a' }, true],
  ['the halves the wrong way round', { note: '\ude00\ud83d' }, true],
  ['two first halves before a second', { note: '\ud83d\ud83d\ude00' }, true],
  ['a name of a field', { 'a\ud83d': 1 }, true],
  ['deep inside', { fields: { list: [{ note: '\ud83d' }] } }, true],
  ['text that reads like an escape', { note: '\\ud83d' }, false],
  ['a backslash between two halves', { note: '\ud83d\\\ude00' }, true],
  ['a backslash before a whole emoji', { note: '\\\ud83d\ude00' }, false],
])('%s', (_what, body, half) => {
  expect(holdsHalfCharacter(JSON.stringify(body))).toBe(half);
});

test('a whole emoji that is escaped is none', () => {
  expect(holdsHalfCharacter('{"note":"\\uD83D\\uDE00"}')).toBe(false);
  expect(holdsHalfCharacter('{"note":"\\uD83D\\\\uDE00"}')).toBe(true);
});
