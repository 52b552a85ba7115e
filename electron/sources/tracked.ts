/**
 * One device while it is plugged in: the state machine that every kind of source shares. How its files are
 * reached and how it is let go of are its `SourceDriver`; this brings it up, keeps its handles, tries again where the
 * trouble ends by itself, and takes it down.
 *
 * arriving → (mounting) → looking → ready | problem;   ready | problem → ejecting → safe;   any → gone
 */
import { StationError } from '../../shared/errors.ts';
import { SELF_HEALING, type SourceKind, type SourceState } from '../../shared/sources.ts';
import type { FileStat, FindLimits } from './files.ts';
import type { DevicePace } from '../../shared/device-pace.ts';
import { wait, type Timers } from '../../shared/timers.ts';
import { withTimeout } from './timeout.ts';
import type { FileAccess, FileList, OpenFile, Source, SourceFile } from './source.ts';

/** What the state machine needs of its surroundings. */
export interface Surroundings {
  readonly pace: DevicePace;
  readonly limits: FindLimits;
  readonly timers: Timers;
  /** A source has changed. */
  readonly changed: () => void;
  /** Asks the system again what is plugged in, and waits for its answer. */
  readonly lookAgain: () => Promise<void>;
  readonly log: (line: string) => void;
}

/** Thrown by a driver that has to wait for the system: no trouble yet. */
export class NotYet extends Error {}

/** What differs between a stick, a phone and a folder. */
export interface SourceDriver {
  readonly kind: SourceKind;
  readonly name: string;
  readonly identity: string | null;
  readonly canEject: boolean;
  readonly portable: boolean;
  /** Opens the files. `say` tells a step on the way. @throws NotYet, StationError a trouble */
  open(signal: AbortSignal, say: (state: SourceState) => void): Promise<FileAccess>;
  /** While it is open: opens what has become reachable since. Never throws. */
  openMore?(): Promise<void>;
  /** Unmounts and powers off, once nothing of ours is open any more. @throws StationError */
  release(): Promise<void>;
}

const NOTHING: FileList = { files: [], missed: [] };

export class TrackedSource implements Source {
  readonly id: string;
  /** Which plugging in this is. */
  readonly plugging: number;
  readonly #driver: SourceDriver;
  readonly #around: Surroundings;
  #state: SourceState = { kind: 'arriving' };
  #access: FileAccess | null = null;
  #list: FileList = NOTHING;
  #look = 0;
  readonly #handles = new Set<OpenFile>();
  #gone = new AbortController();
  #connecting: Promise<void> | null = null;
  #next: 'no' | 'if down' | 'yes' = 'no';
  /** Calls off the next try. */
  #healing: (() => void) | null = null;
  #healUntil = 0;

  constructor(id: string, plugging: number, driver: SourceDriver, around: Surroundings) {
    this.id = id;
    this.plugging = plugging;
    this.#driver = driver;
    this.#around = around;
  }

  get kind(): SourceKind {
    return this.#driver.kind;
  }
  get name(): string {
    return this.#driver.name;
  }
  get identity(): string | null {
    return this.#driver.identity;
  }
  get state(): SourceState {
    return this.#state;
  }
  get portable(): boolean {
    return this.#driver.portable;
  }
  get canEject(): boolean {
    return this.#driver.canEject && this.#state.kind !== 'safe' && this.#state.kind !== 'ejecting';
  }
  /** Grows each time its files were listed anew. */
  get look(): number {
    return this.#look;
  }
  get isConnected(): boolean {
    return this.#access !== null;
  }
  get openFiles(): number {
    return this.#handles.size;
  }

  /** Opens it and lists its files; while that goes on already, once more afterwards. Never throws. */
  connect(): Promise<void> {
    return this.#connect('yes');
  }

  /** The same where it is not up: the system was asked again and may have told more. Never throws. */
  connectIfDown(): Promise<void> {
    return this.isConnected ? Promise.resolve() : this.#connect('if down');
  }

  #connect(again: 'if down' | 'yes'): Promise<void> {
    if (this.#isDown()) return Promise.resolve();
    if (this.#connecting !== null) {
      if (this.#next !== 'yes') this.#next = again;
      return this.#connecting;
    }
    this.#connecting = this.#connectOnce().finally(() => {
      this.#connecting = null;
      const next = this.#next;
      this.#next = 'no';
      if (next === 'yes' || (next === 'if down' && !this.isConnected)) void this.connect();
    });
    return this.#connecting;
  }

  #isDown(): boolean {
    return this.#gone.signal.aborted || this.#state.kind === 'ejecting' || this.#state.kind === 'safe';
  }

  async #connectOnce(): Promise<void> {
    const { pace, limits, timers } = this.#around;
    const gone = this.#gone.signal;
    this.#healing?.();
    this.#healing = null;
    try {
      if (this.#access === null) {
        const access = await withTimeout(
          pace.read,
          'device-stuck',
          (signal) => this.#driver.open(signal, (state) => !gone.aborted && this.#become(state)),
          { outer: gone, late: (opened) => void opened.close(), timers },
        );
        if (gone.aborted) {
          await access.close();
          return;
        }
        this.#access = access;
        this.#become({ kind: 'looking' });
      } else await this.#driver.openMore?.();
      const access = this.#access;
      this.#list = await withTimeout(pace.read * 4, 'device-stuck', (signal) => access.list(limits, signal), {
        outer: gone,
        timers,
      });
      this.#look += 1;
      this.#healUntil = 0;
      if (!gone.aborted) this.#become({ kind: 'ready' });
    } catch (error) {
      if (!gone.aborted) await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    await this.#closeFiles();
    if (error instanceof NotYet) {
      if (this.#state.kind !== 'arriving') this.#become({ kind: 'arriving' });
      // What is known of it is weighed again, without asking the system.
      this.#healing = this.#around.timers.after(this.#around.pace.automount, () => void this.connect());
      return;
    }
    const known = error instanceof StationError ? error : new StationError('not-readable', undefined, error);
    const by = known.code === 'device-busy' ? known.detail : undefined;
    this.#become({ kind: 'problem', code: known.code, ...(by === undefined ? {} : { by }) });
    if (known.code === 'source-gone') this.#healLater(() => this.#around.lookAgain());
    else if (SELF_HEALING.has(known.code) && this.#driver.kind !== 'drive')
      this.#healLater(() => this.connect());
  }

  /** The person may be about to act on the phone; who takes longer is waited for with longer pauses. */
  #healLater(look: () => Promise<void>): void {
    const { healEvery, healFor, healSlowly } = this.#around.pace;
    const now = this.#around.timers.now();
    if (this.#healUntil === 0) this.#healUntil = now + healFor;
    const ms = now < this.#healUntil ? healEvery : healSlowly;
    this.#healing = this.#around.timers.after(ms, () => void look());
  }

  #become(state: SourceState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) {
      // Its files may have changed all the same.
      if (state.kind === 'ready') this.#around.changed();
      return;
    }
    this.#state = state;
    this.#around.changed();
  }

  /** A new chance for trouble that was given up, and for a device that was made safe and stayed in. */
  async refresh(): Promise<void> {
    this.#healUntil = 0;
    if (this.#state.kind === 'safe') this.#become({ kind: 'arriving' });
    await this.connect();
  }

  /** It was unmounted by somebody else, or plugged in anew: what was open is of no use. */
  async drop(state: SourceState = { kind: 'arriving' }): Promise<void> {
    await this.#closeFiles();
    this.#become(state);
  }

  list(): Promise<FileList> {
    return Promise.resolve(this.#list);
  }

  stat(file: string): Promise<SourceFile> {
    const found = this.#list.files.find((one) => one.file === file);
    return found === undefined ? Promise.reject(new StationError('source-gone')) : Promise.resolve(found);
  }

  async open(file: string): Promise<OpenFile> {
    const access = this.#access;
    if (access === null || this.#isDown()) throw new StationError('source-gone');
    const opened = await this.#guarded(() =>
      withTimeout(this.#around.pace.read, 'device-stuck', () => access.open(file), {
        outer: this.#gone.signal,
        timers: this.#around.timers,
        late: (late) => void late.close(),
      }),
    );
    if (this.#isDown() || this.#access !== access) {
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

  #asked<Value>(file: OpenFile, work: () => Promise<Value>): Promise<Value> {
    if (!this.#handles.has(file)) return Promise.reject(new StationError('source-gone'));
    return this.#guarded(() =>
      withTimeout(this.#around.pace.read, 'device-stuck', work, {
        outer: this.#gone.signal,
        timers: this.#around.timers,
      }),
    );
  }

  /** A failure of a device that is being pulled out looks like a damaged file: the system is asked which it was. */
  async #guarded<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (this.#gone.signal.aborted) throw new StationError('source-gone', undefined, error);
      const code = error instanceof StationError ? error.code : 'not-readable';
      if (!MAY_BE_GONE.has(code)) throw error;
      await wait(this.#around.timers, this.#around.pace.confirm);
      await this.#around.lookAgain();
      if (this.#gone.signal.aborted || this.#access === null)
        throw new StationError('source-gone', undefined, error);
      throw error;
    }
  }

  async eject(): Promise<void> {
    if (this.#state.kind === 'safe') return;
    if (!this.canEject) throw new StationError('eject-in-use');
    const before = this.#state;
    this.#become({ kind: 'ejecting' });
    try {
      await this.#connecting;
      await this.#closeFiles();
      await this.#driver.release();
      this.#become({ kind: 'safe' });
    } catch (error) {
      if (this.#gone.signal.aborted) throw new StationError('source-gone', undefined, error);
      // It is still here and may be read on.
      this.#become(before.kind === 'problem' ? before : { kind: 'arriving' });
      void this.connect();
      throw error instanceof StationError ? error : new StationError('eject-failed', undefined, error);
    }
  }

  /** It is gone: nothing of it is kept, nobody waits for it. */
  async close(): Promise<void> {
    this.#gone.abort();
    this.#healing?.();
    await this.#closeFiles();
  }

  async #closeFiles(): Promise<void> {
    const access = this.#access;
    this.#access = null;
    this.#list = NOTHING;
    const open = [...this.#handles];
    this.#handles.clear();
    const closing = async () => {
      await Promise.all(open.map((file) => file.close()));
      await access?.close();
    };
    await withTimeout(this.#around.pace.ask, 'device-stuck', closing, { timers: this.#around.timers }).catch(
      () => this.#around.log('a device did not let its files be closed'),
    );
  }
}

const MAY_BE_GONE: ReadonlySet<string> = new Set([
  'bad-sector',
  'source-gone',
  'not-readable',
  'device-stuck',
]);
