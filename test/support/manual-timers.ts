/** Time that passes when a test says so, and not otherwise. */
import type { Timers } from '../../shared/timers.ts';
import { quiet } from './soon.ts';

interface Due {
  readonly at: number;
  readonly call: () => void;
}

export class ManualTimers implements Timers {
  #now = 0;
  readonly #due = new Set<Due>();

  readonly now = (): number => this.#now;

  readonly after = (ms: number, call: () => void): (() => void) => {
    const due = { at: this.#now + ms, call };
    this.#due.add(due);
    return () => this.#due.delete(due);
  };

  /** In how many milliseconds each of those that wait is due, the next one first. Empty: nothing happens by itself any more. */
  get pending(): readonly number[] {
    return [...this.#due].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Lets time pass. What falls due is called in its order, and what follows from it in this process happens in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await quiet();
    for (;;) {
      const [next] = [...this.#due].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await quiet();
    }
    this.#now = until;
  }
}

/**
 * Time that jumps to whatever is due next as soon as nothing happens in this process any more. For work that waits for
 * nothing outside of it, such as a phone in memory: a time-out then takes no time, however busy the machine is.
 */
export class SkippingTimers implements Timers {
  readonly #timers = new ManualTimers();
  #isSkipping = false;

  readonly now = (): number => this.#timers.now();

  readonly after = (ms: number, call: () => void): (() => void) => {
    const callOff = this.#timers.after(ms, call);
    void this.#skip();
    return callOff;
  };

  async #skip(): Promise<void> {
    if (this.#isSkipping) return;
    this.#isSkipping = true;
    for (;;) {
      await quiet();
      const [next] = this.#timers.pending;
      if (next === undefined) break;
      await this.#timers.pass(next);
    }
    this.#isSkipping = false;
  }
}
