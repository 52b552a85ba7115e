/** Once a day, by itself: whether anything is to be given up. */
import { copiesGone } from '../../ledger/retention.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { byItself } from '../people/acting.ts';
import { describeFailure } from '../../host/failures.ts';
import { isClockRight, isClockSteady } from './clock.ts';
import { isUnfinished } from './give-up.ts';
import { goingNow, retentionDays } from './rule.ts';

/** After the start others come first. */
const FIRST_MS = 60_000;
/** Clocks are set and computers sleep: what is due is seen by the time of day, not by what was waited for. */
const AGAIN_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export class DailyRetention {
  readonly #core: Core;
  readonly #start: () => void;
  readonly #isBusy: () => boolean;
  #callOff: (() => void) | null = null;
  #looking: Promise<void> | null = null;
  readonly #closing = new AbortController();

  /** @param start starts the job. `isBusy`: something runs that it would meet */
  constructor(core: Core, { start, isBusy }: { readonly start: () => void; readonly isBusy: () => boolean }) {
    this.#core = core;
    this.#start = start;
    this.#isBusy = isBusy;
  }

  begin(): void {
    this.#wait(FIRST_MS);
  }

  async close(): Promise<void> {
    this.#callOff?.();
    this.#closing.abort();
    await this.#looking;
  }

  #wait(ms: number): void {
    this.#callOff = this.#core.timers.after(ms, () => {
      this.#looking = byItself(() => this.#look()).catch((error: unknown) =>
        this.#core.log(`it could not be looked what is to be given up: ${describeFailure(error)}`),
      );
      this.#wait(AGAIN_MS);
    });
  }

  async #look(): Promise<void> {
    const core = this.#core;
    const { db } = core;
    isClockSteady(core);
    const looked = Date.parse(setting(db, 'retention.lookedAt') ?? '');
    const isDue = Number.isNaN(looked) || Math.abs(core.clock() - looked) >= DAY_MS || this.#waits();
    if ((!isDue && !isUnfinished(core)) || this.#isBusy()) return;
    if (retentionDays(db) === null && !isUnfinished(core)) return;
    const { records, copies } = goingNow(core);
    setSetting(db, 'retention.lookedAt', core.now());
    const goes = records + copies > 0;
    const waits = goes && !(await isClockRight(core, this.#closing.signal));
    this.#note(waits);
    // Something may have begun while the server was asked.
    if (this.#isBusy() || this.#closing.signal.aborted) return;
    if ((goes && !waits) || isUnfinished(core) || copiesGone(db).length > 0) this.#start();
  }

  #waits(): boolean {
    return setting(this.#core.db, 'retention.waits') !== null;
  }

  /** @param waits for a clock that is known to be right */
  #note(waits: boolean): void {
    if (waits === this.#waits()) return;
    if (waits) setSetting(this.#core.db, 'retention.waits', 'clock');
    else forgetSettings(this.#core.db, ['retention.waits']);
    this.#core.changed('settings');
  }
}
