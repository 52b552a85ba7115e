/** A cable that is pulled at any request of a sync is for the phone what a lost network is; no byte is altered on the way. */
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { visit, workOffline, WORK } from './rig/offline-work.ts';
import { openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

test('a cable pulled at each request, one after the other, loses nothing and doubles nothing', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  await workOffline(page);
  const before = rig.practice.offered.length;
  let cuts = 0;
  let last: JobEnd | null = null;
  for (let at = 1; ; at += 1) {
    let seen = 0;
    let isCut = false;
    rig.app.beforePassing = () => {
      seen += 1;
      if (seen !== at) return;
      isCut = true;
      rig.adb.unplug(rig.services);
    };
    let end = await rig.sync('chw1');
    if (!isCut && end.kind === 'synced' && end.sync.outcome === 'asks')
      end = await rig.sync('chw1', end.sync.plan.digest);
    last = end;
    if (!isCut) break;
    cuts += 1;
    // Before the app began, during its sync, or after it was done and while that is proven.
    const how = end.kind === 'synced' ? end.sync.error : end.kind === 'failed' ? end.code : end.kind;
    expect(['source-gone', null]).toContain(how);
    rig.adb.plug(rig.services);
    // The app has to try again, as after a lost network.
    await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  }
  expect(last).toMatchObject({ kind: 'synced', sync: { outcome: 'done' } });
  expect(cuts).toBeGreaterThan(5);
  const { [WORK.purged]: _purged, ...onPhone } = withoutPurges(await leavesOnPhone(page));
  expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
  // Each revision went once, whatever was cut.
  const offered = rig.practice.offered.slice(before).map(({ id, rev }) => `${id} ${rev}`);
  expect(offered.length).toBeGreaterThan(0);
  expect((await rig.station.ask('outbox.owners', {})).owners).toEqual([]);
});

test('a body arrives byte for byte: a large photo, any sign of any language', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  // What the page hands over is hashed in the page.
  const large = visit('large', { note: 'é ſ 🌍 \u2028 \\ " \u0001' }, Date.now() - 3_600_000);
  await page.evaluate(async (doc) => {
    const sums: string[] = [];
    Object.assign(window, { sums });
    const { fetch } = window.PouchDB;
    window.PouchDB.fetch = async (url: string, options: { body?: string }) => {
      if (url.includes('_bulk_docs')) {
        const sum = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(options.body));
        sums.push([...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
      }
      return fetch(url, options);
    };
    const data = btoa(
      Array.from({ length: 18_000_000 }, (_, at) => String.fromCharCode((at * 31) % 256)).join(''),
    );
    const _attachments = { 'user-file-large': { content_type: 'image/png', data } };
    await window.CHTCore.DB.get().put({ ...doc, _attachments });
  }, large);
  const { plan } = synced(await rig.sync('chw1'));
  const arrived: string[] = [];
  rig.app.onBody = (request, body) => {
    if (request.includes('_bulk_docs')) arrived.push(createHash('sha256').update(body).digest('hex'));
  };
  const end = synced(await rig.sync('chw1', plan.digest));
  expect(end).toMatchObject({
    outcome: 'done',
    sent: 1,
    accepted: 1,
  });
  expect(arrived).toHaveLength(1);
  expect(await page.evaluate(() => (window as unknown as { sums: string[] }).sums)).toEqual(arrived);
});

test('answers that came packed, and several cookies of one answer, reach the app as its own network would give them', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  const visitOf = (id: string) =>
    visit(id, { note: 'é ſ 🌍 \u2028 \\ " \u0001'.repeat(2000) }, Date.now() - 3_600_000);
  await rig.practice.database().put(visitOf('from-server'));
  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('from-phone'));
  rig.app.packed = ['first=1; Path=/', 'second=2; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT'];
  const { plan } = synced(await rig.sync('chw1'));
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
    outcome: 'done',
    sent: 1,
    accepted: 1,
    received: 1,
    lacking: 0,
  });
  const ids = ['from-server', 'from-phone'];
  const leaves = await leavesOnPhone(page);
  const onPhone = Object.fromEntries(ids.map((id) => [id, leaves[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(onPhone));
  const cookies = (await rig.phone.context.cookies()).map(({ name, value }) => `${name}=${value}`);
  expect(cookies).toEqual(expect.arrayContaining(['first=1', 'second=2']));
  // The app's own checkpoint is kept: its second push asks nothing and moves nothing.
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  const from = rig.app.passed.length;
  expect(synced(await rig.sync('chw1'))).toMatchObject({ outcome: 'done', sent: 0, received: 0 });
  const moved = rig.app.passed.slice(from).filter((one) => /_bulk_(?:docs|get)/.test(one));
  expect(moved).toEqual([]);
  expect(await page.evaluate(() => window.syncs.at(-1))).toEqual({ pushed: 0, pulled: 0 });
});
