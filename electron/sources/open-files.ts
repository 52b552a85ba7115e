/** The files of one source that are open: each question has a time-out, and a failure is told apart from a device that is gone. */
import { StationError } from '../../shared/errors.ts';
import { wait } from '../../shared/timers.ts';
import type { FileStat } from './files.ts';
import type { FileAccess, OpenFile } from './source.ts';
import type { Surroundings } from './source-driver.ts';
import { withTimeout } from './timeout.ts';

const MAY_BE_GONE: ReadonlySet<string> = new Set([
  'bad-sector',
  'source-gone',
  'not-readable',
  'device-stuck',
]);

export class OpenFiles {
  readonly #around: Surroundings;
  /** Aborted once the source is gone. */
  readonly #gone: AbortSignal;
  readonly #isOpen: () => boolean;
  readonly #handles = new Set<OpenFile>();

  /** @param isOpen whether the source can be read at all, at the moment it is asked */
  constructor(around: Surroundings, gone: AbortSignal, isOpen: () => boolean) {
    this.#around = around;
    this.#gone = gone;
    this.#isOpen = isOpen;
  }

  get count(): number {
    return this.#handles.size;
  }

  /**
   * @param isStillUp whether the same files can still be reached once it is open
   * @throws StationError `source-gone`, `device-stuck`, and what reading throws
   */
  async open(access: FileAccess, file: string, isStillUp: () => boolean): Promise<OpenFile> {
    const opened = await this.#guarded(() =>
      withTimeout(this.#around.pace.read, 'device-stuck', () => access.open(file), {
        outer: this.#gone,
        timers: this.#around.timers,
        late: (late) => void late.close(),
      }),
    );
    if (!isStillUp()) {
      await opened.close();
      throw new StationError('source-gone');
    }
    this.#handles.add(opened);
    return {
      stat: (): Promise<FileStat> => this.#asked(opened, () => opened.stat()),
      read: (offset, length) => this.#asked(opened, () => opened.read(offset, length)),
      close: async () => {
        if (this.#handles.delete(opened))
          await withTimeout(this.#around.pace.ask, 'device-stuck', () => opened.close(), {
            timers: this.#around.timers,
          }).catch(() => undefined);
      },
    };
  }

  /** Answers what was open; from here on nothing of it can be read. */
  takeAll(): readonly OpenFile[] {
    const open = [...this.#handles];
    this.#handles.clear();
    return open;
  }

  #asked<Value>(file: OpenFile, work: () => Promise<Value>): Promise<Value> {
    if (!this.#handles.has(file)) return Promise.reject(new StationError('source-gone'));
    return this.#guarded(() =>
      withTimeout(this.#around.pace.read, 'device-stuck', work, {
        outer: this.#gone,
        timers: this.#around.timers,
      }),
    );
  }

  /** A failure of a device that is being pulled out looks like a damaged file: the system is asked which it was. */
  async #guarded<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (this.#gone.aborted) throw new StationError('source-gone', undefined, error);
      const code = error instanceof StationError ? error.code : 'not-readable';
      if (!MAY_BE_GONE.has(code)) throw error;
      await wait(this.#around.timers, this.#around.pace.confirm);
      await this.#around.lookAgain();
      if (this.#gone.aborted || !this.#isOpen()) throw new StationError('source-gone', undefined, error);
      throw error;
    }
  }
}
