/**
 * What happens between a parcel and the next visit, and while it is written: the server takes documents away, the app's
 * own sync follows at once, station or page die at any step. However it went, the phone is as after a download of its own.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { writePhoneScript } from '../../build/phone-script.mjs';
import { runCli } from '../support/cli.ts';
import { comparable, leavesOnServer } from './rig/leaves.ts';
import { visit } from './rig/offline-work.ts';
import { applied, apply, dieAfter, news, NEWS, NO, prepared } from './rig/parcels.ts';
import { goOnline } from './rig/phone-sync.ts';
import { imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { firstSync, leavesOnPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

async function open(): Promise<void> {
  rig = await openPhoneRig();
  page = await rig.phone.open('chw1');
  await firstSync(page, rig.practice, 'chw1', 'device-1');
}

const parcelFiles = async (): Promise<string[]> => readdir(join(rig.folder, 'data', 'parcels'));

/** Reports of visits that the server has, each with its number. */
const visits = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => visit(`from-server-${from + at}`));

test('what the server has purged or deleted since it was fetched goes at the next sync, and is not sent', async () => {
  await open();
  // What archives.
  await rig.practice.setVersion('5.3.0');
  imported(await rig.read('chw1'));
  const db = rig.practice.database();
  const ids = ['from-server-0', 'from-server-1', 'from-server-2', 'from-server-3'] as const;
  for (const doc of visits(0, 4)) await db.put(doc);
  await prepared(rig);
  const [purged, archived, deleted, stays] = ids;
  rig.practice.purge([purged], ['chw']);
  await db.put({ ...(await db.get(deleted)), _deleted: true });
  // Takes it out of the database with its history.
  await rig.practice.archive([archived]);

  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 4 } });
  // Read again, none of it is work of this person, and nobody is asked to send it.
  imported(await rig.read('chw1'));
  expect((await rig.station.ask('outbox.owners', {})).owners).toEqual([]);
  const written = rig.practice.audit.length;
  const sync = await goOnline(page, rig.practice, 'chw1');
  expect([...sync.dropped].sort()).toEqual([deleted, purged].sort());
  // What was archived is to the server as if it had never been there: the app sends it, as it does after a download of its
  // own that came before the archiving. Nothing else goes.
  expect(rig.practice.audit.slice(written).map(({ id }) => id)).toEqual([archived]);
  const shown = (await page.evaluate(() => window.CHTCore.DB.get().allDocs())).rows.map(({ id }) => id);
  expect(ids.filter((id) => shown.includes(id))).toEqual([archived, stays]);
  expect(await goOnline(page, rig.practice, 'chw1')).toMatchObject({ pushed: 0, refused: 0, dropped: [] });
});

test('the app’s own sync right after it doubles nothing, loses nothing and makes no conflict', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  imported(await rig.read('chw1'));
  await news(rig);
  await prepared(rig);
  // The person works: on what the server has changed, on what it dropped, and on something new.
  const own = await page.evaluate(
    async ([person, dropped, made]) => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get(person)), phone: 'by the phone' });
      await db.put({ ...(await db.get(dropped)), note: 'by the phone' });
      await db.put(made);
      return Promise.all([dropped, made._id].map((id) => db.get(id)));
    },
    [NEWS.person, NEWS.dropped, visit('visit-1', { note: 'x' }, Date.now() - 3_600_000)] as const,
  );
  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 2, unproven: 2 } });
  const asks = synced(await rig.sync('chw1'));
  // What would be in conflict is asked about as ever; the parcel has put nothing beside it.
  expect(asks).toMatchObject({ outcome: 'asks', plan: { counts: { conflict: 2, open: 1 } } });
  const end = synced(await rig.sync('chw1', asks.plan.digest));
  expect(end).toMatchObject({ outcome: 'done', sent: 3, accepted: 3, left: 0 });
  // What the parcel brought was not asked for again.
  expect(rig.practice.offered.map(({ id }) => id).filter((id) => id === 'from-server')).toEqual([]);
  const leaves = await leavesOnPhone(page);
  const brought = ['from-server', NEWS.place];
  const some = Object.fromEntries(brought.map((id) => [id, leaves[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, brought))).toEqual(comparable(some));
  for (const id of brought) expect(leaves[id]).toHaveLength(1);
  const there = await leavesOnServer(
    rig,
    own.map(({ _id }) => _id),
  );
  for (const { _id, _rev } of own) expect(there[_id]?.map((one) => one._rev)).toContain(_rev);
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  const again = synced(await rig.sync('chw1'));
  expect(again).toMatchObject({ outcome: 'done', sent: 0, received: 0, left: 0, lacking: 0 });
});

test('of a thousand documents and more each comes whole, whatever dies at any part of it', async () => {
  await open();
  imported(await rig.read('chw1'));
  const db = rig.practice.database();
  const count = 1200;
  for (const doc of visits(0, count)) await db.put(doc);
  await news(rig);
  const { parcel } = await prepared(rig);
  expect(parcel).toMatchObject({ documents: count + 3, deletes: 1, skipped: 0 });
  // The page dies after its first, its third and its tenth write, …
  const before = await leavesOnPhone(page);
  let there = Object.keys(before).length;
  for (const writes of [1, 3, 10]) {
    await dieAfter(page, writes);
    await apply(rig);
    await page.waitForFunction(() => typeof window.CHTCore?.DB.get === 'function');
    // … which leaves what was on the phone, and whole documents of the parcel beside it.
    const now = await leavesOnPhone(page);
    expect(Object.keys(now).length).toBeGreaterThan(there);
    there = Object.keys(now).length;
    const changed = Object.fromEntries(
      Object.entries(comparable(now)).filter(
        ([id, docs]) => !isDeepStrictEqual({ [id]: docs }, comparable({ [id]: before[id] ?? [] })),
      ),
    );
    expect(changed).toEqual(comparable(await leavesOnServer(rig, Object.keys(changed))));
  }
  const end = await applied(rig);
  expect(end).toMatchObject({ outcome: 'done', counts: { unproven: 0, failed: 0, version: 0 } });
  expect(end.counts.written + end.counts.already).toBe(count + 3);
  expect(end.counts.written).toBeGreaterThan(500);
  const leaves = await leavesOnPhone(page);
  const ids = [...visits(0, count).map(({ _id }) => _id), 'from-server', NEWS.person, NEWS.place];
  const some = Object.fromEntries(ids.map((id) => [id, leaves[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(some));
  expect(await goOnline(page, rig.practice, 'chw1')).toEqual({
    pushed: 0,
    refused: 0,
    pulled: [],
    dropped: [],
  });
});

test('a station that is killed at any write leaves a phone that loses nothing, and goes on the next time', async () => {
  await writePhoneScript(fileURLToPath(new URL('../../out/main/phone.js', import.meta.url)));
  await open();
  const unsent = await page.evaluate(
    (doc) => window.CHTCore.DB.get().put(doc),
    visit('visit-1', { note: 'x' }, Date.now() - 3_600_000),
  );
  imported(await rig.read('chw1'));
  await rig.practice.database().put(visit('from-server-0'));
  for (const doc of visits(1, 130)) await rig.practice.database().put(doc);
  await news(rig);
  await prepared(rig);
  await rig.station.close();
  const kill = { at: 0, seen: 0, now: (): void => {} };
  await page.exposeFunction('stationWrites', () => {
    kill.seen += 1;
    if (kill.seen === kill.at) kill.now();
  });
  await page.evaluate(() => {
    const db = window.CHTCore.DB.get();
    const bulkDocs = db.bulkDocs.bind(db);
    const told = window as unknown as { stationWrites(): Promise<void> };
    db.bulkDocs = async (...values: Parameters<typeof bulkDocs>) => {
      await told.stationWrites();
      return bulkDocs(...values);
    };
  });
  const args = ['phone', 'apply', '--json', '--data', join(rig.folder, 'data')];
  const env = { ANDROID_ADB_SERVER_PORT: String(rig.adb.port) };
  let kills = 0;
  let code: number | null = null;
  for (let at = 1; ; at += 1) {
    Object.assign(kill, { at, seen: 0 });
    const end = await runCli(args, { env, started: (now) => (kill.now = now) });
    ({ code } = end);
    if (kill.seen < at) break;
    expect(code).toBeNull();
    kills += 1;
    await expect.poll(() => rig.services.streams).toBe(0);
    // What was under way in the page is done, or is not there at all; the parcel waits.
    const { 'visit-1': work } = await leavesOnPhone(page);
    expect(work?.map(({ _rev }) => _rev)).toEqual([unsent.rev]);
    expect(await parcelFiles()).toHaveLength(1);
  }
  expect(code).toBe(0);
  expect(kills).toBeGreaterThan(0);
  const leaves = await leavesOnPhone(page);
  const ids = [...visits(0, 130).map(({ _id }) => _id), 'from-server', NEWS.person, NEWS.place];
  const some = Object.fromEntries(ids.map((id) => [id, leaves[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(some));
  expect(await goOnline(page, rig.practice, 'chw1')).toMatchObject({ pushed: 1, pulled: [], dropped: [] });
});

test('a newer one takes the place of the one before: what that had is in it, and its file is gone', async () => {
  await open();
  imported(await rig.read('chw1'));
  const db = rig.practice.database();
  await db.put(visit('from-server-0'));
  const first = await prepared(rig);
  const [before] = await parcelFiles();
  const doc = await db.get('from-server-0');
  await db.put({ ...doc, fields: { note: 'newer' } });
  await db.put(visit('from-server-1'));
  const second = await prepared(rig);
  expect([first, second].map(({ parcel }) => parcel.documents)).toEqual([1, 2]);
  const files = await parcelFiles();
  expect(files).toHaveLength(1);
  expect(files).not.toContain(before);
  expect((await rig.station.ask('parcels.list', {})).parcels).toEqual([second.parcel]);
  expect(await applied(rig)).toMatchObject({ madeAt: second.parcel.madeAt, counts: { ...NO, written: 2 } });
  expect((await leavesOnPhone(page))['from-server-0']).toMatchObject([{ fields: { note: 'newer' } }]);
});
