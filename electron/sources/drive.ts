/** A stick, a card, a disk: waits for the system to mount it, or has it mounted read-only, and lets go of it. */
import { StationError } from '../../shared/errors.ts';
import type { SourceState } from '../../shared/sources.ts';
import { joinedFiles, type Part } from './joined-files.ts';
import type { Missed } from './listing.ts';
import type { DriveFound, FileAccess, Platform, VolumeFound } from './source.ts';
import { NotYet, type Surroundings, type SourceDriver } from './source-driver.ts';

export class DriveDriver implements SourceDriver {
  readonly kind = 'drive';
  #found: DriveFound;
  readonly #since: number;
  readonly #platform: Platform;
  readonly #around: Surroundings;
  /** The volumes that are open, in the order in which they were opened; it grows while the drive is read. */
  #parts: Part[] = [];
  readonly #opened = new Set<string>();
  /** Volumes that could not be mounted. */
  readonly #failed = new Map<string, StationError>();

  constructor(found: DriveFound, platform: Platform, around: Surroundings) {
    this.#found = found;
    this.#platform = platform;
    this.#around = around;
    this.#since = around.timers.now();
  }

  /** Nobody unplugs a disk that is built in. */
  get canEject(): boolean {
    return this.#found.portable;
  }

  get portable(): boolean {
    return this.#found.portable;
  }

  get found(): DriveFound {
    return this.#found;
  }

  /** A later look tells more of the same drive. */
  learn(found: DriveFound): void {
    this.#found = found;
  }

  get name(): string {
    const labels = this.#found.volumes
      .map(({ label }) => label?.trim() ?? '')
      .filter((label) => label !== '');
    return labels[0] ?? this.#found.name;
  }

  /** The file systems' own numbers and the drive's: the same stick is known in every port. */
  get identity(): string | null {
    const uuids = this.#found.volumes.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])).sort();
    const { serial } = this.#found;
    if (uuids.length === 0 && serial === null) return null;
    return `drive ${serial ?? ''} ${uuids.join(' ')}`;
  }

  async open(_signal: AbortSignal, say: (state: SourceState) => void): Promise<FileAccess> {
    this.#parts = [];
    this.#opened.clear();
    this.#failed.clear();
    const { volumes } = this.#found;
    if (volumes.every(({ mountPoints }) => mountPoints.length === 0)) {
      const known = volumes.filter(isReadable);
      if (known.length === 0) {
        if (volumes.some((volume) => volume.locked)) throw new StationError('stick-locked');
        if (this.#waited < this.#around.pace.arriving) throw new NotYet();
        throw new StationError('stick-unreadable');
      }
      const { automount, arriving } = this.#around.pace;
      if (this.#waited < (this.#platform.canMount ? automount : arriving)) throw new NotYet();
      if (!this.#platform.canMount) throw new StationError('stick-not-opened');
      say({ kind: 'mounting' });
    }
    await this.#openVolumes();
    const [failure] = this.#failed.values();
    if (this.#parts.length === 0) throw failure ?? new StationError('stick-not-opened');
    const parts = this.#parts;
    const joined = joinedFiles(parts, () => this.#found.volumes.length > 1);
    return {
      ...joined,
      list: async (limits, signal, soFar) => {
        const found = await joined.list(limits, signal, soFar);
        return { ...found, missed: [...found.missed, ...this.#missed()] };
      },
    };
  }

  /** A volume that was mounted, or unlocked, after the others can be opened now. */
  get hasMore(): boolean {
    return this.#found.volumes.some((volume) => !this.#failed.has(volume.device) && this.#canOpen(volume));
  }

  /** Opens what can be opened by now and is not. Never throws: what fails is named with the files. */
  async openMore(): Promise<void> {
    this.#failed.clear();
    await this.#openVolumes();
  }

  get #waited(): number {
    return this.#around.timers.now() - this.#since;
  }

  #canOpen(volume: VolumeFound): boolean {
    if (this.#opened.has(volume.device)) return false;
    if (volume.mountPoints.length > 0) return true;
    return isReadable(volume) && this.#platform.canMount && this.#waited >= this.#around.pace.automount;
  }

  /** One volume that cannot be mounted does not keep the others. */
  async #openVolumes(): Promise<void> {
    for (const volume of this.#found.volumes) {
      if (!this.#canOpen(volume)) continue;
      try {
        const path = volume.mountPoints[0] ?? (await this.#platform.mount(volume));
        this.#parts.push({ name: nameOf(volume), files: this.#platform.files(path) });
        this.#opened.add(volume.device);
      } catch (error) {
        const known = error instanceof StationError ? error : undefined;
        this.#failed.set(volume.device, known ?? new StationError('stick-not-opened', undefined, error));
      }
    }
  }

  /** Volumes that are there and were not looked into. */
  #missed(): Missed[] {
    return this.#found.volumes.flatMap((volume): Missed[] => {
      const failure = this.#failed.get(volume.device);
      if (failure !== undefined) return [{ name: nameOf(volume), code: failure.code }];
      return volume.locked ? [{ name: nameOf(volume), code: 'stick-locked' }] : [];
    });
  }

  async release(): Promise<void> {
    // What is mounted may have changed since the last look.
    await this.#around.lookAgain();
    for (const volume of this.#found.volumes) {
      if (volume.mountPoints.length === 0) continue;
      await this.#platform.unmount(volume);
      this.#letGoOf(volume);
    }
    await this.#around.lookAgain();
    if (this.#found.volumes.some((volume) => volume.mountPoints.length > 0))
      throw new StationError('eject-failed');
    await this.#platform.powerOff(this.#found);
  }

  /** Some systems (Windows) list a stick no more once it is unmounted: then no look tells that it is. */
  #letGoOf({ device }: VolumeFound): void {
    const volumes = this.#found.volumes.map((one) =>
      one.device === device ? { ...one, mountPoints: [] } : one,
    );
    this.#found = { ...this.#found, volumes };
  }
}

function isReadable({ fileSystem, locked }: VolumeFound): boolean {
  return fileSystem !== null && !locked;
}

function nameOf({ label, device }: VolumeFound): string {
  return label ?? device;
}
