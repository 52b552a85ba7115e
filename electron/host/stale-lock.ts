/**
 * The lock of the desktop program on Linux, as Chromium makes it: `SingletonLock` points to `HOST-PID`, `SingletonSocket`
 * to the socket on which the running program listens (chrome/browser/process_singleton_posix.cc). A program that was
 * killed leaves both. Chromium clears them away itself, but not where the computer has another name since.
 */
import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { removeNow } from '../disk/own-disk-now.ts';

const NAMES = ['SingletonLock', 'SingletonSocket', 'SingletonCookie'] as const;

/**
 * Removes the lock if no process listens behind it. Returns whether there was one. This lock does not guard the data: the
 * locks of the ledger and the replica do, and they end with their process.
 */
export async function removeStaleLock(userData: string): Promise<boolean> {
  const [lock, socket] = NAMES.map((name) => join(userData, name));
  if (lock === undefined || socket === undefined || !isThere(lock)) return false;
  if (await someoneListens(socket)) return false;
  for (const name of NAMES) removeNow(join(userData, name));
  return true;
}

/**
 * Whether somebody holds the lock. Chromium also refuses it where it could not be made, on a full disk or in a folder that
 * cannot be written; then there is no other program, and what can be read is to be read.
 */
export function isLocked(userData: string): boolean {
  // Windows keeps it in memory, where it can always be made.
  return process.platform === 'win32' || isThere(join(userData, NAMES[0]));
}

function isThere(link: string): boolean {
  try {
    lstatSync(link);
    return true;
  } catch {
    return false;
  }
}

function someoneListens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = connect(socket);
    asked.once('connect', () => {
      asked.destroy();
      resolve(true);
    });
    asked.once('error', (error: NodeJS.ErrnoException) => {
      // Anything but these two says that it is not known, and then it is left alone.
      resolve(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED');
    });
  });
}
