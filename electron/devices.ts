/**
 * The device process: everything that speaks to sticks and phones happens here, since native modules and broken
 * devices may take a process with them. In the desktop program a utility process, elsewhere a forked one.
 */
import { StationError } from '../shared/errors.ts';
import { LIMITS } from '../shared/limits.ts';
import type { DeviceCalls, DeviceNews } from './sources/calls.ts';
import { Devices } from './sources/devices.ts';
import { realPlatform } from './sources/real/platform.ts';
import { simulatedPlatform } from './sources/simulated/platform.ts';
import type { OpenFile } from './sources/source.ts';
import { connect, type Port } from './thread/port.ts';

/** Electron gives a utility process its port; nothing else does. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): unknown;
}

function portOf(): Port {
  const { parentPort } = process as unknown as { readonly parentPort?: ParentPort };
  if (parentPort != null) {
    return {
      postMessage: (message) => parentPort.postMessage(message),
      on: (_event, listener) => parentPort.on('message', ({ data }) => listener(data as never)),
    };
  }
  // The station went away: nobody is left to read for.
  process.on('disconnect', () => process.exit(0));
  return {
    postMessage: (message) => void process.send?.(message),
    on: (_event, listener) => process.on('message', listener as (message: unknown) => void),
  };
}

let devices: Devices | null = null;
const opened = new Map<number, OpenFile>();
let last = 0;

function running(): Devices {
  if (devices === null) throw new StationError('devices-ended');
  return devices;
}

function fileOf(open: number): OpenFile {
  const file = opened.get(open);
  if (file === undefined) throw new StationError('source-gone');
  return file;
}

const station = connect<DeviceCalls, DeviceNews>(portOf(), {
  start: ({ simulated, pace }) => {
    const log = (line: string) => void station.call('log', { line });
    const platform = simulated === null ? realPlatform({ log }) : simulatedPlatform(simulated);
    devices = new Devices(platform, {
      limits: { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth },
      tell: (snapshot) => void station.call('snapshot', snapshot),
      log,
      pace,
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
  opened: () => opened.size,
  end: async () => {
    await devices?.close();
    return null;
  },
});

// Unplugging a phone in the middle of a transfer makes libraries throw where nobody listens.
process.on('uncaughtException', (error) => {
  void station.call('log', { line: `device process: uncaught ${error.name}` });
  setTimeout(() => process.exit(71), 50);
});
