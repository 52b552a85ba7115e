/**
 * A backup after each day, without anybody asking: in the evening, or when the computer is next on. Where stick or folder is
 * not there it says so, and tries again when something is plugged in.
 */
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { every } from '../../../shared/timers.ts';
import { describeFailure } from '../../host/failures.ts';
import { listAudit } from '../../ledger/audit.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { isRestoring } from '../health/store.ts';
import type { Intakes } from '../import/queue.ts';
import { byItself } from '../people/acting.ts';
import { makeBackup } from './make.ts';
import { isDaily, keptPassphrase, placeFor } from './place.ts';

/** From this hour of the computer's clock on the day counts as over. */
const EVENING = 16;
const LOOK_EVERY_MS = 10 * 60_000;
/** After one that failed, or that a person stopped. */
const AGAIN_MS = 60 * 60_000;

/** Whether a day ended since the last backup. @param at of that backup, ISO 8601. @param now milliseconds since 1970 */
export function isDue(at: string | null, now: number): boolean {
  if (at === null) return true;
  const evening = new Date(now);
  if (evening.getHours() < EVENING) evening.setDate(evening.getDate() - 1);
  evening.setHours(EVENING, 0, 0, 0);
  const made = Date.parse(at);
  // One of the future is of a clock that was set back.
  return made < evening.getTime() || made > now;
}

export class DailyBackups {
  readonly #core: Core;
  readonly #intakes: Intakes;
  #callOff: (() => void) | null = null;
  #looking: Promise<void> | null = null;
  /** On the clock of the timers. */
  #notBefore = -Infinity;

  constructor(core: Core, intakes: Intakes) {
    this.#core = core;
    this.#intakes = intakes;
  }

  begin(): void {
    this.#callOff = every(this.#core.timers, LOOK_EVERY_MS, () => this.look());
    this.look();
  }

  /** Something was plugged in, was set, or time has passed. */
  look(): void {
    this.#looking ??= byItself(() => this.#look())
      .catch((error: unknown) => this.#core.log(`no daily backup: ${describeFailure(error)}`))
      .finally(() => (this.#looking = null));
  }

  async close(): Promise<void> {
    this.#callOff?.();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { db, jobs, timers, clock } = this.#core;
    if (!isDaily(this.#core) || jobs.isRunning('backup') || isRestoring(this.#core)) return;
    if (timers.now() < this.#notBefore || !isDue(setting(db, 'backup.at'), clock())) return;
    const [last] = listAudit(db, { since: '', offset: 0, limit: 1, descending: true }).rows;
    // Nothing happened since the last one.
    if (last?.what === 'backup-made') return;
    let request: Parameters<typeof makeBackup>[2];
    try {
      request = { to: await placeFor(this.#core), passphrase: await keptPassphrase(this.#core) };
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#waits(error.code);
      return;
    }
    if (jobs.isRunning('backup')) return;
    this.#intakes.start(
      null,
      '',
      async (handle) => {
        this.#notBefore = timers.now() + AGAIN_MS;
        try {
          const end = await makeBackup(this.#core, handle, request);
          this.#notBefore = -Infinity;
          return end;
        } catch (error) {
          if (error instanceof StationError && error.code !== 'cancelled') this.#waits(error.code);
          throw error;
        }
      },
      'backup',
    );
  }

  #waits(code: ErrorCode): void {
    const { db, changed } = this.#core;
    if (setting(db, 'backup.waits') === code) return;
    setSetting(db, 'backup.waits', code);
    changed('health');
  }
}
