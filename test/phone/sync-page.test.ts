/**
 * The app's page dies, is loaded anew or goes elsewhere at any request of a sync. The cable stays in, and so does the
 * session of the debugger: the station has to notice, says so, and the next sync goes on from there.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { visit, workOffline, WORK } from './rig/offline-work.ts';
import { openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { ownRenderers } from './rig/renderers.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** The person opens the app again: it is on the phone, and makes no sync of its own by that. */
async function openAgain(): Promise<void> {
  const dead = page;
  rig.internet?.set(true);
  page = await rig.phone.context.newPage();
  await page.goto(rig.app.page('sync'));
  await page.waitForFunction(() => typeof window.CHTCore?.DB.get === 'function');
  rig.internet?.set(false);
  await dead.close();
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
}

const ENDS: Readonly<Record<string, (at: number) => Promise<unknown>>> = {
  'loaded anew, or gone elsewhere,': (at) =>
    at % 2 === 0 ? page.goto('about:blank') : page.reload().catch(() => null),
  // As where the phone has no memory left.
  killed: async () => {
    const dies = page.waitForEvent('crash');
    for (const pid of ownRenderers()) process.kill(pid, 'SIGKILL');
    await dies;
  },
};

test.each(Object.keys(ENDS))('%s at each request, one after the other', async (how) => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  await workOffline(page);
  const offered = rig.practice.offered.length;
  const codes = new Set<string | null>();
  let ends = 0;
  let last: JobEnd | null = null;
  for (let at = 1; ; at += 1) {
    // Always something to send and to fetch: each round is as long as the one before.
    await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visit(`round-${at}`));
    await rig.practice.database().put(visit(`from-server-${at}`));
    let seen = 0;
    let isEnded = false;
    rig.app.beforePassing = async () => {
      seen += 1;
      if (seen !== at) return;
      isEnded = true;
      await ENDS[how]?.(at);
    };
    last = await rig.sync('chw1');
    if (!isEnded && last.kind === 'synced' && last.sync.outcome === 'asks')
      last = await rig.sync('chw1', last.sync.plan.digest);
    if (!isEnded) break;
    ends += 1;
    codes.add(last.kind === 'synced' ? last.sync.error : last.kind === 'failed' ? last.code : last.kind);
    await expect.poll(() => rig.services.streams).toBe(0);
    await openAgain();
  }
  // During the sync or before it; or after it, while the phone is compared.
  expect([...codes].filter((code) => code !== null)).toEqual(['phone-page-gone']);
  expect(ends).toBeGreaterThan(12);
  expect(synced(last)).toMatchObject({ outcome: 'done', compared: true, left: 0, lacking: 0 });
  const { [WORK.purged]: _purged, ...onPhone } = withoutPurges(await leavesOnPhone(page));
  expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
  for (let at = 1; at <= ends; at += 1)
    for (const id of [`round-${at}`, `from-server-${at}`]) expect(onPhone[id], id).toHaveLength(1);
  expect(rig.practice.offered.length).toBeGreaterThan(offered);
  expect((await rig.station.ask('outbox.owners', {})).owners).toEqual([]);
});
