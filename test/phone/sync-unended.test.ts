/**
 * The app's own sync fails, and the app says so to nobody: it only asks for nothing any more. The station says what it has
 * seen and what is on the server all the same; the person stops, or lets the app try again. No end is claimed.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { Job } from '../../shared/contract.ts';
import { HANGS_MS } from '../support/soon.ts';
import { compareAs } from '../support/uploads.ts';
import { visit } from './rig/offline-work.ts';
import { imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';

/** After a failure it is over quickly; an app that has not failed is never left alone here. */
const SYNC = { watchMs: 200, idleMs: 1_000, failedMs: 2_000, quietMs: 3_600_000, giveUpMs: 3_600_000 };

let rig: PhoneRig;
let page: Page;
let batch: string;
afterEach(async () => {
  await rig.close();
});

/** A visit that was approved here stands on the phone, and the server has one for it. */
async function open(sync: Partial<typeof SYNC> = {}): Promise<void> {
  rig = await openPhoneRig({ ownInternet: true, sync: { ...SYNC, ...sync }, ownProcess: true });
  page = await appWithoutInternet(rig, 'chw1');
  await page.evaluate(
    (doc) => window.CHTCore.DB.get().put(doc),
    visit('visit-1', {}, Date.now() - 3_600_000),
  );
  const { imports } = imported(await rig.read('chw1'));
  batch = imports[0]?.batches[0] ?? '';
  await compareAs(rig.station, rig.practice, 'sup_online');
  await rig.station.ask('decide.approve', { batch });
  await rig.practice.database().put(visit('from-server'));
}

const running = async (): Promise<Job | undefined> =>
  (await rig.station.ask('jobs.list', {})).jobs.find(({ kind, end }) => kind === 'sync' && end === null);
/** What is told once the app stands still and the server was asked. */
const standing = async (): Promise<Pick<Job, 'step' | 'counts'> | undefined> => {
  const job = await running();
  return job?.counts['confirmed'] === undefined ? undefined : { step: job.step, counts: job.counts };
};
const told = async (expected: object): Promise<void> => {
  await expect.poll(standing, { timeout: HANGS_MS }).toMatchObject(expected);
};
/** The first request of the app's own sync is answered so, from then on. */
const refuses = (request: string, status: number): void => {
  rig.app.answers = (asked) => (asked.startsWith(request) ? status : null);
};

test('what was sent is proven and noted, and the person who stops it is told that it did not come to its end', async () => {
  await open();
  refuses('GET /api/v1/replication/get-ids', 503);
  const end = rig.sync('chw1');
  await told({ step: 'unended', counts: { failures: 1, sent: 1, confirmed: 1, received: 0 } });
  expect(await page.evaluate(() => window.syncs)).toEqual([
    { error: expect.stringContaining('get-ids 503') },
  ]);
  const { job = '' } = (await running()) ?? {};
  await rig.station.ask('job.stop', { job });
  expect(synced(await end)).toMatchObject({
    outcome: 'stopped',
    error: null,
    failures: 1,
    sent: 1,
    accepted: 1,
    received: 0,
    compared: false,
  });
  const { rows } = await rig.station.ask('uploads.list', {});
  expect(rows).toMatchObject([{ way: 'phone', outcome: 'stopped', sent: 1, accepted: 1 }]);
  const { content } = await rig.station.ask('receipt.get', { batch, format: 'json' });
  expect(JSON.parse(content)).toMatchObject({ accepted: 1, sentByPhone: 1 });
  // Nothing says that the phone received something.
  expect((await rig.station.ask('batch.get', { batch })).receivedAt).toBeNull();
});

test('the app tries again once the person says so, and then it has come to its end', async () => {
  await open();
  // The record has left, and the server does not have it.
  refuses('POST /medic/_bulk_docs', 500);
  const end = rig.sync('chw1');
  await told({ step: 'unended', counts: { failures: 1, sent: 1, confirmed: 0 } });
  await expect(rig.practice.database().get('visit-1')).rejects.toThrow();
  rig.app.answers = () => null;
  await page.evaluate(() => window.syncNow());
  expect(synced(await end)).toMatchObject({
    outcome: 'done',
    failures: 0,
    sent: 1,
    accepted: 1,
    received: 1,
    compared: true,
    left: 0,
    lacking: 0,
  });
  const { rows } = await rig.station.ask('uploads.list', {});
  expect(rows).toMatchObject([{ outcome: 'done', sent: 1, accepted: 1 }]);
});

test('where nobody looks it is left alone after a while, and says why', async () => {
  await open({ giveUpMs: 2_000 });
  refuses('POST /medic/_bulk_docs', 403);
  const end = synced(await rig.sync('chw1'));
  expect(end).toMatchObject({ outcome: 'cut', error: 'app-sync-unended', failures: 1, sent: 1, accepted: 0 });
  expect(await page.evaluate(() => window.syncs)).toEqual([{ error: expect.any(String) }]);
  // It goes again.
  const { rows } = await rig.station.ask('changes.list', { batch, states: ['sent'] });
  expect(rows.map(({ id }) => id)).toEqual(['visit-1']);
  rig.app.answers = () => null;
  expect(synced(await rig.sync('chw1'))).toMatchObject({ outcome: 'done', accepted: 1, received: 1 });
});
