/** A disk of a few megabytes, as a real file system: it can be full, and it can be read only. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { temporaryFolder } from './folder.ts';

const TRIES = 20;

export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes free (whole pages of 4 KiB). */
  fill(leave?: number): void;
  /** It has its first size again. */
  free(): void;
  /** Nothing may be open for writing on it then. */
  setReadOnly(is: boolean): void;
  remove(): void;
}

/** `null` where this computer lets nobody mount one: the test is not run then, and says so. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const made = temporaryFolder();
  try {
    mount(made.path, '-t', 'tmpfs', '-o', `size=${megabytes}m`);
  } catch {
    made.remove();
    console.warn('NOT RUN: this computer does not let the test mount a small disk');
    return null;
  }
  return {
    ...smallDiskAt(made.path, megabytes),
    remove: () => {
      execFileSync('umount', ['-l', made.path]);
      made.remove();
    },
  };
}

/** One that another process mounted there, and removes. */
export function smallDiskAt(path: string, megabytes: number): Omit<SmallDisk, 'remove'> {
  return {
    path,
    // The disk itself shrinks: nothing has to be written for that.
    fill: (leave = 0) => {
      // Whoever writes meanwhile (a checkpoint, a sorted table) needs more than was counted: then it cannot shrink so far.
      for (let tried = 1; ; tried += 1) {
        const { blocks, bfree, bsize } = statfsSync(path);
        const bytes = (blocks - bfree) * bsize + leave;
        try {
          mount(path, '-o', `remount,size=${Math.max(bsize, bytes)}`);
          return;
        } catch (error) {
          if (tried === TRIES) throw error;
        }
      }
    },
    free: () => mount(path, '-o', `remount,size=${megabytes}m`),
    setReadOnly: (is) => mount(path, '-o', `remount,${is ? 'ro' : 'rw'}`),
  };
}

function mount(path: string, ...options: string[]): void {
  execFileSync('mount', [...options, 'station-test', path], { stdio: 'ignore' });
}
