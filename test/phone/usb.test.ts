/** Straight over USB, where no ADB server runs: the key, the question on the phone, the reading, the pulled cable. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AdbHub } from '../../electron/sources/adb/hub.ts';
import { LivePhones, type ReadRequest } from '../../electron/sources/live/live.ts';
import { buildPhoneScript } from '../../build/phone-script.mjs';
import { UsbPhoneDouble } from './rig/adb-usb.ts';
import { openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { freePort } from './rig/free-port.ts';
import { fill } from './rig/fill.ts';
import { firstSync } from './rig/web-phone.ts';

let rig: PhoneRig;
let phone: UsbPhoneDouble;
let hub: AdbHub;
let live: LivePhones;
beforeEach(async () => {
  rig = await openPhoneRig();
  await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
  rig.adb.unplug(rig.services);
  phone = new UsbPhoneDouble(rig.services);
  phone.plug();
  hub = await openHub();
  live = await openLive();
});
afterEach(async () => {
  await hub.close();
  await rig.close();
});

async function openHub(): Promise<AdbHub> {
  return new AdbHub({ keyFile: join(rig.folder, 'key'), port: await freePort(), usb: phone.port() });
}

async function openLive(): Promise<LivePhones> {
  const script = await buildPhoneScript();
  return new LivePhones({ hub, script: () => Promise.resolve(script), folder: join(rig.folder, 'live') });
}

const never = (): AbortSignal => new AbortController().signal;

async function request(): Promise<ReadRequest> {
  const [found] = await live.list(rig.app.url, never());
  const app = found?.apps[0]?.app ?? '';
  return { phone: found?.phone.key ?? '', app, user: 'chw1', server: rig.app.url, known: [], whole: false };
}

test('a phone is found without opening it, asked for its leave once, and read', async () => {
  expect(await hub.phones()).toMatchObject([{ name: 'Double USB', serial: 'SERIAL1', trouble: null }]);
  expect(phone.opened).toBe(0);
  const read = await live.read(await request(), never(), () => {});
  expect(read).toMatchObject({ opened: { user: 'chw1', device: 'device-1' }, since: { why: 'first' } });
  expect(phone.keys).toBe(1);
  expect((await stat(join(rig.folder, 'key'))).mode & 0o777).toBe(0o600);

  // The phone knows this computer again: nobody has to tap anything.
  phone.allows = false;
  await hub.close();
  hub = await openHub();
  live = await openLive();
  await live.read(await request(), never(), () => {});
  expect(phone.keys).toBe(1);
});

test('a phone on which nobody has tapped Allow says so', async () => {
  phone.allows = false;
  const [found] = await live.list(rig.app.url, never());
  expect(found?.trouble).toBe('phone-allow');
  // The question stays until it is answered: it is not taken away and put anew at each look.
  expect((await live.list(rig.app.url, never()))[0]?.trouble).toBe('phone-allow');
  expect(phone.opened).toBe(1);
  phone.tap();
  expect((await live.list(rig.app.url, never()))[0]).toMatchObject({ trouble: null, apps: [{}] });
  expect(phone.opened).toBe(1);
});

test('a question that nobody answers does not keep the station from closing', async () => {
  phone.allows = false;
  await live.list(rig.app.url, never());
  await hub.close();
  // The question was still open: nobody tapped, and its time had not run out.
  expect(phone.opened).toBe(1);
});

test('a cable that is pulled ends the reading, which goes on later', async () => {
  await fill(rig.phone.page, { documents: 60, photos: 20, photoBytes: 200_000 });
  const wanted = await request();
  let came = 0;
  rig.services.onBytes = (bytes) => {
    came += bytes;
    if (came < 2_500_000) return;
    rig.services.onBytes = () => {};
    phone.unplug();
  };
  await expect(live.read(wanted, never(), () => {})).rejects.toMatchObject({ code: 'source-gone' });
  expect(await hub.phones()).toEqual([]);
  phone.plug();
  came = 0;
  rig.services.onBytes = (bytes) => (came += bytes);
  const read = await live.read(wanted, never(), () => {});
  expect(read.dump).not.toBeNull();
  expect(came).toBeLessThan(4_500_000);
});
