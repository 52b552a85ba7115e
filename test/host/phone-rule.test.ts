/** Whether udev was told of phones: in which folder, and what takes the rule away again. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { phoneRule } from '../../electron/host/phone-rule.ts';

const NAME = '70-cht-aggregation-station.rules';
let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'rule-'))));
afterEach(() => rm(root, { recursive: true }));

async function put(folder: string, text: string | null): Promise<void> {
  const file = join(root, folder, NAME);
  await mkdir(dirname(file), { recursive: true });
  if (text === null) await symlink('/dev/null', file);
  else await writeFile(file, text);
}

it('is missing until it lies in one of the folders of udev', async () => {
  expect(await phoneRule('linux', root)).toBe('missing');
  await put('etc/udev', 'ACTION=="add"');
  expect(await phoneRule('linux', root)).toBe('missing');
  await put('usr/lib/udev/rules.d', 'ACTION=="add"');
  expect(await phoneRule('linux', root)).toBe('there');
});

it.each([
  ['leads to /dev/null', null],
  ['is empty', '\n'],
])('is taken away by one in /etc that %s', async (_how, text) => {
  await put('lib/udev/rules.d', 'ACTION=="add"');
  await put('etc/udev/rules.d', text);
  expect(await phoneRule('linux', root)).toBe('missing');
});

it.each(['darwin', 'win32'] as const)('is not needed on %s', async (system) => {
  expect(await phoneRule(system, root)).toBe('not-needed');
});
