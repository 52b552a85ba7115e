/** What the files of each device are: recognised when a device was listed anew, and remembered while it stays in. */
import { hasDumpName, inLookingOrder } from '../../../shared/dump-names.ts';
import { isNoteName } from '../../../shared/updates.ts';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { describeFailure } from '../../host/failures.ts';
import type { DeviceInfo, Snapshot } from '../../sources/snapshot.ts';
import type { SourceFile } from '../../sources/source.ts';
import type { Core } from '../core.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import {
  recogniseOn,
  type FoundDump,
  type Glimpses,
  type OpenNamed,
  type UnusableFile,
} from './recognise.ts';
import { Offering } from './offering.ts';
import { lookIntoZip } from './zips.ts';

/** What is known of one device, this time that it is plugged in. */
export interface Known {
  readonly plugging: number;
  /** The look that found these files. */
  look: number;
  files: readonly SourceFile[];
  dumps: readonly FoundDump[];
  unusable: readonly UnusableFile[];
  /** Why its files could not be looked at. */
  trouble: ErrorCode | null;
  /** Being recognised; a later look waits for it. */
  looking: Promise<void> | null;
  /** What was found out about a file, by how it looks from outside. */
  readonly found: Map<string, FoundDump | null>;
  /** Taken, or tried, since it was plugged in: not tried again without a click. */
  readonly tried: Set<string>;
  readonly glimpses: Glimpses;
}

export interface DumpsListeners {
  /** Nobody wants to know any more: the device is being let go of. */
  readonly isUnwanted: (source: string) => boolean;
  /** Reads what says that a newer version of the program lies on it, if anything does. */
  readonly lookAtNotes: (device: DeviceInfo, files: readonly SourceFile[]) => Promise<void>;
  /** All files of the newest look are recognised. */
  readonly looked: (device: DeviceInfo, known: Known) => void;
}

export class DumpsOnDevices {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #listeners: DumpsListeners;
  readonly #known = new Map<string, Known>();

  constructor(core: Core, devices: DeviceProcess, listeners: DumpsListeners) {
    this.#core = core;
    this.#devices = devices;
    this.#listeners = listeners;
  }

  /** What is known of a device; `undefined` before its first look. */
  of(source: string): Known | undefined {
    return this.#known.get(source);
  }

  /** Forgets what is gone or was plugged in anew, and recognises what was listed anew. */
  update({ devices }: Snapshot): void {
    const here = new Map(devices.map(({ source, plugging }) => [source, plugging]));
    for (const [id, { plugging }] of this.#known) if (here.get(id) !== plugging) this.#known.delete(id);
    for (const device of devices) if (device.state.kind === 'ready') void this.#look(device);
  }

  async #look(device: DeviceInfo): Promise<void> {
    const known = this.#knownOf(device);
    if (known.look >= device.look || known.looking !== null) return;
    known.looking = this.#recognise(device, known);
    try {
      await known.looking;
    } catch (error) {
      known.trouble = error instanceof StationError ? error.code : 'internal';
      known.look = device.look;
      this.#core.log(`could not look at a ${device.kind}: ${known.trouble} ${describeFailure(error)}`);
    } finally {
      known.looking = null;
    }
    this.#core.changed('sources');
    if (this.#known.get(device.source) !== known) return;
    const now = this.#devices.snapshot.devices.find(({ source }) => source === device.source);
    if (now === undefined) return;
    if (known.look < now.look) void this.#look(now);
    else if (known.trouble === null && now.isWhole) this.#listeners.looked(now, known);
  }

  #knownOf({ source, plugging, kind }: DeviceInfo): Known {
    const known = this.#known.get(source);
    if (known !== undefined) return known;
    const fresh: Known = {
      plugging,
      look: 0,
      files: [],
      dumps: [],
      unusable: [],
      trouble: null,
      looking: null,
      found: new Map(),
      tried: new Set(),
      glimpses: { left: LIMITS.glimpses, pieces: kind !== 'mtp' && kind !== 'adb' },
    };
    this.#known.set(source, fresh);
    return fresh;
  }

  async #lookAt(
    file: SourceFile,
    files: readonly SourceFile[],
    open: OpenNamed,
    { glimpses }: Known,
  ): Promise<FoundDump | UnusableFile | null> {
    const { incoming } = this.#core.folders;
    const found = await recogniseOn(file, files, open, incoming, glimpses);
    return lookIntoZip(found, hasDumpName(file.name), () => open(file), incoming);
  }

  async #recognise(device: DeviceInfo, known: Known): Promise<void> {
    const { source, look, isWhole } = device;
    const { files, missed } = await this.#devices.call('files', { source });
    await this.#listeners.lookAtNotes(device, files);
    const open = (file: SourceFile) => this.#devices.open(source, file.file);
    const dumps = new Map<string, FoundDump>();
    const unusable = new Map<string, UnusableFile>();
    const inOrder = <Of>(found: ReadonlyMap<string, Of>): Of[] =>
      files.flatMap(({ file }) => found.get(file) ?? []);
    const offering = new Offering();
    known.files = files;
    // What was found at an earlier look and is still here stays offered.
    for (const file of files) {
      const before = known.found.get(keyOf(file));
      if (before !== undefined && before !== null) dumps.set(file.file, { ...before, file: file.file });
    }
    for (const file of inLookingOrder(files.filter(({ name }) => !isNoteName(name)))) {
      // Whoever wants to unplug it does not wait until all of it has been looked at.
      if (this.#listeners.isUnwanted(source)) throw new StationError('cancelled');
      const key = keyOf(file);
      const before = known.found.get(key);
      const found = before === undefined ? await this.#lookAt(file, files, open, known) : before;
      if (found !== null && 'code' in found) {
        // It may be readable the next time, so that is not remembered.
        unusable.set(file.file, found);
        continue;
      }
      known.found.set(key, found);
      if (found === null) continue;
      dumps.set(file.file, { ...found, file: file.file });
      // A stick with ten thousand pictures: nobody waits for the last of them.
      if (!offering.isDue(dumps.size)) continue;
      known.dumps = inOrder(dumps);
      this.#core.changed('sources');
    }
    known.dumps = inOrder(dumps);
    // The other half of a bundle may still come, and the same folder again.
    if (isWhole) known.unusable = [...inOrder(unusable), ...missed];
    known.trouble = null;
    known.look = look;
  }
}

/** How a file looks from outside. */
function keyOf({ name, bytes, modifiedMs }: SourceFile): string {
  return `${name} ${bytes} ${modifiedMs}`;
}
