/** What an open file answers while its stick is being pulled out, in the words of each system. */
import { writeFileSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openLocal } from '../../electron/intake/file-to-copy.ts';
import { pathFiles } from '../../electron/sources/path-files.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let path: string;
let reads: FileHandle;

beforeEach(async () => {
  temporary = temporaryFolder();
  path = join(temporary.path, 'dump.json');
  writeFileSync(path, '{}');
  const handle = await open(path);
  reads = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  temporary.remove();
});

const refused = (errno: string) =>
  vi.spyOn(reads, 'read').mockRejectedValue(Object.assign(new Error(errno), { code: errno }));

it.each([
  ['EIO', 'bad-sector'],
  ['ENXIO', 'source-gone'],
  // Windows, where libuv knows no name for what the system says, or takes it for a folder.
  ['UNKNOWN', 'not-readable'],
  ['EISDIR', 'not-readable'],
])('%s is told as %s, and as gone once the file is', async (errno, code) => {
  const local = await openLocal(path);
  const onStick = await pathFiles(temporary.path).open('dump.json');
  refused(errno);
  // The monitor of devices asks the system about what it reads by itself (`open-files.ts`).
  await expect(onStick.read(0, 2)).rejects.toMatchObject({ code });
  await expect(local.read(0, 2)).rejects.toMatchObject({ code });
  await onStick.close();
  await rm(path);
  await expect(local.read(0, 2)).rejects.toMatchObject({ code: 'source-gone' });
  await local.close();
});
