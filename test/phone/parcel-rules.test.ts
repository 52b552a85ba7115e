/**
 * What has to hold before a parcel is written to a phone, broken one after the other: nothing is written, and each has a
 * code and a sentence of its own. The same parcel is written in the end, so that it was nothing else that held it back.
 */
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import { LANGUAGES } from '../../shared/languages.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { startAppServer } from './rig/app-server.ts';
import { keepsNothing, pullsCableInReading } from './rig/breaks.ts';
import { visit } from './rig/offline-work.ts';
import { applied, apply, news, NEWS, NO, prepared } from './rig/parcels.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { firstSync, leavesOnPhone } from './rig/web-phone.ts';

let rig: PhoneRig;
let page: Page;
/** Of the parcel that lies here. */
let bytes = 0;
afterEach(async () => {
  await rig.close();
});

async function fetchIt(): Promise<void> {
  const { parcel } = await prepared(rig);
  ({ bytes } = parcel);
}

/** Breaks one rule. Answers what puts it right again. */
type Break = () => Promise<() => Promise<unknown>>;

const again = (): Promise<unknown> => rig.phone.open('chw1');
const put = (doc: object): Promise<unknown> => page.evaluate((one) => window.CHTCore.DB.get().put(one), doc);
const edits = (id: string, fields: object): Promise<unknown> =>
  page.evaluate(
    async ([name, more]) => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get(name)), ...more });
    },
    [id, fields] as const,
  );
const goTo = (hash: string): Promise<void> => page.evaluate((to) => void (location.hash = to), hash);
const calls = (id: string): Promise<void> =>
  page.evaluate((to) => localStorage.setItem('medic-telemetry-device-id', to), id);
/** The browser says that there is so much room. */
const hasRoom = (room: number): Promise<void> =>
  page.evaluate((left) => {
    navigator.storage.estimate = () => Promise.resolve({ quota: 1_000_000 + left, usage: 1_000_000 });
  }, room);

/** A document that the app does not start without is not there. */
const lacks =
  (id: string): Break =>
  async () => {
    const before = await page.evaluate((name) => window.CHTCore.DB.get().get(name), id);
    await edits(id, { _deleted: true });
    return () =>
      page.evaluate(async (doc) => {
        const db = window.CHTCore.DB.get();
        const { results } = await db.changes({ doc_ids: [doc._id] });
        await db.put({ ...doc, _rev: results[0]?.changes[0]?.rev ?? '' });
      }, before);
  };

const formAt =
  (hash: string): Break =>
  async () => {
    await goTo(hash);
    return () => goTo('#/messages');
  };

const RULES: readonly (readonly [rule: string, code: ErrorCode, breaks: Break])[] = [
  [
    'the same server',
    'app-other-server',
    async () => {
      const other = await startAppServer(rig.practice);
      await page.goto(other.page('app'));
      return async () => {
        await again();
        await other.close();
      };
    },
  ],
  [
    'the same person',
    'app-other-person',
    async () => {
      await rig.phone.open('chw2');
      await page.evaluate(() => window.CHTCore.DB.get().info());
      return async () => {
        await page.evaluate(() => window.CHTCore.DB.get().destroy());
        await again();
      };
    },
  ],
  [
    'the person is still signed in',
    'app-signed-out',
    async () => {
      await rig.phone.open(null);
      return again;
    },
  ],
  [
    'a person who works on the phone',
    'app-works-online',
    async () => {
      await rig.phone.open('chw1', 'online');
      return again;
    },
  ],
  [
    'the same database',
    'parcel-other-phone',
    async () => {
      await page.evaluate(() => {
        window.CHTCore.DB.get().id = () => Promise.resolve('of another filling');
      });
      return again;
    },
  ],
  [
    'the same device',
    'parcel-other-phone',
    async () => {
      await calls('device-2');
      return () => calls('device-1');
    },
  ],
  [
    'the first download is complete',
    'phone-unfinished',
    async () => {
      await put({ _id: '_local/initial-replication' });
      return () => edits('_local/initial-replication', { complete: true });
    },
  ],
  ['the app has its program', 'phone-unfinished', lacks('_design/medic-client')],
  ['the app has its settings', 'phone-unfinished', lacks('settings')],
  ['the app has the person’s settings', 'phone-unfinished', lacks('org.couchdb.user:chw1')],
  [
    'it is read to its end at this visit',
    'source-gone',
    async () => {
      await put(visit('not-read'));
      const plug = await pullsCableInReading(rig, page);
      return async () => {
        plug();
        await again();
      };
    },
  ],
  [
    'all that was read is kept here',
    'parcel-phone-unread',
    async () => {
      await put(visit('not-kept'));
      return keepsNothing(rig);
    },
  ],
  ['no report is written', 'phone-form-open', formAt('#/reports/add/home_visit')],
  ['no report is edited', 'phone-form-open', formAt('#/reports/edit/report-hc1-chw1-2')],
  ['no person is added', 'phone-form-open', formAt('#/contacts/hc1-area-1/add/person?from=list')],
  [
    'there is room for three times the parcel',
    'phone-full',
    async () => {
      await hasRoom(3 * bytes - 1);
      // That is enough, to the byte.
      return () => hasRoom(3 * bytes);
    },
  ],
];

/** Later than every delivery: a new parcel is needed then. */
const OLD: (typeof RULES)[number] = [
  'nothing reached the server since it was fetched',
  'parcel-old',
  async () => {
    await edits('report-hc1-chw1-3', { fields: { note: 'later' } });
    const { imports } = imported(await rig.read('chw1'));
    await compareAs(rig.station, rig.practice, 'sup_online');
    for (const batch of imports.flatMap(({ batches }) => batches))
      await rig.station.ask('decide.approve', { batch, ids: ['report-hc1-chw1-3'] });
    expect(await uploadAs(rig.station, rig.practice, 'chw1')).toMatchObject({ accepted: 1 });
    return fetchIt;
  },
];

test('each rule of the hand-over, broken, keeps everything from being written and says so in its own words', async () => {
  rig = await openPhoneRig();
  page = await rig.phone.open('chw1');
  await firstSync(page, rig.practice, 'chw1', 'device-1');
  expect(await apply(rig)).toEqual({ kind: 'failed', code: 'parcel-none' });
  imported(await rig.read('chw1'));
  await news(rig);
  await fetchIt();
  const brought = async (): Promise<unknown[]> => {
    const leaves = await leavesOnPhone(page, 'chw1');
    return ['from-server', NEWS.person, NEWS.place, NEWS.dropped].map((id) => leaves[id] ?? null);
  };
  const before = await brought();
  const codes = new Set<ErrorCode>(['parcel-none']);
  // What is done to the app is undone by loading it anew, so the room is the last of these.
  for (const [rule, code, breaks] of [OLD, ...RULES]) {
    const mend = await breaks();
    // A page of another server cannot look into this app's database: that is seen below.
    const all = async () => (code === 'app-other-server' ? null : leavesOnPhone(page, 'chw1'));
    const leaves = await all();
    expect(await apply(rig), rule).toEqual({ kind: 'failed', code });
    expect(await all(), rule).toEqual(leaves);
    await mend();
    expect(await brought(), rule).toEqual(before);
    const { rows } = await rig.station.ask('ledger.list', { limit: 1000 });
    expect(rows.filter(({ what }) => what === 'parcel-applied')).toEqual([]);
    codes.add(code);
  }
  expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });
  // No two of them are said in the same words.
  for (const language of LANGUAGES) {
    const sentences = [...codes].map((code) => Object.values(sentenceOf(code, language)).join(' '));
    expect(new Set(sentences).size).toBe(codes.size);
  }
});
