/** The folders of the station: made if they are missing, and known to be writable before anything begins. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { removeHere } from '../disk/own-disk.ts';

/** What a start needs: its own notes and the log of the ledger. */
const START_BYTES = 256 * 1024;

/** What is waited for after there was no room: more than a start needs, so that it does not begin and end again. */
const AGAIN_BYTES = 1024 * 1024;

/**
 * Makes the folders and writes a file into the one that holds them all.
 * @throws StationError `data-not-writable` with the folder, `disk-full`, `internal`
 */
export async function makeFolders(dataDir: string, folders: readonly string[]): Promise<void> {
  try {
    for (const folder of [dataDir, ...folders])
      await onOwnDisk(mkdir(folder, { recursive: true, mode: 0o700 }).catch(notAFolder));
    await onOwnDisk(writeProbe(dataDir, START_BYTES));
  } catch (error) {
    if (error instanceof StationError && error.code === 'data-not-writable')
      throw new StationError(error.code, dataDir, error.cause);
    throw error;
  }
}

/** Whether there is room in the folder again, and the right to write. */
export async function canWrite(dataDir: string): Promise<boolean> {
  return writeProbe(dataDir, AGAIN_BYTES).then(
    () => true,
    () => false,
  );
}

async function writeProbe(dataDir: string, bytes: number): Promise<void> {
  const probe = join(dataDir, '.written');
  try {
    await writeFile(probe, Buffer.alloc(bytes), { mode: 0o600 });
  } finally {
    await removeHere(probe).catch(() => {});
  }
}

/** A file stands where a folder should be. */
function notAFolder(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw code === 'EEXIST' || code === 'ENOTDIR'
    ? new StationError('data-not-writable', undefined, error)
    : error;
}
