import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
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

const rightsOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it.skipIf(process.platform === 'win32')(
  'closes to other accounts what somebody had made before, whatever the shell would have given',
  async () => {
    const dataDir = join(temporary.path, 'data');
    mkdirSync(dataDir, { mode: 0o755 });
    chmodSync(dataDir, 0o755);
    expect((await runCli(['status', '--data', dataDir])).code).toBe(0);
    const open = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/^[67]00$/.test(rightsOf(path)));
    expect(rightsOf(dataDir)).toBe('700');
    expect(open).toEqual([]);
    // Opened by somebody since: it is closed again at the next start.
    chmodSync(dataDir, 0o755);
    await makeFolders(dataDir, []);
    expect(rightsOf(dataDir)).toBe('700');
  },
);

it.skipIf(process.platform === 'win32')('leaves a folder open that holds other things', async () => {
  chmodSync(temporary.path, 0o755);
  writeFileSync(join(temporary.path, 'letter.txt'), '');
  await makeFolders(temporary.path, [join(temporary.path, 'dumps')]);
  expect(rightsOf(temporary.path)).toBe('755');
  expect(rightsOf(join(temporary.path, 'dumps'))).toBe('700');
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
