/**
 * The same phone at the station again and again, never online, and a server whose sentinel works on what arrived: numbers
 * for new people, a household muted, a death. Every later edit of the phone branches off the version before that.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import type { StoredDoc } from '../../electron/practice/pouch.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { leavesAt } from '../support/edits.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

const PEOPLE = 20;
const YESTERDAY = Date.now() - 86_400_000;
const HOME = 'hc1-area-1-home-1';
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const IDS = Array.from({ length: PEOPLE }, (_, at) => `visited-${at}`);

let server: PracticeServer;
let station: TestStation;
let phone: Phone;
beforeAll(async () => {
  server = await startPracticeServer();
  station = await openTestStation({ practice: server });
  phone = new Phone({ user: 'chw1', device: 'phone-1', server });
  await phone.firstSync();
});
afterAll(async () => {
  await station.close();
  await phone.destroy();
  await server.close();
});

const people = (): Promise<StoredDoc[]> => Promise.all(IDS.map((id) => server.database().get(id)));

/** The phone is taken, everything ordinary approved and sent; then sentinel works. */
async function visit(): Promise<string> {
  const { bytes } = await phone.exportStation();
  const { batch } = await station.take(bytes);
  await compareAs(station, server, 'chw1');
  expect((await station.ask('station.status', {})).conflicts).toBe(0);
  await station.ask('decide.approve', { batch: batch ?? '' });
  const nothing = { refused: [], failed: [], lapsed: [], waiting: [] };
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done', ...nothing });
  await server.sentinel.settle();
  return batch ?? '';
}

it('ten visits of 20 people are ordinary updates, and what the server wrote is still there afterwards', async () => {
  const parent = asParent(await phone.db.get(HOME));
  for (const id of IDS) {
    await phone.put(contact({ id, type: 'person', name: `Person ${id}`, parent, reportedAt: YESTERDAY }));
  }
  await visit();
  const codes = (await people()).map((doc) => doc.patient_id);
  expect(new Set(codes).size).toBe(PEOPLE);

  for (let number = 2; number <= 10; number += 1) {
    for (const id of IDS)
      await phone.edit(id, () => ({ phone: `+256 ${number}`, [`visit_${number}`]: true }));
    const put = (id: string, form: string, fields: Readonly<Record<string, unknown>>) =>
      phone.put(report({ id, form, by: BY, about: IDS[0] ?? '', reportedAt: YESTERDAY, fields }));
    if (number === 4) await put('mute-home', 'mute', { patient_uuid: undefined, place_id: HOME });
    if (number === 6) await put('unmute-home', 'unmute', { patient_uuid: undefined, place_id: HOME });
    if (number === 8) await put('death', 'death_report', { death_details: { date_of_death: '2026-11-01' } });
    const batch = await visit();
    expect((await station.ask('batch.get', { batch })).counts).toMatchObject({ update: PEOPLE });
    for (const [at, doc] of (await people()).entries()) {
      expect(doc).toMatchObject({ patient_id: codes[at], phone: `+256 ${number}` });
      expect(Boolean(doc.muted), `${doc._id} at visit ${number}`).toBe(number === 4 || number === 5);
      expect((await leavesAt(server, doc._id)).live).toHaveLength(1);
    }
  }
  const [dead] = await people();
  expect(dead).toMatchObject({ date_of_death: '2026-11-01', visit_2: true, visit_10: true });

  // Online at last, the phone sends nothing of it again and makes no conflict.
  await phone.sync();
  for (const [at, doc] of (await people()).entries()) {
    expect((await leavesAt(server, doc._id)).live).toEqual([doc._rev]);
    expect(await phone.db.get(doc._id)).toMatchObject({ _rev: doc._rev, patient_id: codes[at] });
  }
});

it('a household that is muted and unmuted on the phone, visit after visit, asks nobody anything', async () => {
  const home = 'hc1-area-1-home-2';
  const { rows } = await phone.db.allDocs({ startkey: home, endkey: `${home}-\uffff` });
  const ids = rows.flatMap(({ id }) => id ?? []);
  expect(ids.length).toBeGreaterThan(2);
  const at = (id: string) => server.database().get(id);
  const codes = await Promise.all(ids.map(async (id) => (await at(id)).patient_id));
  const says = (id: string, form: string) =>
    phone.save(
      report({
        id,
        form,
        by: BY,
        about: ids.at(-1) ?? '',
        reportedAt: YESTERDAY,
        fields: { patient_uuid: undefined, place_id: home },
      }),
    );
  for (let number = 1; number <= 6; number += 1) {
    if (number % 2 === 1) await says(`app-mute-${number}`, 'mute');
    else await says(`app-unmute-${number}`, 'unmute');
    for (const id of ids) await phone.edit(id, () => ({ notes: `visit ${number}` }));
    const updated = ids.length;
    const batch = await visit();
    expect(await station.ask('batch.get', { batch })).toMatchObject({ counts: { update: updated, new: 1 } });
    for (const [index, id] of ids.entries()) {
      const doc = await at(id);
      expect(doc).toMatchObject({ notes: `visit ${number}`, muting_history: { last_update: 'server_side' } });
      expect(Boolean(doc.muted), `${id} at visit ${number}`).toBe(number % 2 === 1);
      expect(doc.patient_id).toBe(codes[index]);
      expect((await leavesAt(server, id)).live).toHaveLength(1);
    }
  }
});
