/**
 * The whole way: plug in, read, replica, review, settle, approve, upload, and the server is what the phone was. Then
 * back: the phone comes online, and is read again.
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { leavesAt } from '../support/edits.ts';
import { imageOf } from '../support/replica.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { comparable, leavesOnServer, withoutPurges, type Leaves } from './rig/leaves.ts';
import { goOnline } from './rig/phone-sync.ts';
import { firstSync, leavesOnPhone, type PhoneDoc } from './rig/web-phone.ts';

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

/** Revisions that somebody wrote to the server since `from`. */
const written = ({ practice }: PhoneRig, from: number): string[] =>
  practice.audit.slice(from).map(({ id, rev }) => `${id} ${rev}`);

/** The document as the app shows it. */
const shown = (page: Page, id: string): Promise<PhoneDoc> =>
  page.evaluate((wanted) => window.CHTCore.DB.get().get(wanted), id);

/** The phone shows `other side` while nothing is settled: its revision is the higher one. */
describe.each([
  { pouch: '9', side: 'one side' },
  { pouch: '9', side: 'other side' },
  { pouch: '7', side: 'one side' },
] as const)('a phone with PouchDB $pouch', ({ pouch, side }) => {
  test(`is read leaf by leaf, and comes back to one version where the clerk keeps ${side}`, async () => {
    // In a process of its own, as in the product.
    rig = await openPhoneRig({ ownProcess: true });
    const { station, practice, phone } = rig;
    const page = await phone.open('chw1', 'app', pouch);
    await firstSync(page, practice, 'chw1', 'device-1');
    await workOffline(page);
    const before = await leavesOnPhone(page);

    expect(await rig.look()).toMatchObject({
      name: 'Double One',
      trouble: null,
      apps: [{ server: rig.app.url, people: [{ user: 'chw1', signedIn: true }] }],
    });
    const end = imported(await rig.read('chw1'));
    expect(end).toMatchObject({
      reading: { user: 'chw1', device: 'device-1', why: 'first' },
      imports: [{ user: 'chw1', device: 'device-1', outcome: 'taken', problems: [], format: 'station' }],
    });
    expect(end.imports[0]?.documents).toMatchObject({ skipped: 1, broken: 0, known: 0 });
    // Reading changed nothing on the phone.
    expect(comparable(await leavesOnPhone(page))).toEqual(comparable(before));

    await compareAs(station, practice, 'sup_online');
    const [batch = ''] = end.imports[0]?.batches ?? [];
    const { [WORK.conflict]: sides = [], ...others } = withoutPurges(before);
    const [keep, close] = [side, side === 'one side' ? 'other side' : 'one side'].map(
      (name) => sides.find((doc) => doc['name'] === name)?._rev ?? '',
    );
    await station.ask('decide.approve', { batch });
    // The deletions were looked at.
    const deletions = { batch, classes: ['deletion' as const], unusual: ['many-deletions' as const] };
    const { records: deleting } = await station.ask('decide.deletions', deletions);
    await station.ask('decide.approve', { ...deletions, deleting });
    const { rows } = await station.ask('conflicts.list', {});
    expect(rows).toMatchObject([{ id: WORK.conflict }]);
    const seen = rows[0]?.leaves.map(({ rev }) => rev) ?? [];
    expect([...seen].sort()).toEqual(sides.map(({ _rev }) => _rev).sort());
    const settled = await station.ask('conflict.resolve', { id: WORK.conflict, seen, keep });
    expect(settled).toMatchObject({ kept: keep, closed: [close] });

    const from = practice.audit.length;
    const sent = await uploadAs(station, practice, 'chw1', [batch]);
    expect(sent).toMatchObject({ outcome: 'done', refused: [], failed: [], lapsed: [], waiting: [] });
    // What was not in conflict is on the server as it was on the phone, leaf by leaf.
    expect(Object.keys(others)).toEqual(expect.arrayContaining(ORDINARY));
    expect(comparable(await leavesOnServer(rig, Object.keys(others)))).toEqual(comparable(others));
    // Of the conflict one version is left: what was kept, and every side has its place below a leaf.
    const { [WORK.conflict]: atServer = [] } = await leavesOnServer(rig, [WORK.conflict]);
    const live = atServer.filter((doc) => doc['_deleted'] !== true);
    expect(live).toHaveLength(1);
    expect(contentOf(live[0])).toEqual(contentOf(sides.find(({ _rev }) => _rev === keep)));
    const lineages = atServer.map((doc) => JSON.stringify(doc['_revisions']));
    for (const rev of [keep, close])
      expect(lineages.filter((lineage) => lineage.includes(rev?.slice(2) ?? '-'))).toHaveLength(1);
    // What the phone only dropped to save space is not deleted on the server.
    expect(await practice.database().get(WORK.purged)).toMatchObject({ type: 'data_record' });

    // Back: the phone comes online. All that it sends is the side that was a deletion; no decision was about that one.
    const deletion = sides.find((doc) => doc['_deleted'] === true)?._rev ?? '';
    const online = practice.audit.length;
    expect(await goOnline(page, practice, 'chw1')).toMatchObject({ refused: 0, dropped: [] });
    expect(written(rig, online)).toEqual([`${WORK.conflict} ${deletion}`]);
    expect(await shown(page, WORK.conflict)).toEqual(await practice.database().get(WORK.conflict));
    expect(await shown(page, WORK.conflict)).toMatchObject({ name: side, _rev: live[0]?._rev });
    expect((await leavesAt(practice, WORK.conflict)).live).toEqual([live[0]?._rev]);
    // The next time there is nothing more to do, but for what the phone dropped to save space: it is offered each time.
    expect(await goOnline(page, practice, 'chw1')).toEqual({
      pushed: 0,
      refused: 0,
      pulled: [WORK.purged],
      dropped: [],
    });

    // Read again, first what is new, then all of it: nothing is new to the station, nothing is open again.
    const again = imported(await rig.read('chw1'));
    expect(again.reading).toMatchObject({ why: 'again' });
    const whole = imported(await rig.read('chw1', true)).imports;
    expect(whole).toMatchObject([{ outcome: 'taken', problems: [], documents: { new: 0, broken: 0 } }]);
    for (const { documents } of again.imports) expect(documents).toMatchObject({ new: 0, broken: 0 });
    await compareAs(station, practice, 'sup_online');
    expect((await station.ask('conflicts.list', {})).rows).toEqual([]);
    for (const one of [...again.imports, ...whole].flatMap(({ batches }) => batches))
      await station.ask('decide.approve', { batch: one });
    expect(await uploadAs(station, practice, 'chw1')).toMatchObject({ sent: 0, refused: [], failed: [] });
    const all = written(rig, from);
    expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([]);

    // The replica holds every leaf of the phone as it was, and what settled the conflict.
    await station.station.close();
    const { leaves } = (await imageOf(join(station.dataDir, 'replica'))) as { leaves: Leaves };
    const { [WORK.conflict]: replicated = [], ...rest } = leaves;
    expect(comparable(rest)).toEqual(comparable(others));
    expect(replicated.filter((doc) => doc['_deleted'] !== true).map(({ _rev }) => _rev)).toEqual([
      live[0]?._rev,
    ]);
  });
});

const ORDINARY = [...WORK.reports, WORK.edited, WORK.deleted, WORK.withPhotos, WORK.withLargePhoto];

/** Fields and attachments, without the revision. */
function contentOf(doc: PhoneDoc | undefined): object {
  return Object.fromEntries(Object.entries(doc ?? {}).filter(([field]) => !field.startsWith('_rev')));
}
