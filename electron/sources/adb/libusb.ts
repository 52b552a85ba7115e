/** Phones whose debugging is on, as libusb sees them. Listing opens no device; `usb` is loaded when first asked. */
import { readFile } from 'node:fs/promises';
import type * as Usb from 'usb';
import type { Device } from 'usb';
import { StationError } from '../../../shared/errors.ts';
import { share } from '../shared-device.ts';
import type { PhoneFound } from '../source.ts';
import type { UsbPort } from './usb.ts';

export function libusbPort(): UsbPort {
  let loaded: Promise<typeof Usb> | null = null;
  const load = (): Promise<typeof Usb> => {
    loaded ??= import('usb').catch((error: unknown) => {
      loaded = null;
      throw new StationError('devices-blind', undefined, error);
    });
    return loaded;
  };
  const devices = async (): Promise<readonly Device[]> => {
    const { getDeviceList } = await load();
    return getDeviceList().map(share).filter(offersDebugging);
  };
  return {
    async list() {
      return Promise.all((await devices()).map(describe));
    },
    async device(key) {
      const found = (await devices()).find((device) => keyOf(device) === key);
      if (found === undefined) throw new StationError('source-gone');
      const { WebUSBDevice } = await load();
      return WebUSBDevice.createInstance(found);
    },
    watch(hint) {
      let stop = (): void => {};
      const state = { isOver: false };
      const listen = async (): Promise<void> => {
        const { usb } = await load();
        if (state.isOver) return;
        usb.on('attach', hint);
        usb.on('detach', hint);
        stop = () => {
          usb.off('attach', hint);
          usb.off('detach', hint);
        };
      };
      listen().catch(() => {});
      return () => {
        state.isOver = true;
        stop();
      };
    },
  };
}

/** By its descriptors, which the system has read already. */
function offersDebugging(device: Device): boolean {
  try {
    const interfaces = device.configDescriptor?.interfaces ?? [];
    return interfaces
      .flat()
      .some(
        (one) =>
          one.bInterfaceClass === 0xff && one.bInterfaceSubClass === 0x42 && one.bInterfaceProtocol === 1,
      );
  } catch {
    // It went away while it was looked at.
    return false;
  }
}

function keyOf({ busNumber, deviceAddress }: Device): string {
  return `${busNumber}.${deviceAddress}`;
}

async function describe(device: Device): Promise<PhoneFound> {
  const port = `${device.busNumber}-${device.portNumbers.join('.')}`;
  const [name, serial] = await Promise.all([sysfs(port, 'product'), sysfs(port, 'serial')]);
  return { key: keyOf(device), name: name ?? '', serial, port, trouble: null };
}

/** Linux tells name and serial number without opening the device. */
async function sysfs(port: string, what: 'product' | 'serial'): Promise<string | null> {
  try {
    return (await readFile(`/sys/bus/usb/devices/${port}/${what}`, 'utf8')).trim() || null;
  } catch {
    return null;
  }
}
