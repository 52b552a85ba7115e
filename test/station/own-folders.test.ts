import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from '../../electron/station/own-folders.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

it('makes the folders and leaves nothing else', async () => {
  const dataDir = join(temporary.path, 'data');
  await makeFolders(dataDir, [join(dataDir, 'dumps')]);
  expect(existsSync(join(dataDir, 'dumps'))).toBe(true);
  expect(existsSync(join(dataDir, '.written'))).toBe(false);
});

it('says which folder cannot be written', async () => {
  const dataDir = join(temporary.path, 'data');
  writeFileSync(dataDir, 'a file in its place');
  await expect(makeFolders(dataDir, [join(dataDir, 'dumps')])).rejects.toMatchObject({
    code: 'data-not-writable',
    detail: dataDir,
  });
  mkdirSync(join(temporary.path, 'other'));
  writeFileSync(join(temporary.path, 'other', 'dumps'), '');
  await expect(
    makeFolders(join(temporary.path, 'other'), [join(temporary.path, 'other', 'dumps')]),
  ).rejects.toMatchObject({ code: 'data-not-writable' });
});

it('is told by the terminal in words', async () => {
  const dataDir = join(temporary.path, 'data');
  writeFileSync(dataDir, 'a file in its place');
  const told = await runCli(['status', '--data', dataDir]);
  expect(told.code).toBe(1);
  expect(told.stderr).toContain('cannot write to its data folder');
  expect(told.stderr).toContain(dataDir);
  expect(told.stderr).not.toContain(' at ');
});
