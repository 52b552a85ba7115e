/** A disk of a few megabytes, as a real file system: it can be full, and it can be read only. */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.ts';

export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes free (whole pages of 4 KiB). */
  fill(leave?: number): void;
  /** Removes what filled it. */
  free(): void;
  /** Nothing may be open for writing on it then. */
  setReadOnly(is: boolean): void;
  remove(): void;
}

/** `null` where this computer lets nobody mount one: the test is not run then, and says so. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const made = temporaryFolder();
  const mount = (...options: string[]): void =>
    void execFileSync('mount', [...options, 'station-test', made.path], { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`);
  } catch {
    made.remove();
    console.warn('NOT RUN: this computer does not let the test mount a small disk');
    return null;
  }
  const filler = join(made.path, 'filler');
  return {
    path: made.path,
    fill: (leave = 0) => {
      rmSync(filler, { force: true });
      const { bavail, bsize } = statfsSync(made.path);
      const block = Buffer.alloc(Math.max(0, (bavail - Math.ceil(leave / bsize)) * bsize));
      writeFileSync(filler, block);
      // What else uses the same memory may have left less than was said.
      if (leave > 0 && statfsSync(made.path).bavail * bsize < leave)
        truncateSync(filler, block.length - leave);
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly: (is) => mount('-o', `remount,${is ? 'ro' : 'rw'}`),
    remove: () => {
      execFileSync('umount', ['-l', made.path]);
      made.remove();
    },
  };
}
