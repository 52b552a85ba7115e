/**
 * What was approved here goes to the server by the phone's own internet meanwhile. As soon as that is seen, nothing claims any
 * more that it is to be sent, nor that it was sent from here.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { visit, WORK } from './rig/offline-work.ts';
import { confirmed, imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** The ways in which it is seen. */
const SEES: Readonly<Record<string, () => Promise<unknown>>> = {
  'a comparison': () => compareAs(rig.station, rig.practice, 'sup_online'),
  'the sync of the phone': async () => {
    // The app synchronises by itself only where it has not done so in the last minutes.
    await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
    const end = synced(await rig.sync('chw1'));
    expect(end).toMatchObject({ outcome: 'done', sent: 0, accepted: 0, plan: { asks: false } });
  },
  'the phone that is told what the server has': async () => {
    expect(confirmed(await rig.confirm('chw1')).outcome).not.toBe('unproven');
  },
};

const toSend = async () => (await rig.station.ask('outbox.owners', {})).owners;
const receipt = async (batch: string): Promise<Record<string, unknown>> =>
  JSON.parse((await rig.station.ask('receipt.get', { batch, format: 'json' })).content) as Record<
    string,
    unknown
  >;

test.each(Object.keys(SEES))(
  '%s finds it there, and it is neither to be sent nor was sent from here',
  async (how) => {
    rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
    page = await appWithoutInternet(rig, 'chw1');
    await page.evaluate(
      async ([first, edited]) => {
        const db = window.CHTCore.DB.get();
        await db.put(first);
        await db.put({ ...(await db.get(edited)), name: 'as the phone says' });
      },
      [visit('visit-1', {}, Date.now() - 3_600_000), WORK.edited] as const,
    );
    const [batch = ''] = imported(await rig.read('chw1')).imports[0]?.batches ?? [];
    await compareAs(rig.station, rig.practice, 'sup_online');
    // The phone was read whole: most of it is from the server.
    const had = Number((await receipt(batch))['serverHadIt']);
    await rig.station.ask('decide.approve', { batch });
    expect(await toSend()).toMatchObject([{ user: 'chw1', records: 2 }]);

    rig.internet?.set(true);
    await page.evaluate(() => window.syncNow());
    rig.internet?.set(false);
    expect(await page.evaluate(() => window.syncs.at(-1))).toMatchObject({ pushed: 2 });
    // The office went on from one of them: the phone's version is there all the same.
    const server = rig.practice.database();
    await server.put({ ...(await server.get(WORK.edited)), notes: 'edited by the office' });
    // Nobody has looked yet.
    expect(await toSend()).toMatchObject([{ records: 2 }]);

    await SEES[how]?.();
    expect(await toSend()).toEqual([]);
    expect((await rig.station.ask('station.status', {})).outbox).toMatchObject({
      toSend: 0,
      waiting: 0,
      unproven: 0,
    });
    expect(await receipt(batch)).toMatchObject({ accepted: 0, approved: 0, toSend: 0, serverHadIt: had + 2 });
    expect(await receipt(batch)).not.toHaveProperty('sentByPhone');
    const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
    const found = rows.filter(({ what }) => what === 'found-on-server');
    expect(found.map(({ id }) => id).sort()).toEqual([WORK.edited, 'visit-1'].sort());
    expect(rows.filter(({ what }) => what === 'proven')).toEqual([]);

    // Nor does an upload say so.
    expect(await uploadAs(rig.station, rig.practice, 'chw1')).toMatchObject({
      sent: 0,
      accepted: 0,
      already: 0,
    });
    // And a second look finds nothing more.
    await compareAs(rig.station, rig.practice, 'sup_online');
    expect(await receipt(batch)).toMatchObject({ accepted: 0, serverHadIt: had + 2 });
  },
);
