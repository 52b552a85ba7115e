/** The folders of the station: made if they are missing, and known to be writable before anything begins. */
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { removeHere } from '../disk/own-disk.ts';

/** Where it lies, this is a data folder. */
const LEDGER = 'ledger.sqlite';

/** What a start needs: its own notes and the log of the ledger. */
const START_BYTES = 256 * 1024;

/** What is waited for after there was no room: more than a start needs, so that it does not begin and end again. */
const AGAIN_BYTES = 1024 * 1024;

/**
 * Makes the folders and writes a file into the one that holds them all. They are closed to other people of the computer,
 * also where somebody had made the folder before and left it open.
 * @throws StationError `data-not-writable` with the folder, `disk-full`, `internal`
 */
export async function makeFolders(dataDir: string, folders: readonly string[]): Promise<void> {
  try {
    const all = [dataDir, ...folders];
    for (const folder of all)
      await onOwnDisk(mkdir(folder, { recursive: true, mode: 0o700 }).catch(notAFolder));
    if (await isStations(dataDir, folders)) for (const folder of all) await closeToOthers(folder);
    await onOwnDisk(writeProbe(dataDir, START_BYTES));
  } catch (error) {
    if (error instanceof StationError && error.code === 'data-not-writable')
      throw new StationError(error.code, dataDir, error.cause);
    throw error;
  }
}

/** Whether nothing else lies in it: a folder that is used for more (a home, `/tmp`) is left as it is. */
async function isStations(dataDir: string, folders: readonly string[]): Promise<boolean> {
  const names = await readdir(dataDir);
  return names.includes(LEDGER) || names.every((name) => folders.includes(join(dataDir, name)));
}

/** Windows has no such bits: there a folder of one's profile is closed by its list of rights. */
async function closeToOthers(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  if (process.platform === 'win32' || uid !== process.getuid?.() || (mode & 0o077) === 0) return;
  // A medium that keeps no rights (FAT) says so: the station works there all the same.
  await chmod(folder, 0o700).catch(() => {});
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
