/**
 * A parcel for a person who has no password: fetched with the session of the phone that is plugged in, which the station
 * neither keeps nor shows. And what a phone that was given one is said to have.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { visit } from './rig/offline-work.ts';
import { applied, news, NO, prepare, prepared } from './rig/parcels.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';

let rig: PhoneRig;
let page: Page;
beforeEach(async () => {
  rig = await openPhoneRig({ ownInternet: true });
  page = await appWithoutInternet(rig, 'chw1');
});
afterEach(async () => {
  await rig.close();
});

const parcelFiles = async (): Promise<string[]> => readdir(join(rig.station.dataDir, 'parcels'));

test('is fetched with the phone’s own session, which stays nowhere', async () => {
  await news(rig);
  const from = rig.app.passed.length;
  // The phone is read by it: what it has is known as it is now.
  const { parcel } = await prepared(rig, 'phone');
  expect(parcel).toMatchObject({ user: 'chw1', device: 'device-1', documents: 3, deletes: 1, skipped: 0 });
  const asked = rig.app.passed.slice(from);
  expect(asked).toContain('GET /_session');
  expect(asked.filter((one) => one.includes('login') || one.startsWith('DELETE'))).toEqual([]);
  // The app has asked for nothing by itself, and heard of no network.
  expect(await page.evaluate(() => window.syncs)).toEqual([]);
  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });

  const secret = (await rig.phone.context.cookies()).find(({ name }) => name === 'AuthSession')?.value ?? '';
  expect(secret.length).toBeGreaterThan(10);
  const entries = JSON.stringify(await rig.station.ask('ledger.list', { limit: 1000 }));
  const jobs = JSON.stringify(await rig.station.ask('jobs.list', {}));
  await rig.station.station.close();
  const files = (await readdir(rig.folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files)
    expect((await readFile(join(file.parentPath, file.name), 'latin1')).includes(secret)).toBe(false);
  for (const text of [rig.station.log.join('\n'), entries, jobs]) expect(text).not.toContain(secret);
});

test('is not fetched where the session has ended: the app is not told, and nothing is left behind', async () => {
  await news(rig);
  rig.practice.setPassword('chw1', 'another password');
  expect(await prepare(rig, 'phone')).toEqual({ kind: 'failed', code: 'phone-session-ended' });
  expect(await page.evaluate(() => [window.syncs, window.seen401])).toEqual([[], undefined]);
  expect(await parcelFiles()).toEqual([]);
  // In the middle of it, too.
  rig.practice.setPassword('chw1', 'one more');
  await rig.phone.context.clearCookies({ name: 'AuthSession' });
  expect(await prepare(rig, 'phone')).toEqual({ kind: 'failed', code: 'phone-session-ended' });
});

test('is not fetched any further once the session ends, or the cable is pulled, in the middle', async () => {
  await news(rig);
  rig.app.beforePassing = () => {
    if (rig.app.passed.at(-1)?.startsWith('POST /medic/_bulk_get') === true)
      rig.practice.setPassword('chw1', 'another password');
  };
  expect(await prepare(rig, 'phone')).toEqual({ kind: 'failed', code: 'phone-session-ended' });
  expect(await parcelFiles()).toEqual([]);
  expect((await rig.station.ask('parcels.list', {})).parcels).toEqual([]);
  rig.adb.unplug(rig.services);
  expect((await rig.station.ask('phones.list', {})).phones).toEqual([]);
});

test('once it was given to the phone, its batches say as of when the phone has what the server had', async () => {
  await page.evaluate(
    async ([doc, ago]) => {
      await window.CHTCore.DB.get().put(doc);
      localStorage.setItem('medic-last-replicated-date', String(Date.now() - ago));
    },
    [visit('visit-1'), 26 * 86_400_000] as const,
  );
  const { imports } = imported(await rig.read('chw1'));
  const [batch = ''] = imports[0]?.batches ?? [];
  const received = async (): Promise<string> =>
    (await rig.station.ask('batch.get', { batch })).receivedAt ?? '';
  /** By the app's own clock, so it is another second at each reading. */
  const isLongAgo = async () => Date.now() - Date.parse(await received()) > 25 * 86_400_000;
  expect(await isLongAgo()).toBe(true);
  await news(rig);
  const { parcel } = await prepared(rig);
  // Fetched is not received.
  expect(await isLongAgo()).toBe(true);
  // Only a part of it could be stored: nobody says that the phone has all of it.
  await page.evaluate(() => {
    const db = window.CHTCore.DB.get();
    const bulkDocs = db.bulkDocs.bind(db);
    Object.assign(window, {
      mend: () => {
        db.bulkDocs = bulkDocs;
      },
    });
    db.bulkDocs = (docs, options) =>
      bulkDocs(
        docs.filter((doc) => (doc as { _id: string })._id !== 'from-server'),
        options,
      );
  });
  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { failed: 1 } });
  expect(await isLongAgo()).toBe(true);
  await page.evaluate(() => (window as unknown as { mend(): void }).mend());
  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 1, already: 3 } });
  // As old as its fetching, however late it was given; and a later reading does not forget it.
  expect(await received()).toBe(parcel.madeAt);
  imported(await rig.read('chw1'));
  expect(await received()).toBe(parcel.madeAt);
  // A newer parcel that lies here takes nothing back.
  await prepared(rig);
  expect(await received()).toBe(parcel.madeAt);
});
