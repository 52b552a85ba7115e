/** Phones whose debugging is on, as libusb sees them. Listing opens no device; `usb` is loaded when first asked. */
import { readFile } from 'node:fs/promises';
import type * as Usb from 'usb';
import type { Device } from 'usb';
import { StationError } from '../../../shared/errors.ts';
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
  const opened = new Map<Device, USBDevice>();
  const devices = async (): Promise<readonly Device[]> => {
    const { getDeviceList } = await load();
    return getDeviceList().filter(offersDebugging);
  };
  const on = (what: 'attach' | 'detach', listener: (device: Device) => void): (() => void) => {
    let stop = (): void => {};
    let isOver = false;
    load().then(
      ({ usb }) => {
        if (isOver) return;
        usb.on(what, listener);
        stop = () => usb.off(what, listener);
      },
      () => {},
    );
    return () => {
      isOver = true;
      stop();
    };
  };
  return {
    async list() {
      return Promise.all((await devices()).map(describe));
    },
    async device(key) {
      const found = (await devices()).find((device) => keyOf(device) === key);
      if (found === undefined) throw new StationError('source-gone');
      const { WebUSBDevice } = await load();
      const device = await WebUSBDevice.createInstance(found);
      opened.set(found, device);
      return device;
    },
    watch(hint) {
      const stops = [on('attach', () => hint()), on('detach', () => hint())];
      return () => stops.forEach((stop) => stop());
    },
    onGone(listener) {
      return on('detach', (gone) => {
        const device = opened.get(gone);
        opened.delete(gone);
        if (device !== undefined) listener(device);
      });
    },
  };
}

function offersDebugging(device: Device): boolean {
  const interfaces = device.configDescriptor?.interfaces ?? [];
  return interfaces
    .flat()
    .some(
      (one) =>
        one.bInterfaceClass === 0xff && one.bInterfaceSubClass === 0x42 && one.bInterfaceProtocol === 1,
    );
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
