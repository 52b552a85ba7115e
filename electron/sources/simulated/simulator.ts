/**
 * Simulated devices: a folder on the disk that plays all ports of a computer. Any process may plug, unplug and
 * break things in it; the simulated platform of another one sees what a real one would. Practice mode and the
 * tests use it.
 *
 *   NAME/device.json   what it is, whether and for which time it is plugged in
 *   NAME/files/        what it carries
 *   NAME/mounted       it is mounted; holds the number of the plugging
 *   faults/*.json      what fails next
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../../shared/errors.ts';
import { removeNow, renameNow } from '../../disk/own-disk-now.ts';

interface Common {
  readonly name: string;
  readonly serial?: string;
  /** Milliseconds that each read takes. */
  readonly slow?: number;
  /** Reads from this byte on do not come back before the device is unplugged. */
  readonly standsStillFrom?: number;
  /** Files that cannot be read from this byte on. */
  readonly badFrom?: Readonly<Record<string, number>>;
}

export interface SimulatedStick extends Common {
  readonly kind: 'stick';
  /**
   * `system`: the system mounts it; `station`: nobody does unless the station has it mounted; `arriving`: not
   * known yet what it is; `locked`: encrypted; `unreadable`: no file system that anyone knows.
   */
  readonly as: 'system' | 'station' | 'arriving' | 'locked' | 'unreadable';
  readonly uuid?: string;
  /** The name of a program that has it open: it cannot be unmounted. */
  readonly heldBy?: string;
}

export interface SimulatedPhone extends Common {
  readonly kind: 'phone';
  readonly ways?: readonly ('mtp' | 'adb')[];
  /** Seen without opening it, or met when it is opened. */
  readonly trouble?: { readonly code: ErrorCode; readonly by?: string; readonly whenOpened?: boolean };
  /** A desktop has it mounted, so that it can be read there. */
  readonly onDesktop?: boolean;
}

export type SimulatedDevice = SimulatedStick | SimulatedPhone;

/** A device as its file says. */
export interface StoredDevice {
  readonly device: SimulatedDevice;
  /** Grows with each plugging in. */
  readonly plugging: number;
  readonly plugged: boolean;
}

export const OPERATIONS = [
  'drives',
  'mounts',
  'mount',
  'unmount',
  'powerOff',
  'phones',
  'openPhone',
  'list',
  'open',
  'read',
  'stat',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface Fault {
  readonly operation: Operation;
  /** `ends`: the process of the device layer ends; `hangs`: no answer ever comes. */
  readonly error: ErrorCode | 'ends' | 'hangs';
  readonly detail?: string;
  /** Of this device only. */
  readonly device?: string;
}

/** The side of the person: plugs, unplugs, breaks. Synchronous, so that a test's next line is after it. */
export class Simulator {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(join(folder, 'faults'), { recursive: true, mode: 0o700 });
  }

  /** Where the files of a device are; made if they are not there. */
  filesOf(name: string): string {
    const files = join(this.folder, name, 'files');
    mkdirSync(files, { recursive: true, mode: 0o700 });
    return files;
  }

  /** Plugs a device in, the one of that name or a new one. */
  plug(name: string, device?: SimulatedDevice): void {
    const before = readDevice(this.folder, name);
    const is = device ?? before?.device;
    if (is === undefined) throw new Error(`no simulated device ${name}`);
    this.filesOf(name);
    const plugging = (before?.plugging ?? 0) + 1;
    if (is.kind === 'stick' && is.as === 'system')
      writeWhole(join(this.folder, name, 'mounted'), String(plugging));
    this.#write(name, { device: is, plugging, plugged: true });
  }

  unplug(name: string): void {
    const before = readDevice(this.folder, name);
    if (before !== null) this.#write(name, { ...before, plugged: false });
    removeNow(join(this.folder, name, 'mounted'));
  }

  /** Something about it changes while it stays plugged in: it is unlocked, "Allow" was tapped. */
  change(name: string, device: SimulatedDevice): void {
    const before = readDevice(this.folder, name);
    if (before === null) throw new Error(`no simulated device ${name}`);
    if (device.kind === 'stick' && device.as === 'system' && before.plugged)
      writeWhole(join(this.folder, name, 'mounted'), String(before.plugging));
    this.#write(name, { ...before, device });
  }

  isPlugged(name: string): boolean {
    return readDevice(this.folder, name)?.plugged === true;
  }

  isMounted(name: string): boolean {
    return isMounted(this.folder, name);
  }

  /** The next call of an operation fails, so often as said. */
  failNext(fault: Fault, times = 1): void {
    for (let time = 0; time < times; time += 1)
      writeWhole(join(this.folder, 'faults', `${randomUUID()}.json`), JSON.stringify(fault));
  }

  forgetFaults(): void {
    for (const name of readdirSync(join(this.folder, 'faults'))) removeNow(join(this.folder, 'faults', name));
  }

  #write(name: string, stored: StoredDevice): void {
    writeWhole(join(this.folder, name, 'device.json'), JSON.stringify(stored));
  }
}

export function deviceNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'faults')
    .map((entry) => entry.name)
    .sort();
}

export function readDevice(folder: string, name: string): StoredDevice | null {
  try {
    return JSON.parse(readFileSync(join(folder, name, 'device.json'), 'utf8')) as StoredDevice;
  } catch {
    return null;
  }
}

export function isMounted(folder: string, name: string): boolean {
  const stored = readDevice(folder, name);
  if (stored?.plugged !== true) return false;
  try {
    return readFileSync(join(folder, name, 'mounted'), 'utf8') === String(stored.plugging);
  } catch {
    return false;
  }
}

/** Another process never reads half of it. */
export function writeWhole(path: string, text: string): void {
  const next = `${path}.${randomUUID()}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  renameNow(next, path);
}
