/** Serves the station's questions about devices over a port: in the device process, and in tests without one. */
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { SYSTEM_TIMERS, type Timers } from '../../../shared/timers.ts';
import { inParts } from './bodies.ts';
import type { DeviceCalls, DeviceNews } from './calls.ts';
import { Devices } from '../../sources/device-monitor.ts';
import { realPlatform } from '../../sources/real/platform.ts';
import { simulatedPlatform } from '../../sources/simulated/platform.ts';
import { PhoneReadings } from '../../sources/live/readings.ts';
import type { OpenFile, Platform } from '../../sources/source.ts';
import { connect, type Port } from '../rpc.ts';

export interface Serving {
  readonly timers?: Timers;
  /** The computer over a folder of simulated devices; a test has one of another system. */
  readonly simulatedOver?: (folder: string) => Platform;
}

/** Answers the way to write to the station's log. */
export function serveDevices(
  port: Port,
  { timers = SYSTEM_TIMERS, simulatedOver = simulatedPlatform }: Serving = {},
): (line: string) => void {
  let devices: Devices | null = null;
  let phones: PhoneReadings | null = null;
  const opened = new Map<number, OpenFile>();
  let last = 0;

  function running(): Devices {
    if (devices === null) throw new StationError('devices-ended');
    return devices;
  }

  function readings(): PhoneReadings {
    if (phones === null) throw new StationError('devices-blind');
    return phones;
  }

  function fileOf(open: number): OpenFile {
    const file = opened.get(open);
    if (file === undefined) throw new StationError('source-gone');
    return file;
  }

  const log = (line: string) => void station.call('log', { line });
  const station = connect<DeviceCalls, DeviceNews>(port, {
    start: ({ simulated, pace, live, own }) => {
      phones =
        live === null
          ? null
          : new PhoneReadings(live, {
              tell: (news) => void station.call('read', news),
              log,
              timers,
              station: {
                sendOn: inParts(station.call),
                stands: (sync, standing) => void station.call('stands', { sync, standing }),
              },
            });
      const transports = phones === null ? [] : [phones.transport];
      const platform = simulated === null ? realPlatform({ log, transports }) : simulatedOver(simulated);
      devices = new Devices(platform, {
        limits: { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth, except: own },
        tell: (snapshot) => void station.call('snapshot', snapshot),
        log,
        pace,
        timers,
      });
      devices.start();
      return null;
    },
    folders: ({ folders }) => {
      running().watchFolders(folders);
      return null;
    },
    look: async ({ source }) => {
      await running().lookAgain(source ?? undefined);
      return null;
    },
    files: ({ source }) => running().files(source),
    open: async ({ source, file }) => {
      const found = await running().open(source, file);
      last += 1;
      opened.set(last, found);
      return last;
    },
    stat: ({ open }) => fileOf(open).stat(),
    read: ({ open, offset, length }) => fileOf(open).read(offset, length),
    close: async ({ open }) => {
      const file = opened.get(open);
      opened.delete(open);
      await file?.close();
      return null;
    },
    eject: async ({ source }) => {
      await running().eject(source);
      return null;
    },
    phones: ({ server }) => phones?.list(server) ?? [],
    readPhone: ({ read, request }) => readings().read(read, request),
    openSync: ({ sync, request }) => readings().openSync(sync, request),
    leaves: ({ sync, after }) => readings().leaves(sync, after),
    appState: ({ sync, of }) => readings().appState(sync, of),
    writeParcel: ({ sync, batch }) => readings().writeParcel(sync, batch),
    confirmPhone: ({ sync, confirmation }) => readings().confirm(sync, confirmation),
    cookie: ({ sync }) => readings().cookie(sync),
    runSync: ({ sync }) =>
      readings()
        .runSync(sync)
        .finally(() => void station.call('bodiesDone', { sync })),
    closeSync: async ({ sync }) => {
      await phones?.closeSync(sync);
      return null;
    },
    stopRead: ({ read }) => {
      phones?.stop(read);
      return null;
    },
    opened: () => opened.size,
    end: async () => {
      await phones?.close();
      await devices?.close();
      return null;
    },
  });
  return log;
}
