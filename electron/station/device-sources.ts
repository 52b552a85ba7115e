/**
 * What is plugged in, with the dumps it carries: the device process tells of devices and files, here they are
 * recognised, offered, taken by themselves where the administrator wants that, and let go of.
 */
import { type ErrorCode, StationError } from '../../shared/errors.ts';
import type { DumpOffer, SourceInfo, ToCome } from '../../shared/sources.ts';
import { listParts, partKey, readPart, removePart, writePart, type PartRecord } from '../intake/parts.ts';
import { isTaken } from '../ledger/dumps.ts';
import type { DeviceInfo, Snapshot } from '../sources/devices.ts';
import type { SourceFile } from '../sources/source.ts';
import { describeFailure } from '../failures.ts';
import type { Core } from './core.ts';
import type { DeviceProcess } from './device-process.ts';
import type { Intakes } from './intakes.ts';
import { intakeSettings } from './intake-settings.ts';
import { otherHalf, recogniseOn, type OfferedFile, type UnusableFile } from './recognising.ts';
import { takeFiles, type FileToTake, type Typed } from './taking.ts';

interface Known {
  readonly plugging: number;
  /** Of which look the files are. */
  look: number;
  files: readonly SourceFile[];
  offers: readonly OfferedFile[];
  unusable: readonly UnusableFile[];
  /** Why its files could not be looked at. */
  trouble: ErrorCode | null;
  /** Being recognised; a later look waits for it. */
  looking: Promise<void> | null;
  /** What was found out about a file, by how it looks from outside. */
  readonly found: Map<string, OfferedFile | UnusableFile | null>;
  /** Taken, or tried, without a click since it was plugged in. */
  readonly tried: Set<string>;
}

export class DeviceSources {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #intakes: Intakes;
  readonly #known = new Map<string, Known>();
  readonly #ejecting = new Set<string>();
  #parts: readonly PartRecord[] = [];

  constructor(core: Core, devices: DeviceProcess, intakes: Intakes) {
    this.#core = core;
    this.#devices = devices;
    this.#intakes = intakes;
  }

  /** Reads what earlier runs left to come. */
  async begin(): Promise<void> {
    this.#parts = await listParts(this.#core.folders.parts);
  }

  /** The device process told something new. */
  told({ devices }: Snapshot): void {
    const here = new Map(devices.map(({ source, plugging }) => [source, plugging]));
    for (const [id, { plugging }] of this.#known) if (here.get(id) !== plugging) this.#known.delete(id);
    for (const device of devices) if (device.state.kind === 'ready') void this.#look(device);
    this.#core.changed('sources');
  }

  has(id: string): boolean {
    return this.#devices.snapshot.devices.some(({ source }) => source === id);
  }

  list(): SourceInfo[] {
    return this.#devices.snapshot.devices.flatMap((device) => {
      const info = this.#infoOf(device);
      // A disk of this computer is not a stick only because it is mounted.
      return device.portable || info.dumps.length > 0 ? [info] : [];
    });
  }

  toCome(): ToCome[] {
    return this.#parts.flatMap((record) => (this.#isBeingTaken(record) ? [] : [this.#toCome(record)]));
  }

  #isBeingTaken({ device }: PartRecord): boolean {
    return this.#devices.snapshot.devices.some(
      ({ identity, source }) => identity === device && this.#intakes.isInUse(source),
    );
  }

  #toCome(record: PartRecord): ToCome {
    return {
      id: partKey(record),
      source: record.deviceName,
      kind: record.kind as ToCome['kind'],
      file: record.name,
      bytes: record.bytes,
      copied: record.copied,
    };
  }

  /** Everything that is plugged in has been looked at. */
  get isSettled(): boolean {
    const { looked, devices, layer } = this.#devices.snapshot;
    if (layer.kind === 'off') return true;
    return looked && devices.every((device) => !PASSING.has(this.#infoOf(device).state.kind));
  }

  #infoOf(device: DeviceInfo): SourceInfo {
    const known = this.#known.get(device.source);
    const isOpen = device.state.kind === 'ready' && known !== undefined;
    const dumps = isOpen
      ? known.offers.map((offer): DumpOffer => ({ ...offer, taken: this.#isTaken(offer) }))
      : [];
    const unusable = isOpen ? known.unusable : [];
    return {
      source: device.source,
      kind: device.kind,
      name: device.name,
      state: this.#stateOf(device, known),
      dumps,
      unusable,
      canEject: device.canEject && !this.#ejecting.has(device.source),
      inUse: this.#intakes.isInUse(device.source),
    };
  }

  #stateOf({ source, state, look }: DeviceInfo, known: Known | undefined): SourceInfo['state'] {
    if (this.#ejecting.has(source) && state.kind !== 'safe') return { kind: 'ejecting' };
    if (state.kind !== 'ready') return state;
    if (known === undefined || known.look < look) return { kind: 'looking' };
    if (known.trouble !== null) return { kind: 'problem', code: known.trouble };
    return { kind: known.offers.length > 0 ? 'ready' : 'empty' };
  }

  #isTaken(offer: OfferedFile): boolean {
    return isTaken(this.#core.db, {
      name: offer.name,
      bytes: offer.bytes,
      modifiedMs: Date.parse(offer.modifiedAt),
    });
  }

  #knownOf({ source: id, plugging }: DeviceInfo): Known {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fresh: Known = {
      plugging,
      look: 0,
      files: [],
      offers: [],
      unusable: [],
      trouble: null,
      looking: null,
      found: new Map(),
      tried: new Set(),
    };
    this.#known.set(id, fresh);
    return fresh;
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
    if (known.look === now.look) this.#takeByItself(now, known);
    else if (known.look >= device.look) void this.#look(now);
  }

  async #recognise({ source, look }: DeviceInfo, known: Known): Promise<void> {
    const files = await this.#devices.call('files', { source });
    const offers: OfferedFile[] = [];
    const unusable: UnusableFile[] = [];
    for (const file of files) {
      // Whoever wants to unplug it does not wait until all of it has been looked at.
      if (this.#ejecting.has(source)) throw new StationError('cancelled');
      const key = keyOf(file);
      let found = known.found.get(key);
      if (found === undefined) {
        found = await recogniseOn(
          file,
          files,
          (one) => this.#devices.open(source, one.file),
          this.#core.folders.incoming,
        );
        // What could not be read may be readable the next time.
        if (found === null || !('code' in found)) known.found.set(key, found);
      }
      if (found === null) continue;
      if ('code' in found) unusable.push(found);
      else offers.push({ ...found, file: file.file });
    }
    known.files = files;
    known.offers = offers;
    known.unusable = unusable;
    known.trouble = null;
    known.look = look;
  }

  /** What is still to come from this device, and, where the administrator wants it, all that is new on it. */
  #takeByItself(device: DeviceInfo, known: Known): void {
    if (this.#ejecting.has(device.source)) return;
    const { auto } = intakeSettings(this.#core.db);
    const fresh = known.offers.filter((offer) => !known.tried.has(keyOfOffer(offer)));
    // What the clerk had said of one file is said of that file only.
    const whose = new Map<string, { readonly typed: Typed; readonly files: string[] }>();
    for (const offer of fresh) {
      const rest = this.#partOf(device, offer);
      if (rest === undefined && (!auto || this.#isTaken(offer))) continue;
      const typed = { user: rest?.user ?? undefined, device: rest?.phone ?? undefined };
      const key = JSON.stringify([typed.user, typed.device]);
      const group = whose.get(key) ?? { typed, files: [] };
      whose.set(key, group);
      group.files.push(offer.file);
    }
    for (const { typed, files } of whose.values()) this.start(device.source, files, typed);
  }

  /** Taking by itself was turned on: what is plugged in already is taken as well. */
  takeWaiting(): void {
    for (const device of this.#devices.snapshot.devices) {
      const known = this.#known.get(device.source);
      if (known !== undefined && known.look === device.look) this.#takeByItself(device, known);
    }
  }

  #partOf({ identity }: DeviceInfo, offer: OfferedFile): PartRecord | undefined {
    if (identity === null) return undefined;
    const key = partKey(againOf(identity, offer));
    return this.#parts.find((record) => partKey(record) === key);
  }

  /**
   * Begins to take files of a device: the named ones, or all that are offered.
   * @throws StationError `source-gone`, `no-dump-found`, `eject-in-use`
   */
  start(id: string, names: readonly string[] | undefined, typed: Typed): string {
    const device = this.#devices.snapshot.devices.find(({ source }) => source === id);
    const known = this.#known.get(id);
    if (device === undefined || known === undefined) throw new StationError('source-gone');
    if (this.#ejecting.has(id)) throw new StationError('eject-in-use');
    const wanted = known.offers.filter(({ file }) => names?.includes(file) ?? true);
    if (wanted.length === 0) throw new StationError('no-dump-found');
    for (const offer of wanted) known.tried.add(keyOfOffer(offer));
    const files = wanted.map((offer) => this.#fileToTake(device, known, offer, typed));
    return this.#intakes.start(id, wanted[0]?.name ?? '', async (job) => {
      try {
        return await takeFiles(this.#core, job, files, typed);
      } finally {
        await this.begin();
        this.#core.changed('sources');
      }
    });
  }

  #fileToTake(device: DeviceInfo, known: Known, offer: OfferedFile, typed: Typed): FileToTake {
    const { parts } = this.#core.folders;
    const file = known.files.find((one) => one.file === offer.file);
    const half = file === undefined || offer.bundle === undefined ? null : otherHalf(file, known.files);
    const again =
      device.identity === null
        ? undefined
        : {
            folder: parts,
            device: device.identity,
            name: offer.name,
            deviceName: device.name,
            kind: device.kind,
            user: typed.user ?? null,
            phone: typed.device ?? null,
            now: this.#core.now,
          };
    return {
      name: offer.name,
      source: device.kind,
      modifiedMs: Date.parse(offer.modifiedAt),
      ours: null,
      open: async () => ({
        dump: await this.#devices.open(device.source, offer.file),
        envelope: half === null ? null : () => this.#devices.open(device.source, half.file),
      }),
      ...(again === undefined
        ? {}
        : {
            again,
            keep: async () => {
              const is = againOf(again.device, offer);
              if ((await readPart(parts, partKey(is))) !== null) return;
              const { folder, now, ...whose } = again;
              await writePart(folder, { version: 1, ...whose, ...is, copied: 0, at: now() });
            },
          }),
    };
  }

  /** The person wants it looked at again. */
  async look(id: string | undefined): Promise<void> {
    await this.#devices.call('look', { source: id ?? null });
  }

  /**
   * Answers when it may be unplugged: what is being copied from it comes to its end first.
   * @throws StationError `source-gone`, `eject-in-use` (its `detail` is the program), `eject-failed`
   */
  async eject(id: string): Promise<void> {
    if (!this.has(id)) throw new StationError('source-gone');
    if (this.#ejecting.has(id)) throw new StationError('busy');
    this.#ejecting.add(id);
    this.#core.changed('sources');
    try {
      await this.#intakes.untilCopied(id);
      await this.#known.get(id)?.looking?.catch(() => undefined);
      await this.#devices.call('eject', { source: id });
    } finally {
      this.#ejecting.delete(id);
      this.#core.changed('sources');
    }
  }

  /** @throws StationError `not-found`, `busy` while it is being copied */
  async leave(id: string): Promise<void> {
    const record = this.#parts.find((one) => partKey(one) === id);
    if (record === undefined) throw new StationError('not-found');
    if (this.#isBeingTaken(record)) throw new StationError('busy');
    await removePart(this.#core.folders.parts, id);
    await this.begin();
    this.#core.changed('sources');
  }
}

/** On their way to a state that stays. */
const PASSING: ReadonlySet<SourceInfo['state']['kind']> = new Set([
  'arriving',
  'mounting',
  'looking',
  'ejecting',
]);

function keyOf({ name, bytes, modifiedMs }: SourceFile): string {
  return `${name} ${bytes} ${modifiedMs}`;
}

function keyOfOffer({ name, bytes, modifiedAt }: OfferedFile): string {
  return `${name} ${bytes} ${modifiedAt}`;
}

function againOf(device: string, offer: OfferedFile): Parameters<typeof partKey>[0] {
  return { device, name: offer.name, bytes: offer.bytes, modifiedMs: Date.parse(offer.modifiedAt) };
}
