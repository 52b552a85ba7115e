/**
 * Keeps this computer far from the server's limit of ten failed sign-ins in ten seconds, after which it
 * refuses every password that comes from here, right ones too (docs/cht.md §1.3). Time is the machine's own
 * running time, so that a clock that is set changes nothing.
 */
import { SYSTEM_TIMERS, wait, type Timers } from '../../shared/timers.ts';

/** Half of what the server allows: the other half is for the phones behind the same address. */
const FREE = 5;

export class SignInThrottle {
  readonly #windowMs: number;
  readonly #timers: Timers;
  #failures: number[] = [];

  constructor(windowMs: number, timers: Timers = SYSTEM_TIMERS) {
    this.#windowMs = windowMs;
    this.#timers = timers;
  }

  /** The server answered 401 or 429. */
  failed(): void {
    this.#failures.push(this.#timers.now());
  }

  /** How long to wait before a password may be sent again. */
  waitMs(): number {
    const now = this.#timers.now();
    this.#failures = this.#failures.filter((at) => now - at < this.#windowMs);
    const oldest = this.#failures.at(-FREE);
    return oldest === undefined ? 0 : oldest + this.#windowMs - now;
  }

  /** @throws StationError `cancelled` */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    const ms = this.waitMs();
    if (ms > 0) await wait(this.#timers, ms, signal);
  }
}
