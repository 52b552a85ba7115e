/** Phones over MTP by libusb: on Linux and macOS, where no driver of the system owns them. */
import type * as Usb from 'usb';
import type { Device } from 'usb';
import { StationError } from '../../../shared/errors.ts';
import { SELF_HEALING } from '../../../shared/sources.ts';
import { SYSTEM_TIMERS, type Timers } from '../../../shared/timers.ts';
import type { FileAccess, PhoneFound, PhoneTransport } from '../source.ts';
import { share } from '../shared-device.ts';
import { asStationError, filesOfPhone, greetPhone, type Greeted } from './access.ts';
import { candidatesOf, hasDebugging, isMtpName } from './candidates.ts';
import { phoneHolder } from './holder.ts';
import { safeName } from './listing.ts';
import { factsOf, mayOpen as mayOpenNode, usbNode, type UsbFacts } from './sysfs.ts';
import { openUsbLink, textOf } from './usb-link.ts';
import { WaitingPhones } from './waiting.ts';

export interface MtpOptions {
  /** Loads libusb; given by tests. */
  readonly load?: () => Promise<typeof Usb>;
  /** Where Linux tells of USB devices and processes; given by tests. */
  readonly folders?: { readonly sysfs: string; readonly nodes: string; readonly processes: string };
  /** Whether this person may open a device, by its node; given by tests. */
  readonly mayOpen?: (node: string) => Promise<boolean>;
  /** Time as it passes; given by tests. */
  readonly timers?: Timers;
}

const FOLDERS = { sysfs: '/sys/bus/usb/devices', nodes: '/dev/bus/usb', processes: '/proc' };

/** The transport of phones over MTP. Nothing is loaded before it is asked for something. */
export function openMtp(options: MtpOptions = {}): PhoneTransport {
  const load = options.load ?? (() => import('usb'));
  const { folders = FOLDERS, mayOpen = mayOpenNode, timers = SYSTEM_TIMERS } = options;
  const opened = new Set<FileAccess>();
  const waiting = new WaitingPhones(timers);
  /** Phones that have shown their files since they were plugged in. */
  const shown = new Set<string>();
  /** Names of interfaces that only opening a device could tell: asked once. */
  const names = new Map<string, boolean>();

  const usb = async (): Promise<typeof Usb> => {
    try {
      return await load();
    } catch (error) {
      throw new StationError('devices-blind', undefined, error);
    }
  };

  const devices = async (): Promise<Device[]> => {
    const { getDeviceList } = await usb();
    try {
      // The debugging interface of the same phones may be in use meanwhile.
      return getDeviceList().map(share);
    } catch (error) {
      throw new StationError('devices-blind', undefined, error);
    }
  };

  const isMtp = async (device: Device, facts: UsbFacts | null): Promise<boolean> => {
    const candidates = candidatesOf(descriptorsOf(device));
    if (candidates.some(({ nameIndex }) => nameIndex === null)) return true;
    if (candidates.length === 0) return false;
    if (facts !== null)
      return candidates.some(({ interfaceNumber }) =>
        isMtpName(facts.interfaceNames.get(interfaceNumber) ?? ''),
      );
    const key = keyOf(device);
    const known = names.get(key);
    if (known !== undefined) return known;
    const answer = await askNames(
      timers,
      device,
      candidates.map(({ nameIndex }) => nameIndex ?? 0),
    );
    if (answer !== null) names.set(key, answer);
    return answer ?? false;
  };

  const found = async (device: Device): Promise<PhoneFound | null> => {
    const facts = await factsOf(device.busNumber, device.deviceAddress, folders.sysfs);
    const mtp = await isMtp(device, facts);
    // A phone that only offers to be debugged was not told to transfer files.
    if (!mtp && !hasDebugging(descriptorsOf(device))) return null;
    const allowed = await mayOpen(usbNode(device.busNumber, device.deviceAddress, folders.nodes));
    return {
      key: keyOf(device),
      name: nameOf(facts),
      serial: facts?.serial ?? null,
      port: facts?.port ?? portOf(device),
      trouble: mtp ? (allowed ? null : { code: 'no-permission' }) : { code: 'phone-charging-only' },
    };
  };

  const greet = async (device: Device, signal: AbortSignal): Promise<Greeted> => {
    const link = await openUsbLink(device, signal, timers);
    if (link === null) throw new StationError('phone-charging-only');
    return greetPhone(link, undefined, timers);
  };

  /** The session is kept where the phone may show its files later, and closed with any other failure. */
  const show = async (device: Device, greeted: Greeted): Promise<FileAccess> => {
    const key = keyOf(device);
    try {
      const facts = { vendor: device.deviceDescriptor.idVendor, wasOpen: shown.has(key) };
      const files = await filesOfPhone(greeted, facts);
      shown.add(key);
      return files;
    } catch (error) {
      if (isSelfHealing(error)) waiting.keep(key, greeted);
      else await greeted.session.close();
      throw error;
    }
  };

  const openDevice = async (device: Device, signal: AbortSignal): Promise<FileAccess> => {
    const kept = waiting.take(keyOf(device));
    if (kept !== null) {
      try {
        return await show(device, kept);
      } catch (error) {
        // A session that broke meanwhile says nothing of the phone.
        if (isSelfHealing(error)) throw error;
      }
    }
    return show(device, await greet(device, signal));
  };

  return {
    kind: 'mtp',
    phones: async () => {
      const list = await devices();
      const here = new Set(list.map(keyOf));
      await waiting.keepOnly(here);
      for (const key of shown) if (!here.has(key)) shown.delete(key);
      for (const key of names.keys()) if (!here.has(key)) names.delete(key);
      return (await Promise.all(list.map(found))).filter((phone) => phone !== null);
    },
    open: async (phone, signal) => {
      const device = (await devices()).find((one) => keyOf(one) === phone.key);
      if (device === undefined) throw new StationError('source-gone');
      try {
        const files = await openDevice(device, signal);
        opened.add(files);
        return { ...forwarded(files), close: () => (opened.delete(files), files.close()) };
      } catch (error) {
        const failure = asStationError(error);
        if (failure.code !== 'device-busy') throw failure;
        const node = usbNode(device.busNumber, device.deviceAddress, folders.nodes);
        const holder = await phoneHolder(node, folders.processes);
        throw new StationError('device-busy', holder ?? undefined, error);
      }
    },
    // The platform itself hears of everything that is plugged in and pulled out.
    watch: () => () => undefined,
    close: async () => {
      await Promise.all([waiting.keepOnly(new Set()), ...[...opened].map((files) => files.close())]);
      opened.clear();
    },
  };
}

function isSelfHealing(error: unknown): boolean {
  return error instanceof StationError && SELF_HEALING.has(error.code);
}

/** Unique while it stays plugged in: an address is given anew at every plugging in. */
function keyOf(device: Device): string {
  const { idVendor, idProduct } = device.deviceDescriptor;
  return [device.busNumber, device.deviceAddress, idVendor, idProduct].join(':');
}

function portOf(device: Device): string | null {
  const ports: unknown = device.portNumbers;
  return Array.isArray(ports) && ports.length > 0 ? `${device.busNumber}-${ports.join('.')}` : null;
}

function nameOf(facts: UsbFacts | null): string {
  if (facts === null) return '';
  const { manufacturer, product } = facts;
  const isNamedTwice = product.toLowerCase().startsWith(manufacturer.toLowerCase());
  const name = isNamedTwice ? product : `${manufacturer} ${product}`.trim();
  return name === '' ? '' : safeName(name, '');
}

/** A device that is just going away has no descriptors any more. */
function descriptorsOf(device: Device) {
  try {
    return device.allConfigDescriptors;
  } catch {
    return [];
  }
}

/** Whether one of these texts says MTP; `null` where nobody may ask now. */
async function askNames(timers: Timers, device: Device, indexes: readonly number[]): Promise<boolean | null> {
  // Somebody in this program has it open and would lose it with our closing.
  if (device.interfaces !== undefined) return null;
  try {
    device.open();
  } catch {
    return null;
  }
  try {
    for (const index of indexes) if (isMtpName(await textOf(timers, device, index))) return true;
    return false;
  } finally {
    device.close();
  }
}

function forwarded(files: FileAccess): Pick<FileAccess, 'list' | 'open'> {
  return {
    list: (limits, signal) => files.list(limits, signal),
    open: (file) => files.open(file),
  };
}
