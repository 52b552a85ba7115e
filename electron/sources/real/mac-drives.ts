/** Drives as macOS tells of them, by `diskutil` in property lists. drivelist tells neither their numbers nor what is locked. */
import { StationError } from '../../../shared/errors.ts';
import { fieldAt, isObject, type Body } from '../../../shared/untrusted.ts';
import type { DriveFound, VolumeFound } from '../source.ts';
import type { Run } from './run.ts';

const ASK_MS = 10_000;

/** By their full paths: PATH of a program that was started from the Dock holds little. */
const DISKUTIL = '/usr/sbin/diskutil';
const IOREG = '/usr/sbin/ioreg';

/** @throws StationError `devices-blind` where `diskutil` is missing or makes no sense */
export async function drivesOnMac(run: Run): Promise<DriveFound[]> {
  const listed = await asked(run, DISKUTIL, ['list', '-plist']);
  const all = listOf(listed, 'AllDisksAndPartitions');
  if (all === null) throw new StationError('devices-blind');
  const found: { info: Body; volumes: Body[] }[] = [];
  for (const disk of all) {
    const info = await infoOf(run, disk);
    if (!isPortable(info)) continue;
    const volumes: Body[] = [];
    for (const node of leavesOf(disk, all)) volumes.push(await infoOf(run, node));
    // The disk that this computer runs from is never a source, also when it is a stick.
    if (volumes.some((volume) => isSystem(textOf(volume, 'MountPoint')))) continue;
    found.push({ info, volumes });
  }
  const pluggings = found.length === 0 ? new Map<string, string>() : await pluggingsOf(run);
  return found.map(({ info, volumes }): DriveFound => {
    const device = textOf(info, 'DeviceIdentifier') ?? '';
    const bytes = numberOf(info, 'TotalSize') ?? numberOf(info, 'Size');
    const shown = volumes.flatMap(volumeOf);
    return {
      device,
      plugging: pluggings.get(device) ?? null,
      name: textOf(info, 'MediaName') ?? textOf(info, 'IORegistryEntryName') ?? '',
      bytes,
      serial: null,
      portable: true,
      volumes: shown,
      arriving: shown.length === 0,
    };
  });
}

/** What may hold a file system: partitions, and the volumes of containers that lie on them; a disk without a table itself. */
function leavesOf(disk: Body, all: readonly Body[]): readonly Body[] {
  const partitions = listOf(disk, 'Partitions') ?? [];
  const whole = partitions.length === 0 ? [disk] : partitions;
  return whole.flatMap((part) => {
    const id = textOf(part, 'DeviceIdentifier');
    const inside = all.filter((one) =>
      (listOf(one, 'APFSPhysicalStores') ?? []).some((store) => textOf(store, 'DeviceIdentifier') === id),
    );
    if (inside.length > 0) return inside.flatMap((one) => listOf(one, 'APFSVolumes') ?? []);
    // What firmware and the table itself need is nobody's volume.
    return /^(?:EFI|Apple_partition_map|Apple_Boot|Apple_Free|Microsoft Reserved)$/.test(
      textOf(part, 'Content') ?? '',
    )
      ? []
      : [part];
  });
}

function volumeOf(info: Body): VolumeFound[] {
  const device = textOf(info, 'DeviceIdentifier');
  if (device === null) return [];
  const mountPoint = textOf(info, 'MountPoint');
  const locked = info['Locked'] === true;
  const fileSystem = textOf(info, 'FilesystemType');
  // A disk without anything on it that is known is still arriving.
  if (fileSystem === null && !locked && info['WholeDisk'] === true) return [];
  return [
    {
      device,
      label: textOf(info, 'VolumeName'),
      fileSystem: locked ? 'apfs' : fileSystem,
      uuid: textOf(info, 'VolumeUUID'),
      mountPoints: mountPoint === null ? [] : [mountPoint],
      locked,
      container: null,
    },
  ];
}

/** Disk images and containers are called virtual; a card in a slot is internal and yet comes from outside. */
function isPortable(info: Body): boolean {
  const bus = textOf(info, 'BusProtocol') ?? '';
  if (bus === 'Disk Image' || textOf(info, 'VirtualOrPhysical') === 'Virtual') return false;
  return info['Internal'] === false || bus === 'USB' || bus === 'Secure Digital';
}

function isSystem(mountPoint: string | null): boolean {
  return mountPoint === '/' || mountPoint?.startsWith('/System/') === true;
}

async function infoOf(run: Run, node: Body): Promise<Body> {
  const id = textOf(node, 'DeviceIdentifier');
  if (id === null || !/^disk[0-9s]+$/.test(id)) throw new StationError('devices-blind');
  const info = await asked(run, DISKUTIL, ['info', '-plist', id]).catch(() => null);
  // It was pulled out between the two questions.
  return isObject(info) ? info : {};
}

/** The registry of devices numbers everything that appears: the same stick has another number each time. */
async function pluggingsOf(run: Run): Promise<ReadonlyMap<string, string>> {
  const numbers = new Map<string, string>();
  const look = (node: unknown): void => {
    if (!isObject(node)) return;
    const name = textOf(node, 'BSD Name');
    const number = numberOf(node, 'IORegistryEntryID');
    if (name !== null && number !== null) numbers.set(name, String(number));
    for (const child of listOf(node, 'IORegistryEntryChildren') ?? []) look(child);
  };
  const told = await asked(run, IOREG, ['-a', '-r', '-c', 'IOMedia']).catch(() => null);
  if (Array.isArray(told)) told.forEach(look);
  return numbers;
}

/** @throws StationError `devices-blind` */
async function asked(run: Run, program: string, args: readonly string[]): Promise<unknown> {
  const { code, stdout } = await run(program, args, ASK_MS);
  if (code !== 0) throw new StationError('devices-blind');
  try {
    const { default: plist } = await import('plist');
    return plist.parse(stdout);
  } catch (error) {
    throw new StationError('devices-blind', undefined, error);
  }
}

function listOf(value: unknown, field: string): readonly Body[] | null {
  const list = fieldAt(value, field);
  return Array.isArray(list) ? list.filter(isObject) : null;
}

function textOf(body: Body, field: string): string | null {
  const value = body[field];
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : null;
}

function numberOf(body: Body, field: string): number | null {
  const value = body[field];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
