/**
 * Phones that answer and show no files yet: locked, or their owner has not tapped "Allow". Their session is kept
 * for a while, since whoever wants the files asks again soon, and a new session would make some phones ask anew.
 */
import type { Greeted } from './access.ts';

export class WaitingPhones {
  readonly #keepMs: number;
  readonly #kept = new Map<string, { readonly greeted: Greeted; readonly timer: NodeJS.Timeout }>();

  /** @param keepMs longer than the time until somebody asks again */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  keep(key: string, greeted: Greeted): void {
    const timer = setTimeout(() => void this.drop(key), this.#keepMs);
    timer.unref();
    this.#kept.set(key, { greeted, timer });
  }

  /** The session of this phone, which is the caller's from now on; `null` where none is kept. */
  take(key: string): Greeted | null {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    clearTimeout(kept?.timer);
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
