import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import promises, { open, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ownDisk, type OwnDisk } from '../../electron/disk/own-disk.ts';
import { copyDump, dumpFile, type CopyOptions } from '../../electron/intake/copy.ts';
import { temporaryFolder } from '../support/folder.ts';
import { smallDisk } from '../support/small-disk.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let stick: string;
let dumps: string;

beforeEach(() => {
  temporary = temporaryFolder();
  stick = join(temporary.path, 'stick');
  dumps = join(temporary.path, 'dumps');
  mkdirSync(stick);
  mkdirSync(dumps);
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  temporary.remove();
});

function put(name: string, bytes: string | Uint8Array): string {
  const path = join(stick, name);
  writeFileSync(path, bytes);
  // Long ago, so that a change while it is copied shows in the time.
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  return path;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The code of the failure; the folder of the copies must be as empty as before. */
async function failure(path: string, options: CopyOptions = {}, folder = dumps): Promise<unknown> {
  const before = readdirSync(folder);
  const code = await copyDump(path, folder, options).then(
    () => 'no failure',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
  expect(readdirSync(folder)).toEqual(before);
  return code;
}

describe('copying a dump', () => {
  it.each([1, 5000, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 9 * 1024 * 1024])(
    'of %i bytes gives the same bytes, named by their sha256',
    async (size) => {
      const bytes = randomBytes(size);
      const copied = await copyDump(put('a.json', bytes), dumps);
      expect(copied).toEqual({ dump: hashOf(bytes), file: dumpFile(dumps, hashOf(bytes)), bytes: size });
      expect(hashOf(readFileSync(copied.file))).toBe(hashOf(bytes));
      expect(readdirSync(dumps)).toEqual([`${hashOf(bytes)}.dump`]);
      // Nobody else on this computer may read what health workers wrote.
      expect(process.platform === 'win32' ? 0 : statSync(copied.file).mode & 0o077).toBe(0);
    },
  );

  /** Windows lets nobody take the place of a file that is open. */
  const refusing: OwnDisk = ownDisk({
    system: 'linux',
    calls: {
      rename: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
      rm: promises.rm,
    },
  });

  it('that is here already leaves the safe copy in its place, also while it is being read', async () => {
    const bytes = randomBytes(5000);
    const path = put('a.json', bytes);
    const first = await copyDump(path, dumps);
    const { ino } = statSync(first.file);
    expect(await copyDump(path, dumps, { disk: refusing })).toEqual(first);
    expect(statSync(first.file).ino).toBe(ino);
    expect(readdirSync(dumps)).toEqual([`${first.dump}.dump`]);
  });

  it('takes the place of a safe copy that is damaged, whatever its size', async () => {
    const bytes = randomBytes(5000);
    const path = put('a.json', bytes);
    const { file } = await copyDump(path, dumps);
    writeFileSync(file, randomBytes(5000));
    await copyDump(path, dumps);
    expect(hashOf(readFileSync(file))).toBe(hashOf(bytes));
    truncateSync(file, 10);
    await copyDump(path, dumps);
    expect(hashOf(readFileSync(file))).toBe(hashOf(bytes));
    expect(readdirSync(dumps)).toHaveLength(1);
  });

  it('that gets no place is told, and leaves nothing behind', async () => {
    expect(await failure(put('a.json', 'x'.repeat(1000)), { disk: refusing })).toBe('data-not-writable');
  });

  it('leaves the file on the stick as it is', async () => {
    const path = put('a.json', 'x'.repeat(1000));
    const before = statSync(path);
    await copyDump(path, dumps);
    expect(statSync(path).mtimeMs).toBe(before.mtimeMs);
    expect(readFileSync(path, 'utf8')).toBe('x'.repeat(1000));
  });

  it('twice is one copy', async () => {
    const first = await copyDump(put('a.json', 'the same'), dumps);
    const second = await copyDump(put('b.json', 'the same'), dumps);
    expect(second).toEqual(first);
    expect(readdirSync(dumps)).toHaveLength(1);
  });

  it('syncs the bytes before the copy gets its name, and the folder after', async () => {
    const steps: string[] = [];
    const handle = await open(put('probe', 'x'));
    const prototype = Object.getPrototypeOf(handle) as Pick<FileHandle, 'sync'>;
    await handle.close();
    const { sync } = prototype;
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      steps.push((await this.stat()).isDirectory() ? 'sync folder' : 'sync file');
      await sync.call(this);
    });
    const { rename } = promises;
    vi.spyOn(promises, 'rename').mockImplementation(async (from, to) => {
      steps.push('rename');
      await rename(from, to);
    });
    syncBuiltinESMExports();
    await copyDump(put('a.json', 'x'.repeat(100)), dumps);
    expect(steps).toEqual(
      process.platform === 'win32' ? ['sync file', 'rename'] : ['sync file', 'rename', 'sync folder'],
    );
  });

  it('tells how far it is, never more than all', async () => {
    const told: [number, number][] = [];
    const size = 9 * 1024 * 1024;
    await copyDump(put('a.json', Buffer.alloc(size)), dumps, {
      onProgress: (done, total) => told.push([done, total]),
    });
    expect(told.at(-1)).toEqual([size, size]);
    expect(told.length).toBeGreaterThan(1);
    for (const [at, [done, total]] of told.entries()) {
      expect(total).toBe(size);
      expect(done).toBeGreaterThan(told[at - 1]?.[0] ?? 0);
      expect(done).toBeLessThanOrEqual(size);
    }
  });
});

describe('what is no file to copy', () => {
  it('is named: a folder, nothing there, nothing in it', async () => {
    mkdirSync(join(stick, 'folder'));
    expect(await failure(join(stick, 'folder'))).toBe('is-folder');
    expect(await failure(join(stick, 'gone.json'))).toBe('source-gone');
    expect(await failure(join(stick, 'gone', 'a.json'))).toBe('source-gone');
    expect(await failure(put('empty.json', ''))).toBe('empty-file');
  });

  it.skipIf(process.platform === 'win32')('is not followed where it is a link', async () => {
    const target = put('a.json', 'secret');
    symlinkSync(target, join(stick, 'link.json'));
    symlinkSync(join(stick, 'nowhere'), join(stick, 'broken.json'));
    expect(await failure(join(stick, 'link.json'))).toBe('link-skipped');
    expect(await failure(join(stick, 'broken.json'))).toBe('link-skipped');
  });

  it.skipIf(process.platform === 'win32')('cannot make the station wait: a pipe, a device', async () => {
    execFileSync('mkfifo', [join(stick, 'pipe.json')]);
    expect(await failure(join(stick, 'pipe.json'))).toBe('not-a-file');
    expect(await failure('/dev/zero')).toBe('not-a-file');
  });
});

describe('a file that changes while it is copied', () => {
  const changes: [string, (path: string) => void, string][] = [
    ['grows', (path) => appendFileSync(path, 'more'), 'file-changed'],
    ['shrinks', (path) => truncateSync(path, 10), 'file-changed'],
    ['is written over', (path) => writeFileSync(path, randomBytes(BIG)), 'file-changed'],
    ['is deleted', (path) => rmSync(path), 'source-gone'],
    [
      'is replaced',
      (path) => {
        writeFileSync(`${path}.new`, randomBytes(BIG));
        renameSync(`${path}.new`, path);
      },
      'file-changed',
    ],
  ];
  const BIG = 9 * 1024 * 1024;

  it.each(changes)('is not taken when it %s', async (_, change, expected) => {
    for (const moment of ['first piece', 'last piece']) {
      const path = put('a.json', randomBytes(BIG));
      let done = false;
      const code = await failure(path, {
        onProgress: (bytes, total) => {
          if (done || (moment === 'last piece' && bytes < total)) return;
          done = true;
          change(path);
        },
      });
      expect(code, moment).toBe(expected);
    }
  });

  it('is taken once it has stopped changing', async () => {
    const path = put('a.json', randomBytes(BIG));
    let grown = false;
    const grow = (): void => {
      if (!grown) appendFileSync(path, 'the end');
      grown = true;
    };
    expect(await failure(path, { onProgress: grow })).toBe('file-changed');
    const copied = await copyDump(path, dumps, { onProgress: grow });
    expect(copied.dump).toBe(hashOf(readFileSync(path)));
  });
});

describe('stopping', () => {
  it('in the middle leaves nothing behind', async () => {
    const stopping = new AbortController();
    const path = put('a.json', Buffer.alloc(9 * 1024 * 1024));
    let parts = 0;
    const code = await failure(path, {
      signal: stopping.signal,
      onProgress: () => {
        parts = readdirSync(dumps).length;
        stopping.abort();
      },
    });
    expect(code).toBe('cancelled');
    expect(parts).toBe(1);
  });

  it('before it began copies nothing', async () => {
    expect(await failure(put('a.json', 'x'), { signal: AbortSignal.abort() })).toBe('cancelled');
  });
});

describe('the disk of the station', () => {
  it('may be full: it is said, nothing of the copy stays, and what was there stays', async ({ skip }) => {
    const disk = smallDisk(1);
    if (disk === null) return skip('needs the right to mount a small file system');
    try {
      const before = await copyDump(put('small.json', 'x'.repeat(1000)), disk.path);
      const large = put('large.json', randomBytes(2 * 1024 * 1024));
      expect(await failure(large, {}, disk.path)).toBe('disk-full');
      expect(readFileSync(before.file, 'utf8')).toBe('x'.repeat(1000));
      // There is room again, and the same file goes through.
      truncateSync(large, 500_000);
      expect((await copyDump(large, disk.path)).bytes).toBe(500_000);
    } finally {
      disk.remove();
    }
  });

  it('may be gone: that is not the fault of the stick', async () => {
    const path = put('a.json', 'x');
    await expect(copyDump(path, join(temporary.path, 'nowhere'))).rejects.toMatchObject({ code: 'internal' });
  });
});
