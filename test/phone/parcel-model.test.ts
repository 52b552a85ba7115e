/**
 * Parcels against a phone and a server on which anything happens: people work on both, the phone comes online now and
 * then, records branch on both sides, the server purges and archives, and the page dies at any write. Work that the phone
 * had not sent never vanishes; everything else ends as the server has it.
 */
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { signInAs } from '../support/uploads.ts';
import { visit, WORK } from './rig/offline-work.ts';
import { apply, dieAfter } from './rig/parcels.ts';
import { goOnline } from './rig/phone-sync.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { firstSync, leavesOnPhone, type PhoneDoc } from './rig/web-phone.ts';

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

const ROUNDS = 6;
/** `MODEL_SEEDS=20 MODEL_FROM=1` plays more. */
const FROM = Number(process.env['MODEL_FROM'] ?? 1);
const SEEDS = Array.from({ length: Number(process.env['MODEL_SEEDS'] ?? 2) }, (_, at) => FROM + at);
/** What both sides work on. */
const SHARED = [WORK.edited, 'hc1-area-1', 'report-hc1-chw1-1', 'report-hc1-chw1-2', 'report-hc1-chw1-3'];

/** Each of these may have several versions side by side, on either side; nobody deletes them. */
const BRANCHED = ['hc1-area-1-home-1-person-2', 'hc1-area-1-home-2-person-1'] as const;
/** The server purges the first of these for health workers at some time, and archives the others. */
const TAKEN = ['report-hc1-chw1-4', 'report-hc1-chw1-5', 'report-hc1-chw1-6'] as const;

/** Another version beside the one that is shown, with the same history; `name` makes it another one each time. */
function branchOf(doc: object, name: string, fields: object): object {
  const { _revisions: history } = doc as { _revisions: { start: number; ids: string[] } };
  const hash = createHash('md5').update(name).digest('hex');
  const ids = [hash, ...history.ids.slice(1)];
  return { ...doc, ...fields, _rev: `${history.start}-${hash}`, _revisions: { start: history.start, ids } };
}

/** The same numbers in each run; from 0 to below `most`. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

async function hasBranches(id: string): Promise<boolean> {
  const { _conflicts: others } = (await rig.practice.database().get(id, { conflicts: true })) as {
    _conflicts?: string[];
  };
  return others !== undefined;
}

async function serverWorks(random: (most: number) => number, round: number): Promise<void> {
  const db = rig.practice.database();
  await db.put(visit(`server-${round}`));
  // What the last parcel brought is edited again, or dropped; the first one over and over.
  for (const id of new Set(['server-1', `server-${round - 1}`])) {
    const doc = await db.get(id).catch(() => null);
    if (doc === null || round === 1) continue;
    const isDropped = id !== 'server-1' && round % 2 === 1 && !(await hasBranches(id));
    await db.put({ ...doc, ...(isDropped ? { _deleted: true } : { fields: { note: `server ${round}` } }) });
  }
  for (const id of SHARED) {
    const doc = await db.get(id).catch(() => null);
    const what = random(4);
    if (doc === null || what === 0) continue;
    // Where one of several versions is deleted another one is shown. The app's own download does not learn of that either:
    // it is told which version is shown, and not that the one it has is deleted.
    const isDeletable = doc._id.startsWith('report') && !(await hasBranches(id));
    await db.put(
      what === 1 && isDeletable ? { ...doc, _deleted: true } : { ...doc, notes: `server ${round}` },
    );
  }
}

/** Its branches, and what it takes away from phones. */
async function serverTakes(random: (most: number) => number, round: number): Promise<void> {
  for (const id of BRANCHED) {
    const db = rig.practice.database();
    const what = random(3);
    const doc = await db.get(id, { revs: true });
    const fields = { notes: `server ${round}` };
    if (what === 1) await db.put({ ...(await db.get(id)), ...fields });
    if (what === 2)
      await db.bulkDocs([branchOf(doc, `server ${id} ${round}`, fields) as PhoneDoc], { new_edits: false });
  }
  const [purged, ...archived] = TAKEN;
  if (round === 2 + random(2)) rig.practice.purge([purged], ['chw']);
  const id = archived[round % archived.length] ?? '';
  if (round > 2 && random(2) === 0) await rig.practice.archive([id, `server-${round - 2}`]);
}

async function phoneWorks(random: (most: number) => number, name: string): Promise<void> {
  const edits = SHARED.filter(() => random(4) === 0).map((id) => ({ id, isDeleted: random(4) === 0 }));
  await page.evaluate(
    async ([made, some, text]) => {
      const db = window.CHTCore.DB.get();
      await db.put(made);
      for (const { id, isDeleted } of some) {
        const doc = await db.get(id).catch(() => null);
        if (doc === null) continue;
        await db.put({ ...doc, ...(isDeleted ? { _deleted: true } : { notes: text }) });
      }
    },
    [visit(name), edits, name] as const,
  );
  for (const id of BRANCHED.filter(() => random(3) === 0)) {
    const doc = await page.evaluate((one) => window.CHTCore.DB.get().get(one, { revs: true }), id);
    await page.evaluate(
      (one) => window.CHTCore.DB.get().bulkDocs([one], { new_edits: false }),
      branchOf(doc, `phone ${id} ${name}`, { notes: name }),
    );
  }
  for (const id of TAKEN.filter(() => random(3) === 0))
    await page.evaluate(
      async ([one, text]) => {
        const db = window.CHTCore.DB.get();
        const doc = await db.get(one).catch(() => null);
        if (doc !== null) await db.put({ ...doc, notes: text });
      },
      [id, name] as const,
    );
}

/** The person works on what the parcel that was just made would bring, or drop: no world is without it. */
async function phoneWorksOnTheSame(round: number): Promise<void> {
  await page.evaluate(
    async (id) => {
      const db = window.CHTCore.DB.get();
      const doc = await db.get(id).catch(() => null);
      if (doc !== null) await db.put({ ...doc, fields: { note: 'by the phone' } });
    },
    `server-${round - 1}`,
  );
}

/** Leaves of the phone that the server does not have, but for the stubs of what the phone dropped. */
async function unsent(onPhone: Record<string, PhoneDoc[]>): Promise<Map<string, string[]>> {
  const asked: Record<string, string[]> = {};
  for (const [id, docs] of Object.entries(onPhone)) {
    const revs = docs.filter((doc) => doc['purged'] !== true).map(({ _rev }) => _rev);
    if (revs.length === 0 || id.startsWith('_design/')) continue;
    asked[id] = revs;
  }
  const answer = (await ask('/medic/_revs_diff', asked)) as Record<string, { missing: string[] }>;
  return new Map(Object.entries(answer).map(([id, { missing }]) => [id, missing]));
}

/** As the person, past the phone and the station. */
async function ask(path: string, body?: object): Promise<unknown> {
  const { user, password } = signInAs(rig.practice, 'chw1');
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`${rig.practice.url}${path}`, { headers, ...more })).json();
}

/** What the server lists for this person. */
async function listed(): Promise<Map<string, string>> {
  const { doc_ids_revs: rows } = (await ask('/api/v1/replication/get-ids')) as {
    doc_ids_revs: { id: string; rev: string }[];
  };
  return new Map(rows.map(({ id, rev }) => [id, rev]));
}

test.each(SEEDS)('no work vanishes, and the rest ends as the server has it (%i)', async (seed) => {
  const random = numbers(seed);
  rig = await openPhoneRig();
  // What archives.
  await rig.practice.setVersion('5.3.0');
  page = await rig.phone.open('chw1');
  await firstSync(page, rig.practice, 'chw1', 'device-1');
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (random(3) === 0) await phoneWorks(random, `phone-${round}`);
    imported(await rig.read('chw1'));
    await serverWorks(random, round);
    await serverTakes(random, round);
    const { job } = await rig.station.ask('phones.prepare', signInAs(rig.practice, 'chw1'));
    expect(await rig.station.wait(job)).toMatchObject({ kind: 'prepared' });
    if (random(2) === 0) await phoneWorks(random, `later-${round}`);
    await phoneWorksOnTheSame(round);
    const online = random(4) === 0;
    if (online) await goOnline(page, rig.practice, 'chw1');

    const before = await leavesOnPhone(page);
    const work = await unsent(before);
    const isOnServer = await listed();
    for (let writes = 1; writes <= random(3); writes += 1) {
      await dieAfter(page, writes);
      await apply(rig);
      await page.waitForFunction(() => typeof window.CHTCore?.DB.get === 'function');
      await page.reload();
    }
    expect(await apply(rig)).toMatchObject({
      kind: 'applied',
      applied: { outcome: 'done', counts: { failed: 0 } },
    });

    const after = await leavesOnPhone(page);
    // Where there is work that was not sent, not even another branch stands beside it.
    for (const id of work.keys()) expect(after[id], `${id} of round ${round}`).toEqual(before[id]);
    const shown = new Map(
      (await page.evaluate(() => window.CHTCore.DB.get().allDocs())).rows.map(({ id, value }) => [
        id,
        value.rev,
      ]),
    );
    for (const [id, rev] of [...isOnServer].filter(([one]) => !work.has(one)))
      expect(shown.get(id), `${id} of round ${round}`).toBe(rev);
    for (const id of shown.keys())
      expect(isOnServer.has(id) || work.has(id), `${id} of round ${round}`).toBe(true);
    // Once more changes nothing.
    expect(await apply(rig)).toMatchObject({
      kind: 'applied',
      applied: { counts: { written: 0, dropped: 0 } },
    });
    expect(await leavesOnPhone(page)).toEqual(after);
  }
});
