/**
 * Looks at drives or phones that failed. Such a look proves nothing, and no hint may come any more: it is made
 * again, at what it failed at and at nothing else, and more seldom from time to time.
 */
import type { Surroundings } from './source-driver.ts';

export type LookedAt = 'drives' | 'phones';

export class FailedLooks {
  readonly #around: Pick<Surroundings, 'pace' | 'timers'>;
  readonly #look: (what: LookedAt) => Promise<void>;
  readonly #failed = new Set<LookedAt>();
  /** Milliseconds until the next one. */
  #pause = 0;
  #callOff: (() => void) | null = null;
  #isOver = false;

  /** @param look looks at it again and says here what came of it; never throws */
  constructor(around: Pick<Surroundings, 'pace' | 'timers'>, look: (what: LookedAt) => Promise<void>) {
    this.#around = around;
    this.#look = look;
  }

  worked(what: LookedAt): void {
    this.#failed.delete(what);
  }

  /** Returns whether the look before it had worked. */
  failed(what: LookedAt): boolean {
    const isNew = !this.#failed.has(what);
    this.#failed.add(what);
    if (isNew) this.#pause = this.#around.pace.healEvery;
    this.#later();
    return isNew;
  }

  #later(): void {
    if (this.#isOver || this.#callOff !== null || this.#failed.size === 0) return;
    const { pace, timers } = this.#around;
    this.#callOff = timers.after(this.#pause, () => void this.#again());
    this.#pause = Math.min(this.#pause * 2, pace.healSlowly);
  }

  async #again(): Promise<void> {
    for (const what of this.#failed) await this.#look(what);
    this.#callOff = null;
    this.#later();
  }

  stop(): void {
    this.#isOver = true;
    this.#callOff?.();
  }
}
