/**
 * One device while it is plugged in: the state machine that every kind of source shares. How its files are
 * reached and how it is let go of are its `SourceDriver`; this brings it up, tries again where the trouble ends by itself,
 * and takes it down.
 *
 * arriving → (mounting) → looking → ready | problem;   ready | problem → ejecting → safe;   any → gone
 */
import { StationError } from '../../shared/errors.ts';
import { SELF_HEALING, type SourceKind, type SourceState } from '../../shared/sources.ts';
import { OpenFiles } from './open-files.ts';
import type { FileAccess, FileList, OpenFile, Source, SourceFile } from './source.ts';
import { NotYet, type SourceDriver, type Surroundings } from './source-driver.ts';
import { withTimeout } from './timeout.ts';

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
  /** The list holds all that is there, not only what was found by then. */
  #isWhole = true;
  /** Ends a listing that nobody waits for any more. */
  #listing = new AbortController();
  readonly #gone = new AbortController();
  readonly #files: OpenFiles;
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
    this.#files = new OpenFiles(around, this.#gone.signal, () => this.#access !== null);
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
  /** Its files are all listed; until then there may be more. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
  get isConnected(): boolean {
    return this.#access !== null;
  }
  get openFiles(): number {
    return this.#files.count;
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
        if (!this.#isDown()) this.#become({ kind: 'looking' });
      } else await this.#driver.openMore?.();
      // It is being let go of, which closes what is open.
      if (this.#isDown()) return;
      const access = this.#access;
      this.#listing = new AbortController();
      const list = await withTimeout(
        pace.read * 4,
        'device-stuck',
        (signal) => access.list(limits, signal, this.#soFar(access, signal)),
        { outer: AbortSignal.any([gone, this.#listing.signal]), timers },
      );
      if (this.#isDown()) return;
      this.#isWhole = true;
      this.#listed(list);
      this.#healUntil = 0;
    } catch (error) {
      if (!this.#isDown()) await this.#fail(error);
    }
  }

  /** Tells of what is found while it is listed for the first time. Later, what was found before must not vanish meanwhile. */
  #soFar(access: FileAccess, signal: AbortSignal): ((list: FileList) => void) | undefined {
    if (this.#list !== NOTHING) return undefined;
    return (list) => {
      if (signal.aborted || this.#access !== access || this.#isDown()) return;
      this.#isWhole = false;
      this.#listed(list);
    };
  }

  #listed(list: FileList): void {
    this.#list = list;
    this.#look += 1;
    this.#become({ kind: 'ready' });
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

  /** @throws StationError `source-gone`, `device-stuck`, and what reading throws */
  async open(file: string): Promise<OpenFile> {
    const access = this.#access;
    if (access === null || this.#isDown()) throw new StationError('source-gone');
    return this.#files.open(access, file, () => !this.#isDown() && this.#access === access);
  }

  async eject(): Promise<void> {
    if (this.#state.kind === 'safe') return;
    if (!this.canEject) throw new StationError('eject-in-use');
    const before = this.#state;
    this.#become({ kind: 'ejecting' });
    try {
      // Whoever wants to unplug it does not wait for the list of all that is on it.
      this.#listing.abort();
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
    this.#isWhole = true;
    const open = this.#files.takeAll();
    const closing = async () => {
      await Promise.all(open.map((file) => file.close()));
      await access?.close();
    };
    await withTimeout(this.#around.pace.ask, 'device-stuck', closing, { timers: this.#around.timers }).catch(
      () => this.#around.log('a device did not let its files be closed'),
    );
  }
}
