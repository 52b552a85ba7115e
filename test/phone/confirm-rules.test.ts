/**
 * What has to hold before an app is told that its records are on the server, broken one after the other: neither of the
 * two values is written, and it is said why. In the end the same phone is told.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { compareAs, signInAs, uploadAs } from '../support/uploads.ts';
import { startAppServer } from './rig/app-server.ts';
import { keepsNothing, pullsCableInReading } from './rig/breaks.ts';
import { marksOf, SEQUENCE, untouchables } from './rig/marks.ts';
import { visit } from './rig/offline-work.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet, signIn } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const DEVICE = 'medic-telemetry-device-id';

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

/** Breaks one condition. Answers what puts it right again. */
type Break = () => Promise<() => unknown>;

const failed = (code: string): object => ({ kind: 'failed', code });
const confirmed = (more: object): object => ({ kind: 'confirmed', confirmed: more });
const put = (doc: object): Promise<unknown> => page.evaluate((one) => window.CHTCore.DB.get().put(one), doc);
const writes = (id: string): Promise<unknown> => put(visit(id, { note: id }, Date.now() - 3_600_000));

async function sendFromHere(): Promise<void> {
  imported(await rig.read('chw1'));
  await compareAs(rig.station, rig.practice, 'chw1');
  const { rows } = await rig.station.ask('batches.list', { show: 'to-do' });
  for (const { batch } of rows) await rig.station.ask('decide.approve', { batch });
  await uploadAs(rig.station, rig.practice, 'chw1');
}

/** The app, with the internet that it needs to be loaded. */
async function online(work: () => Promise<unknown>): Promise<void> {
  rig.internet?.set(true);
  await work();
  rig.internet?.set(false);
}
const again = (): Promise<void> =>
  online(() => rig.phone.open('chw1', 'sync').then(() => signIn(rig, 'chw1')));

/** A value of the app is another one. */
const noted =
  (key: string, change: (value: string) => string | null): Break =>
  async () => {
    const before = await page.evaluate((name) => localStorage.getItem(name), key);
    const set = (value: string | null): Promise<void> =>
      page.evaluate(
        ([name, text]) => (text === null ? localStorage.removeItem(name) : localStorage.setItem(name, text)),
        [key, value] as const,
      );
    await set(change(before ?? ''));
    return () => set(before);
  };

const CONDITIONS: readonly (readonly [condition: string, end: object, breaks: Break])[] = [
  [
    'its app is of the station’s server',
    failed('app-other-server'),
    async () => {
      const other = await startAppServer(rig.practice);
      await online(() => page.goto(other.page('app')));
      return async () => {
        await again();
        await other.close();
      };
    },
  ],
  [
    'the person is signed in',
    failed('app-other-person'),
    async () => {
      await online(() => rig.phone.open('chw2', 'sync'));
      await page.evaluate(() => window.CHTCore.DB.get().info());
      return async () => {
        await page.evaluate(() => window.CHTCore.DB.get().destroy());
        await again();
      };
    },
  ],
  [
    'one person uses it',
    failed('phone-several-people'),
    async () => {
      await page.evaluate(() => new window.PouchDB('medic-user-chw2', {}).info());
      return () => page.evaluate(() => new window.PouchDB('medic-user-chw2', {}).destroy());
    },
  ],
  ['the device is known', failed('phone-not-known'), noted(DEVICE, () => null)],
  [
    'the first download is complete',
    failed('phone-unfinished'),
    async () => {
      await put({ _id: '_local/initial-replication' });
      return () =>
        page.evaluate(async () => {
          const db = window.CHTCore.DB.get();
          await db.put({ ...(await db.get('_local/initial-replication')), complete: true });
        });
    },
  ],
  ['the app’s own note is understood', failed('phone-odd-state'), noted(SEQUENCE, (value) => `${value}-abc`)],
  ['the note is of this database', failed('phone-odd-state'), noted(SEQUENCE, (value) => `${value}000`)],
  [
    'it is read to its end',
    failed('source-gone'),
    async () => {
      const plug = await pullsCableInReading(rig, page);
      return async () => {
        plug();
        await again();
      };
    },
  ],
  [
    'the session holds: the server is asked just now',
    failed('phone-session-ended'),
    async () => {
      const { password } = signInAs(rig.practice, 'chw1');
      rig.practice.setPassword('chw1', 'another password');
      return async () => {
        rig.practice.setPassword('chw1', password);
        await online(() => signIn(rig, 'chw1'));
      };
    },
  ],
  [
    'all that was read is kept here',
    failed('phone-unread'),
    async () => {
      await writes('visit-2');
      return keepsNothing(rig);
    },
  ],
  [
    'all of it is proven',
    confirmed({ outcome: 'unproven', unproven: { records: 1, rows: [{ id: 'visit-2' }] } }),
    async () => {
      await writes('visit-3');
      await sendFromHere();
      // It was seen there once, and is not there any more.
      const snapshot = await rig.practice.snapshot();
      const leaves = snapshot.leaves.filter(({ _id: id }) => id !== 'visit-2');
      await rig.practice.restore({ ...snapshot, leaves });
      return () => rig.practice.restore(snapshot);
    },
  ],
];

test('each condition, broken, keeps both values as they are, and it is said which it was', async () => {
  rig = await openPhoneRig({ ownInternet: true });
  page = await appWithoutInternet(rig, 'chw1');
  // The app has its second database open from its start.
  await page.evaluate(() => window.CHTCore.DB.get({ meta: true }).info());
  await writes('visit-1');
  await sendFromHere();
  const untouched = await marksOf(page);
  const confirmations = async (): Promise<unknown[]> => {
    const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
    return rows.filter(({ what }) => what === 'phone-confirmed');
  };
  for (const [condition, end, breaks] of CONDITIONS) {
    const mend = await breaks();
    // A page of another server cannot look into this app's values: those are seen below.
    const isElsewhere = condition === CONDITIONS[0]?.[0];
    const all = async (): Promise<unknown> =>
      isElsewhere ? null : [await marksOf(page), await untouchables(page), await leavesOnPhone(page, 'chw1')];
    const before = await all();
    expect(await rig.confirm('chw1'), condition).toMatchObject(end);
    expect(await all(), condition).toEqual(before);
    await mend();
    expect(await marksOf(page), condition).toEqual(untouched);
    expect(await confirmations(), condition).toEqual([]);
  }
  expect(await rig.confirm('chw1')).toMatchObject(confirmed({ outcome: 'told' }));
  const marks = await marksOf(page);
  expect(Number(marks.sequence)).toBeGreaterThan(Number(untouched.sequence));
  expect(marks.date).not.toBe(untouched.date);
  // What is there already is not written again.
  expect(await rig.confirm('chw1')).toMatchObject(confirmed({ outcome: 'already' }));
  expect(await marksOf(page)).toEqual(marks);
  expect(await confirmations()).toHaveLength(1);
});
