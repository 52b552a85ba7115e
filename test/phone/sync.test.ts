/**
 * A phone without internet synchronises through the station, with the app's own session: a real Chromium whose network
 * is cut, a practice server, and the station between them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STAFF } from '../support/staff.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import type { PouchVersion } from './rig/app-server.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { visit, workOffline, WORK } from './rig/offline-work.ts';
import { imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

/** Quick where the app is done; nothing hangs on it where it is not. */
const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };
const NOTHING = { approved: 0, same: 0, computed: 0, open: 0, held: 0, deletion: 0, conflict: 0, refused: 0 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

async function open(pouch: PouchVersion = '9', ownProcess = false): Promise<void> {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC, ownProcess });
  page = await appWithoutInternet(rig, 'chw1', pouch);
}

const visitOf = (id: string) => visit(id, { note: id }, Date.now() - 3_600_000);
/** The person writes a report of a visit, as the app does. */
const writes = (id: string): Promise<unknown> =>
  page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf(id));

/** Calls once before this request of a sync is passed on: the first, the second, … of its kind. */
function onRequest(request: string, number: number, call: () => unknown): { isMade: boolean } {
  const state = { isMade: false };
  let seen = 0;
  rig.app.beforePassing = async () => {
    if (rig.app.passed.at(-1)?.startsWith(request) !== true) return;
    seen += 1;
    if (seen !== number) return;
    state.isMade = true;
    await call();
  };
  return state;
}
/** The station asks first; the second time it is the app that pushes. */
const APP_PUSHES = ['POST /medic/_revs_diff', 2] as const;

/** The app synchronises by itself only where it has not done so in the last minutes. */
const timePasses = (): Promise<void> =>
  page.evaluate(() => localStorage.setItem('medic-last-replicated-date', String(Date.now() - 600_000)));

const audit = async (what: string) =>
  (await rig.station.ask('ledger.list', { limit: 1000 })).rows.filter((entry) => entry.what === what);

describe('a phone that synchronises through the station', () => {
  test.each(['9', '7'] as const)('ends equal with the server, leaf by leaf (PouchDB %s)', async (pouch) => {
    // In a process of its own, as in the product.
    await open(pouch, true);
    await workOffline(page);
    // The server has news, too.
    await rig.practice.database().put(visitOf('from-server'));
    const asks = synced(await rig.sync('chw1'));
    const sent = synced(await rig.sync('chw1', asks.plan.digest));
    expect(sent).toMatchObject({ outcome: 'done', error: null, sent: 8, accepted: 8, refused: 0 });
    // Only that one came; what the phone had dropped was asked for by the app and changed nothing on it.
    expect(sent).toMatchObject({ received: 1, compared: true, left: 0, lacking: 0 });

    const { [WORK.purged]: _purged, ...onPhone } = withoutPurges(await leavesOnPhone(page));
    const worked = [
      ...WORK.reports,
      WORK.edited,
      WORK.deleted,
      WORK.conflict,
      WORK.withPhotos,
      WORK.withLargePhoto,
    ];
    expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
    expect(Object.keys(onPhone)).toEqual(expect.arrayContaining(worked));
    // What the phone dropped to save space is not deleted on the server, and came back to the phone's own list.
    expect(await rig.practice.database().get(WORK.purged)).toMatchObject({ type: 'data_record' });

    await timePasses();
    const written = rig.practice.audit.length;
    const second = synced(await rig.sync('chw1'));
    expect(second).toMatchObject({ outcome: 'done', sent: 0, plan: { asks: false, counts: NOTHING } });
    expect(second).toMatchObject({ received: 0, compared: true, left: 0, lacking: 0 });
    expect(rig.practice.audit.slice(written)).toEqual([]);
    // What the app did, as it says itself: it never failed, and it had no other way.
    expect(await page.evaluate(() => window.syncs)).toEqual([
      { pushed: 10, pulled: expect.any(Number) },
      { pushed: 0, pulled: 1 },
    ]);
  });

  test('is read once more: what came from the server is nobody’s new work, and the next visit goes on from there', async () => {
    await open();
    await writes('visit-1');
    const { plan } = synced(await rig.sync('chw1'));
    await rig.practice.database().put(visitOf('from-server'));
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
      received: 1,
      compared: true,
      left: 0,
    });
    // It is here, and nobody is asked about it.
    const { rows } = await rig.station.ask('changes.list', { text: 'from-server', revisions: true });
    expect(rows).toMatchObject([{ id: 'from-server', class: 'same' }]);
    expect((await rig.station.ask('batches.list', { show: 'to-do' })).rows).toEqual([]);
    expect((await rig.station.ask('station.status', {})).toReview).toBe(0);
    const { imports } = imported(await rig.read('chw1'));
    expect(imports).toEqual([]);
    // What the person makes of it is work of that person again.
    await page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get('from-server')), edited: true });
    });
    const { rows: batches } = await rig.station.ask('batches.list', { show: 'to-do' });
    expect(batches).toEqual([]);
    expect(imported(await rig.read('chw1')).imports).toMatchObject([{ documents: { new: 1 } }]);
  });

  test('and was edited on the server meanwhile: what would be in conflict is known as it is now', async () => {
    await open();
    await page.evaluate(async (id) => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get(id)), name: 'as the phone says' });
    }, WORK.edited);
    const { imports } = imported(await rig.read('chw1'));
    await compareAs(rig.station, rig.practice, 'sup_online');
    await rig.station.ask('decide.approve', { batch: imports[0]?.batches[0] ?? '' });
    // After the comparison, and nothing here has heard of it.
    const database = rig.practice.database();
    await database.put({ ...(await database.get(WORK.edited)), name: 'as the server says' });
    const { outcome, plan } = synced(await rig.sync('chw1'));
    expect({ outcome, counts: plan.counts }).toEqual({
      outcome: 'asks',
      counts: { ...NOTHING, conflict: 1 },
    });
    expect(rig.app.passed.filter((one) => one.includes('_bulk_docs'))).toEqual([]);
  });

  test('after its work was uploaded sends nothing, and is up to date', async () => {
    await open();
    await writes('visit-1');
    const { imports } = imported(await rig.read('chw1'));
    await compareAs(rig.station, rig.practice, 'sup_online');
    await rig.station.ask('decide.approve', { batch: imports[0]?.batches[0] ?? '' });
    await uploadAs(rig.station, rig.practice, 'chw1');
    expect(synced(await rig.sync('chw1'))).toMatchObject({
      outcome: 'done',
      sent: 0,
      plan: { asks: false, counts: NOTHING },
    });
  });

  test('is the way of sending for what was approved', async () => {
    await open();
    await writes('visit-1');
    const { imports } = imported(await rig.read('chw1'));
    const [batch = ''] = imports[0]?.batches ?? [];
    await compareAs(rig.station, rig.practice, 'sup_online');
    await rig.station.ask('decide.approve', { batch });
    const received = async () => (await rig.station.ask('batch.get', { batch })).receivedAt;
    expect(await received()).toBeNull();
    const from = new Date().toISOString();
    const end = synced(await rig.sync('chw1'));
    expect(end).toMatchObject({ outcome: 'done', sent: 1, accepted: 1, plan: { asks: false } });
    const at = await received();
    expect(at !== null && from <= at && at <= new Date().toISOString()).toBe(true);
    expect(end.plan.counts).toEqual({ ...NOTHING, approved: 1 });
    const { rows } = await rig.station.ask('uploads.list', {});
    expect(rows).toMatchObject([{ way: 'phone', user: 'chw1', outcome: 'done', sent: 1, accepted: 1 }]);
    const { rows: changes } = await rig.station.ask('changes.list', { batch, states: ['accepted'] });
    expect(changes.map(({ id }) => id)).toEqual(['visit-1']);
    const { content } = await rig.station.ask('receipt.get', { batch, format: 'json' });
    expect(JSON.parse(content)).toMatchObject({ accepted: 1, sentByPhone: 1, sentAs: ['chw1'] });
    expect(await audit('sync-agreed')).toEqual([]);
    expect(await audit('phone-synced')).toHaveLength(1);
  });

  test('leaves its session nowhere', async () => {
    await open();
    await writes('visit-1');
    const { plan } = synced(await rig.sync('chw1'));
    synced(await rig.sync('chw1', plan.digest));
    const cookies = await rig.phone.context.cookies();
    const secret = cookies.find(({ name }) => name === 'AuthSession')?.value ?? '';
    expect(secret.length).toBeGreaterThan(10);
    await rig.station.station.close();
    const files = (await readdir(rig.folder, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files)
      expect((await readFile(join(file.parentPath, file.name), 'latin1')).includes(secret)).toBe(false);
    expect(rig.station.log.join('\n')).not.toContain(secret);
  });
});

describe('a session that has ended', () => {
  beforeEach(async () => {
    await open();
    await writes('visit-1');
  });

  test('is noticed first: the app is not even told that there is a network', async () => {
    rig.practice.setPassword('chw1', 'another password');
    expect(await rig.sync('chw1')).toEqual({ kind: 'failed', code: 'phone-session-ended' });
    expect(await page.evaluate(() => [window.syncs, window.seen401])).toEqual([[], undefined]);
    await expect(rig.practice.database().get('visit-1')).rejects.toThrow();
  });

  test('in the middle is never seen by the app', async () => {
    const { plan } = synced(await rig.sync('chw1'));
    onRequest('POST /medic/_bulk_docs', 1, () => rig.practice.setPassword('chw1', 'another password'));
    const end = synced(await rig.sync('chw1', plan.digest));
    expect(end).toMatchObject({ outcome: 'cut', error: 'phone-session-ended', accepted: 0 });
    const syncs = await page.evaluate(() => window.syncs);
    expect(syncs).toMatchObject([{ error: expect.stringMatching(/fetch|network/i) }]);
    expect(await page.evaluate(() => [window.seen401, location.pathname])).toEqual([undefined, '/']);
  });
});

describe('what was not approved', () => {
  let batch: string;
  beforeEach(async () => {
    await open();
    await writes('visit-held');
    await writes('visit-open');
    await writes('visit-approved');
    const { imports } = imported(await rig.read('chw1'));
    batch = imports[0]?.batches[0] ?? '';
    await compareAs(rig.station, rig.practice, 'sup_online');
    await rig.station.ask('decide.hold', { batch, ids: ['visit-held'], reason: 'to be asked' });
    await rig.station.ask('decide.approve', { batch, except: ['visit-open'] });
  });

  test('does not go without a word: nothing is offered to the server', async () => {
    const asked = rig.practice.audit.length;
    const end = synced(await rig.sync('chw1'));
    expect(end).toMatchObject({ outcome: 'asks', upload: null, sent: 0, plan: { asks: true } });
    expect(end.plan.counts).toEqual({ ...NOTHING, approved: 1, open: 1, held: 1 });
    // An agreement to something else is none.
    expect(synced(await rig.sync('chw1', '0'.repeat(32)))).toEqual(end);
    expect(rig.practice.audit.slice(asked)).toEqual([]);
    expect(rig.app.passed.filter((one) => one.includes('_bulk_docs'))).toEqual([]);
    expect(await page.evaluate(() => window.syncs)).toEqual([]);
    expect((await rig.station.ask('uploads.list', {})).rows).toEqual([]);
  });

  test('goes once somebody agreed: exactly that, and the history says who', async () => {
    const { plan } = synced(await rig.sync('chw1'));
    const from = rig.practice.audit.length;
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
      outcome: 'done',
      sent: 3,
      accepted: 3,
    });
    const went = rig.practice.audit.slice(from).map(({ id }) => id);
    went.sort();
    expect(went).toEqual(['visit-approved', 'visit-held', 'visit-open']);
    const [agreed, ...more] = await audit('sync-agreed');
    expect(more).toEqual([]);
    expect(agreed).toMatchObject({
      person: expect.stringMatching(/^computer:/),
      detail: { user: 'chw1', digest: plan.digest },
    });
    expect(agreed?.detail['records']).toEqual(
      expect.arrayContaining([
        ['visit-held', 'held'],
        ['visit-open', 'open'],
      ]),
    );
    const { rows } = await rig.station.ask('changes.list', { batch, states: ['accepted'] });
    expect(rows.map(({ id }) => id).sort()).toEqual(went);
  });

  test('does not go by a clerk’s word where only administrators may agree', async () => {
    const { ask } = rig.station;
    const { admin, clerk } = STAFF;
    await ask('staff.add', { ...admin, role: 'admin' });
    await ask('desk.sign-in', admin);
    await ask('phones.set-rules', { agreeing: 'admin' });
    await ask('staff.add', { name: clerk.name, role: 'clerk', secret: '749265' });
    await ask('desk.sign-in', { name: clerk.name, secret: '749265' });
    await ask('desk.choose', { old: '749265', next: clerk.secret });
    await expect(ask('phones.set-rules', { agreeing: 'everybody' })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    const from = rig.practice.audit.length;
    const asks = synced(await rig.sync('chw1'));
    expect(asks).toMatchObject({ outcome: 'asks', mayAgree: false, plan: { asks: true } });
    const { digest } = asks.plan;
    expect(synced(await rig.sync('chw1', digest))).toMatchObject({ outcome: 'asks', sent: 0, upload: null });
    expect(rig.practice.audit.slice(from)).toEqual([]);
    expect(await audit('sync-agreed')).toEqual([]);
    await ask('desk.sign-in', admin);
    expect(synced(await rig.sync('chw1', digest))).toMatchObject({ outcome: 'done', sent: 3 });
    expect((await audit('sync-agreed')).map(({ person }) => person)).toEqual([admin.name]);
  });

  test('that the person writes after the agreement is asked about again', async () => {
    const { plan } = synced(await rig.sync('chw1'));
    await writes('visit-later');
    const end = synced(await rig.sync('chw1', plan.digest));
    expect(end).toMatchObject({ outcome: 'asks', sent: 0 });
    expect(end.plan.counts).toEqual({ ...NOTHING, approved: 1, open: 2, held: 1 });
  });

  test('and is written while the app synchronises never leaves', async () => {
    const { plan } = synced(await rig.sync('chw1'));
    // What is on the phone is listed by then, and the app has not begun.
    const written = onRequest('GET /api/deploy-info', 1, () => writes('visit-later'));
    const end = synced(await rig.sync('chw1', plan.digest));
    expect(written.isMade).toBe(true);
    // It would have gone with the others: none of them went.
    expect(end).toMatchObject({ outcome: 'cut', error: 'sync-unreviewed', sent: 0, accepted: 0 });
    for (const id of ['visit-later', 'visit-held'])
      await expect(rig.practice.database().get(id)).rejects.toThrow();
    rig.app.beforePassing = () => {};
    expect(synced(await rig.sync('chw1')).plan.counts).toEqual({ ...NOTHING, approved: 1, open: 2, held: 1 });
  });
});

describe('a page that asks for more than its sync', () => {
  test('reaches nothing but its own server, and there nothing else', async () => {
    await open();
    await writes('visit-1');
    const { plan } = synced(await rig.sync('chw1'));
    const elsewhere: string[] = [];
    const other = createServer((asked, answer) => {
      elsewhere.push(asked.url ?? '');
      answer.end();
    });
    other.on('upgrade', (asked, socket) => {
      elsewhere.push(asked.url ?? '');
      socket.destroy();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const port = (other.address() as AddressInfo).port;
      const from = rig.app.passed.length;
      let tried: readonly string[] = [];
      onRequest(...APP_PUSHES, async () => {
        tried = await page.evaluate(hostile, { host: `127.0.0.1:${port}` });
      });
      expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', sent: 1 });
      expect(tried.length).toBeGreaterThan(20);
      // None of them was answered, …
      expect(tried.filter((one) => !one.endsWith(' failed'))).toEqual([]);
      // … none arrived, there or elsewhere, and the sync went on beside them.
      expect(elsewhere).toEqual([]);
      const reached = rig.app.passed
        .slice(from)
        .filter((one) => /hostile|login|_users|_all_dbs|x-?evil/i.test(one));
      expect(reached).toEqual([]);
    } finally {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

/** Runs in the page: everything that a page can try. Answers what came of each. */
async function hostile({ host }: { host: string }): Promise<string[]> {
  const own = location.origin;
  const post = (body: unknown, more: object = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify(body),
  });
  const doc = { _id: 'hostile', type: 'data_record' };
  const tries: [string, RequestInit?][] = [
    ['https://other.test/hostile'],
    [`http://${host}/hostile`],
    [`http://${host}/medic/_bulk_docs`, post({ docs: [doc], new_edits: false })],
    [`http://user:secret@${location.host}/hostile`],
    [`http://localhost:${location.port}/hostile`],
    [`${own}/_users/hostile`],
    [`${own}/_all_dbs?hostile`],
    [`${own}/_node/hostile/_config`],
    [`${own}/hostile`],
    [`${own}/medic/../_users/hostile`],
    [`${own}/medic/%2e%2e/_users/hostile`],
    [`${own}/medic/%252e%252e/_users/hostile`],
    [`${own}/medic/..%2f_users%2fhostile`],
    [`${own}/medic%2fhostile`],
    [`${own}//evil.test/hostile`],
    [`${own}/medic/_design/medic/_rewrite/hostile`],
    [`${own}/medic/_design/medic/_update/hostile/x`, { method: 'PUT', body: '{}' }],
    [`${own}/medic/login?hostile`, post({ user: 'chw2', password: 'x' })],
    [`${own}/medic/password-reset?hostile`, post({})],
    [`${own}/medic/hostile`, { method: 'PUT', body: JSON.stringify(doc) }],
    [`${own}/medic?hostile`, post(doc)],
    [`${own}/medic/hostile?rev=1-a`, { method: 'DELETE' }],
    [`${own}/_session?hostile`, { method: 'DELETE' }],
    [`${own}/api/v1/users?hostile`, post({})],
    [`${own}/medic-user-chw2-meta/hostile`],
    [`${own}/medic-user-chw1-meta/hostile/../../_users`, { method: 'PUT', body: '{}' }],
    [`${own}/medic/_changes?hostile`, { headers: { authorization: 'Basic YTpi' } }],
  ];
  const all = tries.map(async ([url, options]) => {
    const name = `${options?.method ?? 'GET'} ${url}`;
    try {
      return `${name} ${(await fetch(url, options)).status}`;
    } catch {
      return `${name} failed`;
    }
  });
  const socket = new Promise<string>((resolve) => {
    const web = new WebSocket(`ws://${location.host}/medic/hostile`);
    web.onopen = () => resolve('websocket open');
    web.onerror = () => resolve('websocket failed');
  });
  navigator.sendBeacon(`${own}/medic/hostile`, 'x');
  const image = new Promise<string>((resolve) => {
    const picture = new Image();
    picture.onload = () => resolve('image loaded');
    picture.onerror = () => resolve('image failed');
    picture.src = `${own}/medic/hostile/picture.png`;
  });
  // A frame of the same origin asks for what the app itself may ask for.
  const frame = document.createElement('iframe');
  frame.srcdoc = '<p>frame</p>';
  const framed = new Promise<string>((resolve) => {
    frame.onload = () => {
      const inside = frame.contentWindow as unknown as { fetch: typeof fetch };
      inside.fetch(`${own}/medic/hostile-frame`).then(
        () => resolve('frame answered'),
        () => resolve('frame failed'),
      );
    };
  });
  document.body.append(frame);
  return Promise.all([...all, socket, image, framed]);
}
