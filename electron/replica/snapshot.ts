/** A copy of a store that is closed at this moment, in no time: what never changes any more gets a second name. */
import { copyFile, link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { storeError } from './store-errors.ts';

/** LevelDB writes each table once and only ever removes it (its `doc/impl.md`). */
const TABLE = /^\d+\.(?:ldb|sst)$/;
/** What else is of the store: not the lock, nor the notes that LevelDB writes for people. */
const OTHERS = /^(?:CURRENT|MANIFEST-\d+|\d+\.log)$/;

/** @param into is made. @throws StationError `disk-full`, `replica-failed` */
export async function snapshotOf(folder: string, into: string): Promise<void> {
  try {
    await mkdir(into, { mode: 0o700 });
    for (const name of await readdir(folder)) {
      const [from, to] = [join(folder, name), join(into, name)];
      // A file system without second names (FAT) gets a copy.
      if (TABLE.test(name)) await link(from, to).catch(() => copyFile(from, to));
      else if (OTHERS.test(name)) await copyFile(from, to);
    }
  } catch (error) {
    throw storeError(error);
  }
}
