/** The computer the station runs on. */
import { SYSTEM_TIMERS } from '../../../shared/timers.ts';
import { StationError } from '../../../shared/errors.ts';
import { HelperProcess } from '../helper-process.ts';
import { pathFiles } from '../path-files.ts';
import type { DriveFound, PhoneTransport, Platform } from '../source.ts';
import { drivesElsewhere, drivesOnLinux, listByModule } from './drives.ts';
import { watchLinux, watchUsb } from './hints.ts';
import { mountVolume, powerOffDrive, unmountVolume } from './linux.ts';
import { readMounts } from './mount-table.ts';
import { drivesOnMac } from './mac-drives.ts';
import { powerOffOnMac, unmountOnMac } from './mac.ts';
import { runProgram, type Run } from './run.ts';
import { transportsOf } from './transports.ts';
import { windowsCommand } from './windows-command.ts';
import { ejectOnWindows, windowsDrives, type AskWindows } from './windows-drives.ts';

export interface RealOptions {
  readonly log: (line: string) => void;
  /** Ways to phones after those of this system. */
  readonly transports?: readonly PhoneTransport[];
  readonly run?: Run;
  readonly system?: NodeJS.Platform;
  /** Asks Windows' helper; it is found and started by itself. */
  readonly askWindows?: AskWindows;
  readonly list?: typeof listByModule;
}

/** Milliseconds: CIM looks at every disk, and an old computer takes its time. */
const WINDOWS_ANSWER = 20_000;

export function realPlatform({
  log,
  run = runProgram,
  system = process.platform,
  transports = [],
  askWindows,
  list = listByModule,
}: RealOptions): Platform {
  const isLinux = system === 'linux';
  // One of its own: a phone's helper is busy for as long as it copies a file, and a sick stick may hang this one.
  const helper = new HelperProcess(system === 'win32' ? windowsCommand() : null, SYSTEM_TIMERS);
  const ask: AskWindows = askWindows ?? ((question) => helper.ask(question, { timeoutMs: WINDOWS_ANSWER }));
  const drives = drivesOf(system, { run, log, list, ask });
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
      return ejectOnWindows(ask, volume);
    },
    powerOff: async (drive) => {
      if (isLinux) return powerOffDrive(run, drive);
      if (system === 'darwin') return powerOffOnMac(run, drive.device);
    },
    files: pathFiles,
    transports: [...transportsOf(system), ...transports],
    close: () => {
      helper.close();
      return Promise.resolve();
    },
  };
}

interface Asked {
  readonly run: Run;
  readonly log: (line: string) => void;
  readonly list: typeof listByModule;
  readonly ask: AskWindows;
}

/** The system's own word first: it tells more. drivelist where that is silent, as far as it can be loaded. */
function drivesOf(system: NodeJS.Platform, { run, log, list, ask }: Asked): () => Promise<DriveFound[]> {
  if (system === 'linux') return () => drivesOnLinux(run, log, list);
  const own = system === 'win32' ? windowsDrives(ask) : system === 'darwin' ? () => drivesOnMac(run) : null;
  if (own === null) return () => drivesElsewhere(list);
  return () =>
    own().catch(async (error: unknown) => {
      if (!(error instanceof StationError) || error.code !== 'devices-blind') throw error;
      return drivesElsewhere(list);
    });
}
