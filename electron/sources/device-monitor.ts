/**
 * What is plugged in now, over a platform. The system is asked after hints, a few times, and never on a timer:
 * asking wakes disks that sleep. A hint says nothing but "look": events of a bus come late, doubled and in the
 * wrong order, so what counts is what is there when one looks.
 */
import { createHash, randomUUID } from 'node:crypto';
import { StationError } from '../../shared/errors.ts';
import { FailedLooks, type LookedAt } from './failed-looks.ts';
import type { FindLimits } from './files.ts';
import { DEVICE_PACE, type DevicePace } from '../../shared/device-pace.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { withTimeout } from './timeout.ts';
import type { PhoneSeen } from './phone-source.ts';
import { PluggedDrives } from './plugged-drives.ts';
import { PluggedPhones } from './plugged-phones.ts';
import { deviceInfo, type Snapshot } from './snapshot.ts';
import type { FileList, OpenFile, PhoneTransport, Platform } from './source.ts';
import type { Surroundings, SourceDriver } from './source-driver.ts';
import { TrackedSource } from './tracked.ts';
import type { WatchedFolder } from './watched-folder.ts';
import { WatchedFolders } from './watched-folders.ts';

export interface DevicesOptions {
  readonly limits: FindLimits;
  readonly tell: (snapshot: Snapshot) => void;
  readonly log?: (line: string) => void;
  readonly pace?: Partial<DevicePace>;
  readonly timers?: Timers;
}

export class Devices {
  readonly #platform: Platform;
  readonly #options: DevicesOptions;
  readonly #around: Surroundings;
  readonly #drives: PluggedDrives;
  readonly #phones: PluggedPhones;
  readonly #folders: WatchedFolders;
  readonly #blind = new Set<LookedAt>();
  readonly #failed: FailedLooks;
  #stopWatching: (() => void)[] = [];
  /** Call off the next looks. */
  #looks = new Set<() => void>();
  #looking: Promise<void> | null = null;
  #lookNext: Promise<void> | null = null;
  #telling: (() => void) | null = null;
  #looked = false;
  #pluggings = 0;
  #told = '';
  #closed = false;

  constructor(platform: Platform, options: DevicesOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#around = {
      pace: { ...DEVICE_PACE, ...options.pace },
      limits: options.limits,
      timers: options.timers ?? SYSTEM_TIMERS,
      changed: () => this.#tellSoon(),
      lookAgain: () => this.look(),
      log: options.log ?? (() => {}),
    };
    const track = (driver: SourceDriver) => this.#tracked(driver);
    this.#drives = new PluggedDrives(platform, this.#around, track, (ms) => this.#lookIn(ms));
    this.#phones = new PluggedPhones(platform, track);
    this.#folders = new WatchedFolders(platform, this.#around, track);
    this.#failed = new FailedLooks(this.#around, (what) => this.#lookAgainAt(what));
  }

  /** Begins to watch and to look. */
  start(): void {
    const hint = () => this.#hinted();
    this.#stopWatching = [
      this.#platform.watch(hint),
      ...this.#platform.transports.map((one) => one.watch(hint)),
    ];
    this.#hinted();
  }

  #hinted(): void {
    for (const callOff of this.#looks) callOff();
    this.#looks.clear();
    if (this.#closed) return;
    for (const ms of this.#around.pace.looks) this.#lookIn(ms);
  }

  #lookIn(ms: number): void {
    const callOff = this.#around.timers.after(ms, () => {
      this.#looks.delete(callOff);
      void this.look();
    });
    this.#looks.add(callOff);
  }

  /** Asks the system what is there, now; whoever asks while that goes on gets an answer that began later. Never throws. */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#looking === null) {
      this.#looking = this.#lookOnce().finally(() => (this.#looking = null));
      return this.#looking;
    }
    this.#lookNext ??= this.#looking.then(() => {
      this.#lookNext = null;
      return this.look();
    });
    return this.#lookNext;
  }

  async #lookOnce(): Promise<void> {
    await Promise.all([this.#lookAtDrives(), this.#lookAtPhones()]);
    for (const source of this.#folders.sources()) void source.connectIfDown();
    this.#looked = true;
    this.#tellSoon();
  }

  async #lookAgainAt(what: LookedAt): Promise<void> {
    // Two looks at once would tell what they saw in the wrong order.
    while (this.#looking !== null) await this.#looking;
    if (this.#closed) return;
    const look = what === 'drives' ? this.#lookAtDrives() : this.#lookAtPhones();
    this.#looking = look.finally(() => (this.#looking = null));
    await this.#looking;
    this.#tellSoon();
  }

  async #lookAtDrives(): Promise<void> {
    try {
      this.#drives.saw(await this.#ask((signal) => this.#platform.drives(signal)));
      this.#blind.delete('drives');
      this.#failed.worked('drives');
    } catch (error) {
      this.#couldNotLook('drives', error);
    }
  }

  async #lookAtPhones(): Promise<void> {
    const seen: PhoneSeen[] = [];
    const silent = new Set<PhoneTransport>();
    for (const transport of this.#platform.transports) {
      try {
        const phones = await this.#ask((signal) => transport.phones(signal));
        seen.push(...phones.map((phone) => ({ transport, phone })));
      } catch (error) {
        silent.add(transport);
        this.#couldNotLook('phones', error);
      }
    }
    if (silent.size === 0) {
      this.#blind.delete('phones');
      this.#failed.worked('phones');
    }
    this.#phones.saw(seen, silent);
  }

  #ask<Value>(question: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { pace, timers } = this.#around;
    return withTimeout(pace.ask, 'device-stuck', question, { timers });
  }

  #couldNotLook(what: LookedAt, error: unknown): void {
    const code = error instanceof StationError ? error.code : 'internal';
    if (code === 'devices-blind') this.#blind.add(what);
    if (this.#failed.failed(what)) this.#around.log(`could not look at ${what}: ${code}`);
  }

  /** All folders to watch. Any other folder is not watched any more. */
  watchFolders(folders: readonly WatchedFolder[]): void {
    this.#folders.watch(folders);
    this.#tellSoon();
  }

  /** The person wants it looked at again: one source, or everything. */
  async lookAgain(id?: string): Promise<void> {
    if (id === undefined) this.#hinted();
    await this.look();
    await Promise.all(
      this.#sources().flatMap((one) => (id === undefined || one.id === id ? [one.refresh()] : [])),
    );
  }

  files(id: string): Promise<FileList> {
    return this.#source(id).list();
  }

  /** @throws StationError `source-gone`, … */
  async open(id: string, file: string): Promise<OpenFile> {
    return this.#source(id).open(file);
  }

  /** Returns when it may be unplugged. @throws StationError `eject-in-use`, `eject-failed`, `source-gone` */
  async eject(id: string): Promise<void> {
    try {
      await this.#source(id).eject();
    } finally {
      // Whoever asked must not hear that it is done before the list says so.
      this.#tell();
    }
  }

  #tracked(driver: SourceDriver): TrackedSource {
    this.#pluggings += 1;
    return new TrackedSource(this.#idOf(driver.identity), this.#pluggings, driver, this.#around);
  }

  /** The same device has the same id when it comes again; one that cannot be known again, or is a copy of another, a new one. */
  #idOf(identity: string | null): string {
    if (identity === null) return randomUUID();
    const id = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    return this.#sources().some((one) => one.id === id) ? randomUUID() : id;
  }

  #sources(): TrackedSource[] {
    return [...this.#drives.sources(), ...this.#phones.sources(), ...this.#folders.sources()];
  }

  #source(id: string): TrackedSource {
    const source = this.#sources().find((one) => one.id === id);
    if (source === undefined) throw new StationError('source-gone');
    return source;
  }

  snapshot(): Snapshot {
    const what = [...this.#blind];
    return {
      layer: what.length === 0 ? { kind: 'running' } : { kind: 'blind', what },
      looked: this.#looked,
      devices: this.#sources().map(deviceInfo),
    };
  }

  #tellSoon(): void {
    if (this.#closed) return;
    this.#telling ??= this.#around.timers.after(20, () => {
      this.#telling = null;
      this.#tell();
    });
  }

  #tell(): void {
    const snapshot = this.snapshot();
    const told = JSON.stringify(snapshot);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.tell(snapshot);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stopWatching) stop();
    for (const callOff of this.#looks) callOff();
    this.#telling?.();
    this.#failed.stop();
    await Promise.all(this.#sources().map((source) => source.close()));
    await Promise.all(this.#platform.transports.map((one) => one.close()));
    await this.#platform.close();
  }
}
