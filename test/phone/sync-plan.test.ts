/** Before a phone synchronises by itself its deletions are named, also those that somebody approved. */
import { afterEach, expect, test } from 'vitest';
import { compareAs } from '../support/uploads.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

test('a deletion is named before it is approved and before it goes, and goes only then', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1');
  await workOffline(page);
  const { imports } = imported(await rig.read('chw1'));
  const [batch = ''] = imports[0]?.batches ?? [];
  await compareAs(rig.station, rig.practice, 'sup_online');
  const before = synced(await rig.sync('chw1')).plan;
  const named = before.asked.find(({ going }) => going === 'deletion');
  expect(named).toMatchObject({
    records: 1,
    rows: [{ id: WORK.deleted, batch, deleted: true, user: 'chw1' }],
  });
  expect(named?.rows[0]?.label).not.toBe(WORK.deleted);
  expect(before.asked.find(({ going }) => going === 'conflict')).toMatchObject({
    records: 1,
    rows: [{ id: WORK.conflict }],
  });
  expect(before.deletions).toEqual({ records: 0, rows: [] });

  // All but the conflict is approved; what is left is put on hold.
  await rig.station.ask('decide.approve', { batch, except: [WORK.conflict] });
  await rig.station.ask('decide.approve', { batch, ids: [WORK.deleted], deleting: 1 });
  const { plan } = synced(await rig.sync('chw1'));
  expect(plan.counts).toMatchObject({ deletion: 0, open: 0, conflict: 1 });
  expect(plan.asked.map(({ going }) => going)).toEqual(['conflict']);
  expect(plan.deletions).toMatchObject({ records: 1, rows: [{ id: WORK.deleted, state: 'approved' }] });
  const written = rig.practice.audit.length;
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done' });
  expect(rig.practice.audit.slice(written).map(({ id }) => id)).toContain(WORK.deleted);
  const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
  expect(rows.filter(({ what }) => what === 'sync-agreed')).toMatchObject([
    { detail: { records: [[WORK.conflict, 'conflict']], deletions: [WORK.deleted] } },
  ]);
});

test('where the server has moved since the approval, it is asked about anew, and nothing goes unasked', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1');
  const edit = (fields: object) =>
    page.evaluate(
      async ({ id, more }) => {
        const db = window.CHTCore.DB.get();
        await db.put({ ...(await db.get(id)), ...more });
      },
      { id: WORK.edited, more: fields },
    );
  await edit({ name: 'Edited on the phone' });
  const { imports } = imported(await rig.read('chw1'));
  const [batch = ''] = imports[0]?.batches ?? [];
  await compareAs(rig.station, rig.practice, 'chw1');
  await rig.station.ask('decide.approve', { batch });
  const server = rig.practice.database();
  const before = await server.get(WORK.edited);
  await server.put({ ...before, name: 'Edited on the server' });

  // The last comparison knew nothing of it: the server is asked once more, with the phone's own session.
  const end = synced(await rig.sync('chw1'));
  expect(end).toMatchObject({ outcome: 'asks', sent: 0 });
  expect(end.plan.asked).toMatchObject([{ going: 'conflict', records: 1, rows: [{ id: WORK.edited }] }]);
  expect(end.plan.counts.approved).toBe(0);
  expect(await server.get(WORK.edited, { conflicts: true })).not.toHaveProperty('_conflicts');
  expect(await page.evaluate(() => window.syncs)).toEqual([]);
  // It stands in Conflicts, where somebody settles it.
  const { rows } = await rig.station.ask('conflicts.list', {});
  expect(rows.map(({ id }) => id)).toEqual([WORK.edited]);
});
