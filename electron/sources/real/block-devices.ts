/**
 * Drives as Linux tells of them, by `lsblk`. drivelist asks the same program but keeps neither what a volume
 * holds nor what is inside an encrypted one, and it does not know cards in a slot of the computer.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import type { DriveFound, Mount, VolumeFound } from '../source.ts';
import type { Run } from './run.ts';

const COLUMNS = 'NAME,PATH,TYPE,FSTYPE,LABEL,UUID,SIZE,SERIAL,VENDOR,MODEL,TRAN,RM,PTTYPE';

/** One node of its tree: a disk, a partition, the inside of an encrypted volume. */
export interface BlockNode {
  readonly path: string;
  readonly type: string;
  readonly fstype: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly size: number | null;
  readonly serial: string | null;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly tran: string | null;
  readonly rm: boolean;
  readonly mountpoints?: readonly (string | null)[];
  /** Before util-linux 2.37: one of them; the mount table tells the others. */
  readonly mountpoint?: string | null;
  readonly children?: readonly BlockNode[];
}

/** @throws StationError `devices-blind` where there is no `lsblk` or it makes no sense */
export async function blockDevices(run: Run): Promise<readonly BlockNode[]> {
  const ask = (mounted: string) =>
    run('lsblk', ['--json', '--bytes', '--output', `${COLUMNS},${mounted}`], 8_000);
  const newer = await ask('MOUNTPOINTS');
  const { code, stdout } = newer.code === 0 || newer.missing ? newer : await ask('MOUNTPOINT');
  if (code !== 0) throw new StationError('devices-blind');
  try {
    const { blockdevices } = JSON.parse(stdout) as { blockdevices?: readonly BlockNode[] };
    return blockdevices ?? [];
  } catch (error) {
    throw new StationError('devices-blind', undefined, error);
  }
}

/** What Linux keeps for itself, and what no one has put into the computer from outside. */
const SYSTEM =
  /^(?:\/|\/boot(?:\/.*)?|\/usr|\/var|\/home|\/opt|\/srv|\/tmp|\/nix(?:\/.*)?|\/snap(?:\/.*)?|\[SWAP\])$/;
/** Where desktops and people mount what they have plugged in. */
const FOR_GUESTS = /^\/(?:media|run\/media|mnt)(?:\/|$)/;

/**
 * The drives that may be sources.
 * @param portable devices that drivelist calls removable
 * @param cards devices that are cards in a slot (`/sys/block/NAME/device/type` says `SD`)
 */
export function drivesOf(
  nodes: readonly BlockNode[],
  mounts: readonly Mount[],
  portable: ReadonlySet<string>,
  cards: ReadonlySet<string>,
): DriveFound[] {
  return nodes.flatMap((node): DriveFound[] => {
    if (node.type !== 'disk' || node.size === null || node.size === 0 || node.path.startsWith('/dev/zram'))
      return [];
    const volumes = volumesOf(node, null, mounts);
    const paths = volumes.flatMap(({ mountPoints }) => mountPoints);
    // The disk that this computer runs from is never a source, also when it is a stick.
    if (allMounts(node).some((path) => SYSTEM.test(path))) return [];
    const isPortable = node.tran === 'usb' || node.rm || portable.has(node.path) || cards.has(node.path);
    if (!isPortable && !paths.some((path) => FOR_GUESTS.test(path))) return [];
    return [
      {
        device: node.path,
        plugging: null,
        name: [node.vendor, node.model]
          .map((word) => word?.trim() ?? '')
          .filter((word) => word !== '')
          .join(' '),
        bytes: node.size,
        serial: node.serial,
        portable: isPortable,
        volumes,
        arriving: volumes.length === 0,
      },
    ];
  });
}

function allMounts(node: BlockNode): string[] {
  return [...mountsOf(node), ...(node.children ?? []).flatMap(allMounts)];
}

function mountsOf({ mountpoints, mountpoint }: BlockNode): string[] {
  return (mountpoints ?? [mountpoint ?? null]).filter((path) => path !== null);
}

function volumesOf(node: BlockNode, container: string | null, mounts: readonly Mount[]): VolumeFound[] {
  const children = node.children ?? [];
  if (children.length > 0) {
    const inside = isEncrypted(node.fstype) ? node.path : container;
    return children.flatMap((child) => volumesOf(child, inside, mounts));
  }
  // A disk without anything on it that is known is still arriving; a partition without it is a volume.
  if (node.fstype === null && node.type === 'disk') return [];
  const told = [
    ...mountsOf(node),
    ...mounts.filter(({ device }) => device === node.path).map(({ path }) => path),
  ];
  return [
    {
      device: node.path,
      label: node.label,
      fileSystem: node.fstype,
      uuid: node.uuid,
      mountPoints: [...new Set(told)].filter((path) => !SYSTEM.test(path)),
      locked: isEncrypted(node.fstype),
      container,
    },
  ];
}

function isEncrypted(fileSystem: string | null): boolean {
  return fileSystem === 'crypto_LUKS' || fileSystem === 'BitLocker';
}

/** Which disks are cards in a slot; a soldered eMMC says `MMC`. */
export async function cardsAmong(nodes: readonly BlockNode[]): Promise<ReadonlySet<string>> {
  const cards = new Set<string>();
  for (const { path } of nodes) {
    if (!path.startsWith('/dev/mmcblk')) continue;
    const type = await readSys(path, 'device/type');
    if (type === 'SD') cards.add(path);
  }
  return cards;
}

/** Linux numbers every disk that appears: the same port gives another number after it was plugged in again. */
export async function withPlugging(drive: DriveFound): Promise<DriveFound> {
  return { ...drive, plugging: await readSys(drive.device, 'diskseq') };
}

async function readSys(device: string, name: string): Promise<string | null> {
  try {
    return (await readFile(`/sys/block/${basename(device)}/${name}`, 'utf8')).trim();
  } catch {
    return null;
  }
}
