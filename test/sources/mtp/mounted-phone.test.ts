import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountedPhone } from '../../../electron/sources/mtp/mounted-phone.ts';
import { pathFiles } from '../../../electron/sources/path-files.ts';

const never = new AbortController().signal;
const LIMITS = { files: 100, depth: 8 };
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'station-gvfs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), path);
}

test('the folders of dumps, and no others', async () => {
  const app = 'Android/data/org.medicmobile.webapp.mobile/files';
  const wanted = ['Internal/Download/a.json', `Internal/${app}/b.json`, 'SD card/Documents/in/c.json'];
  for (const path of wanted) await write(path);
  for (const path of ['Internal/DCIM/1.jpg', 'Internal/x.json', 'Internal/Android/data/com.other/y.json'])
    await write(path);
  const files = mountedPhone(root, pathFiles);
  const { files: list } = await files.list(LIMITS, never);
  expect(list.map(({ name }) => name).sort()).toEqual(wanted.sort());
  for (const { file, name } of list) {
    const opened = await files.open(file);
    expect(Buffer.from(await opened.read(0, 100)).toString()).toBe(name);
  }
  const some = await files.list({ files: 2, depth: 8 }, never);
  expect(some.files).toHaveLength(2);
  expect(some.missed).toEqual([{ name: '', code: 'too-many-files' }]);
  await files.close();
});

test('nothing in it: locked; not there: gone', async () => {
  await expect(mountedPhone(root, pathFiles).list(LIMITS, never)).rejects.toMatchObject({
    code: 'phone-locked',
  });
  const gone = mountedPhone(join(root, 'none'), pathFiles);
  await expect(gone.list(LIMITS, never)).rejects.toMatchObject({ code: 'source-gone' });
});
