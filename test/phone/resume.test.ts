/** Reading that is broken off goes on where it was; a phone that was read before is read from there. */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { imageOf } from '../support/replica.ts';
import { openTestStation } from '../support/station.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { fill } from './rig/fill.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { firstSync } from './rig/web-phone.ts';

let rig: PhoneRig;
beforeEach(async () => {
  rig = await openPhoneRig();
  const page = await rig.phone.open('chw1');
  await firstSync(page, rig.practice, 'chw1', 'device-1');
});
afterEach(async () => {
  await rig.close();
});

/** Pulls the cable once so many bytes have come out of the app since now. */
function pullAfter(bytes: number): void {
  let left = bytes;
  rig.services.onBytes = (came) => {
    left -= came;
    if (left > 0) return;
    rig.services.onBytes = () => {};
    rig.adb.unplug(rig.services);
  };
}

/** A page of the dump on its way: half a megabyte, the record that fills it, and the quotes in both. */
const PAGE_BYTES = 1_250_000;

describe('a cable that is pulled', () => {
  test('three times costs at most a page each, and nothing is missing', async () => {
    await fill(rig.phone.page, { documents: 400, photos: 30, photoBytes: 200_000 });
    let came = 0;
    const count = (): void => {
      rig.services.onBytes = (bytes) => (came += bytes);
    };
    count();
    const whole = imported(await rig.read('chw1', true));
    const inOne = came;
    expect(whole.imports[0]?.documents).toMatchObject({ new: 459 });
    expect(inOne).toBeGreaterThan(8 * PAGE_BYTES * 0.6);

    // The same again, on a station that knows nothing of it.
    const other = await openPhoneRig();
    try {
      rig.adb.unplug(rig.services);
      other.adb.unplug(other.services);
      other.adb.plug(rig.services);
      await other.station.ask('server.set', { url: rig.app.url });
      let total = 0;
      for (const share of [0.25, 0.5, 0.75]) {
        let isPulled = false;
        const till = inOne * share;
        rig.services.onBytes = (bytes) => {
          total += bytes;
          if (isPulled || total < till) return;
          isPulled = true;
          other.adb.unplug(rig.services);
        };
        expect(await other.read('chw1')).toEqual({ kind: 'failed', code: 'source-gone' });
        other.adb.plug(rig.services);
      }
      rig.services.onBytes = (bytes) => (total += bytes);
      const end = imported(await other.read('chw1'));
      expect(end.imports[0]).toMatchObject({ problems: [], documents: { new: 459, broken: 0 } });
      expect(total - inOne).toBeLessThan(3 * PAGE_BYTES);
      await other.station.station.close();
      await rig.station.station.close();
      const image = (one: PhoneRig) => imageOf(join(one.station.dataDir, 'replica'));
      expect(await image(other)).toEqual(await image(rig));
    } finally {
      await other.close();
    }
  });

  test('in the middle of a large photo goes on in it', async () => {
    await workOffline(rig.phone.page);
    pullAfter(1_200_000);
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'source-gone' });
    rig.adb.plug(rig.services);
    let came = 0;
    rig.services.onBytes = (bytes) => (came += bytes);
    const end = imported(await rig.read('chw1'));
    expect(end.imports[0]).toMatchObject({ problems: [], documents: { broken: 0 } });
    // The photo alone is two megabytes of base64.
    expect(came).toBeLessThan(2_000_000);
  });

  test('a record that changed in between is not left half read', async () => {
    await workOffline(rig.phone.page);
    pullAfter(1_200_000);
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'source-gone' });
    await rig.phone.page.evaluate(async (id) => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get(id)), note: 'changed in between' });
    }, WORK.withLargePhoto);
    rig.adb.plug(rig.services);
    const end = imported(await rig.read('chw1'));
    expect(end.imports[0]).toMatchObject({ problems: [], documents: { broken: 0 } });
    const { batches = [] } = end.imports[0] ?? {};
    const { rows } = await rig.station.ask('changes.list', { batch: batches[0] ?? '', limit: 1000 });
    const revs = rows.filter(({ id }) => id === WORK.withLargePhoto).map(({ rev }) => rev);
    expect(revs).toEqual([expect.stringMatching(/^2-/)]);
  });

  test('and a station that ended meanwhile goes on as well', async () => {
    await fill(rig.phone.page, { documents: 100, photos: 20, photoBytes: 200_000 });
    pullAfter(3_000_000);
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'source-gone' });
    await rig.restart();
    rig.adb.plug(rig.services);
    let came = 0;
    rig.services.onBytes = (bytes) => (came += bytes);
    const end = imported(await rig.read('chw1'));
    expect(end.imports[0]).toMatchObject({ problems: [], documents: { new: 159 } });
    expect(came).toBeLessThan(4_500_000);
  });
});

test('a reading can be stopped, and goes on later', async () => {
  await fill(rig.phone.page, { documents: 100, photos: 20, photoBytes: 200_000 });
  const { phone, apps } = await rig.look();
  const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
  const { job } = await rig.station.ask('phones.read', request);
  let came = 0;
  rig.services.onBytes = (bytes) => {
    came += bytes;
    if (came > 2_000_000) void rig.station.ask('job.stop', { job });
  };
  expect(await rig.station.wait(job)).toEqual({ kind: 'stopped' });
  await expect.poll(() => rig.services.streams).toBe(0);
  came = 0;
  rig.services.onBytes = (bytes) => (came += bytes);
  expect(imported(await rig.read('chw1')).imports[0]).toMatchObject({ documents: { new: 159 } });
  expect(came).toBeLessThan(5_000_000);
  expect(await readdir(join(rig.station.dataDir, 'phones'))).toEqual([]);
});

describe('a phone that comes again', () => {
  const reading = (end: JobEnd) => imported(end).reading;

  test('brings only what is new; nothing new is a normal ending', async () => {
    imported(await rig.read('chw1'));
    expect(await rig.read('chw1')).toEqual({
      kind: 'imported',
      imports: [],
      reading: { user: 'chw1', device: 'device-1', why: 'again' },
    });
    await workOffline(rig.phone.page);
    const end = imported(await rig.read('chw1'));
    // 3 visits, 2 with photos, an edit, a deletion, a purge stub and three leaves of a conflict.
    expect(end.imports[0]?.documents).toMatchObject({ read: 11, new: 10, skipped: 1 });
    expect(imported(await rig.read('chw1', true)).imports[0]?.documents).toMatchObject({ new: 0 });
    const { rows } = await rig.station.ask('ledger.list', { descending: true });
    const read = rows.filter(({ what }) => what === 'phone-read').map(({ detail }) => detail['why']);
    expect(read).toEqual(['asked', 'again', 'again', 'first']);
  });

  test('after its data was cleared is read whole', async () => {
    imported(await rig.read('chw1'));
    await rig.phone.page.evaluate(() => window.CHTCore.DB.get().destroy());
    await rig.phone.open('chw1');
    await firstSync(rig.phone.page, rig.practice, 'chw1', 'device-1');
    expect(reading(await rig.read('chw1'))).toMatchObject({ why: 'reset' });
  });

  test('with another device id is another phone', async () => {
    imported(await rig.read('chw1'));
    await rig.phone.page.evaluate(() => localStorage.setItem('medic-telemetry-device-id', 'device-2'));
    expect(reading(await rig.read('chw1'))).toMatchObject({ device: 'device-2', why: 'first' });
  });
});

test('what was read to its end when the station was ended is taken at the next start', async () => {
  // A finished dump that nobody has taken yet, as a power cut leaves it.
  imported(await rig.read('chw1'));
  const [dump = ''] = (await readdir(join(rig.station.dataDir, 'dumps'))).filter((name) =>
    name.endsWith('.dump'),
  );
  const other = join(rig.folder, 'data-2');
  await mkdir(join(other, 'phones'), { recursive: true });
  await copyFile(
    join(rig.station.dataDir, 'dumps', dump),
    join(other, 'phones', 'cht-127.0.0.1-chw1-20261102T000000Z.chtdump'),
  );
  const station = await openTestStation({ dataDir: other });
  try {
    const { jobs } = await station.ask('jobs.list', {});
    const end = imported(await station.wait(jobs[0]?.job ?? ''));
    expect(end.imports[0]).toMatchObject({ user: 'chw1', outcome: 'taken' });
    expect(await readdir(join(other, 'phones'))).toEqual([]);
  } finally {
    await station.close();
  }
});
