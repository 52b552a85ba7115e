/** When the ledger is backed up: after each import and upload, once a day, and when the station closes. */
import { StationError } from '../../../shared/errors.ts';
import { removeNow } from '../../disk/own-disk-now.ts';
import { replaceFile } from '../../disk/own-disk.ts';
import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastEntry } from '../../ledger/audit.ts';
import { backUp, checkLedgerFile, forgetOlder, listBackups } from '../../ledger/backup.ts';
import { describeFailure } from '../../host/failures.ts';
import type { Core } from '../core.ts';

/**
 * The file that holds the number of the last entry of the history in the newest backup. It goes before anything more is
 * written to the history: where it lies, nothing is missing in that backup.
 */
export const SAVED_UP_TO = 'saved-up-to';

/** Lies there while the ledger may be damaged, until it is looked through when it is opened next. */
const SUSPECT = 'suspect';

export function isSuspect(backups: string): boolean {
  return existsSync(join(backups, SUSPECT));
}

export function setSuspect(backups: string, is: boolean): void {
  if (is) writeFileSync(join(backups, SUSPECT), '', { mode: 0o600 });
  else removeNow(join(backups, SUSPECT));
}

/** Removes a file so that a power cut does not bring it back. */
function removeForGood(folder: string, name: string): void {
  removeNow(join(folder, name));
  // Windows opens no folder, and writes their entries through.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const DAY_MS = 24 * 60 * 60_000;

export class LedgerBackups {
  readonly #core: Core;
  #running: Promise<void> = Promise.resolve();
  #isAsked = false;
  #isDamaged = false;
  #callOff: (() => void) | null = null;

  constructor(core: Core) {
    this.#core = core;
    core.db.onceBeforeEntry(() => removeForGood(core.folders.backups, SAVED_UP_TO));
  }

  /** The ledger itself is not whole any more: a backup of it was not, or it could not be read. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** It is looked through when it is opened next. */
  recordDamage(): void {
    if (this.#isDamaged) return;
    this.#isDamaged = true;
    this.#core.log('the ledger is damaged');
    try {
      setSuspect(this.#core.folders.backups, true);
    } catch (error) {
      this.#core.log(`that could not be noted: ${describeFailure(error)}`);
    }
    this.#core.changed('health');
  }

  /** Begins the daily ones. */
  async begin(): Promise<void> {
    const [newest] = await listBackups(this.#core.folders.backups);
    if (newest === undefined || this.#core.clock() - Date.parse(newest.at) > DAY_MS) this.soon();
    this.#callOff = this.#core.timers.after(DAY_MS, () => void this.begin());
  }

  /** One after what runs; asked several times meanwhile, once. */
  soon(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#running = this.#running.then(async () => {
      this.#isAsked = false;
      await this.#make();
    });
  }

  /**
   * One that takes the place of all before it: what they hold of what was given up must not stay.
   * @throws StationError `ledger-damaged`, `disk-full`; then those from before are still there
   */
  renew(): Promise<void> {
    const { db, folders } = this.#core;
    const made = this.#running.then(async () => {
      if (!(await backUp(db, folders.backups, (file) => this.#check(file)))) {
        this.recordDamage();
        throw new StationError('ledger-damaged');
      }
      await forgetOlder(folders.backups);
    });
    this.#running = made.catch(() => {});
    return made;
  }

  /** Waits for what runs, and makes one if anything was done since the last. */
  async close(): Promise<void> {
    this.#callOff?.();
    await this.#running;
    await this.#make();
  }

  async #make(): Promise<void> {
    const { db, folders, log } = this.#core;
    if (this.#isDamaged) return;
    try {
      const entry = lastEntry(db);
      if (await this.#isSaved(entry)) return;
      let isMore = false;
      db.onceBeforeEntry(() => {
        isMore = true;
        removeForGood(folders.backups, SAVED_UP_TO);
      });
      const isWhole = await backUp(db, folders.backups, (file) => this.#check(file));
      if (!isWhole) {
        this.recordDamage();
        return;
      }
      if (isMore) return;
      await replaceFile(this.#saved(), String(entry));
      if (isMore) removeForGood(folders.backups, SAVED_UP_TO);
    } catch (error) {
      if (error instanceof StationError && error.code === 'ledger-damaged') this.recordDamage();
      // A full disk, or one that cannot be read: the next one may work.
      log(`no backup of the ledger: ${describeFailure(error)}`);
    }
    this.#core.changed('health');
  }

  /** Off this thread, where the worker runs. */
  #check(file: string): Promise<boolean> {
    return this.#core.replica.call('checkLedger', { file }).catch(() => checkLedgerFile(file));
  }

  #saved(): string {
    return join(this.#core.folders.backups, SAVED_UP_TO);
  }

  /** Whether the newest backup has everything up to this entry of the history, and is of today. */
  async #isSaved(entry: number): Promise<boolean> {
    const [newest] = await listBackups(this.#core.folders.backups);
    if (newest === undefined || this.#core.clock() - Date.parse(newest.at) > DAY_MS) return false;
    return Number(await readFile(this.#saved(), 'utf8').catch(() => '-1')) === entry;
  }
}
