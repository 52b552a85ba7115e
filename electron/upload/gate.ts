/**
 * Whether a session may go on. It is asked before every request, so that a pause begins between two of them:
 * what was sent is noted and what was not has not begun, exactly as after a stop.
 *
 * `person` and `power` hold it; `offline` is only shown, because trying again is how it ends.
 */
import { unlessStopped } from '../../shared/stopping.ts';
import type { PauseReason } from '../../shared/upload.ts';

export class Gate {
  readonly #reasons = new Set<PauseReason>();
  readonly #waiting = new Set<() => void>();
  readonly #onChange: (paused: PauseReason | null) => void;
  #sendsAnyway = false;

  constructor(onChange: (paused: PauseReason | null) => void) {
    this.#onChange = onChange;
  }

  /** Why it waits; the reason that only a person can end comes first. */
  get paused(): PauseReason | null {
    return (['person', 'power', 'offline'] as const).find((reason) => this.#reasons.has(reason)) ?? null;
  }

  set(reason: PauseReason, isSo: boolean): void {
    if (reason === 'power' && this.#sendsAnyway && isSo) return;
    const before = this.paused;
    if (isSo) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.paused !== before) this.#onChange(this.paused);
    this.#letGo();
  }

  /** The person says: go on. Also on battery, for the rest of this session. */
  resume(): void {
    this.#sendsAnyway = true;
    this.set('power', false);
    this.set('person', false);
  }

  /** Resolves once nothing holds it. @throws StationError `cancelled` */
  async pass(signal: AbortSignal | undefined): Promise<void> {
    while (this.#isShut()) {
      const { promise, resolve: go } = Promise.withResolvers<void>();
      this.#waiting.add(go);
      await unlessStopped(promise, signal).finally(() => this.#waiting.delete(go));
    }
  }

  #isShut(): boolean {
    return this.#reasons.has('person') || this.#reasons.has('power');
  }

  #letGo(): void {
    if (this.#isShut()) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }
}
