/** The computer the station runs on. */
import { pathFiles } from '../path-files.ts';
import type { PhoneTransport, Platform } from '../source.ts';
import { drivesElsewhere, drivesOnLinux } from './drives.ts';
import { watchLinux, watchUsb } from './hints.ts';
import { mountVolume, powerOffDrive, unmountVolume } from './linux.ts';
import { readMounts } from './mount-table.ts';
import { ejectOnWindows, powerOffOnMac, unmountOnMac } from './others.ts';
import { runProgram, type Run } from './run.ts';
import { transportsOf } from './transports.ts';

export interface RealOptions {
  readonly log: (line: string) => void;
  /** Ways to phones after those of this system. */
  readonly transports?: readonly PhoneTransport[];
  readonly run?: Run;
  readonly system?: NodeJS.Platform;
}

export function realPlatform({
  log,
  run = runProgram,
  system = process.platform,
  transports = [],
}: RealOptions): Platform {
  const isLinux = system === 'linux';
  const drives = () => (isLinux ? drivesOnLinux(run, log) : drivesElsewhere());
  return {
    watch: (hint) => {
      const stops = [watchUsb(hint, log), ...(isLinux ? [watchLinux(hint)] : [])];
      return () => stops.forEach((stop) => stop());
    },
    drives,
    mounts: () => (isLinux ? readMounts() : Promise.resolve([])),
    canMount: isLinux,
    mount: (volume) => mountVolume(run, volume),
    unmount: async (volume) => {
      if (isLinux) return unmountVolume(run, volume);
      if (system === 'darwin') return unmountOnMac(run, volume);
      const isStill = async () =>
        (await drives()).some((drive) => drive.volumes.some(({ device }) => device === volume.device));
      return ejectOnWindows(run, volume, isStill);
    },
    powerOff: async (drive) => {
      if (isLinux) return powerOffDrive(run, drive);
      if (system === 'darwin') return powerOffOnMac(run, drive.device);
    },
    files: pathFiles,
    transports: [...transportsOf(system), ...transports],
    close: () => Promise.resolve(),
  };
}
