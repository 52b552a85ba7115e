/** Folders that are gone with the program that made them, and at the latest with the next one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder, and the end of those that programs left which were killed: their names tell whose they were.
 * @param prefix of the name, such as `station-practice-`
 * @param isAlive whether the program with that number runs; a test has another
 */
export function temporaryFolder(prefix: string, isAlive = isRunning, root = tmpdir()): string {
  for (const name of readdirSync(root)) {
    const owner = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (owner === undefined || isAlive(Number(owner))) continue;
    try {
      rmSync(join(root, name), { recursive: true, force: true });
    } catch {
      // Somebody else's, or still open: the system tidies its temporary folder itself.
    }
  }
  return mkdtempSync(join(root, `${prefix}${process.pid}-`));
}

/** Whether there is a program with this number, whoever it belongs to. */
export function isRunning(id: number): boolean {
  try {
    return Number.isSafeInteger(id) && id > 0 && process.kill(id, 0);
  } catch (error) {
    // It runs, and belongs to somebody else.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}
