/** The folders of the station: made if they are missing, and known to be writable before anything begins. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';

/**
 * Makes the folders and writes a file into the one that holds them all. A full disk is no reason to stop here: what
 * can be read is read.
 * @throws StationError `data-not-writable` with the folder, `disk-full`, `internal`
 */
export async function makeFolders(dataDir: string, folders: readonly string[]): Promise<void> {
  const probe = join(dataDir, '.written');
  try {
    for (const folder of [dataDir, ...folders])
      await onOwnDisk(mkdir(folder, { recursive: true, mode: 0o700 }).catch(notAFolder));
    await onOwnDisk(writeFile(probe, '', { mode: 0o600 })).catch((error: unknown) => {
      if (!(error instanceof StationError) || error.code !== 'disk-full') throw error;
    });
    await rm(probe, { force: true });
  } catch (error) {
    if (error instanceof StationError && error.code === 'data-not-writable')
      throw new StationError(error.code, dataDir, error.cause);
    throw error;
  }
}

/** A file stands where a folder should be. */
function notAFolder(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw code === 'EEXIST' || code === 'ENOTDIR'
    ? new StationError('data-not-writable', undefined, error)
    : error;
}
