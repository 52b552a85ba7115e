/**
 * One device, several users. `usb` gives one object for a device, whoever asks: MTP and the debugging
 * interface of a phone are open on the same one, and its `close()` takes it from both. (`WebUSBDevice`
 * also closes a device when it has only looked at it.) A shared device is closed when nobody has claimed an
 * interface of it any more; until then closing it does nothing.
 */
import type { Device } from 'usb';

const shared = new WeakSet<Device>();

/** Makes a device safe to be used by several; doing so again changes nothing. */
export function share(device: Device): Device {
  if (shared.has(device)) return device;
  const claimed = new Set<number>();
  const claim = device.__claimInterface.bind(device);
  const release = device.__releaseInterface.bind(device);
  const close = device.close.bind(device);
  // What a native module gives a class is read-only, and what stands on one object may still hide it.
  const put = <Name extends '__claimInterface' | '__releaseInterface' | 'close'>(
    name: Name,
    value: Device[Name],
  ): void => void Object.defineProperty(device, name, { value, configurable: true, writable: true });
  put('__claimInterface', (number) => {
    claim(number);
    claimed.add(number);
  });
  put('__releaseInterface', (number, callback) => {
    // However that ends: a device that was pulled out releases nothing.
    claimed.delete(number);
    release(number, callback);
  });
  put('close', () => {
    if (claimed.size === 0) close();
  });
  shared.add(device);
  return device;
}
