import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { Phone } from '../../../electron/practice/phone.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { settleOne } from '../../../renderer/screens/conflicts/settle-one.ts';
import { joinInWords } from '../../../shared/join-words.ts';
import type { Json } from '../../support/documents.ts';
import { editOnServer, leavesAt, onServer } from '../../support/edits.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let server: PracticeServer;
let station: TestStation;
let phone: Phone;
let number = 0;

beforeAll(async () => {
  server = await startPracticeServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  station = await openTestStation({ practice: server });
  phone = new Phone({ user: 'chw1', device: 'phone of chw1', server });
  await phone.firstSync();
});
afterEach(async () => {
  await station.close();
  await phone.destroy();
});

const HOME = { _id: 'hc1-area-1-home-1', parent: { _id: 'hc1-area-1', parent: { _id: 'hc1' } } };

/** A person whom the phone registers and the station delivers. */
async function delivered(count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const id = `joined-${(number += 1)}`;
    const reported_date = Date.UTC(2026, 0, 1);
    await phone.put({
      _id: id,
      type: 'person',
      name: `Person ${id}`,
      phone: '+256 1',
      parent: HOME,
      reported_date,
    });
    ids.push(id);
  }
  await bring();
  await station.ask('decide.approve', { batch: await lastBatch() });
  expect(await upload()).toMatchObject({ outcome: 'done', refused: [], failed: [], lapsed: [] });
  return ids;
}

async function lastBatch(): Promise<string> {
  const { rows } = await station.ask('batches.list', { limit: 1, descending: true, sort: 'takenAt' });
  return rows[0]?.batch ?? '';
}

/** The phone is plugged in, and the station asks the server. */
async function bring(): Promise<string> {
  const { bytes } = await phone.exportStation();
  const { batch } = await station.take(bytes);
  await compareAs(station, server, 'chw1');
  return batch ?? '';
}

/** PouchDB's live feed. */
interface Feed {
  on(event: 'change', listener: (change: { id: string; doc?: Json }) => void): void;
  cancel(): void;
}

/** Does something as soon as the joined version of a document is on the server. Answers how to wait for it. */
function whenItArrives(id: string, act: () => Promise<unknown>): () => Promise<void> {
  const asked = { since: 'now', live: true, include_docs: true };
  const feed = server.database().changes(asked) as unknown as Feed;
  const done = new Promise<void>((resolve, reject) => {
    feed.on('change', (change) => {
      if (change.id !== id || change.doc?.['phone'] !== '+256 2') return;
      feed.cancel();
      act().then(() => resolve(), reject);
    });
  });
  return () => done;
}

const upload = () => uploadAs(station, server, 'chw1');
/** What sentinel does with a new person. */
const sentinel = (id: string, fields: Json) => editOnServer(server, id, fields);
const rowsOf = async (id: string) => {
  const { rows } = await station.ask('changes.list', {
    text: id,
    states: ['open', 'approved', 'held', 'sent', 'accepted', 'closed', 'superseded'],
    revisions: true,
  });
  return rows.filter((row) => row.id === id);
};
const rowOf = async (id: string, rev: string) => (await rowsOf(id)).find((row) => row.rev === rev);
const body = async (id: string): Promise<Json> => ({ ...(await server.database().get(id)) });

describe('an edit of a person on whom the server worked meanwhile', () => {
  it('is an ordinary update, and both changes arrive', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    const batch = await bring();
    expect(await rowOf(id, rev)).toMatchObject({
      class: 'update',
      reason: 'joins-server-edit',
      state: 'open',
    });
    expect(await station.ask('station.status', {})).toMatchObject({ conflicts: 0 });
    const { join, difference } = await station.ask('change.get', { id, rev });
    expect(joinInWords(join?.fields ?? [])).toBe(
      'the server added patient id 40003 · the phone changed phone',
    );
    // What changes on the server, and nothing that looks as if the number went away.
    expect(difference.fields).toMatchObject([{ path: ['phone'], before: '+256 1', after: '+256 2' }]);

    await station.ask('decide.approve', { batch });
    expect(await upload()).toMatchObject({
      outcome: 'done',
      refused: [],
      failed: [],
      lapsed: [],
      waiting: [],
    });
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2', name: `Person ${id}` });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await rowOf(id, rev)).toMatchObject({ class: 'update', state: 'accepted' });
    const receipt = JSON.parse((await station.ask('receipt.get', { batch, format: 'json' })).content) as Json;
    expect(receipt).toMatchObject({ accepted: 1, open: 0, approved: 0, settled: 0, serverHadIt: 0 });
  });

  it.each([1, 4])('makes no conflict when the phone syncs later (%i edits on the phone)', async (edits) => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    for (let edit = 1; edit <= edits; edit += 1) await phone.edit(id, () => ({ phone: `+256 ${edit + 1}` }));
    await station.ask('decide.approve', { batch: await bring() });
    await upload();
    const [leaf] = (await leavesAt(server, id)).live;
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
    expect((await leavesAt(server, id)).live).toEqual([leaf]);
    const shown = { patient_id: '40003', phone: `+256 ${edits + 1}` };
    expect(await phone.db.get(id)).toMatchObject({ _rev: leaf, ...shown });
    // From here on it goes on like any other.
    await phone.edit(id, () => ({ sex: 'female' }));
    expect(await phone.sync()).toMatchObject({ sent: 1, refused: [] });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await body(id)).toMatchObject({ ...shown, sex: 'female' });
  });

  it('goes on so for ten visits, the phone always from its own version', async () => {
    const ids = await delivered(3);
    const written: Json = { patient_id: '40003' };
    for (const id of ids) await sentinel(id, written);
    for (let visit = 2; visit <= 10; visit += 1) {
      for (const [at, id] of ids.entries()) {
        // Some visits bring several edits of one person, so that now the phone's and now the server's side wins.
        for (let edit = 0; edit <= (visit * (at + 1)) % 4; edit += 1)
          await phone.edit(id, () => ({ phone: `+256 ${visit}`, [`visit_${visit}`]: edit }));
      }
      const batch = await bring();
      expect(await station.ask('station.status', {})).toMatchObject({ conflicts: 0, toReview: ids.length });
      await station.ask('decide.approve', { batch });
      expect(await upload()).toMatchObject({
        outcome: 'done',
        refused: [],
        failed: [],
        lapsed: [],
        waiting: [],
      });
      for (const id of ids) {
        expect((await leavesAt(server, id)).live).toHaveLength(1);
        expect(await body(id)).toMatchObject({ ...written, phone: `+256 ${visit}` });
      }
      // What was joined is proven last, and is no second version beside what was made of it.
      expect((await station.ask('conflicts.list', {})).total).toBe(0);
      written[`sentinel_${visit}`] = visit;
      for (const id of ids) await sentinel(id, { [`sentinel_${visit}`]: visit });
    }
    for (const id of ids) {
      const last = await body(id);
      for (let visit = 2; visit <= 10; visit += 1)
        expect(last).toMatchObject({
          [`visit_${visit}`]: expect.any(Number) as unknown,
          [`sentinel_${visit}`]: visit,
        });
      expect(last).toMatchObject({ patient_id: '40003', phone: '+256 10' });
    }
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
    for (const id of ids) {
      const [leaf, ...others] = (await leavesAt(server, id)).live;
      expect(others).toEqual([]);
      expect(await phone.db.get(id)).toMatchObject({ _rev: leaf, patient_id: '40003', phone: '+256 10' });
    }
  });

  it('is approved as what it is now when the server moves between approval and upload', async () => {
    const [id = ''] = await delivered();
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    await station.ask('decide.approve', { batch: await bring() });
    expect(await rowOf(id, rev)).toMatchObject({ class: 'update', reason: null, state: 'approved' });
    await sentinel(id, { patient_id: '40003' });
    expect(await upload()).toMatchObject({ outcome: 'done', lapsed: [], waiting: [] });
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2' });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
  });

  it('lapses when the server moves so that something overlaps', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    await station.ask('decide.approve', { batch: await bring() });
    const theirs = await sentinel(id, { phone: '+256 3' });
    expect(await upload()).toMatchObject({ accepted: 0, lapsed: [{ id, rev, reason: 'server-moved' }] });
    expect((await leavesAt(server, id)).live).toEqual([theirs]);
    expect(await rowOf(id, rev)).toMatchObject({ class: 'conflict', state: 'open' });
  });

  it('is closed although the server works on it as soon as it is there', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    await station.ask('decide.approve', { batch: await bring() });
    const stop = whenItArrives(id, () => sentinel(id, { task: 'made' }));
    expect(await upload()).toMatchObject({
      outcome: 'done',
      refused: [],
      failed: [],
      lapsed: [],
      waiting: [],
    });
    await stop();
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2', task: 'made' });
    expect(await rowOf(id, rev)).toMatchObject({ state: 'accepted' });
    expect(await phone.sync()).toMatchObject({ sent: 0 });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
  });

  it('goes on with the next upload where the session ends in between', async () => {
    const ids = await delivered(3);
    for (const id of ids) await sentinel(id, { patient_id: `4-${id}` });
    const revs: string[] = [];
    for (const id of ids) revs.push(await phone.edit(id, () => ({ phone: '+256 2' })));
    await station.ask('decide.approve', { batch: await bring() });
    const stop = whenItArrives(ids[0] ?? '', async () => {
      const { jobs } = await station.ask('jobs.list', {});
      for (const { job, end } of jobs) if (end === null) await station.ask('job.stop', { job });
    });
    await upload();
    await stop();
    expect(await upload()).toMatchObject({ refused: [], failed: [], lapsed: [], waiting: [] });
    for (const [at, id] of ids.entries()) {
      expect((await leavesAt(server, id)).live).toHaveLength(1);
      expect(await body(id)).toMatchObject({ patient_id: `4-${id}`, phone: '+256 2' });
      expect(await rowOf(id, revs[at] ?? '')).toMatchObject({ class: 'update', state: 'accepted' });
      expect((await rowsOf(id)).filter(({ state }) => state === 'approved' || state === 'sent')).toEqual([]);
    }
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
  });

  it('is joined anew where the server lost it', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const backup = await server.snapshot();
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    await station.ask('decide.approve', { batch: await bring() });
    await upload();
    await server.restore(backup);
    await compareAs(station, server, 'chw1');
    expect(await rowOf(id, rev)).toMatchObject({
      class: 'update',
      reason: 'joins-server-edit',
      state: 'open',
    });
    const waiting = (await rowsOf(id)).filter(({ state }) => state === 'open');
    expect(waiting.map((row) => row.rev)).toEqual([rev]);
    await station.ask('decide.approve', { batch: await lastBatch() });
    expect(await upload()).toMatchObject({ outcome: 'done', refused: [], failed: [], lapsed: [] });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2' });
    expect(await rowOf(id, rev)).toMatchObject({ state: 'accepted' });
  });

  it('that the server refuses is refused itself, and nothing of it is left on the way', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const elsewhere = { _id: 'hc2-area-1-home-1', parent: { _id: 'hc2-area-1', parent: { _id: 'hc2' } } };
    const rev = await phone.edit(id, () => ({ parent: elsewhere }));
    await station.ask('decide.approve', { batch: await bring() });
    expect(await upload()).toMatchObject({ accepted: 0, lapsed: [], refused: [{ id, rev }] });
    expect(await rowOf(id, rev)).toMatchObject({
      class: 'update',
      state: 'approved',
      refusal: expect.any(String),
    });
    const others = (await rowsOf(id)).filter((row) => row.rev !== rev && row.state !== 'accepted');
    expect(others.map(({ state }) => state)).toEqual(['superseded', 'superseded']);
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await body(id)).toMatchObject({ patient_id: '40003', parent: HOME });
  });

  it('of two phones is a conflict of these two', async () => {
    const [id = ''] = await delivered();
    const other = new Phone({ user: 'chw3', device: 'phone of chw3', server });
    try {
      await other.firstSync();
      await sentinel(id, { patient_id: '40003' });
      const revs = [
        await phone.edit(id, () => ({ phone: '+256 2' })),
        await other.edit(id, () => ({ sex: 'female' })),
      ];
      await bring();
      await station.take((await other.exportStation()).bytes);
      await compareAs(station, server, 'chw1');
      for (const rev of revs)
        expect(await rowOf(id, rev)).toMatchObject({ class: 'conflict', reason: 'two-devices' });
    } finally {
      await other.destroy();
    }
  });

  it('is none where nothing is left that the server has not', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003' });
    const rev = await phone.touch(id);
    await bring();
    expect(await rowOf(id, rev)).toMatchObject({ class: 'older', reason: 'server-has-newer' });
  });

  it('is a conflict where the ancestor is not here', async () => {
    const id = 'hc1-area-1-home-2-person-1';
    await sentinel(id, { muted: 17 });
    const rev = await phone.edit(id, () => ({ phone: '+256 2' }));
    await bring();
    expect(await rowOf(id, rev)).toMatchObject({ class: 'conflict', reason: 'server-edited-too' });
    const { history } = await onServer(server, id);
    expect(history).not.toContain(rev);
  });

  it('keeps the pictures of both sides', async () => {
    const [id = ''] = await delivered();
    await server.database().put({
      ...(await server.database().get(id)),
      patient_id: '40003',
      _attachments: { card: { content_type: 'image/png', data: Buffer.from('card').toString('base64') } },
    });
    await phone.edit(id, () => ({
      _attachments: { face: { content_type: 'image/png', data: Buffer.from('face').toString('base64') } },
    }));
    await station.ask('decide.approve', { batch: await bring() });
    expect(await upload()).toMatchObject({ outcome: 'done', waiting: [] });
    expect((await server.database().getAttachment(id, 'card')).toString()).toBe('card');
    expect((await server.database().getAttachment(id, 'face')).toString()).toBe('face');
    expect(await body(id)).toMatchObject({ patient_id: '40003' });
  });
});

describe('an edit of what the server changed too', () => {
  async function overlapping() {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003', phone: '+256 3' });
    const rev = await phone.edit(id, () => ({ phone: '+256 2', sex: 'female' }));
    await bring();
    expect(await rowOf(id, rev)).toMatchObject({ class: 'conflict', reason: 'server-edited-too' });
    const detail = await station.ask('conflict.get', { id });
    return { id, rev, detail, seen: detail.leaves.map((leaf) => leaf.rev) };
  }

  it('asks for the fields that overlap only, and joins the rest', async () => {
    const { id, rev, detail, seen } = await overlapping();
    expect(detail.join?.overlaps).toEqual([
      { path: ['phone'], why: 'both-changed', ancestor: '+256 1', server: '+256 3', phone: '+256 2' },
    ]);
    expect(detail.join?.fields.map(({ path, from }) => [path[0], from])).toEqual([
      ['patient_id', 'server'],
      ['sex', 'phone'],
    ]);
    const choices = [{ path: ['phone'], take: 'phone' as const }];
    const asItWillBe = await station.ask('conflict.losses', { id, choices });
    expect(asItWillBe.losses).toEqual([]);
    expect(JSON.stringify(asItWillBe.shown?.rows)).toContain('+256 2');
    await station.ask('conflict.resolve', { id, seen, choices });
    expect(await upload()).toMatchObject({ outcome: 'done', refused: [], failed: [], lapsed: [] });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2', sex: 'female' });
    // The phone goes on from its own version, which was joined: only what is new of it counts.
    await sentinel(id, { muted: 17 });
    const next = await phone.edit(id, () => ({ sex: 'male' }));
    await station.ask('decide.approve', { batch: await bring() });
    expect(await rowOf(id, next)).toMatchObject({ class: 'update', reason: 'joins-server-edit' });
    expect(await upload()).toMatchObject({ outcome: 'done', lapsed: [], waiting: [] });
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 2', sex: 'male', muted: 17 });
    expect((await rowOf(id, rev))?.state).toBe('closed');
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
  });

  it('ends with what a person typed where neither side is right, and with nothing typed anywhere else', async () => {
    const { id, seen } = await overlapping();
    const { rows } = await station.ask('conflicts.list', { limit: 1000, language: 'en' });
    expect(rows.find((row) => row.id === id)).toMatchObject({ differing: 1, like: null });
    const choices = [
      { path: ['phone'], take: 'server' as const, typed: '+256 9' },
      { path: ['sex'], take: 'server' as const, typed: 'elsewhere' },
    ];
    const { shown } = await station.ask('conflict.losses', { id, choices });
    expect(JSON.stringify(shown?.rows)).toContain('+256 9');
    await station.ask('conflict.resolve', { id, seen, choices });
    expect(await upload()).toMatchObject({ outcome: 'done', refused: [], failed: [] });
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: '+256 9', sex: 'female' });
  });

  it('settled with others of its kind loses nothing that one side alone wrote', async () => {
    const [id = ''] = await delivered();
    await sentinel(id, { patient_id: '40003', phone: '+256 722 104733' });
    await phone.edit(id, () => ({ phone: '0722104733', sex: 'female' }));
    await bring();
    const { rows } = await station.ask('conflicts.list', { limit: 1000, language: 'en' });
    const row = rows.find((one) => one.id === id);
    expect(row).toMatchObject({ differing: 1, like: 'same-phone' });
    const shown = await station.ask('conflict.get', { id });
    const winner = shown.bodies[shown.leaves.findIndex(({ rev }) => rev === shown.winner)]?.['phone'];
    expect(await settleOne(station, row ?? shown)).not.toBeNull();
    expect(await upload()).toMatchObject({ outcome: 'done', refused: [], failed: [] });
    expect(await body(id)).toMatchObject({ patient_id: '40003', phone: winner, sex: 'female' });
    // What was listed before something newer came is left to be looked at.
    expect(await settleOne(station, row ?? shown)).toBeNull();
  });

  it('is not settled by choices that do not name each overlap', async () => {
    const { id, seen } = await overlapping();
    for (const choices of [[], [{ path: ['sex'], take: 'phone' as const }]])
      await expect(station.ask('conflict.resolve', { id, seen, choices })).rejects.toMatchObject({
        code: 'newer-arrived',
      });
  });

  it('is settled for one side only with a word on each field that the other side alone wrote', async () => {
    const { id, rev, seen } = await overlapping();
    const theirs = seen.find((one) => one !== rev) ?? '';
    expect(await station.ask('conflict.losses', { id, keep: rev })).toMatchObject({
      losses: [{ path: ['patient_id'], of: theirs, value: '40003' }],
    });
    expect(await station.ask('conflict.losses', { id, keep: theirs })).toMatchObject({
      losses: [{ path: ['sex'], of: rev, value: 'female' }],
    });
    const merged = { ...(await body(id)), phone: '+256 4' };
    expect(await station.ask('conflict.losses', { id, merged })).toMatchObject({
      losses: [{ path: ['sex'], of: rev, value: 'female' }],
    });
    for (const losing of [undefined, [], [['phone']]])
      await expect(
        station.ask('conflict.resolve', { id, seen, keep: rev, ...(losing === undefined ? {} : { losing }) }),
      ).rejects.toMatchObject({ code: 'would-lose', detail: '1' });
    expect(await station.ask('station.status', {})).toMatchObject({ conflicts: 1 });
    await station.ask('conflict.resolve', { id, seen, keep: rev, losing: [['patient_id']] });
    const { rows } = await station.ask('ledger.list', { limit: 10, descending: true });
    expect(rows.find(({ what }) => what === 'conflict-kept')?.detail).toMatchObject({
      lost: ['patient_id'],
    });
  });
});
