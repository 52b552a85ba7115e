/**
 * Restores a station from a backup into a data folder that has nothing in it. All of it is unsealed and looked through
 * beside the place where it goes, and is moved there when it is right: whoever is cut off in between finds an empty folder,
 * or, once it was right, has the moving finished at the next start.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import type { About } from '../../backup/archive.ts';
import { bytesOf, unpack } from '../../backup/unpack.ts';
import { freeBytesIn } from '../../disk/free-bytes.ts';
import { removeFolderHere, removeHere, renameHere, replaceFile, syncFolder } from '../../disk/own-disk.ts';
import { audit } from '../../ledger/audit.ts';
import { checkLedgerFile } from '../../ledger/backup.ts';
import { verifyChain } from '../../ledger/chain.ts';
import { Database } from '../../ledger/database.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { lapseApprovals } from '../../ledger/lapse.ts';
import { forgetSettings, setSetting } from '../../ledger/settings.ts';
import { openReplica } from '../../replica/replica.ts';
import { recordRestored } from './behind.ts';

/** Lies in what was unsealed once all of it was found right. */
const WHOLE = 'whole';

function nextFolder(dataDir: string): string {
  return join(dataDir, 'restoring');
}

export interface RestoreOptions {
  readonly file: string;
  readonly passphrase: string;
  readonly dataDir: string;
  readonly by: DecisionMaker;
  readonly told?: (bytes: number, of: number) => void;
}

export interface RestoredStation {
  /** When the backup was made, ISO 8601, and of which station. */
  readonly at: string;
  readonly station: string;
  readonly entries: number;
  readonly files: number;
  /** Its records are in a replica that several stations share, and were not in the backup. */
  readonly isShared: boolean;
  /** Approvals that have to be given again. */
  readonly reopened: number;
}

/**
 * @throws StationError `restore-not-empty`, whatever `unpack` throws, `data-too-new`: it is of a newer station
 */
export async function restoreStation(options: RestoreOptions): Promise<RestoredStation> {
  const { dataDir, file, passphrase, by, told } = options;
  await onOwnDisk(mkdir(dataDir, { recursive: true, mode: 0o700 }));
  const next = nextFolder(dataDir);
  await checkEmpty(dataDir);
  await removeFolderHere(next);
  try {
    const about = await unpack(bytesOf(file), passphrase, next, {
      freeBytes: () => freeBytesIn(dataDir),
      ...(told === undefined ? {} : { told }),
    });
    const { entries, reopened } = await checkAll(next, about, by);
    await checkEmpty(dataDir);
    await onOwnDisk(replaceFile(join(next, WHOLE), ''));
    await onOwnDisk(syncFolder(next));
    await finishRestore(dataDir);
    const { at, station, files, isShared } = about;
    return { at, station, entries, files, isShared, reopened };
  } catch (error) {
    if (!existsSync(join(next, WHOLE))) await removeFolderHere(next).catch(() => {});
    throw error;
  }
}

/** Moves what was found right to its place. Nothing to do where nothing was restored. */
export async function finishRestore(dataDir: string): Promise<void> {
  const next = nextFolder(dataDir);
  if (!existsSync(join(next, WHOLE))) return;
  const names = (await readdir(next)).filter((name) => name !== WHOLE);
  // The history last: where it lies, the rest is there.
  const isHistory = (name: string): boolean => name.startsWith('ledger.sqlite');
  for (const name of [...names.filter((one) => !isHistory(one)), ...names.filter(isHistory)])
    await renameHere(join(next, name), join(dataDir, name));
  await syncFolder(dataDir);
  await removeHere(join(next, WHOLE));
  await removeFolderHere(next);
}

/** What a restoring that was cut off left, which nobody will use. */
export async function tidyRestoring(dataDir: string): Promise<void> {
  await removeFolderHere(nextFolder(dataDir));
}

async function checkEmpty(dataDir: string): Promise<void> {
  const names = await onOwnDisk(readdir(dataDir));
  const isWhole = existsSync(join(nextFolder(dataDir), WHOLE));
  if (isWhole || names.some((name) => name !== 'restoring')) throw new StationError('restore-not-empty');
}

/** The history by its chain, up to the entry that the backup says is its last one; the store by opening it. */
async function checkAll(folder: string, about: About, by: DecisionMaker) {
  const ledger = join(folder, 'ledger.sqlite');
  if (!existsSync(ledger) || !checkLedgerFile(ledger)) throw new StationError('backup-damaged');
  const db = Database.open(ledger);
  let entries = 0;
  let reopened = 0;
  try {
    const chain = verifyChain(db);
    entries = chain.entries;
    const isLast = chain.head === (about.head?.hash ?? null) && entries === (about.head?.entries ?? 0);
    if (chain.brokenAt !== null || !isLast) throw new StationError('backup-damaged');
    db.transaction(() => {
      // What was decided after the backup is not known here.
      reopened = lapseApprovals(db, by);
      recordRestored(db, about.at);
      // The passwords stayed on the other computer.
      setSetting(db, 'logins', '[]');
      forgetSettings(db, ['backup.at', 'backup.place', 'backup.otherDisk', 'backup.daily', 'backup.waits']);
      audit(db, by, 'backup-restored', { detail: { backup: about.at } });
    });
    db.foldLog();
  } finally {
    db.close();
  }
  if (!about.isShared && !(await opens(join(folder, 'replica')))) throw new StationError('backup-damaged');
  return { entries, reopened };
}

/** Whether the store opens as it is, every block of it looked at. */
async function opens(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const replica = await openReplica(folder, { careful: true, hopeless: 'refuse' }).catch((error: unknown) => {
    if (error instanceof StationError && error.code === 'replica-damaged') return null;
    throw error;
  });
  await replica?.close();
  return replica?.found.kind === 'as-it-was';
}
