import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OPERATION } from '../../../electron/sources/mtp/codes.ts';
import { openMtp } from '../../../electron/sources/mtp/transport.ts';
import type { PhoneFound } from '../../../electron/sources/source.ts';
import type { Timers } from '../../../shared/timers.ts';
import { ManualTimers, SkippingTimers } from '../../support/manual-timers.ts';
import { InMemoryPhone, type PhoneHabits } from '../../support/mtp-phone.ts';
import { quiet, soon } from '../../support/soon.ts';
import { FakeUsbDevice, fakeUsb, type UsbDeviceOptions } from '../../support/usb-devices.ts';

const never = new AbortController().signal;
const LIMITS = { files: 100, depth: 8 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-mtp-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const folders = () => ({
  sysfs: join(folder, 'sysfs'),
  nodes: join(folder, 'nodes'),
  processes: join(folder, 'proc'),
});
const transportOf = (...devices: FakeUsbDevice[]) => transportAt(new ManualTimers(), ...devices);
const transportAt = (timers: Timers, ...devices: FakeUsbDevice[]) =>
  openMtp({ load: () => Promise.resolve(fakeUsb(devices)), folders: folders(), timers });
const withDump =
  (name: string, habits: PhoneHabits = {}, timers?: Timers) =>
  () =>
    new InMemoryPhone(
      [{ name: 'Download', children: [{ name, content: Buffer.from(name) }] }],
      habits,
      timers,
    );
const phone = (address: number, options: Partial<UsbDeviceOptions> = {}) =>
  new FakeUsbDevice({ address, interfaces: ['mtp'], phone: withDump(`${address}.json`), ...options });

/** What Linux tells of a device at a port of bus 1. */
async function sysfs(
  address: number,
  texts: Readonly<Record<string, string>>,
  names: readonly string[] = [],
) {
  const device = join(folder, `sysfs/1-${address}`);
  await mkdir(device, { recursive: true });
  const all = { busnum: '1', devnum: String(address), ...texts };
  for (const [name, text] of Object.entries(all)) await writeFile(join(device, name), `${text}\n`);
  for (const [number, name] of names.entries()) {
    const one = join(folder, `sysfs/1-${address}:1.${number}`);
    await mkdir(one, { recursive: true });
    await writeFile(join(one, 'bInterfaceNumber'), `0${number}\n`);
    await writeFile(join(one, 'interface'), `${name}\n`);
  }
}

describe('what is plugged in', () => {
  test('phones among sticks and other things, and nothing is opened for it', async () => {
    const devices = [
      phone(2),
      phone(3, { interfaces: ['storage'] }),
      phone(4, { interfaces: ['vendor-mtp', 'debugging'], vendor: 0x04e8 }),
      phone(5, { interfaces: ['vendor'] }),
      phone(6, { interfaces: ['debugging'] }),
    ];
    await sysfs(2, { serial: 'S2', manufacturer: 'Google', product: 'Pixel 7' });
    await sysfs(4, { serial: 'S4', manufacturer: 'SAMSUNG', product: 'SAMSUNG_Android' }, ['MTP', 'ADB']);
    await sysfs(5, { manufacturer: 'ACME', product: 'Scanner' }, ['Something else']);
    await sysfs(6, { serial: 'S6', manufacturer: 'Tecno', product: 'Spark\u001b[2J' });
    const found = await transportOf(...devices).phones(never);
    const of = ({ name, serial, port, trouble }: PhoneFound) => [name, serial, port, trouble?.code ?? null];
    expect(found.map(of)).toEqual([
      ['Google Pixel 7', 'S2', '1-2', null],
      ['SAMSUNG_Android', 'S4', '1-4', null],
      ['Tecno Spark[2J', 'S6', '1-6', 'phone-charging-only'],
    ]);
    expect(devices.map(({ opened }) => opened)).toEqual([0, 0, 0, 0, 0]);
  });

  test('where the system does not tell names, a device is asked once', async () => {
    const devices = [phone(4, { interfaces: ['vendor-mtp'] }), phone(5, { interfaces: ['vendor'] })];
    const transport = transportOf(...devices);
    for (let look = 0; look < 3; look++) {
      const found = await transport.phones(never);
      expect(found.map(({ port, serial }) => [port, serial])).toEqual([['1-4', null]]);
    }
    expect(devices.map(({ opened, closed }) => [opened, closed])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('one that this person may not open is told of all the same', async () => {
    const asked: string[] = [];
    const mayOpen = (node: string) => {
      asked.push(node);
      return Promise.resolve(node.endsWith('003'));
    };
    const load = () => Promise.resolve(fakeUsb([phone(2), phone(3)]));
    const found = await openMtp({ load, folders: folders(), mayOpen }).phones(never);
    expect(found.map(({ trouble }) => trouble)).toEqual([{ code: 'no-permission' }, null]);
    expect(asked).toEqual(['002', '003'].map((name) => join(folder, 'nodes/001', name)));
  });

  test('libusb that cannot be loaded, or cannot list', async () => {
    const broken = openMtp({ load: () => Promise.reject(new Error('no such module')), folders: folders() });
    await expect(broken.phones(never)).rejects.toMatchObject({ code: 'devices-blind' });
    const usb = {
      getDeviceList: () => {
        throw new Error('LIBUSB_ERROR_OTHER');
      },
    } as never;
    const blind = openMtp({ load: () => Promise.resolve(usb), folders: folders() });
    await expect(blind.phones(never)).rejects.toMatchObject({ code: 'devices-blind' });
  });
});

describe('opening', () => {
  const openFirst = async (transport: ReturnType<typeof transportOf>) => {
    const [found] = await transport.phones(never);
    if (found === undefined) throw new Error('no phone');
    return transport.open(found, never);
  };

  test('several at once, each with its own files', async () => {
    const devices = [phone(2), phone(3, { interfaces: ['vendor', 'vendor-mtp'] }), phone(4)];
    const transport = transportOf(...devices);
    const opened = await Promise.all(
      (await transport.phones(never)).map((one) => transport.open(one, never)),
    );
    const lists = await Promise.all(opened.map((files) => files.list(LIMITS, never)));
    expect(lists.map(({ files }) => files.map(({ name }) => name))).toEqual([
      ['Internal/Download/2.json'],
      ['Internal/Download/3.json'],
      ['Internal/Download/4.json'],
    ]);
    const file = await opened[1]?.open(lists[1]?.files[0]?.file ?? '');
    expect(Buffer.from((await file?.read(0, 100)) ?? []).toString()).toBe('3.json');
    await transport.close();
    for (const device of devices) expect(device.opened).toBe(device.closed);
  });

  test('one that another program lets go of again', async () => {
    const device = phone(2, { busyFor: 2 });
    const files = await openFirst(transportAt(new SkippingTimers(), device));
    expect((await files.list(LIMITS, never)).files).toHaveLength(1);
    expect(device.claims).toBe(3);
  });

  test('one that another program keeps: its name is told', async () => {
    const device = phone(2, { busyFor: Infinity });
    const process = join(folder, 'proc/4711');
    await mkdir(join(process, 'fd'), { recursive: true });
    await writeFile(join(process, 'comm'), 'gvfsd-mtp\n');
    await symlink(join(folder, 'nodes/001/002'), join(process, 'fd/12'));
    const transport = transportAt(new SkippingTimers(), device);
    await expect(openFirst(transport)).rejects.toMatchObject({ code: 'device-busy', detail: 'Files' });
    expect(device.claims).toBeGreaterThan(5);
    expect(device.opened).toBe(device.closed);
  });

  test.each([
    ['no-permission', { openFails: -3 }],
    ['source-gone', { openFails: -4 }],
    ['device-stuck', { openFails: -1 }],
    ['phone-charging-only', { phone: withDump('a', { locked: true }) }],
    ['phone-allow', { phone: withDump('a', { locked: true }), vendor: 0x04e8 }],
    ['phone-photos-only', { phone: withDump('a', { picturesOnly: true }) }],
  ] as const)('%s', async (code, options) => {
    const device = phone(2, options);
    const transport = transportOf(device);
    await expect(openFirst(transport)).rejects.toMatchObject({ code });
    await transport.close();
    expect(device.opened).toBe(device.closed);
  });

  test('locked after it was open', async () => {
    const phones = [false, true].map((locked) => withDump('a', { locked })());
    const device = phone(2, { phone: () => phones[device.opened - 1] as InMemoryPhone });
    const transport = transportOf(device);
    await (await openFirst(transport)).close();
    await expect(openFirst(transport)).rejects.toMatchObject({ code: 'phone-locked' });
    (phones[1] as InMemoryPhone).isLocked = false;
    expect((await (await openFirst(transport)).list(LIMITS, never)).files).toHaveLength(1);
  });

  test('one session for as long as a phone waits for its owner, and not for ever', async () => {
    const inside = withDump('a', { locked: true })();
    const device = phone(2, { phone: () => inside, vendor: 0x04e8 });
    const transport = transportOf(device);
    for (let ask = 0; ask < 3; ask++)
      await expect(openFirst(transport)).rejects.toMatchObject({ code: 'phone-allow' });
    expect(inside.asked.filter((operation) => operation === OPERATION.openSession)).toHaveLength(1);
    inside.isLocked = false;
    const files = await openFirst(transport);
    expect((await files.list(LIMITS, never)).files).toHaveLength(1);
    expect(device.opened).toBe(1);
    await files.close();

    const other = phone(3, { phone: withDump('b', { locked: true }) });
    const timers = new ManualTimers();
    const mute = transportAt(timers, other);
    await expect(openFirst(mute)).rejects.toMatchObject({ code: 'phone-charging-only' });
    expect(other.closed).toBe(0);
    // Nobody asked again: another program may have it now.
    await timers.pass(60_000);
    await soon(() => other.closed).toBe(1);
  });

  test('a session that broke while a phone waited is begun anew', async () => {
    const phones = [withDump('a', { locked: true })(), withDump('a')()];
    const device = phone(2, { phone: () => phones[device.opened - 1] as InMemoryPhone });
    const transport = transportOf(device);
    await expect(openFirst(transport)).rejects.toMatchObject({ code: 'phone-charging-only' });
    (phones[0] as InMemoryPhone).tamper = () => new Uint8Array(600).fill(0xa5);
    expect((await (await openFirst(transport)).list(LIMITS, never)).files).toHaveLength(1);
    expect(device.opened).toBe(2);
  });

  test('gone since it was listed', async () => {
    const devices = [phone(2)];
    const transport = openMtp({ load: () => Promise.resolve(fakeUsb(devices)), folders: folders() });
    const [found] = await transport.phones(never);
    devices.length = 0;
    await expect(transport.open(found as PhoneFound, never)).rejects.toMatchObject({ code: 'source-gone' });
  });

  test('pulled out while it reads: the transfer ends, and all is closed', async () => {
    const inside = withDump('a', {}, new ManualTimers())();
    const device = phone(2, { phone: () => inside });
    const files = await openFirst(transportOf(device));
    const file = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
    inside.tamper = () => null;
    const reading = file.read(0, 10);
    await quiet();
    inside.unplug();
    await expect(reading).rejects.toMatchObject({ code: 'source-gone' });
    await files.close();
    expect([device.opened, device.closed]).toEqual([1, 1]);
  });
});
