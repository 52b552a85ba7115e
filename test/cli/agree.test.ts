/** A terminal asks before records are deleted; where there is none, nothing is. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { agreeToAccount, agreeToDelete, agreeToUnplaced } from '../../electron/cli/agree.ts';
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

it('what may stand beside a newer version is asked about in its own words', async () => {
  expect(await agreeToUnplaced(TWO, {}, terminal('yes\n'))).toBe(2);
  expect(said[0]).toBe(
    'It is not known of 2 records which version is newer. The server may then have two versions of each:\n',
  );
  const otherwise = { code: 'would-conflict', detail: '2' };
  await expect(agreeToUnplaced(TWO, {}, terminal('no\n'))).rejects.toMatchObject(otherwise);
  await expect(agreeToUnplaced(TWO, {}, terminal('', false))).rejects.toMatchObject(otherwise);
  expect(said.at(-1)).toBe('There is no terminal to ask in: with --yes they are approved as they are.\n');
  expect(await agreeToUnplaced(TWO, { yes: true }, terminal('', false))).toBe(2);
});

it('a station account is agreed to by a word of its own, and told whose records it sends', async () => {
  const owners = [
    { user: 'chw1', records: 2 },
    { user: null, records: 1 },
  ];
  await agreeToAccount('sup_online', owners, terminal('yes\n'));
  expect(said).toEqual([
    'sup_online is a station account: it sends the approved records of all health workers. Nothing was sent yet.\n',
    '  chw1: 2 records\n',
    '  nobody knows whose: 1 record\n',
  ]);
  for (const talk of [terminal('no\n'), terminal('', false)])
    await expect(agreeToAccount('sup_online', owners, talk)).rejects.toMatchObject({ code: 'is-account' });
});
