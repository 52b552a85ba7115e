/**
 * What was restored lies beside its place until all of it was found right. Then a mark says so, and it is moved: whoever is
 * killed before the mark finds what was there before, whoever is killed after it has the moving finished at the next start.
 * It takes the place of nothing, or of a station that nobody has used yet.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { removeFolderHere, removeHere, renameHere, replaceFile, syncFolder } from '../../disk/own-disk.ts';
import { removeLedger } from '../../ledger/backup.ts';
import { Database } from '../../ledger/database.ts';
import { hasDumps } from '../../ledger/dumps.ts';
import { hasStaff } from '../../ledger/staff.ts';

/** Lies in what was restored once all of it was found right. */
const WHOLE = 'whole';
const LEDGER = 'ledger.sqlite';
/** What is in these came from a phone, or was made of it: where one holds something, the station was used. */
const WORK = ['dumps', 'made', 'parcels', 'parts', 'phones'];

/** Where what is restored lies until it is moved. */
export function restoringFolder(dataDir: string): string {
  return join(dataDir, 'restoring');
}

function markIn(dataDir: string): string {
  return join(restoringFolder(dataDir), WHOLE);
}

/** Whether something lies here that was found right, and was not moved to its end. */
export function isWhole(dataDir: string): boolean {
  return existsSync(markIn(dataDir));
}

/**
 * Whether nothing is lost with the station that lies here: nobody was set up, and nothing was ever imported. Nobody has it
 * open. What cannot be read was perhaps used.
 */
async function isUnused(dataDir: string): Promise<boolean> {
  for (const name of WORK) if ((await namesIn(join(dataDir, name))).length > 0) return false;
  let db: Database;
  try {
    db = Database.openReading(join(dataDir, LEDGER));
  } catch (error) {
    if (error instanceof StationError) return false;
    throw error;
  }
  try {
    return !hasStaff(db) && !hasDumps(db);
  } finally {
    db.close();
  }
}

/** @throws StationError `restore-not-empty`: somebody works with the station that lies here, or did */
export async function checkUnused(dataDir: string): Promise<void> {
  if (isWhole(dataDir) || !(await onOwnDisk(isUnused(dataDir)))) throw new StationError('restore-not-empty');
}

/**
 * Puts what lies in `restoringFolder` in its place. All of it was found right; nobody has the station open.
 * @throws StationError `disk-full`, `data-not-writable`, `internal`: the next start tries again
 */
export async function putInPlace(dataDir: string): Promise<void> {
  const next = restoringFolder(dataDir);
  await onOwnDisk(replaceFile(markIn(dataDir), ''));
  await onOwnDisk(syncFolder(next));
  await onOwnDisk(finishRestore(dataDir));
}

/**
 * Moves what was found right to its place, and before that removes the station of which nothing is lost. Nothing to do where
 * nothing was restored. Should somebody have used that station meanwhile, it stays, and what was restored goes.
 */
export async function finishRestore(dataDir: string): Promise<void> {
  if (!isWhole(dataDir)) return;
  const next = restoringFolder(dataDir);
  const isBegun = !existsSync(join(dataDir, LEDGER)) || !existsSync(join(next, LEDGER));
  if (!isBegun && !(await isUnused(dataDir))) {
    await removeHere(markIn(dataDir));
    await removeFolderHere(next);
    return;
  }
  // The history goes first and comes last: where one lies, the rest that lies there belongs to it.
  if (!isBegun) {
    await removeFolderHere(join(dataDir, 'backups'));
    await removeLedger(join(dataDir, LEDGER));
    await syncFolder(dataDir);
  }
  const names = (await namesIn(next)).filter((name) => name !== WHOLE);
  const isHistory = (name: string): boolean => name.startsWith(LEDGER);
  for (const name of [...names.filter((one) => !isHistory(one)), ...names.filter(isHistory)])
    await move(name, next, dataDir);
  await syncFolder(dataDir);
  await removeHere(markIn(dataDir));
  await removeFolderHere(next);
}

/** The store as a whole, because tables of two would not go together; a folder of files joins what lies there. */
async function move(name: string, fromFolder: string, toFolder: string): Promise<void> {
  const [from, to] = [join(fromFolder, name), join(toFolder, name)];
  if (name === 'replica') await removeFolderHere(to);
  if (!WORK.includes(name) || !existsSync(to)) return renameHere(from, to);
  for (const one of await readdir(from)) await renameHere(join(from, one), join(to, one));
  await syncFolder(to);
  await removeFolderHere(from);
}

/** What a restoring that was cut off left, which nobody will use. */
export async function tidyRestoring(dataDir: string): Promise<void> {
  await removeFolderHere(restoringFolder(dataDir));
}

/** Names of what is in a folder; a folder that is not there has nothing. */
async function namesIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
}
