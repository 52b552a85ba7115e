/**
 * The way straight over USB, where no ADB server runs. What libusb does stands behind `UsbPort`, so that the
 * tests can put a phone of their own there.
 */
import { Adb, AdbDaemonTransport, type AdbCredentialStore } from '@yume-chan/adb';
import { AdbDaemonWebUsbDevice } from '@yume-chan/adb-daemon-webusb';
import { StationError } from '../../../shared/errors.ts';
import type { PhoneFound } from '../source.ts';
import { within } from '../patience.ts';
import { PATIENCE } from './patience.ts';

/** Google's class for Android debugging: vendor-specific, 0x42, 1. */
const ADB_INTERFACE = { classCode: 0xff, subclassCode: 0x42, protocolCode: 1 };

/** What the computer's USB tells of phones whose debugging is on. */
export interface UsbPort {
  /** Opens nothing. @throws StationError `devices-blind` */
  list(): Promise<readonly PhoneFound[]>;
  /** @throws StationError `source-gone` */
  device(key: string): Promise<USBDevice>;
  /** Bare hints. */
  watch(hint: () => void): () => void;
  /** Called with each device that was unplugged. */
  onGone(listener: (device: USBDevice) => void): () => void;
}

/**
 * Connects with the debugging daemon of a phone.
 * @throws StationError `phone-allow` while the question stands on the phone, `device-busy`, `no-permission`, `source-gone`, `device-stuck`
 */
export async function connectUsb(port: UsbPort, key: string, keys: AdbCredentialStore): Promise<Adb> {
  const raw = await port.device(key);
  const chosen = findInterface(raw);
  if (chosen === null) throw new StationError('phone-allow');
  const device = new AdbDaemonWebUsbDevice(raw, chosen, eventsOf(port));
  const connection = await device.connect().catch((error: unknown) => {
    throw asUsbFailure(error);
  });
  const authenticate = () =>
    AdbDaemonTransport.authenticate({ serial: device.serial, connection, credentialStore: keys });
  try {
    // Until "Allow" is tapped the phone says nothing at all.
    return new Adb(await within(PATIENCE.answerMs, 'phone-allow', authenticate));
  } catch (error) {
    await raw.close().catch(() => {});
    if (error instanceof StationError) throw error;
    throw asUsbFailure(error);
  }
}

type Chosen = ConstructorParameters<typeof AdbDaemonWebUsbDevice>[1];

function findInterface(device: USBDevice): Chosen | null {
  for (const configuration of device.configurations) {
    for (const interface_ of configuration.interfaces) {
      for (const alternate of interface_.alternates) {
        if (
          alternate.interfaceClass === ADB_INTERFACE.classCode &&
          alternate.interfaceSubclass === ADB_INTERFACE.subclassCode &&
          alternate.interfaceProtocol === ADB_INTERFACE.protocolCode
        )
          return { configuration, interface_, alternate };
      }
    }
  }
  return null;
}

/** The library listens for `disconnect` on a WebUSB manager; of that it needs nothing else. */
function eventsOf(port: UsbPort): USB {
  const stops = new Map<unknown, () => void>();
  const manager = {
    addEventListener(_name: string, listener: (event: { device: USBDevice }) => void) {
      stops.set(
        listener,
        port.onGone((device) => listener({ device })),
      );
    },
    removeEventListener(_name: string, listener: unknown) {
      stops.get(listener)?.();
      stops.delete(listener);
    },
  };
  return manager as unknown as USB;
}

/** libusb's words, as `usb` passes them on. */
function asUsbFailure(error: unknown): StationError {
  const words = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (/BUSY|DeviceBusy/i.test(words)) return new StationError('device-busy', undefined, error);
  if (/ACCESS|NOT_SUPPORTED|SecurityError/i.test(words))
    return new StationError('no-permission', undefined, error);
  if (/NO_DEVICE|NOT_FOUND|disconnect/i.test(words)) return new StationError('source-gone', undefined, error);
  return new StationError('device-stuck', undefined, error);
}
