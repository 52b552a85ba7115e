/**
 * The backups of one station in one folder: one of each day, the newest few. None is removed but by one that is newer and
 * whole.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { removeHere } from '../disk/own-disk.ts';
import { readArchive } from './archive.ts';
import { unseal } from './seal.ts';
import { bytesOf } from './unpack.ts';
import { unfinishedName } from './write.ts';

/** What the name of each backup ends with. */
export const ENDING = '.chtbackup';

/** So many stay beside each other. */
export const BACKUPS_KEPT = 3;

/** @param day of the calendar, YYYY-MM-DD */
export function backupName(station: string, day: string): string {
  return `station-${station}-${day}${ENDING}`;
}

/** Names of this station's backups in a folder, the newest first. Another station's are never among them. */
export async function backupsIn(folder: string, station: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(`station-${station}-`) && name.endsWith(ENDING))
    .sort()
    .reverse();
}

/** What a cut-off backup of this station left there. */
export async function removeUnfinished(folder: string, station: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(`station-${station}-`) && name.endsWith(unfinishedName(ENDING)))
      await removeHere(join(folder, name));
}

/**
 * Makes room for another one, the oldest going first. The newest one stays, and before any other goes it is read from end
 * to end: were it not whole, an older one would be all that there is.
 * @param bytes that the next one may need
 * @throws StationError `backup-no-room`
 */
export async function makeRoom(
  folder: string,
  station: string,
  bytes: number,
  how: { readonly passphrase: string; readonly freeBytes: () => Promise<number | null> },
): Promise<void> {
  const isRoom = async (): Promise<boolean> => {
    const free = await how.freeBytes();
    return free === null || free >= bytes;
  };
  if (await isRoom()) return;
  const [newest, ...older] = await backupsIn(folder, station);
  if (newest === undefined || older.length === 0 || !(await isWhole(join(folder, newest), how.passphrase)))
    throw new StationError('backup-no-room');
  for (const name of older.reverse()) {
    await removeHere(join(folder, name));
    if (await isRoom()) return;
  }
  throw new StationError('backup-no-room');
}

/** Once a new one is whole, those go for which it is one too many. @param written its name: it stays whatever the clock says */
export async function keepNewest(folder: string, station: string, written: string): Promise<void> {
  const others = (await backupsIn(folder, station)).filter((name) => name !== written);
  for (const name of others.slice(BACKUPS_KEPT - 1))
    // A file that somebody holds open goes the next time.
    await removeHere(join(folder, name)).catch(() => {});
}

/** Whether a backup opens with this passphrase and is as it was written, to its end. */
export async function isWhole(file: string, passphrase: string): Promise<boolean> {
  try {
    await readArchive(unseal(bytesOf(file), passphrase), {
      about: async () => {},
      file: async ({ content }) => {
        for await (const _ of content);
      },
    });
    return true;
  } catch (error) {
    if (error instanceof StationError) return false;
    throw error;
  }
}
