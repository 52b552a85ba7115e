/** One phone, both of its interfaces in use: with the library's own WebUSB device on the other one. */
import { expect, test } from 'vitest';
import { usb, WebUSBDevice, type Device } from 'usb';
import { openMtp } from '../../electron/sources/mtp/transport.ts';
import type { FileAccess } from '../../electron/sources/source.ts';
import { InMemoryPhone } from '../support/mtp-phone.ts';
import { FakeUsbDevice, fakeUsb } from '../support/usb-devices.ts';

const never = new AbortController().signal;
const LIMITS = { files: 10, depth: 4 };
const folders = { sysfs: '/nowhere', nodes: '/nowhere', processes: '/nowhere' };

async function open() {
  const content = Buffer.from('{}');
  const phone = () => new InMemoryPhone([{ name: 'Download', children: [{ name: 'a.json', content }] }]);
  const device = new FakeUsbDevice({ address: 2, interfaces: ['mtp', 'debugging'], phone });
  const transport = openMtp({ load: () => Promise.resolve(fakeUsb([device])), folders });
  const [found] = await transport.phones(never);
  if (found === undefined) throw new Error('no phone');
  const openFiles = (): Promise<FileAccess> => transport.open(found, never);
  const openOther = async () => {
    const other = await WebUSBDevice.createInstance(device as unknown as Device);
    await other.open();
    await other.claimInterface(1);
    return other;
  };
  return { device, openFiles, openOther };
}

test('the device of these tests has no more that may be written over than a device of the module', () => {
  const { Device: real } = usb as unknown as { Device: { prototype: object } };
  for (const name of ['__claimInterface', '__releaseInterface', 'reset', 'close', 'open']) {
    const own = Object.getOwnPropertyDescriptor(FakeUsbDevice.prototype, name);
    const theirs = Object.getOwnPropertyDescriptor(real.prototype, name);
    expect([name, own?.writable]).toEqual([name, theirs?.writable]);
  }
});

test('looking at the other interface does not end a session with the files', async () => {
  const { device, openFiles, openOther } = await open();
  const files = await openFiles();
  const other = await openOther();
  expect((await files.list(LIMITS, never)).files).toHaveLength(1);
  await other.close();
  expect(device.closed).toBe(0);
  expect((await files.list(LIMITS, never)).files).toHaveLength(1);
  await files.close();
  expect(device.closed).toBe(1);
});

test('the end of a session with the files leaves the other interface open', async () => {
  const { device, openFiles, openOther } = await open();
  const other = await openOther();
  const before = device.closed;
  await (await openFiles()).close();
  expect(device.closed).toBe(before);
  expect(other.opened).toBe(true);
  await other.close();
  expect(device.closed).toBe(before + 1);
  expect(other.opened).toBe(false);
});
