/**
 * Drives as Windows tells of them by CIM, asked through the helper (`build/windows-devices.ps1`): with labels, the
 * volume's serial number by which a stick is known again, and whether BitLocker has it locked. drivelist tells
 * none of these there.
 */
import { StationError } from '../../../shared/errors.ts';
import { isObject, type Body } from '../../../shared/untrusted.ts';
import type { DriveFound, VolumeFound } from '../source.ts';

/** Asks the helper; the value of its answer. */
export type AskWindows = (question: {
  readonly ask: 'drives' | 'eject';
  readonly letter?: string;
}) => Promise<unknown>;

/**
 * The way to ask, again and again. Two of the answers come from parts of Windows that are busy at times: what was told
 * of a disk once holds for as long as it is listed, or a stick that is being read would seem to be another one.
 * @param systemDrive `C:`: the drive that this computer runs from is never a source
 */
export function windowsDrives(ask: AskWindows, systemDrive = process.env['SystemDrive'] ?? 'C:') {
  let known = new Map<string, { readonly arrived: string | null; readonly outside: boolean }>();
  /** @throws StationError `devices-blind` where the helper may not ask or makes no sense */
  return async (): Promise<DriveFound[]> => {
    const told = await ask({ ask: 'drives' });
    const disks = isObject(told) ? told['disks'] : undefined;
    const volumes = isObject(told) ? told['volumes'] : undefined;
    if (!Array.isArray(disks) || !Array.isArray(volumes)) throw new StationError('devices-blind');
    const before = known;
    known = new Map();
    return disks.filter(isObject).flatMap((disk) => {
      const key = ['device', 'model', 'bytes'].map((field) => String(disk[field])).join(' ');
      const earlier = before.get(key);
      const outside = disk['outside'] === true || earlier?.outside === true;
      const arrived = textOf(disk, 'arrived') ?? earlier?.arrived ?? null;
      known.set(key, { arrived, outside });
      // A second disk inside the computer: nobody brings exports on it.
      return outside ? driveOf(disk, volumes.filter(isObject), arrived, systemDrive) : [];
    });
  };
}

function driveOf(
  disk: Body,
  volumes: readonly Body[],
  plugging: string | null,
  systemDrive: string,
): DriveFound[] {
  const { number, bytes } = disk;
  const own = systemDrive.toUpperCase();
  const letters = volumes.filter((volume) => volume['disk'] === number);
  // A slot without a card has no size.
  if (typeof bytes !== 'number' || bytes <= 0) return [];
  if (letters.some((volume) => textOf(volume, 'letter')?.toUpperCase() === own)) return [];
  const found = letters.flatMap(volumeOf);
  return [
    {
      device: textOf(disk, 'device') ?? `disk ${String(number)}`,
      plugging,
      name: (textOf(disk, 'model') ?? '').replace(/ (?:USB|SD\/MMC\w*) Device$/i, ''),
      bytes,
      serial: serialOf(textOf(disk, 'serial')),
      portable: true,
      volumes: found,
      arriving: found.length === 0,
    },
  ];
}

function volumeOf(volume: Body): VolumeFound[] {
  const letter = textOf(volume, 'letter');
  if (letter === null || !/^[A-Z]:$/i.test(letter)) return [];
  const locked = volume['locked'] === true;
  const fileSystem = textOf(volume, 'fileSystem');
  return [
    {
      device: letter,
      label: textOf(volume, 'label'),
      fileSystem: locked ? 'BitLocker' : fileSystem,
      uuid: textOf(volume, 'serial'),
      // Windows gives a letter also to what it cannot read.
      mountPoints: locked || fileSystem === null ? [] : [`${letter}\\`],
      locked,
      container: null,
    },
  ];
}

function textOf(body: Body, field: string): string | null {
  const value = body[field];
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text.slice(0, 200);
}

/** Some sticks fill theirs with zeros or with what no keyboard has. */
function serialOf(serial: string | null): string | null {
  return serial !== null && /^[\w .:&-]+$/.test(serial) && /[^0 .]/.test(serial) ? serial : null;
}

/**
 * Windows lets go of a stick when its own "Eject" is asked for; whether the letter is gone is what counts.
 * @throws StationError `eject-in-use`, `eject-failed`
 */
export async function ejectOnWindows(ask: AskWindows, volume: VolumeFound): Promise<void> {
  const letter = /^([A-Z]:)/i.exec(volume.mountPoints[0] ?? '')?.[1];
  if (letter === undefined) throw new StationError('eject-failed');
  const isGone = await ask({ ask: 'eject', letter }).catch((error: unknown) => {
    // Somebody else was quicker: then it is let go of.
    if (error instanceof StationError && error.code === 'source-gone') return true;
    throw new StationError('eject-failed', undefined, error);
  });
  if (isGone !== true) throw new StationError('eject-in-use');
}
