/**
 * Connects with a phone over USB. What libusb does stands behind `UsbPort`, so that the tests can put a phone of
 * their own there.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StationError } from '../../../shared/errors.ts';
import { withTimeout } from '../timeout.ts';
import type { PhoneFound } from '../source.ts';
import type { PhoneKey } from './key.ts';
import { ADB_TIMEOUTS } from './timeouts.ts';
import { UsbWire, type UsbPipe } from './usb-wire.ts';
import type { Wire } from './wire.ts';

/** What the computer's USB tells of phones whose debugging is on. */
export interface UsbPort {
  /** Opens nothing. @throws StationError `devices-blind` */
  list(): Promise<readonly PhoneFound[]>;
  /** @throws StationError `source-gone` */
  device(key: string): Promise<USBDevice>;
  /** Bare hints. */
  watch(hint: () => void): () => void;
}

/**
 * Settles when the phone accepts this computer: at once, or when somebody taps "Allow" on it.
 * @param end gives up
 * @throws StationError `phone-allow` when nobody did, `device-busy`, `no-permission`, `source-gone`, `device-stuck`
 */
export async function connectUsb(
  port: UsbPort,
  name: string,
  key: () => Promise<PhoneKey>,
  end: AbortSignal,
): Promise<Wire> {
  const device = await port.device(name).catch((error: unknown) => {
    throw asUsbFailure(error);
  });
  const pipe = await openPipe(device);
  try {
    // Until "Allow" is tapped the phone says nothing at all.
    return await withTimeout(ADB_TIMEOUTS.tapMs, 'phone-allow', () => UsbWire.greet(pipe, key), {
      outer: end,
    });
  } catch (error) {
    await pipe.close();
    throw asUsbFailure(error);
  }
}

/** Google's class for Android debugging: vendor-specific, 0x42, 1. */
const DEBUGGING = [0xff, 0x42, 1];

async function openPipe(device: USBDevice): Promise<UsbPipe> {
  try {
    await device.open();
    for (const configuration of device.configurations) {
      for (const { interfaceNumber, alternates } of configuration.interfaces) {
        for (const { endpoints, ...alternate } of alternates) {
          const kind = [alternate.interfaceClass, alternate.interfaceSubclass, alternate.interfaceProtocol];
          const input = endpoints.find(({ direction }) => direction === 'in');
          const output = endpoints.find(({ direction }) => direction === 'out');
          if (kind.join() !== DEBUGGING.join() || input === undefined || output === undefined) continue;
          if (device.configuration?.configurationValue !== configuration.configurationValue)
            await device.selectConfiguration(configuration.configurationValue);
          await claim(device, interfaceNumber);
          return pipeOf(device, interfaceNumber, input, output);
        }
      }
    }
  } catch (error) {
    await device.close().catch(() => {});
    throw asUsbFailure(error);
  }
  await device.close().catch(() => {});
  // Debugging was turned off since it was listed.
  throw new StationError('source-gone');
}

/** Another program may hold it for a moment, as desktops do that look at whatever is plugged in. */
async function claim(device: USBDevice, interfaceNumber: number): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await device.claimInterface(interfaceNumber);
    } catch (error) {
      if (tries >= ADB_TIMEOUTS.claims || asUsbFailure(error).code !== 'device-busy') throw error;
      await wait(ADB_TIMEOUTS.claimMs);
    }
  }
}

function pipeOf(
  device: USBDevice,
  interfaceNumber: number,
  input: USBEndpoint,
  output: USBEndpoint,
): UsbPipe {
  let receiving: Promise<unknown> = Promise.resolve();
  return {
    receive: async (bytes) => {
      const transfer = device.transferIn(input.endpointNumber, bytes);
      receiving = transfer.catch(() => {});
      const { data } = await transfer;
      return data === undefined
        ? new Uint8Array()
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    },
    send: async (bytes) => {
      await device.transferOut(output.endpointNumber, new Uint8Array(bytes));
      // A full packet at the end says that more follows; an empty one, that nothing does.
      if (bytes.length % output.packetSize === 0)
        await device.transferOut(output.endpointNumber, new Uint8Array());
    },
    close: async () => {
      // libusb closes no device with a transfer under way; letting go of the interface ends that.
      await device.releaseInterface(interfaceNumber).catch(() => {});
      await Promise.race([receiving, wait(ADB_TIMEOUTS.releaseMs)]);
      await device.close().catch(() => {});
    },
  };
}

/** libusb's words, as `usb` passes them on. */
function asUsbFailure(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const words = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (/BUSY/i.test(words)) return new StationError('device-busy', undefined, error);
  if (/ACCESS|NOT_SUPPORTED|SecurityError/i.test(words))
    return new StationError('no-permission', undefined, error);
  if (/NO_DEVICE|NOT_FOUND|disconnect/i.test(words)) return new StationError('source-gone', undefined, error);
  return new StationError('device-stuck', undefined, error);
}
