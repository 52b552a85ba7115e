/** Events of the station and who listens. `changed` events that come together are told together. */
import type { EventName, Events } from '../../shared/contract.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { describeFailure } from '../host/failures.ts';

const TOGETHER_MS = 100;

export class EventHub {
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();
  #changed = new Set<Events['changed']['what'][number]>();
  #callOff: (() => void) | null = null;
  readonly #timers: Timers;
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void = () => {}, timers: Timers = SYSTEM_TIMERS) {
    this.#log = log;
    this.#timers = timers;
  }

  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  tell<Name extends EventName>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (event: Events[Name]) => void)(event);
      } catch (error) {
        // One window that fails keeps neither the others nor the work from going on.
        this.#log(`a listener failed: ${describeFailure(error)}`);
      }
    }
  }

  changed(...what: Events['changed']['what']): void {
    for (const one of what) this.#changed.add(one);
    this.#callOff ??= this.#timers.after(TOGETHER_MS, () => {
      this.#callOff = null;
      const told = [...this.#changed];
      this.#changed = new Set();
      this.tell('changed', { what: told });
    });
  }

  close(): void {
    this.#callOff?.();
    this.#listeners.clear();
  }
}
