/**
 * A phone without internet is given what the server has for its person: fetched by the station while there is internet,
 * written to the app's own database at the next visit.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { compareAs, uploadAs } from '../support/uploads.ts';
import type { PouchVersion } from './rig/app-server.ts';
import { comparable, leavesOnServer } from './rig/leaves.ts';
import { WORK } from './rig/offline-work.ts';
import { applied, apply, news, NEWS, NO, prepare, prepared } from './rig/parcels.ts';
import { goOnline } from './rig/phone-sync.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { firstSync, leavesOnPhone } from './rig/web-phone.ts';

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

const { dropped: DROPPED, place: AREA } = NEWS;

async function open(pouch: PouchVersion = '9', ownProcess = false): Promise<void> {
  rig = await openPhoneRig({ ownProcess });
  page = await rig.phone.open('chw1', 'app', pouch);
  await firstSync(page, rig.practice, 'chw1', 'device-1');
}

const edits = (id: string, name: string): Promise<unknown> =>
  page.evaluate(
    async ([doc, text]) => {
      const db = window.CHTCore.DB.get();
      return db.put({ ...(await db.get(doc ?? '')), name: text });
    },
    [id, name],
  );

const parcelFiles = async (): Promise<string[]> => readdir(join(rig.station.dataDir, 'parcels'));
const audit = async (what: string) =>
  (await rig.station.ask('ledger.list', { limit: 1000 })).rows.filter((entry) => entry.what === what);

describe('a parcel', () => {
  test.each(['9', '7'] as const)(
    'brings what the server has, and drops what it has no more (PouchDB %s)',
    async (pouch) => {
      // In a process of its own, as in the product.
      await open(pouch, true);
      expect((await prepare(rig)).kind).toBe('failed');
      imported(await rig.read('chw1'));
      await news(rig);
      const { parcel, leftOut } = await prepared(rig);
      expect(parcel).toMatchObject({
        user: 'chw1',
        device: 'device-1',
        documents: 3,
        deletes: 1,
        skipped: 0,
      });
      expect(leftOut).toEqual({ unproven: 0, 'too-large': 0, odd: 0, gone: 0 });
      expect((await rig.station.ask('parcels.list', {})).parcels).toEqual([parcel]);

      expect(await applied(rig)).toMatchObject({
        outcome: 'done',
        counts: { ...NO, written: 3, dropped: 1 },
      });
      const onPhone = await leavesOnPhone(page);
      const ids = ['from-server', WORK.edited, AREA];
      const some = Object.fromEntries(ids.map((id) => [id, onPhone[id] ?? []]));
      expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(some));
      // Exactly what the app's filter knows a stub by.
      expect(onPhone[DROPPED]).toHaveLength(1);
      expect(Object.keys(onPhone[DROPPED]?.[0] ?? {}).sort()).toEqual(
        ['_deleted', '_id', '_rev', '_revisions', 'purged'].sort(),
      );

      // Once more changes nothing.
      expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, already: 4 } });
      expect(await leavesOnPhone(page)).toEqual(onPhone);
      expect(await audit('parcel-prepared')).toHaveLength(1);
      expect(await audit('parcel-applied')).toHaveLength(2);

      // The phone's own sync then has nothing to do.
      const written = rig.practice.audit.length;
      expect(await goOnline(page, rig.practice, 'chw1')).toEqual({
        pushed: 0,
        refused: 0,
        pulled: [],
        dropped: [],
      });
      expect(rig.practice.audit.slice(written)).toEqual([]);
    },
  );
});

describe('work on the phone', () => {
  test('that the server is not proven to have is left alone, whenever it was done', async () => {
    await open();
    imported(await rig.read('chw1'));
    await edits(AREA, 'read before the parcel was made');
    imported(await rig.read('chw1'));
    await news(rig);
    expect(await prepared(rig)).toMatchObject({
      parcel: { documents: 2, deletes: 1, skipped: 1 },
      leftOut: { unproven: 1 },
    });
    // After it was made, and not read: it is read at the visit.
    await edits(WORK.edited, 'written after the parcel was made');
    await edits(DROPPED, 'also what the server has deleted');
    const before = await leavesOnPhone(page);
    expect(await applied(rig)).toMatchObject({
      outcome: 'done',
      counts: { ...NO, written: 1, unproven: 2 },
      skipped: 1,
    });
    const { 'from-server': brought, ...others } = await leavesOnPhone(page);
    expect(brought).toMatchObject([{ fields: { note: 'from-server' } }]);
    expect(others).toEqual(before);
    // And it all still goes.
    expect(await goOnline(page, rig.practice, 'chw1')).toMatchObject({ pushed: 3 });
  });

  test('that reached the server since makes a parcel an old one', async () => {
    await open();
    imported(await rig.read('chw1'));
    await prepared(rig);
    await edits(WORK.edited, 'newer than the parcel');
    const { imports } = imported(await rig.read('chw1'));
    await compareAs(rig.station, rig.practice, 'sup_online');
    await rig.station.ask('decide.approve', { batch: imports[0]?.batches[0] ?? '' });
    expect(await uploadAs(rig.station, rig.practice, 'chw1')).toMatchObject({ outcome: 'done', accepted: 1 });
    const before = await leavesOnPhone(page);
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-old' });
    expect(await leavesOnPhone(page)).toEqual(before);
    // A new one takes its place.
    const [old] = await parcelFiles();
    await prepared(rig);
    const files = await parcelFiles();
    expect(files).toHaveLength(1);
    expect(files).not.toContain(old);
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: NO });
    // Half of one, or one that nobody knows, does not outlast a start; the known one does.
    await writeFile(join(rig.station.dataDir, 'parcels', 'half.part'), 'x');
    await writeFile(join(rig.station.dataDir, 'parcels', 'other.parcel'), 'x');
    await rig.restart();
    expect(await parcelFiles()).toEqual(files);
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: NO });
  });

  test('is not disturbed: a form that is open stops the writing', async () => {
    await open();
    imported(await rig.read('chw1'));
    await news(rig);
    await prepared(rig);
    const before = await leavesOnPhone(page);
    for (const route of [
      '#/reports/add/home_visit',
      '#/contacts/x/edit',
      '#/contacts/x/report/y',
      '#/tasks/x',
    ]) {
      await page.evaluate((hash) => void (location.hash = hash), route);
      expect(await apply(rig)).toEqual({ kind: 'failed', code: 'phone-form-open' });
    }
    await page.evaluate(() => {
      location.hash = '#/contacts';
      const form = document.createElement('form');
      form.className = 'or';
      document.body.append(form);
    });
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'phone-form-open' });
    expect(await leavesOnPhone(page)).toEqual(before);
    await page.evaluate(() => document.querySelector('form')?.remove());
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });
  });
});

describe('what is not the parcel of this phone', () => {
  test('each ends in its own code, and nothing is written', async () => {
    await open();
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-none' });
    imported(await rig.read('chw1'));
    await news(rig);
    await prepared(rig);
    const before = await leavesOnPhone(page);
    const folder = join(rig.station.dataDir, 'parcels');
    const [file = ''] = await parcelFiles();
    // The file was changed, …
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace('by the server', 'by somebody!!'));
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-damaged' });
    await writeFile(join(folder, file), text.slice(0, -20));
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-damaged' });
    // … taken away, …
    await rm(join(folder, file));
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-gone' });
    await writeFile(join(folder, file), text);
    // … and the app was not this one: another device, and a first download that has not ended.
    await page.evaluate(() => localStorage.setItem('medic-telemetry-device-id', 'device-2'));
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-other-phone' });
    await page.evaluate(() => localStorage.setItem('medic-telemetry-device-id', 'device-1'));
    await page.evaluate(() => window.CHTCore.DB.get().put({ _id: '_local/initial-replication' }));
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'phone-unfinished' });
    await page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get('_local/initial-replication')), complete: true });
    });
    await page.evaluate(() => {
      navigator.storage.estimate = () => Promise.resolve({ quota: 1000, usage: 900 });
    });
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'phone-full' });
    await page.reload();
    expect(await leavesOnPhone(page)).toEqual(before);
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });
  });

  test('another person, or an emptied app, gets nothing of it', async () => {
    await open();
    imported(await rig.read('chw1'));
    await news(rig);
    await prepared(rig);
    await page.evaluate(() => window.CHTCore.DB.get().destroy());
    await page.reload();
    await firstSync(page, rig.practice, 'chw1', 'device-1');
    const before = await leavesOnPhone(page);
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-other-phone' });
    expect(await leavesOnPhone(page)).toEqual(before);
    // Somebody else is signed in; the person's records are still there.
    page = await rig.phone.open('chw2');
    await firstSync(page, rig.practice, 'chw2', 'device-1');
    expect(await apply(rig)).toEqual({ kind: 'failed', code: 'app-other-person' });
  });
});

describe('the app', () => {
  test('hears of all that is written, as of a download', async () => {
    await open();
    imported(await rig.read('chw1'));
    await news(rig);
    await prepared(rig);
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      const feed = window.CHTCore.DB.get().changes({ live: true, since: 'now' }) as unknown as {
        on(event: string, listener: (change: { id: string }) => void): void;
      };
      feed.on('change', ({ id }) => heard.push(id));
    });
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });
    const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    expect([...new Set(heard)].sort()).toEqual([DROPPED, 'from-server', WORK.edited, AREA].sort());
  });

  test('of another version gets no forms and settings of the server, and never its program', async () => {
    await open();
    await page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      const design = await db.get('_design/medic-client');
      await db.put({ ...design, build_info: { ...(design['build_info'] as object), version: '4.21.0' } });
    });
    imported(await rig.read('chw1'));
    const db = rig.practice.database();
    await db.put({ ...(await db.get('settings')), changed: 'by the server' });
    await db.put({ ...(await db.get('resources')), changed: 'by the server' });
    await db.put({ ...(await db.get('service-worker-meta')), generated_at: 1 });
    await news(rig);
    await prepared(rig);
    const before = await leavesOnPhone(page);
    const { counts } = await applied(rig);
    expect(counts).toMatchObject({ written: 3, dropped: 1, unproven: 0, failed: 0 });
    expect(counts.version).toBeGreaterThan(0);
    const after = await leavesOnPhone(page);
    for (const id of ['settings', 'resources', 'service-worker-meta', '_design/medic-client'])
      expect(after[id], id).toEqual(before[id]);
  });
});
