/** The computer's side of simulated devices: a platform like the real one, over the folder of `simulator.ts`. */
import { readdirSync, readFileSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { removeNow } from '../../disk/own-disk-now.ts';
import { pathFiles } from '../path-files.ts';
import type {
  DriveFound,
  FileAccess,
  Mount,
  OpenFile,
  PhoneFound,
  PhoneTransport,
  Platform,
} from '../source.ts';
import {
  deviceNames,
  isMounted,
  readDevice,
  writeWhole,
  type Fault,
  type Operation,
  type SimulatedPhone,
  type StoredDevice,
} from './simulator.ts';

export function simulatedPlatform(folder: string): Platform {
  const watching = watcherOf(folder);
  const drives = (): DriveFound[] =>
    deviceNames(folder).flatMap((name) => {
      const stored = readDevice(folder, name);
      return stored?.plugged === true ? driveOf(folder, name, stored) : [];
    });
  return {
    watch: watching.add,
    drives: async () => {
      await fault(folder, 'drives');
      return drives();
    },
    mounts: async () => {
      await fault(folder, 'mounts');
      return desktopMounts(folder);
    },
    canMount: true,
    mount: async ({ device }) => {
      await fault(folder, 'mount', device);
      const stored = readDevice(folder, device);
      if (stored?.plugged !== true) throw new StationError('source-gone');
      writeWhole(join(folder, device, 'mounted'), String(stored.plugging));
      return join(folder, device, 'files');
    },
    unmount: async ({ device }) => {
      await fault(folder, 'unmount', device);
      const { device: is, plugged } = readDevice(folder, device) ?? {};
      if (plugged !== true) throw new StationError('source-gone');
      if (is?.kind === 'stick' && is.heldBy !== undefined) throw new StationError('eject-in-use', is.heldBy);
      removeNow(join(folder, device, 'mounted'));
    },
    powerOff: async ({ device }) => {
      await fault(folder, 'powerOff', device);
    },
    files: (path) => {
      const name = deviceNames(folder).find((one) => path.startsWith(join(folder, one, sep)));
      // Watched folders lie elsewhere, and are as real as they come.
      return name === undefined ? pathFiles(path) : simulatedFiles(folder, name, path);
    },
    transports: [transportOf(folder, 'mtp'), transportOf(folder, 'adb')],
    close: () => {
      watching.close();
      return Promise.resolve();
    },
  };
}

function driveOf(folder: string, name: string, { device, plugging }: StoredDevice): DriveFound[] {
  if (device.kind !== 'stick') return [];
  const isKnown = device.as === 'system' || device.as === 'station';
  return [
    {
      device: name,
      plugging: String(plugging),
      name: device.name,
      bytes: 1e9,
      serial: device.serial ?? null,
      portable: true,
      arriving: device.as === 'arriving',
      volumes:
        device.as === 'arriving'
          ? []
          : [
              {
                device: name,
                label: device.name,
                fileSystem: isKnown ? 'vfat' : device.as === 'locked' ? 'crypto_LUKS' : null,
                uuid: device.uuid ?? null,
                mountPoints: isMounted(folder, name) ? [join(folder, name, 'files')] : [],
                locked: device.as === 'locked',
                container: null,
              },
            ],
    },
  ];
}

/** As GNOME shows a phone that it holds. */
function desktopMounts(folder: string): Mount[] {
  return deviceNames(folder).flatMap((name) => {
    const stored = readDevice(folder, name);
    if (stored?.plugged !== true || stored.device.kind !== 'phone' || stored.device.onDesktop !== true)
      return [];
    return [
      {
        device: 'gvfsd-fuse',
        path: join(folder, name, 'gvfs'),
        fileSystem: 'fuse.gvfsd-fuse',
        readOnly: false,
      },
    ];
  });
}

function transportOf(folder: string, kind: 'mtp' | 'adb'): PhoneTransport {
  const phones = (): { name: string; device: SimulatedPhone; found: PhoneFound }[] =>
    deviceNames(folder).flatMap((name) => {
      const stored = readDevice(folder, name);
      if (stored?.plugged !== true || stored.device.kind !== 'phone') return [];
      const { device, plugging } = stored;
      if (!(device.ways ?? ['mtp']).includes(kind)) return [];
      const { trouble } = device;
      const seen = trouble === undefined || trouble.whenOpened === true ? null : trouble;
      const found = {
        key: `${name} ${plugging}`,
        name: device.name,
        serial: device.serial ?? null,
        port: null,
      };
      return [{ name, device, found: { ...found, trouble: kind === 'mtp' ? seen : null } }];
    });
  return {
    kind,
    phones: async () => {
      await fault(folder, 'phones');
      return phones().map(({ found }) => found);
    },
    open: async ({ key }) => {
      const phone = phones().find(({ found }) => found.key === key);
      if (phone === undefined) throw new StationError('source-gone');
      await fault(folder, 'openPhone', phone.name);
      const { trouble } = phone.device;
      if (trouble !== undefined && kind === 'mtp') throw new StationError(trouble.code, trouble.by);
      return simulatedFiles(folder, phone.name, join(folder, phone.name, 'files'));
    },
    // One watcher is enough for all of them: that of the platform.
    watch: () => () => {},
    close: () => Promise.resolve(),
  };
}

/** Files that are there for as long as the device stays plugged in, this time. */
function simulatedFiles(folder: string, name: string, path: string): FileAccess {
  const files = pathFiles(path);
  const plugging = readDevice(folder, name)?.plugging;
  const still = (): StoredDevice => {
    const stored = readDevice(folder, name);
    const isStick = stored?.device.kind === 'stick';
    if (stored?.plugged !== true || stored.plugging !== plugging || (isStick && !isMounted(folder, name)))
      throw new StationError('source-gone');
    return stored;
  };
  const asked = async <Value>(operation: Operation, work: () => Promise<Value>): Promise<Value> => {
    still();
    await fault(folder, operation, name);
    const value = await work();
    still();
    return value;
  };
  return {
    list: (limits, signal, soFar) => asked('list', () => files.list(limits, signal, soFar)),
    open: async (file) => {
      still();
      await fault(folder, 'open', name);
      const opened = await files.open(file);
      return {
        stat: () => asked('stat', () => opened.stat()),
        read: (offset, length) =>
          asked('read', () => readOf(() => still().device, file, opened, offset, length)),
        close: () => opened.close(),
      };
    },
    close: () => files.close(),
  };
}

/** How often a device that stands still is looked at. */
const STANDS_STILL_MS = 20;

/** @throws StationError what `device` throws, once it is unplugged */
async function readOf(
  device: () => StoredDevice['device'],
  file: string,
  opened: OpenFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const { slow, standsStillFrom, badFrom } = device();
  if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, slow));
  if (standsStillFrom !== undefined && offset + length > standsStillFrom)
    for (;;) {
      device();
      await new Promise((resolve) => setTimeout(resolve, STANDS_STILL_MS));
    }
  const bad = badFrom?.[file];
  if (bad !== undefined && offset + length > bad) throw new StationError('bad-sector');
  return opened.read(offset, length);
}

/** Uses up a fault that waits for this operation. */
async function fault(folder: string, operation: Operation, device?: string): Promise<void> {
  const faults = join(folder, 'faults');
  for (const name of readdirSync(faults).sort()) {
    if (!name.endsWith('.json')) continue;
    const path = join(faults, name);
    let found: Fault;
    try {
      found = JSON.parse(readFileSync(path, 'utf8')) as Fault;
    } catch {
      continue;
    }
    if (found.operation !== operation || (found.device !== undefined && found.device !== device)) continue;
    removeNow(path);
    if (found.error === 'ends') process.exit(70);
    if (found.error === 'hangs') await new Promise(() => {});
    else throw new StationError(found.error, found.detail);
  }
}

interface Watching {
  readonly add: (hint: () => void) => () => void;
  readonly close: () => void;
}

function watcherOf(folder: string): Watching {
  const hints = new Set<() => void>();
  const tell = () => hints.forEach((hint) => hint());
  const top = watch(folder, { persistent: false }, tell);
  const each = new Map<string, ReturnType<typeof watch>>();
  const follow = () => {
    for (const name of deviceNames(folder)) {
      if (each.has(name)) continue;
      const watcher = watch(join(folder, name), { persistent: false }, (_event, file) => {
        if (file === 'device.json' || file === 'mounted') tell();
      });
      watcher.on('error', () => watcher.close());
      each.set(name, watcher);
    }
  };
  top.on('change', follow);
  follow();
  return {
    add: (hint) => {
      hints.add(hint);
      return () => hints.delete(hint);
    },
    close: () => {
      top.close();
      for (const watcher of each.values()) watcher.close();
    },
  };
}
