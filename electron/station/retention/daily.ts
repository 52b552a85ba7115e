/** Once a day, by itself: whether anything is to be given up. */
import { copiesGone } from '../../ledger/retention.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { byItself } from '../people/acting.ts';
import { describeFailure } from '../../host/failures.ts';
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

  /** @param start starts the job. `isBusy`: something runs that it would meet */
  constructor(core: Core, { start, isBusy }: { readonly start: () => void; readonly isBusy: () => boolean }) {
    this.#core = core;
    this.#start = start;
    this.#isBusy = isBusy;
  }

  begin(): void {
    this.#wait(FIRST_MS);
  }

  close(): void {
    this.#callOff?.();
  }

  #wait(ms: number): void {
    this.#callOff = this.#core.timers.after(ms, () => {
      byItself(() => {
        try {
          this.#look();
        } catch (error) {
          this.#core.log(`it could not be looked what is to be given up: ${describeFailure(error)}`);
        }
      });
      this.#wait(AGAIN_MS);
    });
  }

  #look(): void {
    const core = this.#core;
    const { db } = core;
    const looked = Date.parse(setting(db, 'retention.lookedAt') ?? '');
    const isDue = Number.isNaN(looked) || Math.abs(core.clock() - looked) >= DAY_MS;
    if ((!isDue && !isUnfinished(core)) || this.#isBusy()) return;
    if (retentionDays(db) === null && !isUnfinished(core)) return;
    const { records, copies } = goingNow(core);
    setSetting(db, 'retention.lookedAt', core.now());
    if (records + copies > 0 || isUnfinished(core) || copiesGone(db).length > 0) this.#start();
  }
}
