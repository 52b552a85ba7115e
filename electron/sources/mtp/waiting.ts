/**
 * Phones that answer and show no files yet: locked, or their owner has not tapped "Allow". Their session is kept
 * for a while, since whoever wants the files asks again soon, and a new session would make some phones ask anew.
 */
import type { Timers } from '../../../shared/timers.ts';
import type { Greeted } from './access.ts';

/** Longer than the time until somebody asks again: every three seconds at first, every thirty after some minutes. */
const KEEP_MS = 45_000;

export class WaitingPhones {
  readonly #timers: Timers;
  readonly #kept = new Map<string, { readonly greeted: Greeted; readonly callOff: () => void }>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  keep(key: string, greeted: Greeted): void {
    const callOff = this.#timers.after(KEEP_MS, () => void this.drop(key));
    this.#kept.set(key, { greeted, callOff });
  }

  /** The session of this phone, which is the caller's from now on; `null` where none is kept. */
  take(key: string): Greeted | null {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    kept?.callOff();
    return kept?.greeted ?? null;
  }

  /** Gives a phone free. Never throws. */
  async drop(key: string): Promise<void> {
    await this.take(key)?.session.close();
  }

  /** Gives those free that are not among these any more. */
  async keepOnly(keys: ReadonlySet<string>): Promise<void> {
    await Promise.all([...this.#kept.keys()].filter((key) => !keys.has(key)).map((key) => this.drop(key)));
  }
}
