/**
 * The same people, edited at each of ten visits by a phone and, in between, by the server: sentinel works on what arrived,
 * and an office edits, too. One phone synchronises at every visit, another is only read and uploaded; both end with no
 * conflict, and with the same.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import { leavesAt } from '../support/edits.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone, type PhoneDoc } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };
const VISITS = 10;
const HOME = 'hc1-area-1-home-1';
const IDS = ['visited-0', 'visited-1', 'visited-2'] as const;
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const YESTERDAY = Date.now() - 86_400_000;

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** What the health worker does before a visit. */
async function work(number: number): Promise<void> {
  const parent = asParent(await rig.practice.database().get(HOME));
  const people = IDS.map((id) =>
    contact({ id, type: 'person', name: `Person ${id}`, parent, reportedAt: YESTERDAY }),
  );
  const about = (id: string, form: string, fields: Readonly<Record<string, unknown>>) =>
    report({ id, form, by: BY, about: IDS[0], reportedAt: YESTERDAY, fields });
  const reports = [
    ...(number === 4 ? [about('mute-home', 'mute', { patient_uuid: undefined, place_id: HOME })] : []),
    ...(number === 6 ? [about('unmute-home', 'unmute', { patient_uuid: undefined, place_id: HOME })] : []),
    ...(number === 8
      ? [about('death', 'death_report', { death_details: { date_of_death: '2026-11-01' } })]
      : []),
  ];
  await page.evaluate(
    async ({ at, first, more, ids }) => {
      const db = window.CHTCore.DB.get();
      for (const doc of [...first, ...more]) await db.put(doc);
      for (const id of at === 1 ? [] : ids)
        await db.put({ ...(await db.get(id)), phone: `+256 ${at}`, [`visit_${at}`]: true });
    },
    { at: number, first: number === 1 ? people : [], more: reports, ids: [...IDS] },
  );
}

/** The phone is read, everything ordinary approved and sent; then sentinel works, and an office. */
async function visit(number: number): Promise<void> {
  const { practice, station } = rig;
  const { imports } = imported(await rig.read('chw1'));
  await compareAs(station, practice, 'chw1');
  expect((await station.ask('station.status', {})).conflicts, `visit ${number}`).toBe(0);
  for (const batch of imports.flatMap(({ batches }) => batches))
    await station.ask('decide.approve', { batch });
  const nothing = { refused: [], failed: [], lapsed: [], waiting: [] };
  expect(await uploadAs(station, practice, 'chw1'), `visit ${number}`).toMatchObject(nothing);
  await practice.sentinel.settle();
}

async function office(number: number): Promise<void> {
  const database = rig.practice.database();
  for (const id of IDS) await database.put({ ...(await database.get(id)), [`office_${number}`]: 'called' });
}

const people = async (): Promise<PhoneDoc[]> => {
  const found: PhoneDoc[] = [];
  for (const id of IDS) {
    const doc = (await rig.practice.database().get(id)) as PhoneDoc;
    expect((await leavesAt(rig.practice, id)).live).toEqual([doc._rev]);
    found.push(doc);
  }
  return found;
};

/** What the two deployments have in common: neither revisions nor what the server numbers at random. */
function contentOf({ _rev, patient_id: code, ...rest }: PhoneDoc): unknown {
  expect(code).toMatch(/^\d+$/);
  return JSON.parse(JSON.stringify(rest, (key, value: unknown) => (key === 'revpos' ? undefined : value)));
}

/** The app synchronises by itself only where it has not done so in the last minutes. */
const timePasses = (): Promise<void> =>
  page.evaluate(() => localStorage.setItem('medic-last-replicated-date', String(Date.now() - 600_000)));

async function tenVisits(afterEachVisit: () => Promise<void>): Promise<unknown[]> {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
  for (let number = 1; number <= VISITS; number += 1) {
    await work(number);
    await visit(number);
    await afterEachVisit();
    await people();
    await office(number);
  }
  return (await people()).map(contentOf);
}

test('a phone that synchronises at every visit has no conflict, one that is only uploaded has none, and the two end equal', async () => {
  const withSync = await tenVisits(async () => {
    await timePasses();
    const end = synced(await rig.sync('chw1'));
    // Everything went before: the app only receives.
    expect(end).toMatchObject({ outcome: 'done', sent: 0, compared: true, left: 0, lacking: 0 });
    expect(end.received).toBeGreaterThan(0);
    const onServer = await people();
    const shown = await page.evaluate(
      (ids) => Promise.all(ids.map((id) => window.CHTCore.DB.get().get(id))),
      [...IDS],
    );
    expect(shown.map(({ _id, _rev }) => [_id, _rev])).toEqual(onServer.map(({ _id, _rev }) => [_id, _rev]));
  });
  expect(await rig.station.ask('conflicts.list', {})).toMatchObject({ rows: [] });
  // The second round, nothing having happened in between but the office, brings that and then nothing.
  await timePasses();
  expect(synced(await rig.sync('chw1'))).toMatchObject({ outcome: 'done', sent: 0, received: IDS.length });
  await timePasses();
  const from = rig.app.passed.length;
  expect(synced(await rig.sync('chw1'))).toMatchObject({ outcome: 'done', sent: 0, received: 0 });
  const moved = rig.app.passed.slice(from).filter((one) => /POST \/medic\/_bulk_(?:docs|get)/.test(one));
  expect(moved).toEqual([]);
  expect(Object.keys(await leavesOnPhone(page))).toEqual(expect.arrayContaining([...IDS]));
  await rig.close();

  const uploadedOnly = await tenVisits(async () => {});
  expect(await rig.station.ask('conflicts.list', {})).toMatchObject({ rows: [] });
  expect(uploadedOnly).toEqual(withSync);
});
