/**
 * Backups of the ledger: whole copies made by SQLite while the ledger is in use, looked through before they count, the
 * last three kept. And what becomes of a ledger that is damaged: it is never thrown away, only set aside.
 */
import { existsSync } from 'node:fs';
import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Database } from './database.ts';

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
 */
export async function backUp(
  db: Database,
  folder: string,
  check: (file: string) => Promise<boolean>,
): Promise<boolean> {
  const next = join(folder, 'next.sqlite');
  await removeLedger(next);
  await db.backUp(next);
  if (!(await check(next))) {
    await removeLedger(next);
    return false;
  }
  await syncFile(next);
  const generation = (number: number): string => join(folder, `ledger-${number}.sqlite`);
  await rm(generation(GENERATIONS), { force: true });
  for (let number = GENERATIONS - 1; number > 0; number -= 1)
    if (existsSync(generation(number))) await rename(generation(number), generation(number + 1));
  await rename(next, generation(1));
  return true;
}

/**
 * Whether a file that nobody uses is a whole ledger: every page, every index. It becomes one file without a log beside
 * it, so that it can be copied as it is.
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
  } catch {
    return false;
  }
}

/**
 * Sets the ledger aside and puts a copy of a whole backup in its place; without a backup, nothing. Answers what
 * `setLedgerAside` does. The copy is made first: a full disk leaves everything as it was.
 */
export async function putBack(backup: string | null, ledger: string): Promise<string | null> {
  const next = `${ledger}.next`;
  if (backup !== null) {
    await copyFile(backup, next);
    await syncFile(next);
  }
  const aside = await setLedgerAside(ledger);
  if (backup !== null) await rename(next, ledger);
  return aside;
}

/** Gives a damaged ledger another name, together with its log. Answers that name; `null`: there is none. */
async function setLedgerAside(ledger: string): Promise<string | null> {
  if (!existsSync(ledger) && !existsSync(`${ledger}-wal`)) return null;
  for (let number = 1; ; number += 1) {
    const aside = ledger.replace(/\.sqlite$/, `-damaged-${number}.sqlite`);
    if (existsSync(aside)) continue;
    // The log first: left beside another ledger it would be folded into it.
    for (const end of ['-wal', '-shm', '-journal', ''])
      if (existsSync(ledger + end)) await rename(ledger + end, aside + end);
    return aside;
  }
}

/** A file of SQLite together with its logs, which would be folded into the next one of its name. */
export async function removeLedger(file: string): Promise<void> {
  for (const end of ['-wal', '-shm', '-journal', '']) await rm(file + end, { force: true });
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
