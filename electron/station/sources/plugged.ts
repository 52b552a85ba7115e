/**
 * What is plugged in, as the window sees it: with the dumps it carries, taken by itself where the administrator
 * wants that, and let go of.
 */
import { StationError } from '../../../shared/errors.ts';
import type { DumpOnSource, SourceInfo, PartialCopy } from '../../../shared/sources.ts';
import { isTaken } from '../../ledger/files-seen.ts';
import type { DeviceInfo, Snapshot } from '../../sources/snapshot.ts';
import type { Core } from '../core.ts';
import { DumpsOnDevices, type Known } from './recognised.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import { intakeSettings } from '../import/settings.ts';
import type { Intakes } from '../import/queue.ts';
import { otherHalf, type FoundDump } from './recognise.ts';
import type { FileToTake, Typed } from '../import/files.ts';
import { takeFiles } from '../import/job.ts';
import type { Updates } from '../updates/updates.ts';
import { PartialCopies } from './partial-copies.ts';

export class DeviceSources {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #intakes: Intakes;
  readonly #dumps: DumpsOnDevices;
  readonly #partialCopies: PartialCopies;
  /** What is being made safe, and which plugging in of it that is: pulled out and in again, it is to be read. */
  readonly #ejecting = new Map<string, number>();

  constructor(core: Core, devices: DeviceProcess, intakes: Intakes, updates: Pick<Updates, 'look'>) {
    this.#core = core;
    this.#devices = devices;
    this.#intakes = intakes;
    this.#partialCopies = new PartialCopies(core);
    this.#dumps = new DumpsOnDevices(core, devices, {
      isUnwanted: (source) => this.#isEjecting(source),
      lookAtNotes: (device, files) => updates.look(device, files),
      looked: (device, known) => this.#takeByItself(device, known),
    });
  }

  /** Reads what earlier runs left to come. */
  async begin(): Promise<void> {
    await this.#partialCopies.refresh();
  }

  /** What the device process says is plugged in. */
  update(snapshot: Snapshot): void {
    this.#dumps.update(snapshot);
    this.#core.changed('sources');
  }

  has(id: string): boolean {
    return this.#deviceOf(id) !== undefined;
  }

  #deviceOf(id: string): DeviceInfo | undefined {
    return this.#devices.snapshot.devices.find(({ source }) => source === id);
  }

  #isEjecting(id: string): boolean {
    const plugging = this.#ejecting.get(id);
    return plugging !== undefined && plugging === this.#deviceOf(id)?.plugging;
  }

  list(): SourceInfo[] {
    return this.#devices.snapshot.devices.flatMap((device) => {
      const info = this.#infoOf(device);
      // A disk of this computer is not a stick only because it is mounted.
      return device.portable || info.dumps.length > 0 ? [info] : [];
    });
  }

  partialCopies(): PartialCopy[] {
    return this.#partialCopies.list((identity) => this.#isBeingTaken(identity));
  }

  #isBeingTaken(device: string): boolean {
    return this.#devices.snapshot.devices.some(
      ({ identity, source }) => identity === device && this.#intakes.isInUse(source),
    );
  }

  /** Everything that is plugged in has been looked at. */
  get isSettled(): boolean {
    const { looked, devices, layer } = this.#devices.snapshot;
    if (layer.kind === 'off') return true;
    return looked && devices.every((device) => !PASSING.has(this.#infoOf(device).state.kind));
  }

  #infoOf(device: DeviceInfo): SourceInfo {
    const known = this.#dumps.of(device.source);
    const isOpen = device.state.kind === 'ready' && known !== undefined;
    const dumps = isOpen
      ? known.dumps.map((dump): DumpOnSource => ({ ...dump, taken: this.#isTaken(dump) }))
      : [];
    const unusable = isOpen ? known.unusable : [];
    return {
      source: device.source,
      kind: device.kind,
      name: device.name,
      state: this.#stateOf(device, known),
      dumps,
      unusable,
      canEject: device.canEject && !this.#isEjecting(device.source),
      inUse: this.#intakes.isInUse(device.source),
    };
  }

  #stateOf({ source, state, look, isWhole }: DeviceInfo, known: Known | undefined): SourceInfo['state'] {
    if (this.#isEjecting(source) && state.kind !== 'safe') return { kind: 'ejecting' };
    if (state.kind !== 'ready') return state;
    if (known === undefined || known.look < look || !isWhole) return { kind: 'looking' };
    if (known.trouble !== null) return { kind: 'problem', code: known.trouble };
    return { kind: known.dumps.length > 0 ? 'ready' : 'empty' };
  }

  #isTaken(dump: FoundDump): boolean {
    return isTaken(this.#core.db, {
      name: dump.name,
      bytes: dump.bytes,
      modifiedMs: Date.parse(dump.modifiedAt),
    });
  }

  /** Somebody wants to copy from it. @throws StationError `source-gone`, `eject-in-use` */
  checkUsable(id: string): void {
    if (!this.has(id)) throw new StationError('source-gone');
    if (this.#isEjecting(id)) throw new StationError('eject-in-use');
  }

  /** What is still to come from this device, and, where the administrator wants it, all that is new on it. */
  #takeByItself(device: DeviceInfo, known: Known): void {
    if (this.#isEjecting(device.source)) return;
    const { auto } = intakeSettings(this.#core.db);
    const fresh = known.dumps.filter((dump) => !known.tried.has(keyOfDump(dump)));
    // What the clerk had said of one file is said of that file only.
    const whose = new Map<string, { readonly typed: Typed; readonly files: string[] }>();
    for (const dump of fresh) {
      const rest = this.#partialCopies.of(device, dump);
      if (rest === undefined && (!auto || this.#isTaken(dump))) continue;
      const typed = { user: rest?.user ?? undefined, device: rest?.phone ?? undefined };
      const key = JSON.stringify([typed.user, typed.device]);
      const group = whose.get(key) ?? { typed, files: [] };
      whose.set(key, group);
      group.files.push(dump.file);
    }
    for (const { typed, files } of whose.values()) this.start(device.source, files, typed);
  }

  /** Taking by itself was turned on: what is plugged in already is taken as well. */
  takeWaiting(): void {
    for (const device of this.#devices.snapshot.devices) {
      const known = this.#dumps.of(device.source);
      if (known !== undefined && known.look === device.look && device.isWhole)
        this.#takeByItself(device, known);
    }
  }

  /**
   * Begins to take files of a device: the named ones, or all that are on it.
   * @throws StationError `source-gone`, `no-dump-found`, `eject-in-use`
   */
  start(id: string, names: readonly string[] | undefined, typed: Typed): string {
    const device = this.#deviceOf(id);
    const known = this.#dumps.of(id);
    if (device === undefined || known === undefined) throw new StationError('source-gone');
    if (this.#isEjecting(id)) throw new StationError('eject-in-use');
    const wanted = known.dumps.filter(({ file }) => names?.includes(file) ?? true);
    if (wanted.length === 0) throw new StationError('no-dump-found');
    for (const dump of wanted) known.tried.add(keyOfDump(dump));
    const files = wanted.map((dump) => this.#fileToTake(device, known, dump, typed));
    return this.#intakes.start(id, wanted[0]?.name ?? '', async (job) => {
      try {
        return await takeFiles(this.#core, job, files, typed);
      } finally {
        await this.#partialCopies.refresh();
        this.#core.changed('sources');
      }
    });
  }

  #fileToTake(device: DeviceInfo, known: Known, dump: FoundDump, typed: Typed): FileToTake {
    const file = known.files.find((one) => one.file === dump.file);
    const half = file === undefined || dump.bundle === undefined ? null : otherHalf(file, known.files);
    return {
      name: dump.name,
      source: device.kind,
      modifiedMs: Date.parse(dump.modifiedAt),
      ours: null,
      open: async () => ({
        dump: await this.#devices.open(device.source, dump.file),
        envelope: half === null ? null : () => this.#devices.open(device.source, half.file),
      }),
      ...this.#partialCopies.keeping(device, dump, typed),
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
    const device = this.#deviceOf(id);
    if (device === undefined) throw new StationError('source-gone');
    if (this.#isEjecting(id)) throw new StationError('busy');
    const { plugging } = device;
    this.#ejecting.set(id, plugging);
    this.#core.changed('sources');
    try {
      await this.#intakes.untilCopied(id);
      await this.#dumps.of(id)?.looking?.catch(() => undefined);
      // Nobody asked to make safe what was plugged in since.
      if (this.#deviceOf(id)?.plugging !== plugging) throw new StationError('source-gone');
      await this.#devices.call('eject', { source: id });
    } finally {
      if (this.#ejecting.get(id) === plugging) this.#ejecting.delete(id);
      this.#core.changed('sources');
    }
  }

  /** @throws StationError `not-found`, `busy` while it is being copied */
  async discard(id: string): Promise<void> {
    const record = this.#partialCopies.find(id);
    if (record === undefined) throw new StationError('not-found');
    if (this.#isBeingTaken(record.medium)) throw new StationError('busy');
    await this.#partialCopies.remove(id);
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

function keyOfDump({ name, bytes, modifiedAt }: FoundDump): string {
  return `${name} ${bytes} ${modifiedAt}`;
}
