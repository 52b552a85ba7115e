/**
 * How a parcel is written to the app's own database: in which order and in what portions, what is left out of it, and what
 * happens where the database refuses, or the person works in the very moment of the write.
 */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import { comparable, leavesOnServer } from './rig/leaves.ts';
import type { PouchVersion } from './rig/app-server.ts';
import { photoBytes, visit } from './rig/offline-work.ts';
import { applied, news, NEWS, NO, prepared } from './rig/parcels.ts';
import { goOnline } from './rig/phone-sync.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { firstSync, leavesOnPhone, type PhoneDoc } from './rig/web-phone.ts';

const YESTERDAY = Date.now() - 86_400_000;
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

async function open(pouch: PouchVersion = '9'): Promise<void> {
  rig = await openPhoneRig();
  page = await rig.phone.open('chw1', 'app', pouch);
  await firstSync(page, rig.practice, 'chw1', 'device-1');
  imported(await rig.read('chw1'));
}

/** One call of the app's database, as it came. */
interface Write {
  readonly docs: readonly { readonly id: string; readonly keys: readonly string[]; readonly bytes: number }[];
  readonly options: { readonly new_edits?: boolean } | null;
}

/** Notes each write of the app's own handle, and passes it on. */
async function noteWrites(): Promise<() => Promise<readonly Write[]>> {
  await page.evaluate(() => {
    const db = window.CHTCore.DB.get();
    const bulkDocs = db.bulkDocs.bind(db);
    const writes: Write[] = [];
    Object.assign(window, { writes });
    db.bulkDocs = (docs, options) => {
      const noted = (docs as PhoneDoc[]).map((doc) => ({
        id: doc._id,
        keys: Object.keys(doc).sort(),
        bytes: new TextEncoder().encode(JSON.stringify(doc)).length,
      }));
      writes.push({ docs: noted, options: options ?? null });
      return bulkDocs(docs, options);
    };
  });
  return () => page.evaluate(() => (window as unknown as { writes: Write[] }).writes);
}

/** The documents that the server has of these, each leaf of them, are on the phone, and nothing else of them. */
async function expectAsOnServer(ids: readonly string[]): Promise<void> {
  const onPhone = await leavesOnPhone(page);
  const some = Object.fromEntries(ids.map((id) => [id, onPhone[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(some));
}

test('contacts go first, parents before children, then reports and the rest, in small portions; what is dropped goes last', async () => {
  await open();
  const db = rig.practice.database();
  const area = await db.get(NEWS.place);
  // Everything stands on the server in the order in which nothing may arrive.
  await db.put({ ...(await db.get('messages-en')), changed: 'by the server' });
  await db.put({ ...(await db.get('org.couchdb.user:chw1')), changed: 'by the server' });
  const target = 'target~2026-11~hc1-chw1~org.couchdb.user:chw1';
  await db.put({ _id: target, type: 'target', owner: 'hc1-chw1', user: 'org.couchdb.user:chw1' });
  const task = 'task~org.couchdb.user:chw1~report~x~1';
  await db.put({ _id: task, type: 'task', user: 'org.couchdb.user:chw1', owner: 'a-person', emission: {} });
  await db.put({
    _id: 'a-message',
    type: 'data_record',
    from: '+1',
    sms_message: { message: 'x' },
    contact: BY,
  });
  const photo = { content_type: 'image/png', data: photoBytes(700_000).toString('base64') };
  const reports = Array.from({ length: 130 }, (_, at) => `0-report-${at}`);
  for (const [at, id] of reports.entries()) {
    const doc = report({
      id,
      form: 'home_visit',
      by: BY,
      about: 'a-person',
      reportedAt: YESTERDAY,
      fields: {},
    });
    await db.put(at < 6 ? { ...doc, _attachments: { photo } } : doc);
  }
  const { type, contact_type: configured } = area as { type?: unknown; contact_type?: unknown };
  const place = contact({
    id: 'c-place',
    type: String(configured ?? type),
    name: 'C',
    parent: BY.parent,
    reportedAt: YESTERDAY,
  });
  const home = contact({
    id: 'b-home',
    type: 'clinic',
    name: 'B',
    parent: asParent(place),
    reportedAt: YESTERDAY,
  });
  const person = contact({
    id: 'a-person',
    type: 'person',
    name: 'A',
    parent: asParent(home),
    reportedAt: YESTERDAY,
  });
  for (const doc of [person, home, place]) await db.put(doc);
  for (const id of [NEWS.dropped, 'report-hc1-chw1-2'])
    await db.put({ ...(await db.get(id)), _deleted: true });
  const { parcel } = await prepared(rig);
  const writes = await noteWrites();
  expect(await applied(rig)).toMatchObject({
    outcome: 'done',
    counts: { ...NO, written: parcel.documents, dropped: 2 },
  });

  const all = await writes();
  const [documents, drops] = [
    all.filter(({ options }) => options?.new_edits === false),
    all.filter(({ options }) => options?.new_edits !== false),
  ];
  const order = documents.flatMap(({ docs }) => docs.map(({ id }) => id));
  const ranks = [
    ['c-place'],
    ['b-home'],
    ['a-person'],
    reports,
    ['a-message'],
    [task],
    [target],
    ['org.couchdb.user:chw1'],
    ['messages-en'],
  ].map((ids) => ids.map((id) => order.indexOf(id)).sort((one, other) => one - other));
  expect(ranks.flat()).not.toContain(-1);
  for (const [at, rank] of ranks.entries())
    expect(Math.max(-1, ...(ranks[at - 1] ?? [])), String(at)).toBeLessThan(rank[0] ?? -1);
  expect(order).toHaveLength(parcel.documents);
  // No portion is too much for an old phone, and not every document goes alone.
  for (const { docs } of documents) {
    expect(docs.length).toBeLessThanOrEqual(50);
    expect(docs.length === 1 || docs.reduce((sum, { bytes }) => sum + bytes, 0) <= 2 * 1024 * 1024).toBe(
      true,
    );
  }
  expect(documents.length).toBeGreaterThan(3);
  expect(documents.length).toBeLessThan(12);
  // What is dropped: edits of the recorded revision, with exactly the keys by which the app's filter knows a stub.
  expect(all.indexOf(documents.at(-1) as Write)).toBeLessThan(all.indexOf(drops[0] as Write));
  expect(drops.flatMap(({ docs }) => docs.map(({ id }) => id)).sort()).toEqual(
    [NEWS.dropped, 'report-hc1-chw1-2'].sort(),
  );
  for (const { docs } of drops)
    for (const { keys } of docs) expect(keys).toEqual(['_deleted', '_id', '_rev', 'purged']);
  await expectAsOnServer(order);
});

describe.each(['9', '7'] as const)('with PouchDB %s', (pouch) => {
  test('a portion that the database refuses goes one by one, and only what it refuses itself is missing', async () => {
    await open(pouch);
    for (const id of ['visit-a', 'visit-b', 'visit-c']) await rig.practice.database().put(visit(id));
    await news(rig);
    await prepared(rig);
    // An attachment without its bytes, which this database does not have: the real database refuses the whole portion.
    await page.evaluate(() => {
      const db = window.CHTCore.DB.get();
      const bulkDocs = db.bulkDocs.bind(db);
      const state = { refused: [] as number[], mend: () => void (db.bulkDocs = bulkDocs) };
      Object.assign(window, { state });
      db.bulkDocs = async (docs, options) => {
        const _attachments = { photo: { stub: true, digest: 'md5-AAAAAAAAAAAAAAAAAAAAAA==', revpos: 1 } };
        const changed = (docs as PhoneDoc[]).map((doc) =>
          doc._id === 'visit-b' ? { ...doc, _attachments } : doc,
        );
        try {
          return await bulkDocs(changed, options);
        } catch (error) {
          state.refused.push(docs.length);
          throw error;
        }
      };
    });
    expect(await applied(rig)).toMatchObject({
      outcome: 'done',
      counts: { ...NO, written: 5, failed: 1, dropped: 1 },
    });
    const refused = await page.evaluate(
      () => (window as unknown as { state: { refused: number[] } }).state.refused,
    );
    expect(refused).toEqual([6, 1]);
    expect((await leavesOnPhone(page))['visit-b']).toBeUndefined();
    await expectAsOnServer(['visit-a', 'visit-c', 'from-server', NEWS.person, NEWS.place]);
    await page.evaluate(() => (window as unknown as { state: { mend(): void } }).state.mend());
    expect(await applied(rig)).toMatchObject({ counts: { ...NO, written: 1, already: 6 } });
    await expectAsOnServer(['visit-b']);
  });

  test('what the person writes in the moment of the write stays, and is told', async () => {
    await open(pouch);
    await news(rig);
    const db = rig.practice.database();
    const dropped = [NEWS.dropped, 'report-hc1-chw1-2', 'report-hc1-chw1-3'] as const;
    for (const id of dropped.slice(1)) await db.put({ ...(await db.get(id)), _deleted: true });
    await prepared(rig);
    // In the last moment before each of the calls: after the app was asked what is missing, after the one to be dropped
    // was looked at, and just before it is dropped.
    await page.evaluate(([first, second, third]) => {
      const own = window.CHTCore.DB.get() as unknown as Record<
        string,
        (...values: unknown[]) => Promise<unknown>
      >;
      const [get, bulkDocs, revsDiff] = ['get', 'bulkDocs', 'revsDiff'].map((name) => own[name]?.bind(own));
      if (get === undefined || bulkDocs === undefined || revsDiff === undefined)
        throw new Error('no PouchDB');
      const mine: Record<string, string> = {};
      const answers: unknown[] = [];
      Object.assign(window, { mine, answers });
      const edit = async (id: string): Promise<void> => {
        if (mine[id] !== undefined) return;
        const doc = (await get(id)) as object;
        const [answer] = (await bulkDocs([{ ...doc, note: 'by the phone' }])) as { rev: string }[];
        mine[id] = answer?.rev ?? '';
      };
      own['revsDiff'] = async (...values) => {
        const answer = await revsDiff(...values);
        await edit(first);
        return answer;
      };
      own['get'] = async (...values) => {
        const answer = await get(...values);
        if (values[0] === second) await edit(second);
        return answer;
      };
      own['bulkDocs'] = async (...values) => {
        const [docs] = values as [PhoneDoc[]];
        if (docs.some(({ _id: id }) => id === third)) await edit(third);
        const answer = await bulkDocs(...values);
        if (docs.some((doc) => doc['purged'] === true)) answers.push(answer);
        return answer;
      };
    }, dropped);
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, unproven: 3 } });
    const { mine, answers } = await page.evaluate(() => {
      const kept = window as unknown as { mine: Record<string, string>; answers: { status: number }[][] };
      return { mine: kept.mine, answers: kept.answers.map(([one]) => one?.status) };
    });
    // The database itself has said it, where nobody could look any more.
    expect(answers).toEqual([409, 409]);
    const leaves = await leavesOnPhone(page);
    for (const id of dropped) {
      expect(leaves[id], id).toHaveLength(1);
      expect(leaves[id], id).toMatchObject([{ _rev: mine[id], note: 'by the phone' }]);
      expect(leaves[id]?.[0]).not.toHaveProperty('_deleted');
    }
    // And it goes, as any work does.
    expect(await goOnline(page, rig.practice, 'chw1')).toMatchObject({ pushed: 3, refused: 0 });
  });
});

describe('left out is', () => {
  test('each document of which the phone has any version that the server is not proven to have', async () => {
    await open();
    const [edited, deleted, side, ended] = [
      NEWS.person,
      'report-hc1-chw1-2',
      NEWS.place,
      'report-hc1-chw1-3',
    ] as const;
    const ids = [edited, deleted, side, ended];
    await page.evaluate(
      async ([one, two, three, four]) => {
        const db = window.CHTCore.DB.get();
        await db.put({ ...(await db.get(one)), name: 'Edited on the phone' });
        await db.put({ ...(await db.get(two)), _deleted: true });
        for (const [id, more] of [
          [three, {}],
          [four, { _deleted: true }],
        ] as const) {
          // A branch beside the version that the server has, which loses against it.
          const doc = await db.get(id, { revs: true });
          const { start } = doc['_revisions'] as { start: number };
          const hash = '0'.repeat(32);
          const _revisions = { start: 1, ids: [hash] };
          if (start < 1) throw new Error('no document');
          await db.bulkDocs([{ ...doc, ...more, _rev: `1-${hash}`, _revisions }], { new_edits: false });
        }
      },
      [edited, deleted, side, ended] as const,
    );
    imported(await rig.read('chw1'));
    const db = rig.practice.database();
    for (const id of ids) await db.put({ ...(await db.get(id)), office: 'called' });
    await db.put(visit('from-server'));
    const before = await leavesOnPhone(page);
    expect(before[side]).toHaveLength(2);
    expect(before[ended]).toHaveLength(2);
    expect(await prepared(rig)).toMatchObject({
      parcel: { documents: 1, deletes: 0, skipped: 4 },
      leftOut: { unproven: 4 },
    });
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 1 }, skipped: 4 });
    const { 'from-server': brought, ...others } = await leavesOnPhone(page);
    expect(brought).toHaveLength(1);
    expect(others).toEqual(before);
  });

  test('the program always, and forms, settings and words unless app and server are of one version', async () => {
    await open();
    const appIs = (version: string): Promise<void> =>
      page.evaluate(async (text) => {
        const db = window.CHTCore.DB.get();
        const design = await db.get('_design/medic-client');
        await db.put({ ...design, build_info: { ...(design['build_info'] as object), version: text } });
      }, version);
    const db = rig.practice.database();
    const program = ['_design/medic-client', 'service-worker-meta'];
    const configuration = [
      'settings',
      'resources',
      'branding',
      'extension-libs',
      'form:home_visit',
      'messages-en',
      'ui-extension:map',
    ];
    for (const id of [...program, ...configuration]) {
      const made = { _id: id, type: id.startsWith('ui-extension:') ? 'ui-extension' : 'resource' };
      const doc = await db.get(id).catch(() => made);
      await db.put({ ...doc, changed: 'by the server' });
    }
    await db.put(visit('from-server'));
    const first = await leavesOnPhone(page);
    await prepared(rig);
    // Another minor version, another major one, and one that is not known.
    for (const version of ['5.1.0', '6.2.0', '']) {
      await appIs(version);
      const before = await leavesOnPhone(page);
      const { counts } = await applied(rig);
      expect(counts, version).toMatchObject({ version: configuration.length, failed: 0, unproven: 0 });
      const { 'from-server': brought, ...after } = await leavesOnPhone(page);
      expect(brought).toHaveLength(1);
      const { 'from-server': _brought, ...untouched } = before;
      expect(after, version).toEqual(untouched);
    }
    // Another patch is none.
    await appIs('5.2.7');
    expect((await applied(rig)).counts).toEqual({ ...NO, written: configuration.length, already: 1 });
    await expectAsOnServer(configuration);
    const after = await leavesOnPhone(page);
    expect(after['service-worker-meta']).toEqual(first['service-worker-meta']);
    expect(after['_design/medic-client']?.[0]).not.toHaveProperty('changed');
  });
});
