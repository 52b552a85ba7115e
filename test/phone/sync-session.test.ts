/**
 * The phone's session ends at any request of its sync: the app never hears of it, because it would sign the person out.
 * And what app and server note of a sync that ended well is the same on both sides.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { signInAs } from '../support/uploads.ts';
import { checkpointsOnPhone, checkpointsOnServer } from './rig/marks.ts';
import { visit } from './rig/offline-work.ts';
import { openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet, signIn } from './rig/signed-in.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** Something to send, to fetch and to drop. */
async function work(at: number): Promise<void> {
  const db = rig.practice.database();
  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visit(`round-${at}`));
  await db.put(visit(`from-server-${at}`));
  const dropped = await db.get(`dropped-${at}`);
  await db.put({ ...dropped, _deleted: true });
}

/** The phone has what the server will drop, one a round. */
async function open(): Promise<void> {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  for (let at = 1; at <= 60; at += 1) await rig.practice.database().put(visit(`dropped-${at}`));
  page = await appWithoutInternet(rig, 'chw1');
}

/** What the app asks for when it synchronises, each kind by its name. */
const KINDS = [
  'GET /medic/_local',
  'PUT /medic/_local',
  'POST /medic/_revs_diff',
  'POST /medic/_bulk_docs',
  'GET /api/v1/replication/get-ids',
  'POST /medic/_bulk_get',
  'POST /api/v1/replication/get-deletes',
];
const kindOf = (asked: string): string | undefined => KINDS.find((kind) => asked.startsWith(kind));

const COMPLETE = 'done, compared';
const ENDED = ['failed, phone-session-ended', 'cut, phone-session-ended', 'done, not compared'];
function saidOf(end: JobEnd): string {
  if (end.kind === 'failed') return `failed, ${end.code}`;
  const { outcome, error, compared } = synced(end);
  return `${outcome}, ${error ?? (compared ? 'compared' : 'not compared')}`;
}

test('a session that ends at each request, one after the other, is never seen by the app', async () => {
  await open();
  const { password } = signInAs(rig.practice, 'chw1');
  const hit = new Set<string | undefined>();
  const ends = new Set<string>();
  for (let at = 1; ; at += 1) {
    await work(at);
    const asks = synced(await rig.sync('chw1'));
    let seen = 0;
    let isEnded = false;
    rig.app.beforePassing = () => {
      seen += 1;
      if (seen !== at) return;
      isEnded = true;
      hit.add(kindOf(rig.app.passed.at(-1) ?? ''));
      rig.practice.setPassword('chw1', `another password ${at}`);
    };
    const end = await rig.sync('chw1', asks.plan.digest);
    rig.app.beforePassing = () => {};
    expect(await page.evaluate(() => [window.seen401, location.pathname])).toEqual([undefined, '/']);
    // Before it, during it, or after the app was done: then only the comparison is left out.
    expect(isEnded ? ENDED : [COMPLETE]).toContain(saidOf(end));
    ends.add(saidOf(end));
    if (!isEnded) break;
    rig.practice.setPassword('chw1', password);
    // As after some minutes: so many tries in a row the server brakes.
    rig.practice.forgetFailures();
    rig.internet?.set(true);
    await signIn(rig, 'chw1');
    rig.internet?.set(false);
    await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  }
  expect([...hit]).toEqual(expect.arrayContaining(KINDS));
  expect([...ends].sort()).toEqual([COMPLETE, ...ENDED].sort());
});

test('what app and server note of a sync is the same on both sides', async () => {
  await open();
  for (let at = 1; at <= 3; at += 1) {
    await work(at);
    const { plan } = synced(await rig.sync('chw1'));
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', left: 0 });
    const onPhone = await checkpointsOnPhone(page, 'chw1');
    expect(onPhone.length).toBeGreaterThan(0);
    const names = onPhone.map(({ _id }) => _id);
    const noted = onPhone.map(({ _id, last_seq, session_id }) => ({ _id, last_seq, session_id }));
    expect(await checkpointsOnServer(rig.practice, 'chw1', names)).toMatchObject(noted);
    const { update_seq } = await page.evaluate(() => window.CHTCore.DB.get().info());
    expect(onPhone.some(({ last_seq }) => typeof last_seq === 'number' && last_seq <= update_seq)).toBe(true);
    await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  }
});
