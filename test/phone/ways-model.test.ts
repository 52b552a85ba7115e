/**
 * One phone over many visits, each by another way that is drawn: only read and uploaded, its own sync through the station, a
 * parcel, the word that its records are on the server, or its own internet. Office and person work in between, and the
 * clerk puts records on hold. Nothing that the person wrote ever vanishes, nothing on hold goes without a recorded word, and
 * in the end server, phone and ledger agree.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { compareAs, signInAs, uploadAs } from '../support/uploads.ts';
import { comparable, withoutPurges } from './rig/leaves.ts';
import { visit, WORK } from './rig/offline-work.ts';
import { confirmed, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone, type PhoneDoc } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };
const ROUNDS = 7;
/** `MODEL_SEEDS=20 MODEL_FROM=1` plays more. */
const FROM = Number(process.env['MODEL_FROM'] ?? 1);
const SEEDS = Array.from({ length: Number(process.env['MODEL_SEEDS'] ?? 2) }, (_, at) => FROM + at);
/** What both sides work on. */
const SHARED = [WORK.edited, 'hc1-area-1', 'report-hc1-chw1-1', 'report-hc1-chw1-2'];

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** The same numbers in each run; from 0 to below `most`. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

type Written = readonly [id: string, rev: string];

/** What the person writes: a report, and some of what the office writes on, too. Answers every revision. */
async function personWorks(name: string, random: (most: number) => number): Promise<Written[]> {
  const edited = SHARED.filter(() => random(4) === 0);
  return page.evaluate(
    async ([made, ids, text]) => {
      const db = window.CHTCore.DB.get();
      const written: [string, string][] = [[made._id, (await db.put(made)).rev]];
      for (const id of ids) {
        const doc = await db.get(id).catch(() => null);
        if (doc !== null) written.push([id, (await db.put({ ...doc, notes: text })).rev]);
      }
      return written;
    },
    [visit(name, { note: name }, Date.now() - 3_600_000), edited, name] as const,
  );
}

async function officeWorks(name: string, random: (most: number) => number): Promise<void> {
  const db = rig.practice.database();
  await db.put(visit(`office-${name}`));
  for (const id of SHARED.filter(() => random(5) === 0))
    await db.put({ ...(await db.get(id)), office: name });
}

/** Which of these nobody has any more: the server not, nor the phone. */
async function vanished(written: readonly Written[]): Promise<string[]> {
  const gone: string[] = [];
  const lacking = await lackedByServer(written);
  const onPhone = await page.evaluate(async (all) => {
    const db = window.CHTCore.DB.get();
    const has: string[] = [];
    for (const [id] of all) {
      // Every branch, with the history that it grew out of.
      const rows = (await db
        .get(id, { open_revs: 'all', revs: true })
        .catch(() => [])) as unknown as readonly {
        ok?: { _revisions: { start: number; ids: string[] } };
      }[];
      for (const { ok } of rows)
        ok?._revisions.ids.forEach((hash, back) => has.push(`${id} ${ok._revisions.start - back}-${hash}`));
    }
    return has;
  }, lacking);
  for (const [id, rev] of lacking) if (!onPhone.includes(`${id} ${rev}`)) gone.push(`${id} ${rev}`);
  return gone;
}

async function lackedByServer(written: readonly Written[]): Promise<Written[]> {
  const asked: Record<string, string[]> = {};
  for (const [id, rev] of written) asked[id] = [...(asked[id] ?? []), rev];
  const { user, password } = signInAs(rig.practice, 'chw1');
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const body = JSON.stringify(asked);
  const answer = await fetch(`${rig.practice.url}/medic/_revs_diff`, { method: 'POST', headers, body });
  const missing = (await answer.json()) as Record<string, { missing: string[] }>;
  return written.filter(([id, rev]) => missing[id]?.missing.includes(rev) === true);
}

/** What is on hold here, as it was read. */
async function held(): Promise<Written[]> {
  const { rows } = await rig.station.ask('changes.list', { states: ['held'], limit: 500 });
  return rows.map(({ id, rev }): Written => [id, rev]);
}

/** Of these, the ones about which the history has a word. */
function withWord(went: readonly Written[], unsaid: readonly Written[]): readonly Written[] {
  return went.filter((one) => !unsaid.includes(one));
}

/** Records that somebody let go although they were on hold, as the history says. */
async function agreedTo(): Promise<Set<string>> {
  const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
  const records = rows
    .filter(({ what }) => what === 'sync-agreed')
    .flatMap(({ detail }) => detail['records'] as [string, string][]);
  return new Set(records.map(([id]) => id));
}

async function review(random: (most: number) => number): Promise<void> {
  const { station, practice } = rig;
  await rig.read('chw1');
  await compareAs(station, practice, 'chw1');
  const { rows } = await station.ask('batches.list', { show: 'to-do' });
  for (const { batch } of rows) {
    const { rows: open } = await station.ask('changes.list', { batch, states: ['open'], limit: 500 });
    const ids = open.filter(() => random(4) === 0).map(({ id }) => id);
    if (ids.length > 0) await station.ask('decide.hold', { batch, ids, reason: 'to be asked' });
    await station.ask('decide.approve', { batch });
  }
}

async function syncThrough(isAgreed: boolean): Promise<void> {
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  const first = synced(await rig.sync('chw1'));
  if (first.outcome !== 'asks') return;
  if (!isAgreed) return;
  const { outcome } = synced(await rig.sync('chw1', first.plan.digest));
  if (outcome !== 'done') throw new Error(`what was agreed to ended as ${outcome}`);
}

async function ownInternet(): Promise<void> {
  rig.internet?.set(true);
  await page.evaluate(() => window.syncNow());
  rig.internet?.set(false);
}

async function parcel(random: (most: number) => number, write: () => Promise<void>): Promise<void> {
  const { station, practice } = rig;
  await rig.read('chw1');
  const { job } = await station.ask('phones.prepare', signInAs(practice, 'chw1'));
  expect(await station.wait(job)).toMatchObject({ kind: 'prepared' });
  // It is given at another visit, and the person worked in between.
  if (random(2) === 0) await write();
  const { phone, apps } = await rig.look();
  const request = { phone, app: apps[0]?.app ?? '-', user: 'chw1' };
  const end = await station.wait((await station.ask('phones.apply', request)).job);
  expect(end).toMatchObject({ kind: 'applied', applied: { counts: { failed: 0 } } });
}

/** Every leaf of the phone is on the server, and both show the same version of each record with the same content. */
async function expectAgreement(): Promise<void> {
  const leaves = withoutPurges(await leavesOnPhone(page));
  const all = Object.values(leaves).flatMap((docs) => docs.map(({ _id, _rev }): Written => [_id, _rev]));
  expect(await lackedByServer(all)).toEqual([]);
  const shown = await page.evaluate(async () => {
    const db = window.CHTCore.DB.get();
    const { rows } = await db.allDocs();
    return Promise.all(rows.map(({ id }) => db.get(id, { revs: true, attachments: true })));
  });
  const onServer = await Promise.all(
    shown.map(({ _id }) => rig.practice.database().get(_id, { revs: true, attachments: true })),
  );
  const byId = (docs: readonly object[]) =>
    comparable(Object.fromEntries((docs as readonly PhoneDoc[]).map((doc) => [doc._id, [doc]])));
  expect(shown.length).toBeGreaterThan(ROUNDS);
  expect(byId(onServer)).toEqual(byId(shown));
}

const WAYS = ['reads', 'uploads', 'sync', 'sync-agreed', 'parcel', 'confirm', 'own-internet'] as const;

test.each(SEEDS)('the ways taken in turns lose nothing and end equal (%i)', async (seed) => {
  const random = numbers(seed);
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  const written: Written[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    let part = 0;
    const work = async (): Promise<void> => {
      part += 1;
      written.push(...(await personWorks(`visit-${round}-${part}`, random)));
    };
    await work();
    await officeWorks(String(round), random);
    await review(random);
    const way = WAYS[random(WAYS.length)] ?? 'reads';
    const what = `${way} in round ${round}`;
    const onHold = await lackedByServer(await held());
    const before = await agreedTo();
    if (way === 'uploads') await uploadAs(rig.station, rig.practice, 'chw1');
    else if (way === 'sync' || way === 'sync-agreed') await syncThrough(way === 'sync-agreed');
    else if (way === 'parcel') await parcel(random, work);
    else if (way === 'confirm') confirmed(await rig.confirm('chw1'));
    else if (way === 'own-internet') await ownInternet();
    expect(await vanished(written), what).toEqual([]);
    const still = new Set((await lackedByServer(onHold)).map(([id, rev]) => `${id} ${rev}`));
    const went = onHold.filter(([id, rev]) => !still.has(`${id} ${rev}`));
    const agreed = await agreedTo();
    const unsaid = went.filter(([id]) => !agreed.has(id) || before.has(id));
    // What the phone sends by its own internet nobody here is asked about; nobody else sends what is on hold.
    const allowed = way === 'own-internet' ? went : way === 'sync-agreed' ? withWord(went, unsaid) : [];
    expect(went, what).toEqual(allowed);
  }
  // The last visit: everything goes, and all comes.
  await syncThrough(true);
  await syncThrough(true);
  expect(await lackedByServer(written)).toEqual([]);
  await expectAgreement();
  const from = rig.app.passed.length;
  await syncThrough(true);
  expect(rig.app.passed.slice(from).filter((one) => /POST \/medic\/_bulk_docs/.test(one))).toEqual([]);
  // Here, too, nothing waits that the server has.
  await rig.read('chw1');
  await compareAs(rig.station, rig.practice, 'chw1');
  // What was approved and then went by the phone's own internet is proven by the next upload, which writes nothing.
  const audited = rig.practice.audit.length;
  await uploadAs(rig.station, rig.practice, 'chw1');
  expect(rig.practice.audit.slice(audited)).toEqual([]);
  expect((await rig.station.ask('outbox.owners', {})).owners).toEqual([]);
  const { rows } = await rig.station.ask('changes.list', { states: ['open', 'held'], limit: 500 });
  // Neither what the server has, nor what no phone ever sends, is anybody's work.
  const open = rows.filter((one) => one.class !== 'same' && one.class !== 'never-sent');
  const conflicts = new Set((await rig.station.ask('conflicts.list', {})).rows.map(({ id }) => id));
  expect(open.filter(({ id }) => !conflicts.has(id))).toEqual([]);
});
