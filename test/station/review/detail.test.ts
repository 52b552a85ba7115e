import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { attachment, type Json, person, report } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { edited, editOnServer, leavesAt, onServer } from '../../support/edits.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let server: PracticeServer;
/** Asks the server; and one that never did. */
let station: TestStation;
let offline: TestStation;
let persons: string[];
let n = 0;

beforeAll(async () => {
  server = await startPracticeServer();
  station = await openTestStation({ practice: server });
  offline = await openTestStation();
  persons = ['1', '2'].flatMap((area) =>
    ['1', '2', '3'].flatMap((home) =>
      ['1', '2', '3'].map((one) => `hc1-area-${area}-home-${home}-person-${one}`),
    ),
  );
});
afterAll(async () => {
  await station.close();
  await offline.close();
  await server.close();
});
beforeEach(() => {
  n += 1;
});

const next = (): string => persons.pop() ?? '';
const batchOf = async (of: TestStation, dump: Uint8Array, user?: string): Promise<string> =>
  (await of.take(dump, undefined, user === undefined ? {} : { user })).batch ?? '';

describe('what a change differs from', () => {
  it('is the server’s version, where it is known', async () => {
    const id = next();
    const ours = await edited(server, id, { name: `${id} 1`, fields: { phone: '123', note: ['new'] } });
    await batchOf(station, stationDump([ours]));
    await compareAs(station, server, 'chw1');
    const { doc } = await onServer(server, id);
    expect(await station.ask('difference.get', { id })).toMatchObject({
      id,
      from: { rev: doc._rev, origin: 'server' },
      to: ours['_rev'],
      fields: [
        { path: ['phone'], after: '123' },
        { path: ['note'], after: ['new'] },
      ],
      notCompared: null,
    });
  });

  it('is the server’s winner, not one of its closed branches', async () => {
    const id = next();
    const ours = await edited(server, id, { name: `${id} 1`, fields: { name: 'Ours' } });
    const theirs = await editOnServer(server, id, { name: 'Theirs' });
    await batchOf(station, stationDump([ours]));
    await compareAs(station, server, 'chw1');
    const { from, fields } = await station.ask('difference.get', { id });
    expect(from).toEqual({ rev: theirs, origin: 'server' });
    expect(fields).toMatchObject([{ path: ['name'], before: 'Theirs', after: 'Ours' }]);
  });

  it('is the nearest version that is here, where the server was not asked', async () => {
    const id = `r${n}`;
    const first = report(id, { n: 1, gone: true }, { history: 'ab' });
    const last = report(id, { n: 3 }, { history: 'abcd' });
    await offline.take(stationDump([first]));
    await offline.take(stationDump([last]));
    expect(await offline.ask('difference.get', { id })).toMatchObject({
      from: { rev: first['_rev'], origin: 'ancestor' },
      to: last['_rev'],
      fields: [
        { path: ['fields', 'n'], before: 1, after: 3 },
        { path: ['fields', 'gone'], before: true },
      ],
    });
    // The older one may still be looked at.
    expect(await offline.ask('difference.get', { id, rev: String(first['_rev']) })).toMatchObject({
      to: first['_rev'],
    });
  });

  it('is another device’s version, where there is no earlier one', async () => {
    const id = `r${n}`;
    const [one, two] = [report(id, { n: 1 }, { history: 'xa' }), report(id, { n: 2 }, { history: 'xb' })];
    await offline.take(stationDump([one]));
    await offline.take(stationDump([two]));
    expect(await offline.ask('difference.get', { id, rev: String(two['_rev']) })).toMatchObject({
      from: { rev: one['_rev'], origin: 'other-device' },
      fields: [{ path: ['fields', 'n'], before: 1, after: 2 }],
    });
  });

  it.each([
    ['a', 'no-earlier-version'],
    ['abc', 'server-not-asked'],
  ])('is nothing for a first look at %s: %s', async (history, notCompared) => {
    const id = `r${n}`;
    await offline.take(stationDump([report(id, { n: 1 }, { history })]));
    const difference = await offline.ask('difference.get', { id });
    expect(difference).toMatchObject({ from: null, notCompared });
    expect(difference.fields).toContainEqual(
      expect.objectContaining({ path: ['form'], after: 'home_visit' }),
    );
  });

  it('is hidden where the server hides its version from this user', async () => {
    // chw1 may not see what lies in another health centre.
    const id = 'hc2-area-1-home-1-person-1';
    const ours = await edited(server, id, { name: `${id} 1`, fields: { phone: '123' } });
    await editOnServer(server, id, { phone: '456' });
    const own = await openTestStation({ practice: server });
    try {
      await own.take(stationDump([ours]));
      expect(await compareAs(own, server, 'chw1')).toMatchObject({ checked: 1, hidden: 1 });
      expect(await own.ask('difference.get', { id })).toMatchObject({
        from: null,
        notCompared: 'server-hides-it',
      });
    } finally {
      await own.close();
    }
  });

  it('of a document that is not here is said', async () => {
    await expect(station.ask('difference.get', { id: 'nothing' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(
      station.ask('change.get', { id: `r${n}`, rev: '1-0123456789abcdef0123456789abcdef' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('one change', () => {
  it('shows the record as it is, its history, its files, and whose it is', async () => {
    const id = `p${n}`;
    const files = {
      'user-file/door': attachment('a door', 'image/png'),
      'note.txt': attachment('text', 'text/plain'),
    };
    const doc = person(id, 'Ann', { history: 'abc', attachments: files });
    const batch = await batchOf(offline, stationDump([{ ...doc, odd: { deep: [1, null, 'x'] } }]));
    const detail = await offline.ask('change.get', { id });
    expect(detail).toMatchObject({
      batch,
      id,
      rev: doc['_rev'],
      kind: 'contact',
      class: 'unchecked',
      state: 'open',
      label: 'Ann',
      user: 'chw1',
      device: 'device-1',
      deleted: false,
      attachments: 2,
      historyComplete: true,
    });
    expect(detail.history).toHaveLength(3);
    expect(detail.raw).toEqual({
      reported_date: doc['reported_date'],
      _id: id,
      _rev: doc['_rev'],
      type: 'person',
      name: 'Ann',
      odd: { deep: [1, null, 'x'] },
    });
    expect([...detail.attachmentList].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'note.txt', contentType: 'text/plain', bytes: 4, digest: files['note.txt']['digest'] },
      {
        name: 'user-file/door',
        contentType: 'image/png',
        bytes: 6,
        digest: files['user-file/door']['digest'],
      },
    ]);
  });

  it('says that its history is not known', async () => {
    const id = `p${n}`;
    await offline.take(allDocsDump([person(id, 'Ann', { history: 'abc' })]));
    expect(await offline.ask('change.get', { id })).toMatchObject({ historyComplete: false });
  });

  it('says what may be done with it', async () => {
    const id = `p${n}`;
    const batch = await batchOf(offline, stationDump([person(id, 'Ann')]));
    const may = async () => (await offline.ask('change.get', { id })).may;
    const none = {
      approve: false,
      settle: false,
      checkAgain: false,
      try: false,
      hold: false,
      release: false,
      choose: false,
      rebase: false,
    };
    expect(await may()).toEqual({ ...none, approve: true, hold: true });
    await offline.ask('decide.approve', { batch, ids: [id] });
    expect(await may()).toEqual({ ...none, hold: true, release: true });
    await offline.ask('decide.hold', { batch, ids: [id], reason: ' look again ' });
    expect(await may()).toEqual({ ...none, release: true });
    expect(await offline.ask('change.get', { id })).toMatchObject({
      state: 'held',
      heldReason: 'look again',
    });
    await offline.ask('decide.release', { batch });
    expect(await may()).toEqual({ ...none, approve: true, hold: true });
  });

  it('cannot be held without a reason', async () => {
    const id = `p${n}`;
    const batch = await batchOf(offline, stationDump([person(id, 'Ann')]));
    await expect(offline.ask('decide.hold', { batch, ids: [id], reason: '   ' })).rejects.toMatchObject({
      code: 'reason-needed',
    });
    for (const request of ['batch.get', 'decide.approve', 'decide.release', 'receipt.get'] as const)
      await expect(offline.ask(request, { batch: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(
      offline.ask('decide.hold', { batch: 'nothing', ids: [id], reason: 'x' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a picture', () => {
  const picture = (id: string, rev: unknown, name: string) =>
    offline.ask('attachment.get', { id, rev: String(rev), name });

  it('comes as it is; anything else does not come', async () => {
    const id = `p${n}`;
    const bytes = Buffer.from([0x89, 0x50, 0, 255, 10, 13]);
    const doc = person(id, 'Ann', {
      attachments: {
        door: attachment(bytes, 'image/png'),
        upper: attachment(bytes, 'IMAGE/JPEG; x=1'),
        page: attachment('<script>', 'text/html'),
        drawing: attachment('<svg onload="x"/>', 'image/svg+xml'),
      },
    });
    await offline.take(stationDump([doc]));
    expect(await picture(id, doc['_rev'], 'door')).toEqual({
      contentType: 'image/png',
      data: bytes.toString('base64'),
    });
    expect((await picture(id, doc['_rev'], 'upper')).data).toBe(bytes.toString('base64'));
    for (const name of ['page', 'drawing'])
      await expect(picture(id, doc['_rev'], name)).rejects.toMatchObject({ code: 'bad-params' });
    await expect(picture(id, doc['_rev'], 'other')).rejects.toMatchObject({ code: 'not-found' });
    await expect(picture(id, '1-0123456789abcdef0123456789abcdef', 'door')).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(picture('nothing', doc['_rev'], 'door')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that is too large is not sent to the window', async () => {
    const id = `p${n}`;
    const large = Buffer.alloc(LIMITS.pictureBytes + 1);
    const doc = person(id, 'Ann', { attachments: { door: attachment(large, 'image/png') } });
    await offline.take(stationDump([doc]));
    await expect(picture(id, doc['_rev'], 'door')).rejects.toMatchObject({ code: 'attachment-too-large' });
  });
});

describe('a change that cannot be placed', () => {
  /** A phone's edit of which the dump does not tell the history. */
  async function unplaced(more: Json = {}) {
    const id = next();
    const doc = await edited(server, id, { name: `${id} 1`, fields: { phone: '123' }, ...more });
    const batch = await batchOf(station, allDocsDump([doc]), 'chw1');
    await compareAs(station, server, 'chw1');
    const { doc: theirs } = await onServer(server, id);
    return { id, batch, rev: String(doc['_rev']), on: theirs._rev };
  }

  it('goes as it is only where somebody said so, who was told how many there are', async () => {
    const { id, batch } = await unplaced();
    const before = (await onServer(server, id)).doc;
    const approval = { batch, ids: [id] };
    const { records, names } = await station.ask('decide.unplaced', approval);
    const { rows } = await station.ask('changes.list', { batch });
    expect([records, names]).toEqual([1, rows.map(({ label }) => label)]);
    const refused = { code: 'would-conflict', detail: '1' };
    await expect(station.ask('decide.approve', approval)).rejects.toMatchObject(refused);
    await expect(station.ask('decide.approve', { ...approval, refused: true })).rejects.toMatchObject(
      refused,
    );
    expect(await uploadAs(station, server, 'chw1', [batch])).toMatchObject({ outcome: 'nothing' });
    expect((await onServer(server, id)).doc).toEqual(before);
    expect(await station.ask('decide.approve', { ...approval, unplaced: records })).toMatchObject({
      changed: 1,
    });
  });

  it('is as before when the decision is undone: what was made of it does not go', async () => {
    const { id, batch, rev, on } = await unplaced();
    const placed = await station.ask('decide.rebase', { id, rev, on });
    expect(await station.ask('decide.undo', { decision: placed.decision })).toEqual({
      undone: 1,
      later: 0,
      lapsed: 0,
    });
    const all = ['open', 'approved', 'closed', 'superseded'] as const;
    const { rows } = await station.ask('changes.list', { batch, states: [...all], revisions: true });
    expect(Object.fromEntries(rows.map((row) => [row.rev, `${row.class} ${row.state}`]))).toMatchObject({
      [rev]: 'unplaced open',
      [placed.rev]: expect.stringContaining(' superseded'),
    });
    expect(await uploadAs(station, server, 'chw1', [batch])).toMatchObject({ outcome: 'nothing' });
    // It can be decided the same way once more.
    expect((await station.ask('decide.rebase', { id, rev, on })).rev).toBe(placed.rev);
    expect(await uploadAs(station, server, 'chw1', [batch])).toMatchObject({ accepted: 1 });
  });

  it('is not ordinary, and becomes an edit of the server’s version by a decision', async () => {
    const files = { door: attachment('a door', 'image/png') };
    const { id, batch, rev, on } = await unplaced({ attachments: files });
    expect((await station.ask('decide.approve', { batch })).changed).toBe(0);
    expect((await station.ask('change.get', { id })).may.rebase).toBe(true);
    const placed = await station.ask('decide.rebase', { id, rev, on });
    expect(placed.rev).not.toBe(rev);
    // The record is one, with what was made of it.
    expect((await station.ask('changes.list', { batch })).rows).toMatchObject([
      { rev: placed.rev, state: 'approved' },
    ]);
    const { rows } = await station.ask('changes.list', {
      batch,
      states: ['open', 'approved', 'closed'],
      revisions: true,
    });
    expect(rows.map((row) => [row.rev, row.state]).sort()).toEqual(
      [
        [rev, 'closed'],
        [placed.rev, 'approved'],
      ].sort(),
    );
    const upload = await uploadAs(station, server, 'chw1', [batch]);
    expect(upload).toMatchObject({ outcome: 'done', accepted: 1 });
    expect((await leavesAt(server, id)).live).toEqual([placed.rev]);
    const { doc, history } = await onServer(server, id);
    expect(history[1]).toBe(on);
    expect(doc).toMatchObject({ phone: '123' });
    expect((await server.database().getAttachment(id, 'door')).toString()).toBe('a door');

    // The receipt counts the record once: read, and accepted.
    const { content } = await station.ask('receipt.get', { batch });
    expect(JSON.parse(content)).toMatchObject({ read: 1, accepted: 1, open: 0, settled: 0, approved: 0 });
  });

  it('is not placed on another version than the one that was looked at', async () => {
    const { id, batch, rev, on } = await unplaced();
    const theirs = await editOnServer(server, id, { phone: '456' });
    await compareAs(station, server, 'chw1');
    await expect(station.ask('decide.rebase', { id, rev, on })).rejects.toMatchObject({
      code: 'newer-arrived',
    });
    await expect(
      station.ask('decide.rebase', { id, rev, on: '9-0123456789abcdef0123456789abcdef' }),
    ).rejects.toMatchObject({ code: 'newer-arrived' });
    await station.ask('decide.rebase', { id, rev, on: theirs });
    await expect(station.ask('decide.rebase', { id, rev, on: theirs })).rejects.toMatchObject({
      code: 'nothing-to-decide',
    });
    // And where the server moves after that, nothing is sent over what nobody looked at.
    const later = await editOnServer(server, id, { phone: '789' });
    expect(await uploadAs(station, server, 'chw1', [batch])).toMatchObject({ accepted: 0, sent: 0 });
    expect((await leavesAt(server, id)).live).toEqual([later]);
  });

  it('is the only kind that can be placed', async () => {
    const id = next();
    const doc = await edited(server, id, { name: `${id} 1`, fields: { phone: '123' } });
    await station.take(stationDump([doc]));
    await compareAs(station, server, 'chw1');
    const on = (await onServer(server, id)).doc._rev;
    await expect(station.ask('decide.rebase', { id, rev: String(doc['_rev']), on })).rejects.toMatchObject({
      code: 'nothing-to-decide',
    });
  });
});
