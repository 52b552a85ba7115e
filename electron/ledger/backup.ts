/**
 * Backups of the ledger: whole copies made by SQLite while the ledger is in use, looked through before they count, the
 * last three kept. And what becomes of a ledger that is damaged: it is never thrown away, only set aside.
 */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { removeHere, renameHere, replaceFile } from '../disk/own-disk.ts';
import { asFailure, isAboutWriting, type Database } from './database.ts';

/** How many backups are kept. */
export const GENERATIONS = 3;

export interface LedgerBackup {
  readonly file: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
  readonly bytes: number;
}

/** The backups in a folder, the newest first. */
export async function listBackups(folder: string): Promise<LedgerBackup[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^ledger-\d\.sqlite$/.test(name));
  const backups: LedgerBackup[] = [];
  for (const name of names.sort()) {
    const file = join(folder, name);
    // A new one may take the places of the others in this very moment.
    const info = await stat(file).catch(() => null);
    if (info !== null) backups.push({ file, at: new Date(info.mtimeMs).toISOString(), bytes: info.size });
  }
  return backups;
}

/**
 * Makes a backup. Answers whether it is whole: one that is not tells that the ledger itself is damaged, and takes no
 * place among the others. `check`: looks a file through, as `checkLedgerFile` does, perhaps in another thread.
 * @throws StationError `disk-full`, `data-not-writable`: these say nothing of the ledger
 */
export async function backUp(
  db: Database,
  folder: string,
  check: (file: string) => Promise<boolean>,
): Promise<boolean> {
  const next = join(folder, 'next.sqlite');
  await removeLedger(next);
  try {
    await db.backUp(next);
    if (!(await check(next))) {
      await removeLedger(next);
      return false;
    }
    await syncFile(next);
  } catch (error) {
    // Half of it would take the room that there is none of.
    await removeLedger(next);
    throw error;
  }
  const generation = (number: number): string => join(folder, `ledger-${number}.sqlite`);
  await removeHere(generation(GENERATIONS));
  for (let number = GENERATIONS - 1; number > 0; number -= 1)
    if (existsSync(generation(number))) await renameHere(generation(number), generation(number + 1));
  await renameHere(next, generation(1));
  return true;
}

/** Removes all backups but the newest. */
export async function forgetOlder(folder: string): Promise<void> {
  for (let number = 2; number <= GENERATIONS; number += 1)
    await removeHere(join(folder, `ledger-${number}.sqlite`));
}

/**
 * Whether a file that nobody uses is a whole ledger: every page, every index. It becomes one file without a log beside
 * it, so that it can be copied as it is.
 * @throws StationError `disk-full`, `data-not-writable`: these say nothing of what is in the file
 */
export function checkLedgerFile(file: string): boolean {
  try {
    const db = new DatabaseSync(file);
    try {
      db.exec('PRAGMA journal_mode = DELETE');
      const [first] = db.prepare('PRAGMA integrity_check(1)').all();
      const tables = db.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'changes'`).get();
      return first?.['integrity_check'] === 'ok' && tables?.['n'] === 1;
    } finally {
      db.close();
    }
  } catch (error) {
    const failure = asFailure(error);
    if (isAboutWriting(failure)) throw failure;
    return false;
  }
}

/** What a ledger that is put back is made as, beside the one whose place it takes. */
export function nextLedger(ledger: string): string {
  return `${ledger}.next`;
}

/** Holds the name that the damaged ledger gets, while the next one is whole and takes its place. */
function putBackMark(ledger: string): string {
  return `${ledger}.put-back`;
}

/** A name for a damaged ledger that no other one has. */
export function asideName(ledger: string): string {
  for (let number = 1; ; number += 1) {
    const aside = ledger.replace(/\.sqlite$/, `-damaged-${number}.sqlite`);
    if (!existsSync(aside)) return aside;
  }
}

/**
 * Puts the next ledger in the place of a damaged one, which gets another name together with its log. From here on it is
 * done: whoever is killed in between finishes it at the next start.
 */
export async function putBack(ledger: string, aside: string): Promise<void> {
  await syncFile(nextLedger(ledger));
  const mark = putBackMark(ledger);
  await replaceFile(mark, basename(aside));
  await finishPutBack(ledger);
}

/** Ends what a start finds half done. */
export async function finishPutBack(ledger: string): Promise<void> {
  const mark = putBackMark(ledger);
  if (!existsSync(mark)) return;
  const next = nextLedger(ledger);
  if (existsSync(next)) {
    const aside = join(dirname(ledger), await readFile(mark, 'utf8'));
    // The log first: left beside another ledger it would be folded into it.
    for (const end of ['-wal', '-shm', '-journal', ''])
      if (existsSync(ledger + end)) await renameHere(ledger + end, aside + end);
    await renameHere(next, ledger);
  }
  await removeHere(mark);
}

/** A file of SQLite together with its logs, which would be folded into the next one of its name. */
export async function removeLedger(file: string): Promise<void> {
  for (const end of ['-wal', '-shm', '-journal', '']) await removeHere(file + end);
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
