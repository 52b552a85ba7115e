/**
 * Who may use a store when. LevelDB's binding ends the whole process when it is asked for anything after it was
 * closed, and PouchDB never answers what a close cut in two; so a close waits, and what comes later is refused.
 */
import { StationError } from '../../shared/errors.ts';

export class RwLock {
  readonly #running = new Set<Promise<unknown>>();
  /** Resolves when the work that wants the store for itself is done. */
  #alone: Promise<unknown> | null = null;
  #isClosed = false;
  #ended: Promise<void> | null = null;

  /** Work beside other work. @throws StationError `replica-failed` after `end` */
  async shared<Value>(work: () => Promise<Value>): Promise<Value> {
    while (this.#alone !== null) await this.#alone;
    if (this.#isClosed) throw new StationError('replica-failed');
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Work that waits for all other and keeps new work waiting. @throws StationError `replica-failed` after `end` */
  async exclusive<Value>(work: () => Promise<Value>): Promise<Value> {
    while (this.#alone !== null) await this.#alone;
    if (this.#isClosed) throw new StationError('replica-failed');
    const turn = this.#whenQuiet().then(work);
    this.#alone = turn.catch(() => {}).finally(() => (this.#alone = null));
    return turn;
  }

  /** The last work of all; more of it after the first is the first. */
  end(work: () => Promise<void>): Promise<void> {
    return (this.#ended ??= this.#end(work));
  }

  async #end(work: () => Promise<void>): Promise<void> {
    while (this.#alone !== null) await this.#alone;
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#whenQuiet();
    await work();
  }

  async #whenQuiet(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
