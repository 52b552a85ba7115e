/**
 * Writing to the station's own disk: what is renamed, replaced and removed there goes through here. A file that was
 * just written may be open in a virus scanner or an indexer for a moment; Windows then refuses to rename or remove
 * it, so it is tried again for some seconds there. Everywhere else a refusal is final and comes at once. What cannot
 * wait goes through `own-disk-now.ts`; a rule of the linter keeps renames and removals out of everywhere else.
 */
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { SYSTEM_TIMERS, wait, type Timers } from '../../shared/timers.ts';

/** The calls of the file system that are tried again; a test has others. */
export interface DiskCalls {
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly rm: (path: string, options: { force: boolean; recursive: boolean }) => Promise<void>;
}

export interface OwnDisk {
  /** Takes the place of a file that is there already. */
  rename(from: string, to: string): Promise<void>;
  /** Writes a small file so that it is the old one or the new one, never half of it. */
  replaceFile(path: string, text: string | Uint8Array): Promise<void>;
  /** Removes a file; nothing there is as good. A folder in its place stays: it is not what was meant. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all that is in it; nothing there is as good. */
  removeFolder(path: string): Promise<void>;
}

/** What Windows says while somebody else has a file open (libuv: `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`). */
export const HELD: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** A folder is not empty while a file that was removed from it is still open. */
export const HELD_FOLDER: ReadonlySet<unknown> = new Set([...HELD, 'ENOTEMPTY']);

/** Milliseconds: a scanner lets go of a file within a second, of a large one on an old computer within some. */
const PATIENCE = 10_000;
const FIRST_WAIT = 20;
const LONGEST_WAIT = 500;

const CALLS: DiskCalls = { rename: (from, to) => rename(from, to), rm: (path, options) => rm(path, options) };

export interface DiskOptions {
  readonly system?: NodeJS.Platform;
  readonly timers?: Timers;
  readonly calls?: DiskCalls;
}

export function ownDisk({
  system = process.platform,
  timers = SYSTEM_TIMERS,
  calls = CALLS,
}: DiskOptions = {}): OwnDisk {
  const patiently = async (work: () => Promise<void>, held = HELD): Promise<void> => {
    const begun = timers.now();
    for (let pause = FIRST_WAIT; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
      try {
        return await work();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (system !== 'win32' || !held.has(code) || timers.now() - begun >= PATIENCE) throw error;
      }
      await wait(timers, pause);
    }
  };
  const renameHere = (from: string, to: string) => patiently(() => calls.rename(from, to));
  return {
    rename: renameHere,
    replaceFile: async (path, text) => {
      const next = `${path}.new`;
      await writeFile(next, text, { mode: 0o600, flush: true });
      await renameHere(next, path);
    },
    remove: (path) => patiently(() => calls.rm(path, { force: true, recursive: false })),
    removeFolder: (path) => patiently(() => calls.rm(path, { force: true, recursive: true }), HELD_FOLDER),
  };
}

/** This computer's. */
export const OWN_DISK = ownDisk();
export const {
  rename: renameHere,
  replaceFile,
  remove: removeHere,
  removeFolder: removeFolderHere,
} = OWN_DISK;

/** A new name in a folder survives a power cut only when the folder itself is synced. Not on Windows. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
