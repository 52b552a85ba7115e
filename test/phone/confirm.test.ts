/**
 * A phone whose records were sent from here is told that they are on the server, by the two values that its app notes. A
 * wrong one makes bundles of the app leave work out, so nothing is written unless every leaf is proven just now.
 */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { JobEnd } from '../../shared/contract.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { DATE, marksOf, packed, SEQUENCE, untouchables } from './rig/marks.ts';
import { visit, workOffline, WORK } from './rig/offline-work.ts';
import { confirmed, imported, openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };
const DAY_MS = 86_400_000;

let rig: PhoneRig;
let page: Page;
afterEach(async () => {
  await rig.close();
});

async function open(): Promise<void> {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  page = await appWithoutInternet(rig, 'chw1');
}

const visitOf = (id: string, fields: object = {}) =>
  visit(id, { note: id, ...fields }, Date.now() - 3_600_000);
const writes = (id: string, fields: object = {}): Promise<unknown> =>
  page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf(id, fields));
const latest = (): Promise<number> =>
  page.evaluate(async () => (await window.CHTCore.DB.get().info()).update_seq);
const note = (key: string, value: string | null): Promise<void> =>
  page.evaluate(
    ([name, text]) => (text === null ? localStorage.removeItem(name) : localStorage.setItem(name, text)),
    [key, value] as const,
  );
const audit = async (what: string) =>
  (await rig.station.ask('ledger.list', { limit: 1000 })).rows.filter((entry) => entry.what === what);

/** Read, compared, approved, sent with the person's own login. Answers the batch. */
async function sendFromHere(): Promise<string> {
  imported(await rig.read('chw1'));
  await compareAs(rig.station, rig.practice, 'chw1');
  const { rows } = await rig.station.ask('batches.list', { show: 'to-do' });
  for (const { batch } of rows) await rig.station.ask('decide.approve', { batch });
  await uploadAs(rig.station, rig.practice, 'chw1');
  return rows[0]?.batch ?? '';
}

/** Once before a request of this kind is passed on. */
function before(request: string, call: () => unknown): { isMade: boolean } {
  const state = { isMade: false };
  rig.app.beforePassing = async () => {
    if (state.isMade || rig.app.passed.at(-1)?.startsWith(request) !== true) return;
    state.isMade = true;
    await call();
  };
  return state;
}

test('told where all of it is there: the app goes on from what was read, and nothing else on the phone changes', async () => {
  await open();
  const received = Date.now() - 3 * DAY_MS;
  await note(DATE, String(received));
  await writes('visit-1');
  await page.evaluate(async (id) => {
    const db = window.CHTCore.DB.get();
    await db.put({ ...(await db.get(id)), name: 'Edited on the phone' });
  }, WORK.edited);
  expect(await packed(page)).toEqual([WORK.edited, 'visit-1'].sort());
  const batch = await sendFromHere();
  const [leaves, kept, sequence] = [await leavesOnPhone(page), await untouchables(page), await latest()];

  const began = Date.now();
  const end = confirmed(await rig.confirm('chw1'));
  expect(end).toMatchObject({ outcome: 'told', sequence, refused: 0, unproven: { records: 0, rows: [] } });
  const marks = await marksOf(page);
  expect(marks.sequence).toBe(String(sequence));
  // As the app writes it, by the phone's clock.
  expect(marks.date).toMatch(/^\d{13}$/);
  expect(Number(marks.date)).toBeGreaterThan(began - 60_000);
  expect(Number(marks.date)).toBeLessThanOrEqual(Date.now() + 60_000);
  expect(await leavesOnPhone(page)).toEqual(leaves);
  expect(await untouchables(page)).toEqual(kept);
  expect(await latest()).toBe(sequence);
  expect(await audit('phone-confirmed')).toMatchObject([
    {
      person: expect.stringMatching(/^computer:/),
      detail: { user: 'chw1', device: 'device-1', sequence, refused: 0 },
    },
  ]);
  expect(await audit('phone-not-confirmed')).toEqual([]);

  // A bundle begins after it, and holds exactly what came since.
  expect(await packed(page)).toEqual([]);
  await writes('visit-2');
  expect(await packed(page)).toEqual(['visit-2']);
  // The station itself wrote that time: nothing was received then.
  imported(await rig.read('chw1'));
  const { receivedAt } = await rig.station.ask('batch.get', { batch });
  expect(Math.abs(Date.parse(receivedAt ?? '') - received)).toBeLessThan(DAY_MS);
  // Not all of it is there any more.
  expect(confirmed(await rig.confirm('chw1'))).toMatchObject({
    outcome: 'unproven',
    unproven: { records: 1, rows: [{ id: 'visit-2' }] },
  });
  expect(await marksOf(page)).toEqual(marks);
  // The app's own sync goes by its own checkpoints: it sends what it has, and gets what the server has.
  await note(DATE, null);
  const { plan } = synced(await rig.sync('chw1'));
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', sent: 1, left: 0 });
  expect(await packed(page)).toEqual([]);
  expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'already' });
});

test('one leaf that the server lacks is enough, whatever it is, and it is named', async () => {
  await open();
  await workOffline(page);
  await writes('visit-later');
  const marks = await marksOf(page);
  const { unproven, outcome, proven } = confirmed(await rig.confirm('chw1'));
  expect(outcome).toBe('unproven');
  // What the phone dropped to save space never leaves it, and is none of them.
  const all = [
    ...WORK.reports,
    WORK.edited,
    WORK.deleted,
    WORK.conflict,
    WORK.withPhotos,
    WORK.withLargePhoto,
  ];
  expect(unproven.rows.map(({ id }) => id).sort()).toEqual([...all, 'visit-later'].sort());
  expect(unproven.records).toBe(all.length + 1);
  expect(proven).toBe(Object.keys(await leavesOnPhone(page)).length - unproven.records);

  // All of it goes to the server but one, each in its turn: a report, a deletion, a losing side.
  const { plan } = synced(await rig.sync('chw1'));
  const snapshot = await rig.practice.snapshot();
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', left: 0 });
  expect(marks.sequence).not.toBe((await marksOf(page)).sequence);
  const leaves = await leavesOnPhone(page);
  await note(SEQUENCE, marks.sequence);
  await note(DATE, marks.date);
  const lacking: readonly (readonly [id: string, side: number])[] = [
    ['visit-1', 0],
    [WORK.deleted, 0],
    [WORK.edited, 0],
    ...(leaves[WORK.conflict] ?? []).map((_, side) => [WORK.conflict, side] as const),
  ];
  expect(lacking.length).toBeGreaterThan(5);
  for (const [id, side] of lacking) {
    await rig.practice.restore(snapshot);
    const docs = Object.entries(leaves)
      .filter(([name]) => !name.startsWith('_design/'))
      .flatMap(([name, sides]) => sides.filter((_, at) => !(name === id && at === side)))
      .filter((doc) => doc['purged'] !== true);
    await rig.practice.database().bulkDocs(docs, { new_edits: false });
    // Here all of it counts as accepted: what the server was once seen to have is no proof.
    expect(confirmed(await rig.confirm('chw1')), `${id} ${side}`).toMatchObject({
      outcome: 'unproven',
      unproven: { records: 1, rows: [{ id }] },
    });
    expect(await marksOf(page)).toEqual(marks);
  }
  expect(await audit('phone-confirmed')).toEqual([]);
  const everything = Object.values(leaves).flat();
  await rig.practice.database().bulkDocs(
    everything.filter((doc) => doc['purged'] !== true),
    { new_edits: false },
  );
  expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'told' });
  expect(await packed(page)).toEqual([]);
});

describe('what the server refused', () => {
  test('counts only where it has said so itself, and is kept here', async () => {
    await open();
    await writes('visit-1');
    await writes('visit-elsewhere', { patient_uuid: 'hc2-area-1-home-1-person-1' });
    const [batch = ''] = imported(await rig.read('chw1')).imports.flatMap(({ batches }) => batches);
    const { job } = await rig.station.ask('dry-run.start', {
      user: 'chw1',
      password: rig.practice.users.find(({ user }) => user === 'chw1')?.password ?? '',
    });
    expect(await rig.station.wait(job)).toMatchObject({ dryRun: { refused: 1 } });
    await rig.station.ask('decide.approve', { batch });
    expect(await uploadAs(rig.station, rig.practice, 'chw1')).toMatchObject({ accepted: 1 });
    const marks = await marksOf(page);
    // Foreseen here, and the server was never asked to take it.
    expect(confirmed(await rig.confirm('chw1'))).toMatchObject({
      outcome: 'unproven',
      unproven: { records: 1, rows: [{ id: 'visit-elsewhere' }] },
    });
    expect(await marksOf(page)).toEqual(marks);
    await rig.station.ask('decide.approve', { batch, ids: ['visit-elsewhere'], refused: true });
    expect(await uploadAs(rig.station, rig.practice, 'chw1')).toMatchObject({ totals: { refused: 1 } });
    expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'told', refused: 1 });
    const { rows } = await rig.station.ask('changes.list', { batch });
    expect(rows.find(({ id }) => id === 'visit-elsewhere')?.state).not.toBe('accepted');
  });
});

test('work that comes while it is asked: what was not read is read first, and what came later stays to be sent', async () => {
  await open();
  await writes('visit-1');
  await sendFromHere();
  const marks = await marksOf(page);
  // Read to its end, and not yet listed.
  const first = before('GET /_session', () => writes('visit-2'));
  expect(confirmed(await rig.confirm('chw1'))).toMatchObject({
    outcome: 'unproven',
    unproven: { records: 1, rows: [{ id: 'visit-2' }] },
  });
  expect(first.isMade).toBe(true);
  expect(await marksOf(page)).toEqual(marks);
  await sendFromHere();
  // Listed, and not yet told: it is told up to what was read, and not a step further.
  const read = await latest();
  const second = before('POST /medic/_revs_diff', () => writes('visit-3'));
  expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'told', sequence: read });
  expect(second.isMade).toBe(true);
  expect((await marksOf(page)).sequence).toBe(String(read));
  expect(await latest()).toBeGreaterThan(read);
  expect(await packed(page)).toEqual(['visit-3']);
});

test('a value that is wrong on purpose keeps nothing from the app’s own sync', async () => {
  await open();
  await writes('visit-1');
  await note(SEQUENCE, String(await latest()));
  expect(await packed(page)).toEqual([]);
  const { plan } = synced(await rig.sync('chw1'));
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
    outcome: 'done',
    sent: 1,
    accepted: 1,
  });
  expect(await rig.practice.database().get('visit-1')).toMatchObject({ form: 'home_visit' });
});

describe('nothing is written', () => {
  test('where the app is not this one person’s, or its own note says something else', async () => {
    await open();
    await writes('visit-1');
    await sendFromHere();
    const untouched = await marksOf(page);
    const refusedWith = async (code: string): Promise<void> => {
      const from = rig.app.passed.length;
      expect(await rig.confirm('chw1')).toEqual({ kind: 'failed', code });
      // The server is not even asked.
      expect(rig.app.passed.slice(from)).toEqual([]);
      expect(await audit('phone-confirmed')).toEqual([]);
    };

    // Somebody else's records lie there too, whatever their name looks like.
    for (const name of ['medic-user-chw2', 'medic-user-chw1-meta-meta', 'medic-user-chw10']) {
      await page.evaluate((database) => new window.PouchDB(database, {}).info(), name);
      await refusedWith('phone-several-people');
      await page.evaluate((database) => new window.PouchDB(database, {}).destroy(), name);
    }
    // The app's own others are no other person's.
    await page.evaluate(() => new window.PouchDB('medic-user-chw1-meta', {}).info());
    // A web view that cannot tell.
    await page.evaluate(() => Object.assign(indexedDB, { databases: undefined }));
    await refusedWith('phone-several-people');
    await page.evaluate(() => Reflect.deleteProperty(indexedDB, 'databases'));
    expect(await marksOf(page)).toEqual(untouched);

    // A note that is not understood, or is of another database.
    for (const odd of ['12-abc', '', '-1', 'undefined', '1e3', '999999999']) {
      await note(SEQUENCE, odd);
      await refusedWith('phone-odd-state');
      expect((await marksOf(page)).sequence).toBe(odd);
    }
    await note(SEQUENCE, untouched.sequence);
    // The first download has not ended.
    await page.evaluate(() => window.CHTCore.DB.get().put({ _id: '_local/initial-replication' }));
    await refusedWith('phone-unfinished');
    await page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      await db.put({ ...(await db.get('_local/initial-replication')), complete: true });
    });
    // The app notes as much, or more, by itself: that stands.
    for (const sequence of [await latest()]) {
      await note(SEQUENCE, String(sequence));
      expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'already', sequence });
      expect(await marksOf(page)).toEqual({ ...untouched, sequence: String(sequence) });
    }
    await note(SEQUENCE, untouched.sequence);
    expect(await marksOf(page)).toEqual(untouched);

    // And while the server is asked somebody else signs in, somebody else's records come, or the app is emptied.
    const meanwhile: readonly (readonly [code: string, change: () => Promise<unknown>])[] = [
      [
        'app-other-person',
        () =>
          page.evaluate(() => {
            const value = encodeURIComponent(JSON.stringify({ name: 'chw2', roles: ['chw'] }));
            document.cookie = `userCtx=${value}; path=/`;
          }),
      ],
      ['phone-several-people', () => page.evaluate(() => new window.PouchDB('medic-user-chw2', {}).info())],
      [
        'phone-odd-state',
        () =>
          page.evaluate(() => {
            const db = window.CHTCore.DB.get();
            Object.assign(window, { ownId: db.id });
            db.id = () => Promise.resolve('another one');
          }),
      ],
    ];
    for (const [code, change] of meanwhile) {
      const made = before('POST /medic/_revs_diff', change);
      expect(await rig.confirm('chw1')).toEqual({ kind: 'failed', code });
      expect(made.isMade).toBe(true);
      rig.app.beforePassing = () => {};
      expect(await marksOf(page)).toEqual(untouched);
      await page.evaluate(() => {
        const value = encodeURIComponent(JSON.stringify({ name: 'chw1', roles: ['chw'] }));
        document.cookie = `userCtx=${value}; path=/`;
        const { ownId } = window as unknown as { ownId?: () => Promise<string> };
        if (ownId !== undefined) window.CHTCore.DB.get().id = ownId;
        return new window.PouchDB('medic-user-chw2', {}).destroy();
      });
    }
    // It was to be told, and was not: the history says both.
    expect(await audit('phone-confirmed')).toHaveLength(3);
    expect((await audit('phone-not-confirmed')).map(({ detail }) => detail['why'])).toEqual([
      'other-person',
      'several-people',
      'other-database',
    ]);
    expect(confirmed(await rig.confirm('chw1'))).toMatchObject({ outcome: 'told' });
  });

  test('without a session, without internet, or when the cable is pulled at any request', async () => {
    await open();
    await writes('visit-1');
    await sendFromHere();
    const untouched = await marksOf(page);
    let pulled = 0;
    let last: JobEnd | null = null;
    for (let at = 1; ; at += 1) {
      let seen = 0;
      const state = { isPulled: false };
      rig.app.beforePassing = () => {
        seen += 1;
        if (seen !== at) return;
        state.isPulled = true;
        rig.adb.unplug(rig.services);
      };
      // The last of them is not made: the session is dead by then.
      if (at > 2) rig.practice.setPassword('chw1', 'another password');
      const end = await rig.confirm('chw1');
      rig.adb.plug(rig.services);
      expect(await marksOf(page)).toEqual(untouched);
      expect(end).toMatchObject({ kind: 'failed' });
      last = end;
      if (!state.isPulled) break;
      pulled += 1;
    }
    expect(pulled).toBeGreaterThan(1);
    expect(last).toEqual({ kind: 'failed', code: 'phone-session-ended' });
    rig.app.beforePassing = () => {};
    await rig.app.close();
    expect(await rig.confirm('chw1')).toMatchObject({ kind: 'failed' });
    expect(await marksOf(page)).toEqual(untouched);
  });
});
