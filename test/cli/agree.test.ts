/** A terminal asks before records are deleted; where there is none, nothing is. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { agreeToDelete } from '../../electron/cli/agree.ts';
import type { Talk } from '../../electron/cli/talk.ts';
import { speak } from '../../electron/cli/say.ts';

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  speak('en');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const terminal = (answer: string, isTTY = true): Talk => {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(answer);
  return { input, output: Object.assign(new PassThrough().resume(), { isTTY }) };
};
const TWO = { records: 2, names: ['Home visit · Ann', '\u202eHome\u001b[2J visit · Ben'] };
const refused = { code: 'would-delete', detail: '2' };

it('the number and the names are told, as clean as in lists, and a “yes” agrees to all of them', async () => {
  expect(await agreeToDelete(TWO, {}, terminal('yes\n'))).toBe(2);
  expect(said).toEqual([
    '2 records would be deleted on the server:\n',
    '  Home visit · Ann\n',
    '  Home\ufffd[2J visit · Ben\n',
  ]);
});

it('of many a handful is named', async () => {
  await agreeToDelete({ records: 41, names: ['a', 'b'] }, { yes: true });
  expect(said.at(-1)).toBe('  and 39 more\n');
});

it.each(['\n', 'n\n', 'y\n', 'no yes\n', ''])('anything else than the word is no: %j', async (answer) => {
  await expect(agreeToDelete(TWO, {}, terminal(answer))).rejects.toMatchObject(refused);
});

it('without a terminal nothing is asked and nothing is deleted, but with --yes', async () => {
  await expect(agreeToDelete(TWO, {}, terminal('yes\n', false))).rejects.toMatchObject(refused);
  expect(said.at(-1)).toContain('--yes');
  expect(await agreeToDelete(TWO, { yes: true }, terminal('', false))).toBe(2);
});

it('nothing to delete is nothing to ask', async () => {
  expect(await agreeToDelete({ records: 0, names: [] }, {}, terminal(''))).toBe(0);
  expect(said).toEqual([]);
});
