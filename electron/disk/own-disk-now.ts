/**
 * As `own-disk.ts`, for what cannot wait for a promise: a step before an entry of the history, the last thing a program
 * does. It holds up its whole thread meanwhile, so it is patient for a shorter time.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { HELD, HELD_FOLDER } from './own-disk.ts';

/** The calls of the file system that are tried again; a test has others. */
export interface DiskCallsNow {
  readonly rename: (from: string, to: string) => void;
  readonly rm: (path: string, options: { force: boolean; recursive: boolean }) => void;
}

export interface OwnDiskNow {
  /** Takes the place of a file that is there already. */
  rename(from: string, to: string): void;
  /** Writes a small file so that it is the old one or the new one, never half of it. */
  replaceFile(path: string, text: string): void;
  /** Removes a file; nothing there is as good. A folder in its place stays: it is not what was meant. */
  remove(path: string): void;
  /** Removes a folder with all that is in it; nothing there is as good. */
  removeFolder(path: string): void;
}

/** Milliseconds between the tries: a virus scanner lets go of a small file within the first few. */
const PAUSES = [10, 20, 40, 80, 150, 300, 600];

export interface DiskNowOptions {
  readonly system?: NodeJS.Platform;
  /** Holds up the thread for so many milliseconds. */
  readonly pause?: (ms: number) => void;
  readonly calls?: DiskCallsNow;
}

export function ownDiskNow({
  system = process.platform,
  pause = holdUp,
  calls = { rename: renameSync, rm: rmSync },
}: DiskNowOptions = {}): OwnDiskNow {
  const patiently = (work: () => void, held = HELD): void => {
    for (const ms of system === 'win32' ? PAUSES : []) {
      try {
        work();
        return;
      } catch (error) {
        if (!held.has((error as NodeJS.ErrnoException).code)) throw error;
      }
      pause(ms);
    }
    work();
  };
  const rename = (from: string, to: string): void => patiently(() => calls.rename(from, to));
  return {
    rename,
    replaceFile: (path, text) => {
      const next = `${path}.new`;
      writeFileSync(next, text, { mode: 0o600, flush: true });
      rename(next, path);
    },
    remove: (path) => patiently(() => calls.rm(path, { force: true, recursive: false })),
    removeFolder: (path) => patiently(() => calls.rm(path, { force: true, recursive: true }), HELD_FOLDER),
  };
}

function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** This computer's. */
export const {
  rename: renameNow,
  replaceFile: replaceFileNow,
  remove: removeNow,
  removeFolder: removeFolderNow,
} = ownDiskNow();
