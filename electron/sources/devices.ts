/**
 * What is plugged in now, over a platform. The system is asked after hints, a few times, and never on a timer:
 * asking wakes disks that sleep. A hint says nothing but "look": events of a bus come late, doubled and in the
 * wrong order, so what counts is what is there when one looks.
 */
import { createHash, randomUUID } from 'node:crypto';
import { StationError } from '../../shared/errors.ts';
import type { DeviceLayer, SourceKind, SourceState } from '../../shared/sources.ts';
import { DriveWay } from './drive.ts';
import type { FindLimits } from './files.ts';
import { DEVICE_PACE, type DevicePace } from '../../shared/device-pace.ts';
import { within } from './patience.ts';
import { PhoneWay, type PhoneSeen } from './phone.ts';
import type { DriveFound, OpenFile, Platform, SourceFile } from './source.ts';
import { TrackedSource, type Surroundings, type Way } from './tracked.ts';
import { FolderWay, type WatchedFolder } from './watched-folder.ts';

/** A source as it is told to the station. */
export interface DeviceInfo {
  readonly source: string;
  /** Another number each time it is plugged in, also when nobody saw it gone in between. */
  readonly plugging: number;
  readonly identity: string | null;
  readonly kind: SourceKind;
  readonly name: string;
  readonly state: SourceState;
  readonly canEject: boolean;
  /** Shown also when it carries no dump. */
  readonly portable: boolean;
  /** Grows each time its files were listed anew. */
  readonly look: number;
}

export interface Snapshot {
  readonly layer: DeviceLayer;
  readonly devices: readonly DeviceInfo[];
  /** The first look after the start has ended. */
  readonly looked: boolean;
}

export interface DevicesOptions {
  readonly limits: FindLimits;
  readonly tell: (snapshot: Snapshot) => void;
  readonly log?: (line: string) => void;
  readonly pace?: Partial<DevicePace>;
  readonly clock?: () => number;
}

interface Drive {
  readonly way: DriveWay;
  readonly source: TrackedSource;
  /** When the system stopped listing it. */
  goneAt: number | null;
}
interface Phone {
  readonly way: PhoneWay;
  readonly source: TrackedSource;
}
interface Folder {
  readonly way: FolderWay;
  readonly source: TrackedSource;
}

export class Devices {
  readonly #platform: Platform;
  readonly #options: DevicesOptions;
  readonly #around: Surroundings;
  readonly #drives = new Map<string, Drive>();
  readonly #phones = new Map<string, Phone>();
  readonly #folders = new Map<string, Folder>();
  readonly #blind = new Set<'drives' | 'phones'>();
  #stopWatching: (() => void)[] = [];
  #timers = new Set<NodeJS.Timeout>();
  #looking: Promise<void> | null = null;
  #lookNext: Promise<void> | null = null;
  #telling: NodeJS.Timeout | null = null;
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
      clock: options.clock ?? Date.now,
      changed: () => this.#tellSoon(),
      lookAgain: () => this.look(),
      log: options.log ?? (() => {}),
    };
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
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (this.#closed) return;
    for (const ms of this.#around.pace.looks) this.#lookIn(ms);
  }

  #lookIn(ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.look();
    }, ms);
    this.#timers.add(timer);
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
    for (const { source } of this.#folders.values()) void source.tryUp();
    this.#looked = true;
    this.#tellSoon();
  }

  async #lookAtDrives(): Promise<void> {
    const { pace } = this.#around;
    let found: readonly DriveFound[];
    try {
      found = await within(pace.ask, 'device-stuck', (signal) => this.#platform.drives(signal));
      this.#blind.delete('drives');
    } catch (error) {
      this.#couldNotLook('drives', error);
      return;
    }
    const keys = new Map(found.map((drive) => [keyOfDrive(drive), drive]));
    for (const [key, drive] of this.#drives) {
      if (keys.has(key)) {
        drive.goneAt = null;
        continue;
      }
      const now = this.#around.clock();
      drive.goneAt ??= now;
      // The system lists a drive without power no more; the person still has to read that it may be unplugged.
      const isStillShown = drive.source.state.kind === 'safe' && now - drive.goneAt < pace.safeShown;
      const isPluggedInAgain = found.some((one) => one.device === drive.way.found.device);
      if (isStillShown && !isPluggedInAgain) {
        this.#lookIn(pace.safeShown - (now - drive.goneAt) + 1);
        continue;
      }
      this.#drives.delete(key);
      void drive.source.close();
    }
    for (const [key, drive] of keys) this.#haveDrive(key, drive);
  }

  #haveDrive(key: string, found: DriveFound): void {
    const known = this.#drives.get(key);
    if (known === undefined) {
      const way = new DriveWay(found, this.#platform, this.#around);
      const source = this.#tracked(way);
      this.#drives.set(key, { way, source, goneAt: null });
      void source.bringUp();
      return;
    }
    const { way, source } = known;
    const wasMounted = isMounted(way.found);
    way.learn(found);
    const { kind } = source.state;
    if (kind === 'ejecting') return;
    if (wasMounted && !isMounted(found)) {
      // Somebody else made it safe: nothing is mounted, and mounting it again is not asked for.
      if (kind !== 'safe') void source.drop({ kind: 'safe' });
      return;
    }
    if (kind === 'safe') {
      if (!wasMounted && isMounted(found)) void source.refresh();
      return;
    }
    void source.tryUp();
  }

  async #lookAtPhones(): Promise<void> {
    const groups = new Map<string, PhoneSeen[]>();
    let failed = false;
    for (const transport of this.#platform.transports) {
      try {
        const phones = await within(this.#around.pace.ask, 'device-stuck', (signal) =>
          transport.phones(signal),
        );
        for (const phone of phones) {
          const seen = { transport, phone };
          const key = groupOf(groups, seen);
          groups.set(key, [...(groups.get(key) ?? []), seen]);
        }
      } catch (error) {
        failed = true;
        this.#couldNotLook('phones', error);
      }
    }
    if (!failed) this.#blind.delete('phones');
    for (const [key, phone] of this.#phones) {
      // What could not be asked about is not gone by that.
      if (groups.has(key) || failed) continue;
      this.#phones.delete(key);
      void phone.source.close();
    }
    for (const [key, seen] of groups) this.#havePhone(key, seen);
  }

  #havePhone(key: string, seen: readonly PhoneSeen[]): void {
    const known = this.#phones.get(key);
    if (known !== undefined) {
      known.way.learn(seen);
      if (known.way.isSame) {
        void known.source.tryUp();
        return;
      }
      // Plugged in anew since the last look: what was open is of no use.
      this.#phones.delete(key);
      void known.source.close();
    }
    const way = new PhoneWay(seen, this.#platform);
    const source = this.#tracked(way);
    this.#phones.set(key, { way, source });
    void source.bringUp();
  }

  #couldNotLook(what: 'drives' | 'phones', error: unknown): void {
    const code = error instanceof StationError ? error.code : 'internal';
    if (code === 'devices-blind') this.#blind.add(what);
    this.#around.log(`could not look at ${what}: ${code}`);
  }

  /** The folders to watch, all of them: others are watched no more. */
  watchFolders(folders: readonly WatchedFolder[]): void {
    const wanted = new Map(folders.map((folder) => [folder.id, folder]));
    for (const [id, folder] of this.#folders) {
      if (wanted.get(id)?.path === folder.way.folder.path) continue;
      this.#folders.delete(id);
      void folder.source.close();
    }
    for (const [id, folder] of wanted) {
      if (this.#folders.has(id)) continue;
      const way = new FolderWay(folder, this.#platform, this.#around, () => void source.bringUp());
      const source = this.#tracked(way);
      this.#folders.set(id, { way, source });
      void source.bringUp();
    }
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

  files(id: string): Promise<readonly SourceFile[]> {
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

  #tracked(way: Way): TrackedSource {
    this.#pluggings += 1;
    return new TrackedSource(this.#idOf(way.identity), this.#pluggings, way, this.#around);
  }

  /** The same device has the same id when it comes again; one that cannot be known again, or is a copy of another, a new one. */
  #idOf(identity: string | null): string {
    if (identity === null) return randomUUID();
    const id = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    return this.#sources().some((one) => one.id === id) ? randomUUID() : id;
  }

  #sources(): TrackedSource[] {
    return [...this.#drives.values(), ...this.#phones.values(), ...this.#folders.values()].map(
      ({ source }) => source,
    );
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
      devices: this.#sources().map((source) => ({
        source: source.id,
        plugging: source.plugging,
        identity: source.identity,
        kind: source.kind,
        name: source.name,
        state: source.state,
        canEject: source.canEject,
        portable: source.portable,
        look: source.look,
      })),
    };
  }

  #tellSoon(): void {
    if (this.#closed) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = null;
      this.#tell();
    }, 20);
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
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#telling !== null) clearTimeout(this.#telling);
    await Promise.all(this.#sources().map((source) => source.close()));
    await Promise.all(this.#platform.transports.map((one) => one.close()));
    await this.#platform.close();
  }
}

function isMounted({ volumes }: DriveFound): boolean {
  return volumes.some((volume) => volume.mountPoints.length > 0);
}

/** What of a drive stays the same while it is plugged in, and differs for another one in the same place. */
function keyOfDrive({ device, plugging, serial, bytes }: DriveFound): string {
  return [device, plugging ?? '', serial ?? '', bytes ?? ''].join(' ');
}

/** One phone seen by two transports is one phone: by its serial number, else by its port. */
function groupOf(groups: ReadonlyMap<string, readonly PhoneSeen[]>, seen: PhoneSeen): string {
  const { serial, port, key } = seen.phone;
  for (const [group, members] of groups) {
    const isSame = members.some(
      ({ transport, phone }) =>
        transport !== seen.transport &&
        ((serial !== null && phone.serial === serial) || (port !== null && phone.port === port)),
    );
    if (isSame) return group;
  }
  if (serial !== null && !groups.has(`serial ${serial}`)) return `serial ${serial}`;
  return `${seen.transport.kind} ${key}`;
}
