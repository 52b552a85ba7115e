/**
 * Restores a station from a backup. All of it is unsealed and looked through beside the place where it goes, and is moved
 * there when it is right (`put-in-place.ts`).
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import type { About } from '../../backup/archive.ts';
import { bytesOf, unpack } from '../../backup/unpack.ts';
import { freeBytesIn } from '../../disk/free-bytes.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { audit } from '../../ledger/audit.ts';
import { checkLedgerFile } from '../../ledger/backup.ts';
import { verifyChain } from '../../ledger/chain.ts';
import { Database } from '../../ledger/database.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { lapseApprovals } from '../../ledger/lapse.ts';
import { forgetSettings, setSetting } from '../../ledger/settings.ts';
import { openReplica } from '../../replica/replica.ts';
import { recordRestored } from './behind.ts';
import { isWhole, putInPlace, restoringFolder } from './put-in-place.ts';

export interface RestoreOptions {
  readonly file: string;
  readonly passphrase: string;
  readonly dataDir: string;
  readonly by: DecisionMaker;
  /** Bytes of files that were written so far, of all. What it throws ends the restoring. */
  readonly told?: (bytes: number, of: number) => void;
  /** All was written, and is looked through now. What it throws ends the restoring. */
  readonly checking?: () => void;
  /** Room on this disk, in bytes; `null`: not known. Without it, what the system says. */
  readonly freeBytes?: () => Promise<number | null>;
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
 * Into a folder that has nothing in it.
 * @throws StationError `restore-not-empty`, whatever `restoreBeside` and `putInPlace` throw
 */
export async function restoreStation(options: RestoreOptions): Promise<RestoredStation> {
  const { dataDir } = options;
  await onOwnDisk(mkdir(dataDir, { recursive: true, mode: 0o700 }));
  await checkEmpty(dataDir);
  const restored = await restoreBeside(options);
  try {
    await checkEmpty(dataDir);
    await putInPlace(dataDir);
  } catch (error) {
    if (!isWhole(dataDir)) await removeFolderHere(restoringFolder(dataDir)).catch(() => {});
    throw error;
  }
  return restored;
}

/**
 * Unseals a backup beside its place and looks all of it through. Where it fails, nothing of it stays.
 * @throws StationError whatever `unpack` throws, `backup-chain-broken`, `backup-damaged`, `data-too-new`: it is of a newer
 *   station
 */
export async function restoreBeside(options: RestoreOptions): Promise<RestoredStation> {
  const { dataDir, file, passphrase, by, told, checking, freeBytes } = options;
  const next = restoringFolder(dataDir);
  await removeFolderHere(next);
  try {
    const about = await unpack(bytesOf(file), passphrase, next, {
      freeBytes: freeBytes ?? (() => freeBytesIn(dataDir)),
      ...(told === undefined ? {} : { told }),
    });
    checking?.();
    const { entries, reopened } = await checkAll(next, about, by);
    const { at, station, files, isShared } = about;
    return { at, station, entries, files, isShared, reopened };
  } catch (error) {
    await removeFolderHere(next).catch(() => {});
    throw error;
  }
}

async function checkEmpty(dataDir: string): Promise<void> {
  const names = await onOwnDisk(readdir(dataDir));
  if (isWhole(dataDir) || names.some((name) => name !== 'restoring'))
    throw new StationError('restore-not-empty');
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
    if (chain.brokenAt !== null || !isLast) throw new StationError('backup-chain-broken');
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
