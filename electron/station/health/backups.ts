/** When the ledger is backed up: after each import and upload, once a day, and when the station closes. */
import { StationError } from '../../../shared/errors.ts';
import { replaceFile } from '../../intake/own-disk.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastEntry } from '../../ledger/audit.ts';
import { backUp, checkLedgerFile, listBackups } from '../../ledger/backup.ts';
import { describeFailure } from '../../host/failures.ts';
import type { Core } from '../core.ts';

/** The file that holds the number of the last entry of the history in the newest backup. */
export const SAVED_UP_TO = 'saved-up-to';

const DAY_MS = 24 * 60 * 60_000;

export class LedgerBackups {
  readonly #core: Core;
  #running: Promise<void> = Promise.resolve();
  #isAsked = false;
  #isDamaged = false;
  #callOff: (() => void) | null = null;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A backup found that the ledger itself is not whole any more. */
  get isDamaged(): boolean {
    return this.#isDamaged;
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

  /** Waits for what runs, and makes one if anything was done since the last. */
  async close(): Promise<void> {
    this.#callOff?.();
    await this.#running;
    await this.#make();
  }

  async #make(): Promise<void> {
    const { db, folders, log } = this.#core;
    try {
      const entry = lastEntry(db);
      if (await this.#isSaved(entry)) return;
      const isWhole = await backUp(db, folders.backups, (file) => this.#check(file));
      if (isWhole) await replaceFile(this.#saved(), String(entry));
      this.#isDamaged = !isWhole;
      if (!isWhole) log('the ledger is damaged: its backup is not whole');
    } catch (error) {
      if (error instanceof StationError && error.code === 'ledger-damaged') this.#isDamaged = true;
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
