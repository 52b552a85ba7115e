/** A file that somebody chose and the same file on a plugged stick: what is wrong with it is called the same. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocal } from '../../../electron/intake/file-to-copy.ts';
import { pathFiles } from '../../../electron/sources/path-files.ts';
import { StationError } from '../../../shared/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** Windows makes links for administrators only. */
const hasLinks = process.platform !== 'win32';
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'folder'));
  writeFileSync(join(folder.path, 'file'), 'text');
  if (hasLinks) symlinkSync(join(folder.path, 'file'), join(folder.path, 'link'));
});
afterAll(() => folder.remove());

/** What is said when the file is opened and its first bytes are read. */
async function saidOf(open: () => Promise<{ read(offset: number, length: number): Promise<Uint8Array> }>) {
  try {
    const file = await open();
    return (await file.read(0, 16)).length;
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

async function bothSay(root: string, name: string): Promise<unknown[]> {
  const plugged = pathFiles(root);
  try {
    return [await saidOf(() => openLocal(join(root, name))), await saidOf(() => plugged.open(name))];
  } finally {
    await plugged.close();
  }
}

it.each<readonly [name: string, said: unknown]>([
  ['file', 4],
  ['folder', 'is-folder'],
  ...(hasLinks ? [['link', 'link-skipped'] as const] : []),
  ['nothing', 'source-gone'],
  ['file/below', 'source-gone'],
])('%s: %s', async (name, said) => {
  expect(await bothSay(folder.path, name)).toEqual([said, said]);
});

// The system answers EIO where no memory is: the same as for a sector that cannot be read.
it.runIf(process.platform === 'linux')('a part that cannot be read is damage', async () => {
  expect(await bothSay(`/proc/${process.pid}`, 'mem')).toEqual(['bad-sector', 'bad-sector']);
});
