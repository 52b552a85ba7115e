/**
 * Simulated sticks on a computer with Windows: what they are is told in the words of its helper, and read by what reads
 * these on a real one. A device process: `forkedDevices(new URL('…/windows-sticks.ts', import.meta.url))`.
 */
import { join } from 'node:path';
import { parentPort } from '../../electron/workers/parent-port.ts';
import { serveDevices } from '../../electron/workers/devices/serve.ts';
import { realPlatform } from '../../electron/sources/real/platform.ts';
import type { AskWindows } from '../../electron/sources/real/windows-drives.ts';
import { simulatedPlatform } from '../../electron/sources/simulated/platform.ts';
import type { DriveFound, Platform, VolumeFound } from '../../electron/sources/source.ts';
import { StationError } from '../../shared/errors.ts';

function windowsOver(folder: string): Platform {
  const simulated = simulatedPlatform(folder);
  /** By letter, as of the last answer. The first free one is given again, as Windows does. */
  const volumes = new Map<string, VolumeFound>();

  const ask: AskWindows = async ({ ask: what, letter = '' }) => {
    if (what === 'eject') return eject(letter);
    const drives = await simulated.drives(new AbortController().signal);
    volumes.clear();
    const told = drives.map((drive, at) => tellOf(drive, at + 1));
    return {
      disks: told.map(({ disk }) => disk),
      volumes: told.flatMap(({ letters }) => letters),
    };
  };

  /** As `Win32_DiskDrive` and `Win32_LogicalDisk` tell of it. */
  function tellOf(drive: DriveFound, number: number) {
    const disk = {
      number,
      device: `\\\\.\\PHYSICALDRIVE${number}`,
      model: 'SanDisk Cruzer Blade USB Device',
      serial: drive.serial ?? '',
      bytes: drive.bytes,
      outside: true,
      arrived: `63900000000000000${drive.plugging ?? ''}`,
    };
    const letters = drive.volumes.map((volume) => {
      const letter = `${String.fromCharCode(68 + number)}:`;
      volumes.set(letter, volume);
      const isReadable = !volume.locked && volume.fileSystem !== null;
      return {
        letter,
        disk: number,
        label: isReadable ? volume.label : '',
        serial: isReadable ? (volume.uuid ?? '').replace('-', '') : '',
        fileSystem: isReadable ? 'FAT32' : '',
        locked: volume.locked,
      };
    });
    return { disk, letters };
  }

  async function eject(letter: string): Promise<boolean> {
    const volume = volumes.get(letter);
    if (volume === undefined) throw new StationError('source-gone');
    try {
      await simulated.unmount(volume);
      return true;
    } catch (error) {
      if (error instanceof StationError && error.code === 'eject-in-use') return false;
      throw error;
    }
  }

  return {
    ...realPlatform({ log: () => {}, system: 'win32', askWindows: ask, list: () => Promise.resolve([]) }),
    watch: simulated.watch,
    transports: [],
    files: (path) => {
      const volume = /^[A-Z]:\\$/.test(path) ? volumes.get(path.slice(0, 2)) : undefined;
      return simulated.files(volume === undefined ? path : join(folder, volume.device, 'files'));
    },
    close: () => simulated.close(),
  };
}

serveDevices(parentPort(), { simulatedOver: windowsOver });
