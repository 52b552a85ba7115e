/** A stick, a card, a disk: waits for the system to mount it, or has it mounted read-only, and lets go of it. */
import { StationError } from '../../shared/errors.ts';
import type { SourceState } from '../../shared/sources.ts';
import { joinedFiles } from './joined-files.ts';
import type { DriveFound, FileAccess, Platform, VolumeFound } from './source.ts';
import { NotYet, type Surroundings, type SourceDriver } from './tracked.ts';

export class DriveDriver implements SourceDriver {
  readonly kind = 'drive';
  #found: DriveFound;
  readonly #since: number;
  readonly #platform: Platform;
  readonly #around: Surroundings;

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
    const { volumes } = this.#found;
    const mounted = volumes.flatMap((volume) =>
      volume.mountPoints.slice(0, 1).map((path) => ({ name: volume.label ?? volume.device, path })),
    );
    if (mounted.length > 0) return this.#filesOf(mounted);
    const waited = this.#around.timers.now() - this.#since;
    const known = volumes.filter((volume) => volume.fileSystem !== null && !volume.locked);
    if (known.length === 0) {
      if (volumes.some((volume) => volume.locked)) throw new StationError('stick-locked');
      if (waited < this.#around.pace.arriving) throw new NotYet();
      throw new StationError('stick-unreadable');
    }
    if (waited < (this.#platform.canMount ? this.#around.pace.automount : this.#around.pace.arriving))
      throw new NotYet();
    if (!this.#platform.canMount) throw new StationError('stick-not-opened');
    say({ kind: 'mounting' });
    return this.#filesOf(await this.#mountAll(known));
  }

  /** One volume that cannot be mounted does not keep the others. */
  async #mountAll(volumes: readonly VolumeFound[]): Promise<{ name: string; path: string }[]> {
    const mounted: { name: string; path: string }[] = [];
    let failure: StationError | null = null;
    for (const volume of volumes) {
      try {
        mounted.push({ name: volume.label ?? volume.device, path: await this.#platform.mount(volume) });
      } catch (error) {
        failure ??=
          error instanceof StationError ? error : new StationError('stick-not-opened', undefined, error);
      }
    }
    if (mounted.length === 0 && failure !== null) throw failure;
    return mounted;
  }

  #filesOf(mounted: readonly { readonly name: string; readonly path: string }[]): FileAccess {
    return joinedFiles(mounted.map(({ name, path }) => ({ name, files: this.#platform.files(path) })));
  }

  async release(): Promise<void> {
    // What is mounted may have changed since the last look.
    await this.#around.lookAgain();
    for (const volume of this.#found.volumes)
      if (volume.mountPoints.length > 0) await this.#platform.unmount(volume);
    await this.#around.lookAgain();
    if (this.#found.volumes.some((volume) => volume.mountPoints.length > 0))
      throw new StationError('eject-failed');
    await this.#platform.powerOff(this.#found);
  }
}
