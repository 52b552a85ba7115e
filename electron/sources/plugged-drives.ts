/** The drives that are plugged in, from one look to the next. */
import { DriveDriver } from './drive.ts';
import type { DriveFound, Platform } from './source.ts';
import type { Surroundings, SourceDriver } from './source-driver.ts';
import type { TrackedSource } from './tracked.ts';

interface Drive {
  readonly driver: DriveDriver;
  readonly source: TrackedSource;
  /** When the system stopped listing it. */
  goneAt: number | null;
}

export class PluggedDrives {
  readonly #platform: Platform;
  readonly #around: Surroundings;
  readonly #track: (driver: SourceDriver) => TrackedSource;
  readonly #lookIn: (ms: number) => void;
  readonly #drives = new Map<string, Drive>();

  /**
   * @param track makes the source of a drive that is new
   * @param lookIn has the system asked again after so many milliseconds
   */
  constructor(
    platform: Platform,
    around: Surroundings,
    track: (driver: SourceDriver) => TrackedSource,
    lookIn: (ms: number) => void,
  ) {
    this.#platform = platform;
    this.#around = around;
    this.#track = track;
    this.#lookIn = lookIn;
  }

  sources(): TrackedSource[] {
    return [...this.#drives.values()].map(({ source }) => source);
  }

  /** What the system lists now, all of it. */
  saw(found: readonly DriveFound[]): void {
    const { pace } = this.#around;
    const keys = new Map(found.map((drive) => [keyOfDrive(drive), drive]));
    for (const [key, drive] of this.#drives) {
      if (keys.has(key)) {
        drive.goneAt = null;
        continue;
      }
      // The system may let go of a drive whose power it takes before it has said so: the ejecting ends in its own words.
      if (drive.source.state.kind === 'ejecting' && !isMounted(drive.driver.found)) {
        this.#lookIn(pace.confirm);
        continue;
      }
      const now = this.#around.timers.now();
      drive.goneAt ??= now;
      // The system lists a drive without power no more; the person still has to read that it may be unplugged.
      const isStillShown = drive.source.state.kind === 'safe' && now - drive.goneAt < pace.safeShown;
      const isPluggedInAgain = found.some((one) => one.device === drive.driver.found.device);
      if (isStillShown && !isPluggedInAgain) {
        this.#lookIn(pace.safeShown - (now - drive.goneAt) + 1);
        continue;
      }
      this.#drives.delete(key);
      void drive.source.close();
    }
    for (const [key, drive] of keys) this.#have(key, drive);
  }

  #have(key: string, found: DriveFound): void {
    const known = this.#drives.get(key);
    if (known === undefined) {
      const driver = new DriveDriver(found, this.#platform, this.#around);
      const source = this.#track(driver);
      this.#drives.set(key, { driver, source, goneAt: null });
      void source.connect();
      return;
    }
    const { driver, source } = known;
    const wasMounted = isMounted(driver.found);
    driver.learn(found);
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
    // A second volume comes later than the first; what is being read of the first goes on.
    if (source.isConnected && driver.hasMore) void source.connect();
    else void source.connectIfDown();
  }
}

function isMounted({ volumes }: DriveFound): boolean {
  return volumes.some((volume) => volume.mountPoints.length > 0);
}

/** What of a drive stays the same while it is plugged in, and differs for another one in the same place. */
function keyOfDrive({ device, plugging, serial, bytes }: DriveFound): string {
  return [device, plugging ?? '', serial ?? '', bytes ?? ''].join(' ');
}
