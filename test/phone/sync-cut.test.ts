/** A cable that is pulled at any request of a sync is for the phone what a lost network is; no byte is altered on the way. */
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { checkpointsOnPhone, checkpointsOnServer } from './rig/marks.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { photoBytes, visit, workOffline, WORK } from './rig/offline-work.ts';
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
  const before = rig.practice.audit.length;
  let cuts = 0;
  let last: JobEnd | null = null;
  for (let at = 1; ; at += 1) {
    // Always something to send and to fetch: each round is as long as the one before.
    await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visit(`round-${at}`));
    await rig.practice.database().put(visit(`from-server-${at}`));
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
  expect(last).toMatchObject({ kind: 'synced', sync: { outcome: 'done', left: 0, lacking: 0 } });
  expect(cuts).toBeGreaterThan(12);
  // Leaf by leaf with its history: nothing is lost, and nothing grew out of another root.
  const { [WORK.purged]: _purged, ...onPhone } = withoutPurges(await leavesOnPhone(page));
  expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
  for (let at = 1; at <= cuts; at += 1)
    for (const id of [`round-${at}`, `from-server-${at}`]) expect(onPhone[id], id).toHaveLength(1);
  // The server wrote each revision once, whatever was cut.
  const written = rig.practice.audit.slice(before).filter(({ user }) => user === 'chw1');
  const revisions = written.map(({ id, rev }) => `${id} ${rev}`);
  expect(revisions.length).toBeGreaterThan(cuts);
  expect(new Set(revisions).size).toBe(revisions.length);
  // Both sides agree how far they came.
  const noted = (await checkpointsOnPhone(page, 'chw1')).map(({ _id, last_seq, session_id }) => ({
    _id,
    last_seq,
    session_id,
  }));
  const names = noted.map(({ _id }) => _id);
  expect(names.length).toBeGreaterThan(0);
  expect(await checkpointsOnServer(rig.practice, 'chw1', names)).toMatchObject(noted);
  expect((await rig.station.ask('outbox.owners', {})).owners).toEqual([]);
});

/** Of each body that the page sends and of each that it is given: what it was asked for, and the sha256. */
interface Sums {
  readonly sent: [asked: string, sum: string][];
  readonly given: [asked: string, sum: string][];
}

/** From here on the page itself sums each body of its sync, before it leaves and as it came. */
function sumInPage(): void {
  const sums: Sums = { sent: [], given: [] };
  Object.assign(window, { sums });
  const hex = async (bytes: BufferSource): Promise<string> =>
    [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  for (const owner of [window, window.PouchDB] as { fetch: typeof fetch }[]) {
    const fetched = owner.fetch.bind(owner);
    owner.fetch = async (url, options) => {
      const { pathname, search } = new URL(String(url), location.href);
      const asked = `${options?.method ?? 'GET'} ${pathname}${search}`;
      const { body } = options ?? {};
      if (typeof body === 'string') sums.sent.push([asked, await hex(new TextEncoder().encode(body))]);
      const answer = await fetched(url, options);
      sums.given.push([asked, await hex(await answer.clone().arrayBuffer())]);
      return answer;
    };
  }
}

test('each body arrives byte for byte, there and back: 25 MB in one, any sign of any language', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  await page.evaluate(sumInPage);
  const large = (id: string) => visit(id, { note: 'é ſ 🌍 \u2028 \\ " \u0001' }, Date.now() - 3_600_000);
  await page.evaluate(async (doc) => {
    const data = btoa(
      Array.from({ length: 18_000_000 }, (_, at) => String.fromCharCode((at * 31) % 256)).join(''),
    );
    const _attachments = { 'user-file-large': { content_type: 'image/png', data } };
    await window.CHTCore.DB.get().put({ ...doc, _attachments });
  }, large('large'));
  const data = photoBytes(3_000_000).toString('base64');
  await rig.practice
    .database()
    .put({ ...large('from-server'), _attachments: { photo: { content_type: 'image/png', data } } });
  const { plan } = synced(await rig.sync('chw1'));
  const arrived: string[] = [];
  const answered: string[] = [];
  let most = 0;
  const sumOf = (asked: string, bytes: Buffer): string => {
    most = Math.max(most, bytes.length);
    return `${asked} ${createHash('sha256').update(bytes).digest('hex')}`;
  };
  rig.app.onBody = (asked, body) => arrived.push(sumOf(asked, body));
  rig.app.onAnswer = (asked, body) => answered.push(sumOf(asked, body));
  const end = synced(await rig.sync('chw1', plan.digest));
  expect(end).toMatchObject({ outcome: 'done', sent: 1, accepted: 1, received: 1, left: 0, lacking: 0 });
  expect(most).toBeGreaterThan(24_000_000);
  const { sent, given } = await page.evaluate(() => (window as unknown as { sums: Sums }).sums);
  // Those of the station itself are among them, too.
  expect(arrived).toEqual(expect.arrayContaining(sent.map((one) => one.join(' '))));
  expect(answered).toEqual(expect.arrayContaining(given.map((one) => one.join(' '))));
  const asked = [...sent, ...given].map(([one]) => one.replace(/[?].*/, ''));
  for (const one of ['POST /medic/_bulk_docs', 'POST /medic/_revs_diff', 'POST /medic/_bulk_get'])
    expect(asked.filter((other) => other === one).length, one).toBeGreaterThan(1);
  expect(asked).toContain('GET /api/v1/replication/get-ids');
  const bulk = sent.filter(([one]) => one.includes('_bulk_docs'));
  expect(bulk).toHaveLength(1);
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
