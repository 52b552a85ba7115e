/** Drives by drivelist, and on Linux by what it is blind to. The native module is loaded when it is first needed. */
import { StationError } from '../../../shared/errors.ts';
import type { DriveFound, VolumeFound } from '../source.ts';
import { blockDevices, cardsAmong, drivesOf, withPlugging } from './block-devices.ts';
import { readMounts } from './mount-table.ts';
import type { Run } from './run.ts';

/** What is used here of drivelist's drive. `isSystem` is not used: sticks are called so, large ones often. */
export interface ListedDrive {
  readonly device: string;
  readonly raw: string;
  readonly description: string;
  readonly size: number | null;
  readonly isVirtual: boolean | null;
  readonly isRemovable: boolean;
  readonly isUSB: boolean | null;
  readonly isCard: boolean | null;
  readonly mountpoints: readonly { readonly path: string; readonly label?: string | null }[];
}

/** @throws when the native module is missing or broken */
export async function listByModule(): Promise<readonly ListedDrive[]> {
  const { list } = await import('drivelist');
  return list();
}

/** @throws StationError `devices-blind` */
export async function drivesOnLinux(
  run: Run,
  log: (line: string) => void,
  list = listByModule,
): Promise<DriveFound[]> {
  const nodes = await blockDevices(run);
  const listed = await list().catch((): readonly ListedDrive[] => {
    log('drivelist is not there; lsblk tells alone');
    return [];
  });
  const mounts = await readMounts().catch(() => []);
  const portable = new Set(listed.filter(isPortable).map(({ device }) => device));
  return Promise.all(drivesOf(nodes, mounts, portable, await cardsAmong(nodes)).map(withPlugging));
}

/** @throws StationError `devices-blind` */
export async function drivesElsewhere(
  list = listByModule,
  systemDrive = process.env['SystemDrive'],
): Promise<DriveFound[]> {
  const listed = await list().catch((error: unknown) => {
    throw new StationError('devices-blind', undefined, error);
  });
  return listed.flatMap((drive): DriveFound[] => {
    const isOwn = drive.mountpoints.some(
      ({ path }) =>
        path === '/' ||
        path.startsWith('/System') ||
        (systemDrive !== undefined && path.startsWith(systemDrive)),
    );
    if (isOwn || drive.size === null || drive.size === 0) return [];
    // A second disk inside the computer: nobody brings exports on it, and looking through it would wake it again and again.
    if (!isPortable(drive)) return [];
    const volumes = drive.mountpoints.map(({ path, label }): VolumeFound => ({
      device: path,
      label: label ?? null,
      fileSystem: 'mounted',
      uuid: null,
      mountPoints: [path],
      locked: false,
      container: null,
    }));
    return [
      {
        device: drive.device,
        plugging: null,
        name: drive.description,
        bytes: drive.size,
        serial: null,
        portable: true,
        volumes,
        arriving: volumes.length === 0,
      },
    ];
  });
}

function isPortable({ isVirtual, isUSB, isCard, isRemovable }: ListedDrive): boolean {
  return isUSB === true || isCard === true || (isRemovable && isVirtual !== true);
}
