/**
 * The ledger at the start: whether it is there and whole, what is shown while it is not, and how it is put back. It is
 * put back only when a person says so, because what was decided after the backup is not in it.
 */
import { existsSync } from 'node:fs';
import { copyFile, open, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import type { Health, LedgerRestored } from '../../../shared/health.ts';
import { isAuditAction } from '../../../shared/audit.ts';
import { writeErrorCode } from '../../../shared/write-errors.ts';
import { removeHere } from '../../disk/own-disk.ts';
import { audit, lastEntry, lastEntryTime } from '../../ledger/audit.ts';
import { provenEntriesBehind } from '../../ledger/chain.ts';
import { lapseApprovals } from '../../ledger/lapse.ts';
import { mendLedger } from '../../ledger/mend.ts';
import { setSetting } from '../../ledger/settings.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { isSuspect, SAVED_UP_TO, setSuspect } from './backups.ts';
import {
  asideName,
  checkLedgerFile,
  finishPutBack,
  listBackups,
  nextLedger,
  putBack,
  removeLedger,
  type LedgerBackup,
} from '../../ledger/backup.ts';
import { Database } from '../../ledger/database.ts';

/** Why the station only reads. */
export type LedgerTrouble = Exclude<Health['ledger']['state'], 'good'>;

/** Up to this size a ledger is looked through at each start: a few tenths of a second. */
const ALWAYS_BYTES = 64 * 1024 * 1024;

/** SQLite begins each file so. */
const HEADER = 'SQLite format 3\0';

/**
 * Opens the ledger, or says what is wrong with it. A new one is only made where nothing tells of an earlier one. One of
 * which a backup was not whole is looked through from end to end, and its indexes are written anew where only they are
 * damaged.
 * @param backups the folder of the backups
 * @param tellsOfEarlier backups lie here, or safe copies that no ledger knows
 * @throws StationError `data-too-new`, `data-in-use`, `disk-full`, `data-not-writable`
 */
export async function openLedger(
  file: string,
  backups: string,
  tellsOfEarlier: boolean,
  by: DecisionMaker,
): Promise<Database | 'damaged' | 'gone'> {
  await finishPutBack(file);
  const size = existsSync(file) ? (await stat(file)).size : 0;
  const log = existsSync(`${file}-wal`) ? (await stat(`${file}-wal`)).size : 0;
  if (size === 0 && log > 0) return 'damaged';
  if (size === 0 && tellsOfEarlier) return 'gone';
  if (size > 0 && (await firstBytes(file)) !== HEADER) return 'damaged';
  let db: Database;
  try {
    db = Database.open(file);
  } catch (error) {
    if (error instanceof StationError && error.code === 'ledger-damaged') return 'damaged';
    throw error;
  }
  try {
    const isDoubtful = isSuspect(backups) || ((log > 0 || size <= ALWAYS_BYTES) && !db.isSound());
    if (isDoubtful && !mend(db, by)) {
      db.close();
      return 'damaged';
    }
    setSuspect(backups, false);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What a start failed with, if it is no fault of the ledger; `null`: it is something else. */
export function cannotWrite(error: unknown): 'full' | 'unwritable' | null {
  const errno = error instanceof Error && 'code' in error ? error.code : undefined;
  const code = error instanceof StationError ? error.code : writeErrorCode(errno);
  if (code === 'disk-full') return 'full';
  return code === 'data-not-writable' ? 'unwritable' : null;
}

function mend(db: Database, by: DecisionMaker): boolean {
  const mended = mendLedger(db);
  if (mended === 'mended') {
    db.transaction(() => {
      setSetting(db, 'ledger.mended', by.at);
      audit(db, by, 'ledger-mended');
    });
  }
  return mended !== 'damaged';
}

async function firstBytes(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER.length), 0, HEADER.length, 0);
    return buffer.subarray(0, bytesRead).toString('latin1');
  } finally {
    await handle.close();
  }
}

/**
 * What is told of a ledger to which nothing can be written: that, unless it is damaged or gone besides. `null`: nothing is
 * there yet that could be read.
 */
export async function troubleOf(
  file: string,
  backups: string,
  unwritable: 'full' | 'unwritable',
): Promise<LedgerTrouble | null> {
  if (!existsSync(file) || (await stat(file)).size === 0)
    return (await listBackups(backups)).length > 0 ? 'gone' : null;
  let db: Database;
  try {
    db = Database.openReading(file);
  } catch (error) {
    return error instanceof StationError && error.code === 'ledger-damaged' ? 'damaged' : null;
  }
  const isSound = db.isSound();
  db.close();
  return isSound ? unwritable : 'damaged';
}

/** What is read from, and what ends with it. */
export interface Reading {
  readonly db: Database;
  close(): Promise<void>;
}

/**
 * Something to read from while the ledger cannot be used: itself, where it is only that nothing can be written; else a
 * copy of the last whole backup, or an empty one. What is written to a copy is gone with it.
 * @throws StationError `disk-full`, `data-not-writable`, `ledger-damaged`
 */
export async function openForReading(
  dataDir: string,
  backups: string,
  trouble: LedgerTrouble,
): Promise<Reading> {
  if (trouble === 'full' || trouble === 'unwritable') return reading(Database.openReading(ledgerIn(dataDir)));
  const file = join(dataDir, 'ledger-reading.sqlite');
  // One that cannot be looked through now may still be read.
  const backup = await wholeBackup(backups).catch(async (error: unknown) => {
    if (cannotWrite(error) === null) throw error;
    return (await listBackups(backups))[0] ?? null;
  });
  try {
    await removeLedger(file);
    if (backup !== null) await copyFile(backup.file, file);
    return reading(Database.open(file), () => removeLedger(file));
  } catch (error) {
    if (cannotWrite(error) === null) throw error;
    await removeLedger(file).catch(() => {});
    // Not even a copy can be made: then the backup itself is only read.
    return reading(backup === null ? Database.open(':memory:') : Database.openReading(backup.file));
  }
}

function reading(db: Database, after?: () => Promise<void>): Reading {
  return {
    db,
    close: async () => {
      db.close();
      await after?.();
    },
  };
}

export function ledgerIn(dataDir: string): string {
  return join(dataDir, 'ledger.sqlite');
}

/** The newest backup that is whole. @throws StationError `disk-full`, `data-not-writable`: that cannot be found out now */
async function wholeBackup(folder: string): Promise<LedgerBackup | null> {
  return (await listBackups(folder)).find(({ file }) => checkLedgerFile(file)) ?? null;
}

/**
 * Sets the ledger aside and puts the newest whole backup in its place; without a backup, an empty one. Answers what came of
 * it, which stands in the new one before it takes its place. Where something may have been done after the backup, its
 * approvals lapse. A full disk leaves everything as it was.
 */
export async function repairLedger(
  file: string,
  backups: string,
  by: DecisionMaker,
): Promise<LedgerRestored> {
  const backup = await wholeBackup(backups);
  const saved = join(backups, SAVED_UP_TO);
  const savedUpTo = Number(await readFile(saved, 'utf8').catch(() => '-1'));
  const isThere = existsSync(file) || existsSync(`${file}-wal`);
  const isEmpty = !existsSync(file) || (await stat(file)).size === 0;
  const aside = asideName(file);
  let restored: LedgerRestored;
  try {
    restored = await makeNext(file, backup, {
      savedUpTo,
      isThere,
      aside: isEmpty ? null : basename(aside),
      by,
    });
  } catch (error) {
    // It would only take the room that is missing.
    await removeLedger(nextLedger(file)).catch(() => {});
    throw error;
  }
  // What was saved was saved of the other one.
  await removeHere(saved);
  await putBack(file, aside);
  setSuspect(backups, false);
  return restored;
}

/** Makes the ledger that takes the place of `file`, and writes into it what is known to be missing. */
async function makeNext(
  file: string,
  backup: LedgerBackup | null,
  {
    savedUpTo,
    isThere,
    aside,
    by,
  }: {
    readonly savedUpTo: number;
    readonly isThere: boolean;
    readonly aside: string | null;
    readonly by: DecisionMaker;
  },
): Promise<LedgerRestored> {
  const next = nextLedger(file);
  await removeLedger(next);
  if (backup !== null) await copyFile(backup.file, next);
  const db = Database.open(next);
  try {
    // An older backup may have taken the place of the newest.
    const complete = backup !== null && lastEntry(db) === savedUpTo;
    const lost =
      backup === null || complete || !isThere ? new Map<string, number>() : provenEntriesBehind(db, file);
    const restored: LedgerRestored = {
      at: by.at,
      aside,
      backup: backup === null ? null : (lastEntryTime(db) ?? backup.at),
      complete,
      lost: [...lost].flatMap(([what, count]) => (isAuditAction(what) ? [{ what, count }] : [])),
      reopened: backup === null || complete ? 0 : lapseApprovals(db, by),
    };
    db.transaction(() => {
      setSetting(db, 'ledger.restored', JSON.stringify(restored));
      audit(db, by, 'ledger-restored', { detail: { backup: restored.backup, aside: restored.aside } });
    });
    db.foldLog();
    return restored;
  } finally {
    db.close();
  }
}
