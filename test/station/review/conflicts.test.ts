import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Requests } from '../../../shared/contract.ts';
import { attachment, document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { edited, editOnServer, leavesAt, onServer } from '../../support/edits.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';
import { Phone } from '../../../electron/practice/phone.ts';
import type { StoredDoc } from '../../../electron/practice/pouch.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let server: PracticeServer;
let shared: TestStation;
/** The station of the test: the one that all share, unless it needs one that it can close. */
let station: TestStation;
let homes: string[];
/** What this test brought. */
let batches: string[];

beforeAll(async () => {
  server = await startPracticeServer();
  // Each test has a household of its own.
  homes = ['1', '2'].flatMap((area) =>
    ['1', '2', '3'].flatMap((home) => [
      `hc1-area-${area}-home-${home}`,
      ...['1', '2', '3'].map((person) => `hc1-area-${area}-home-${home}-person-${person}`),
    ]),
  );
  homes.push('hc1-area-1', 'hc1-area-2', 'hc1-chw1', 'hc1-chw3');
  const { _rev: _, ...person } = await server.database().get('hc1-area-1-home-1-person-1');
  for (let more = 4; more < 20; more += 1) {
    const _id = `hc1-area-1-home-1-person-${more}`;
    await server.database().put({ ...person, _id });
    if (more < 16) homes.push(_id);
    else homes.unshift(_id);
  }
});
beforeAll(async () => {
  shared = await openTestStation({ practice: server });
});
afterAll(async () => {
  await shared.close();
  await server.close();
});
beforeEach(() => {
  station = shared;
  batches = [];
});

const next = (): string => {
  const id = homes.pop();
  if (id === undefined) throw new Error('no household is left');
  return id;
};
const take = async (dump: Uint8Array): Promise<string> => {
  const { batch } = await station.take(dump);
  batches.push(batch ?? '');
  return batch ?? '';
};
const upload = () => uploadAs(station, server, 'chw1', batches);
const isInConflict = async (id: string): Promise<boolean> =>
  (await station.ask('conflicts.list', { limit: 1000 })).rows.some((row) => row.id === id);
/** Nothing of the document waits for anything any more, or exists here alone. */
const isSettled = async (id: string): Promise<boolean> =>
  Object.values(await states(id)).every((state) => / (accepted|closed|superseded)$/.test(state));
const waits = async (id: string): Promise<boolean> =>
  Object.values(await states(id)).some((state) => / (approved|sent)$/.test(state));
const dumpOf = (user: string, ...docs: Json[]) => stationDump(docs, { user, device: `phone of ${user}` });
const states = async (id: string) =>
  Object.fromEntries(
    (
      await station.ask('changes.list', {
        text: id,
        states: ['open', 'approved', 'held', 'sent', 'accepted', 'closed', 'superseded'],
        revisions: true,
      })
    ).rows
      .filter((row) => row.id === id)
      .map((row) => [row.rev, `${row.class} ${row.state}`]),
  );
const leafRevs = async (id: string) =>
  (await station.ask('conflict.get', { id })).leaves.map((leaf) => leaf.rev);

/** What settling it so would lose, for somebody who agrees to that. */
const lossesAgreed = async (ending: Requests['conflict.losses']['input']) =>
  (await station.ask('conflict.losses', ending)).losses.map(({ path }) => [...path]);

/** Two phones edit a document, neither knowing of the other. */
async function clash(options: { a?: Json; b?: Json } = {}) {
  const id = next();
  const a = await edited(server, id, { name: `${id} a`, fields: { name: 'Blue gate' }, ...options.a });
  const b = await edited(server, id, { name: `${id} b`, fields: { name: 'Green gate' }, ...options.b });
  await take(dumpOf('chw1', a));
  await take(dumpOf('chw3', b));
  return { id, a, b, revA: String(a['_rev']), revB: String(b['_rev']) };
}

/** A phone and somebody at the server edit a document; who does it twice has the higher revision. */
async function clashWithServer(more: Json = {}, twice: 'phone' | 'server' = 'server') {
  const id = next();
  const blue = { name: `${id} ours`, fields: { name: 'Blue gate' }, ...more };
  const on = twice === 'phone' ? { on: await edited(server, id, { name: `${id} first` }) } : {};
  const ours = await edited(server, id, { ...blue, ...on });
  if (twice === 'server') await editOnServer(server, id, { name: 'Red gate' });
  const theirs = await editOnServer(server, id, { name: 'Green gate' });
  await take(dumpOf('chw1', ours));
  await compareAs(station, server, 'chw1');
  return { id, ours, rev: String(ours['_rev']), theirs };
}

async function onServerNow(id: string): Promise<{ rev: string }> {
  return { rev: (await server.database().get(id))._rev };
}

/** Keeping this version, for somebody who agrees to what that loses. */
async function keeping(id: string, keep: string) {
  return { keep, losing: await lossesAgreed({ id, keep }) };
}

async function bodyAtServer(id: string): Promise<Json> {
  return { ...(await server.database().get(id)) };
}

/** What a phone that has only this side shows after its next sync, which finds nothing to send. */
async function shownAfterSync(user: string, side: Json): Promise<Json> {
  const phone = new Phone({ user, device: `phone of ${user}`, server });
  try {
    await phone.db.bulkDocs([side as unknown as StoredDoc], { new_edits: false });
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
    return { ...(await phone.db.get(String(side['_id']))) };
  } finally {
    await phone.destroy();
  }
}

/** What the ledger keeps of the revisions that a decision closed. Closes the station. */
async function closedBodies(dataDir: string): Promise<Record<string, Json>> {
  const db = new DatabaseSync(join(dataDir, 'ledger.sqlite'));
  try {
    const rows = db.prepare('SELECT rev, body FROM closed_bodies').all();
    return Object.fromEntries(
      rows.map((row) => [String(row['rev']), JSON.parse(String(row['body'])) as Json]),
    );
  } finally {
    db.close();
  }
}

describe('a conflict', () => {
  it('of two phones names both sides: who, on which device, when, and what differs', async () => {
    const { id, revA, revB } = await clash();
    const { rows, total } = await station.ask('conflicts.list', {});
    expect(total).toBe(rows.length);
    const row = rows.find((one) => one.id === id);
    expect(row).toMatchObject({ id, kind: 'contact' });
    const winner = [revA, revB].sort().at(-1);
    expect(row?.winner).toBe(winner);
    expect(row?.leaves.map(({ rev, user, device, origin }) => ({ rev, user, device, origin }))).toEqual(
      [
        { rev: revA, user: 'chw1', device: 'phone of chw1', origin: 'dump' },
        { rev: revB, user: 'chw3', device: 'phone of chw3', origin: 'dump' },
      ].sort((one, other) => (one.rev < other.rev ? 1 : -1)),
    );
    for (const leaf of row?.leaves ?? []) expect(Date.parse(leaf.takenAt ?? '')).not.toBeNaN();
    const detail = await station.ask('conflict.get', { id });
    expect(detail.bodies.map((body) => body?.['name'])).toEqual(
      detail.leaves.map((leaf) => (leaf.rev === revA ? 'Blue gate' : 'Green gate')),
    );
    expect(detail.fields.map((field) => field.path)).toEqual([['name']]);
    expect(await station.ask('station.status', {})).toMatchObject({ conflicts: total });
  });

  it('with the server shows the server as a side', async () => {
    const { id, rev, theirs } = await clashWithServer();
    const { leaves } = await station.ask('conflict.get', { id });
    expect(leaves.map((leaf) => [leaf.rev, leaf.origin]).sort()).toEqual(
      [
        [rev, 'dump'],
        [theirs, 'server'],
      ].sort(),
    );
  });

  it('is none where both say the same', async () => {
    const { id, revA, revB } = await clash({ b: { fields: { name: 'Blue gate' } } });
    await compareAs(station, server, 'chw1');
    expect(Object.values(await states(id)).sort()).toEqual(['older open', 'update open']);
    expect(await isInConflict(id)).toBe(false);
    await expect(station.ask('conflict.get', { id })).rejects.toMatchObject({ code: 'not-in-conflict' });
    await expect(
      station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA }),
    ).rejects.toMatchObject({ code: 'not-in-conflict' });
  });
});

describe('settling a conflict', () => {
  it.each(['winning', 'losing'] as const)(
    'of two phones by keeping the %s side: every phone shows that one, and the other is closed',
    async (which) => {
      const { id, a, b } = await clash();
      const [winning, losing] = String(a['_rev']) > String(b['_rev']) ? [a, b] : [b, a];
      const [keep, close] = which === 'winning' ? [winning, losing] : [losing, winning];
      const [kept, closed] = [String(keep['_rev']), String(close['_rev'])];
      const done = await station.ask('conflict.resolve', { id, seen: await leafRevs(id), keep: kept });
      expect(done).toMatchObject({ kept, closed: [closed] });
      expect(await isInConflict(id)).toBe(false);
      expect((await states(id))[closed]).toBe('conflict closed');

      const result = await upload();
      expect(result).toMatchObject({ refused: [], failed: [], lapsed: [], waiting: [] });
      const { live, deleted } = await leavesAt(server, id);
      expect(live).toHaveLength(1);
      expect(live[0] === kept).toBe(which === 'winning');
      expect((await onServer(server, id)).history).toContain(winning['_rev']);
      expect(await bodyAtServer(id)).toMatchObject({ name: keep['name'] });
      // A deletion keeps its body, and stands on the side it closes: what the other phones do not show anyway.
      expect(deleted).toHaveLength(1);
      const tombstone = await server.database().get(id, { rev: deleted[0] ?? '', revs: true });
      expect(tombstone['name']).toBe(losing['name']);
      expect(JSON.stringify(tombstone['_revisions'])).toContain(String(losing['_rev']).slice(2));
      expect(await isSettled(id)).toBe(true);
      expect((await states(id))[kept]).toMatch(/accepted$/);
      expect(await shownAfterSync('chw1', a)).toMatchObject({ _rev: live[0], name: keep['name'] });
      expect(await shownAfterSync('chw3', b)).toMatchObject({ _rev: live[0], name: keep['name'] });
    },
  );

  it.each(['phone', 'server'] as const)(
    'with the server by keeping ours, where the %s has the higher revision',
    async (twice) => {
      const { id, ours, rev, theirs } = await clashWithServer({}, twice);
      const done = await station.ask('conflict.resolve', { id, seen: [rev, theirs], keep: rev });
      expect(done).toMatchObject({ kept: rev, closed: [theirs] });
      const result = await upload();
      // One record, however many revisions of it went.
      expect(result).toMatchObject({ outcome: 'done', sent: 1, accepted: 1, refused: [], failed: [] });
      const { live } = await leavesAt(server, id);
      expect(live).toHaveLength(1);
      expect(live[0] === rev).toBe(twice === 'phone');
      expect(await bodyAtServer(id)).toMatchObject({ name: 'Blue gate' });
      expect(await shownAfterSync('chw1', ours)).toMatchObject({ _rev: live[0], name: 'Blue gate' });
    },
  );

  it.each(['phone', 'server'] as const)(
    'with the server by keeping the server, where the %s has the higher revision: nothing of ours shows anywhere',
    async (twice) => {
      const { id, ours, rev, theirs } = await clashWithServer({}, twice);
      const done = await station.ask('conflict.resolve', { id, seen: [rev, theirs], keep: theirs });
      expect(done).toMatchObject({ kept: theirs, closed: [rev] });
      await upload();
      const { live } = await leavesAt(server, id);
      expect(live).toHaveLength(1);
      expect(live[0] === theirs).toBe(twice === 'server');
      expect(await bodyAtServer(id)).toMatchObject({ name: 'Green gate' });
      expect(await shownAfterSync('chw1', ours)).toMatchObject({ _rev: live[0], name: 'Green gate' });
      expect(await isSettled(id)).toBe(true);
    },
  );

  it.each(['door', 'roof'] as const)(
    'by keeping a side keeps its pictures and no others (%s)',
    async (picture) => {
      const { id, revA, revB } = await clash({
        a: { attachments: { door: attachment('blue door', 'image/png') } },
        b: { attachments: { roof: attachment('green roof', 'image/png') } },
      });
      const keep = picture === 'door' ? revA : revB;
      const seen = [revA, revB];
      // The other picture goes, so somebody has to have agreed to that.
      const lost = [['_attachments', picture === 'door' ? 'roof' : 'door']];
      await expect(station.ask('conflict.resolve', { id, seen, keep })).rejects.toMatchObject({
        code: 'would-lose',
      });
      await station.ask('conflict.resolve', { id, seen, keep, losing: lost });
      // Each side goes with the login of the person who made it.
      await uploadAs(station, server, picture === 'door' ? 'chw1' : 'chw3', batches);
      expect((await leavesAt(server, id)).live).toHaveLength(1);
      expect(Object.keys((await bodyAtServer(id))['_attachments'] as object)).toEqual([picture]);
    },
  );

  it('by keeping a lower version of the server whose picture is not here: it stays as it is', async () => {
    const id = next();
    const first = await edited(server, id, { name: `${id} first` });
    const ours = await edited(server, id, { name: `${id} ours`, on: first, fields: { name: 'Blue gate' } });
    await server.database().put({
      ...(await server.database().get(id)),
      _attachments: { door: { content_type: 'image/png', data: Buffer.from('green').toString('base64') } },
    });
    await take(dumpOf('chw1', ours));
    await compareAs(station, server, 'chw1');
    const { _rev: theirs } = await server.database().get(id);
    await station.ask('conflict.resolve', { id, seen: await leafRevs(id), keep: theirs });
    await upload();
    expect((await leavesAt(server, id)).live).toEqual([theirs]);
    expect((await server.database().getAttachment(id, 'door')).toString()).toBe('green');
  });

  it('by a merge: one new version on the winner, with nothing of either side in its place', async () => {
    const { id, revA, revB } = await clash({ b: { fields: { name: 'Green gate', phone: '123' } } });
    const merged = {
      ...(await onServer(server, id)).doc,
      name: 'Blue gate',
      phone: '123',
      _secret: 'x',
    } as Json;
    const done = await station.ask('conflict.resolve', { id, seen: [revA, revB], merged });
    expect(done.closed).toHaveLength(1);
    expect([revA, revB]).not.toContain(done.kept);
    await upload();
    expect((await leavesAt(server, id)).live).toEqual([done.kept]);
    const body = await bodyAtServer(id);
    expect(body).toMatchObject({
      name: 'Blue gate',
      phone: '123',
      type: 'clinic' === body['type'] ? 'clinic' : 'person',
    });
    expect(body).not.toHaveProperty('_secret');
  });

  it.each(['phone', 'server'] as const)(
    'by a merge with the server, where the %s has the higher revision: on that one',
    async (twice) => {
      const { id, ours, rev, theirs } = await clashWithServer({}, twice);
      const merged = { ...(await onServer(server, id)).doc, name: 'Blue and green gate' } as Json;
      const { kept } = await station.ask('conflict.resolve', { id, seen: [rev, theirs], merged });
      await upload();
      expect((await leavesAt(server, id)).live).toEqual([kept]);
      expect((await onServer(server, id)).history).toContain(twice === 'phone' ? rev : theirs);
      const shown = { _rev: kept, name: 'Blue and green gate' };
      expect(await bodyAtServer(id)).toMatchObject(shown);
      expect(await shownAfterSync('chw1', ours)).toMatchObject(shown);
    },
  );

  it('by a merge keeps the pictures of every side', async () => {
    const { id, revA, revB } = await clash({
      a: { attachments: { door: attachment('blue door', 'image/png') } },
      b: { attachments: { roof: attachment('green roof', 'image/png') } },
    });
    const merged = { ...(await onServer(server, id)).doc, name: 'Both' } as Json;
    const { kept } = await station.ask('conflict.resolve', { id, seen: [revA, revB], merged });
    await upload();
    expect((await leavesAt(server, id)).live).toEqual([kept]);
    for (const [name, text] of [
      ['door', 'blue door'],
      ['roof', 'green roof'],
    ] as const)
      expect((await server.database().getAttachment(id, name)).toString()).toBe(text);
  });

  it('by a merge with the server takes no picture away that the server has', async () => {
    const id = next();
    const before = await server.database().get(id);
    await server.database().put({
      ...before,
      _attachments: {
        door: { content_type: 'image/png', data: Buffer.from('blue door').toString('base64') },
      },
    });
    const ours = await edited(server, id, {
      name: `${id} ours`,
      fields: { name: 'Blue gate' },
      attachments: { door: attachment('blue door', 'image/png') },
    });
    const theirs = await editOnServer(server, id, { name: 'Green gate' });
    await take(dumpOf('chw1', ours));
    await compareAs(station, server, 'chw1');
    const merged = { ...(await onServer(server, id)).doc, name: 'Both' } as Json;
    const { kept } = await station.ask('conflict.resolve', {
      id,
      seen: [String(ours['_rev']), theirs],
      merged,
    });
    await upload();
    expect((await leavesAt(server, id)).live).toEqual([kept]);
    expect((await server.database().getAttachment(id, 'door')).toString()).toBe('blue door');
  });

  it('by a merge is refused where it would lose a picture that only the server has', async () => {
    const id = next();
    const ours = await edited(server, id, { name: `${id} ours`, fields: { name: 'Blue gate' } });
    await server.database().put({
      ...(await server.database().get(id)),
      _attachments: { door: { content_type: 'image/png', data: Buffer.from('green').toString('base64') } },
    });
    await take(dumpOf('chw1', ours));
    await compareAs(station, server, 'chw1');
    const seen = await leafRevs(id);
    const merged = { type: 'clinic', name: 'Both' };
    const lost = await lossesAgreed({ id, merged });
    await expect(station.ask('conflict.resolve', { id, seen, merged, losing: lost })).rejects.toMatchObject({
      code: 'attachment-not-here',
    });
    expect(await leafRevs(id)).toEqual(seen);
  });

  it('keeps the body of every side that was closed in the ledger, whatever happens to the rest', async () => {
    const folder = temporaryFolder();
    station = await openTestStation({ practice: server, dataDir: folder.path });
    try {
      const { id, revA, revB } = await clash();
      await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
      const other = await clashWithServer();
      const seen = [other.rev, other.theirs];
      await station.ask('conflict.resolve', { id: other.id, seen, keep: other.rev });
      await station.close();
      const bodies = await closedBodies(folder.path);
      expect(Object.keys(bodies).sort()).toEqual([revB, other.theirs].sort());
      expect(bodies[revB]).toMatchObject({ name: 'Green gate' });
      expect(bodies[other.theirs]).toMatchObject({ name: 'Green gate' });
    } finally {
      await station.close();
      station = shared;
      folder.remove();
    }
  });

  it('is written down: who, what was kept, what was closed', async () => {
    const { id, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revB });
    const { rows } = await station.ask('ledger.list', { descending: true, limit: 1 });
    expect(rows).toMatchObject([{ what: 'conflict-kept', id, rev: revB, detail: { closed: [revA] } }]);
  });
});

describe('a decision on a conflict is refused', () => {
  it('where something newer came than what was looked at, and nothing of it is done', async () => {
    const { id, a, revA, revB } = await clash();
    const seen = await leafRevs(id);
    const newer = await edited(server, id, { name: `${id} newer`, on: a, fields: { name: 'Red gate' } });
    await take(dumpOf('chw1', newer));
    const before = await states(id);
    for (const request of [
      { id, seen, keep: revA },
      { id, seen, keep: revB },
      { id, seen, merged: { name: 'Both' } },
    ])
      await expect(station.ask('conflict.resolve', request)).rejects.toMatchObject({ code: 'newer-arrived' });
    expect(await states(id)).toEqual(before);
    expect(await waits(id)).toBe(false);
  });

  it('where it names other leaves than there are', async () => {
    const { id, revA, revB } = await clash();
    for (const seen of [[], [revA], [revA, revA], [revA, revB, '9-0123'], ['9-0123', revB]])
      await expect(station.ask('conflict.resolve', { id, seen, keep: revA })).rejects.toMatchObject({
        code: 'newer-arrived',
      });
    await expect(
      station.ask('conflict.resolve', { id, seen: [revA, revB], keep: '9-0123' }),
    ).rejects.toMatchObject({ code: 'newer-arrived' });
  });

  it('where it does not say what is kept, or says it twice', async () => {
    const { id, revA, revB } = await clash();
    const seen = [revA, revB];
    await expect(station.ask('conflict.resolve', { id, seen })).rejects.toMatchObject({ code: 'bad-params' });
    await expect(station.ask('conflict.resolve', { id, seen, keep: revA, merged: {} })).rejects.toMatchObject(
      { code: 'bad-params' },
    );
  });

  it('where it was made already', async () => {
    const { id, revA, revB } = await clash();
    const seen = [revA, revB];
    const both = await Promise.allSettled([
      station.ask('conflict.resolve', { id, seen, keep: revA }),
      station.ask('conflict.resolve', { id, seen, keep: revB }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(station.ask('conflict.resolve', { id, seen, keep: revB })).rejects.toMatchObject({
      code: 'not-in-conflict',
    });
  });
});

describe('a settled conflict', () => {
  it('is open again when the losing side goes on before anything was sent', async () => {
    const { id, b, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    const newer = await edited(server, id, { name: `${id} newer`, on: b, fields: { name: 'Red gate' } });
    await take(dumpOf('chw3', newer));
    expect((await leafRevs(id)).sort()).toEqual([revA, String(newer['_rev'])].sort());
    // One button for what is ordinary: this is not.
    for (const batch of batches) await station.ask('decide.approve', { batch });
    await upload();
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await isInConflict(id)).toBe(true);
  });

  it('is open again when the side that was kept goes on before anything was sent', async () => {
    const { id, a, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    const newer = await edited(server, id, { name: `${id} newer`, on: a, fields: { name: 'Red gate' } });
    await take(dumpOf('chw1', newer));
    expect((await leafRevs(id)).sort()).toEqual([revB, String(newer['_rev'])].sort());
    expect(await waits(id)).toBe(false);
    // Settled once more, it goes as it was settled last.
    await station.ask('conflict.resolve', { id, seen: await leafRevs(id), keep: String(newer['_rev']) });
    await upload();
    expect((await leavesAt(server, id)).live).toEqual([newer['_rev']]);
    expect(await waits(id)).toBe(false);
  });

  it('is open again when a third side comes before anything was sent', async () => {
    const { id, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    const third = await edited(server, id, { name: `${id} third`, fields: { name: 'Red gate' } });
    await take(dumpOf('chw2', third));
    expect((await leafRevs(id)).sort()).toEqual([revA, revB, String(third['_rev'])].sort());
    expect(await waits(id)).toBe(false);
    const { rows } = await station.ask('ledger.list', { descending: true, limit: 1000 });
    const told = rows.filter((entry) => entry.id === id && entry.what === 'conflict-reopened');
    expect(told).toMatchObject([{ rev: revA, detail: { opened: 2 } }]);
    expect(told[0]?.batch).not.toBeNull();
  });

  it('is open again when the decision is undone, and can be settled the other way', async () => {
    const { id, revA, revB } = await clash();
    const before = await states(id);
    const seen = [revA, revB];
    const { decision } = await station.ask('conflict.resolve', { id, seen, keep: revB });
    expect(await isInConflict(id)).toBe(false);
    expect(await station.ask('decide.undo', { decision })).toMatchObject({ later: 0, lapsed: 0 });
    expect(await isInConflict(id)).toBe(true);
    expect(await states(id)).toMatchObject(before);
    expect((await leafRevs(id)).sort()).toEqual([revA, revB].sort());
    // Nothing that the undone decision made goes.
    expect(await waits(id)).toBe(false);
    await expect(station.ask('decide.undo', { decision })).rejects.toMatchObject({ code: 'nothing-to-undo' });
    await station.ask('conflict.resolve', { id, seen, keep: revA });
    expect(await upload()).toMatchObject({ refused: [], failed: [] });
    expect((await onServer(server, id)).doc).toMatchObject({ name: 'Blue gate' });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
  });

  it('is settled the same way once more after it was undone', async () => {
    const { id, revA, revB } = await clash();
    const seen = [revA, revB];
    const first = await station.ask('conflict.resolve', { id, seen, keep: revA });
    const settled = await states(id);
    await station.ask('decide.undo', { decision: first.decision });
    await station.ask('conflict.resolve', { id, seen, keep: revA });
    expect(await states(id)).toEqual(settled);
    expect(await upload()).toMatchObject({ refused: [], failed: [] });
    expect((await onServer(server, id)).doc).toMatchObject({ name: 'Blue gate' });
  });

  it('cannot be undone once it was sent', async () => {
    const { id, revA, revB } = await clash();
    const { decision } = await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    await upload();
    const sent = await states(id);
    await expect(station.ask('decide.undo', { decision })).rejects.toMatchObject({ code: 'decision-sent' });
    expect(await states(id)).toEqual(sent);
  });

  it('stays as it is when the same dump comes again', async () => {
    const { id, a, b, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    const before = await states(id);
    await take(dumpOf('chw1', a, { ...b }));
    await take(dumpOf('chw3', b, a));
    expect(await states(id)).toEqual(before);
    expect(await isInConflict(id)).toBe(false);
  });

  it('lapses as a whole when the server moves before it is sent, and nothing is lost', async () => {
    const { id, revA, revB } = await clash();
    await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revA });
    const theirs = await editOnServer(server, id, { name: 'Red gate' });
    const result = await upload();
    expect(result.accepted).toBe(0);
    expect(result.lapsed.length).toBeGreaterThan(0);
    expect((await leavesAt(server, id)).live).toEqual([theirs]);
    expect((await leafRevs(id)).sort()).toEqual([revA, revB, theirs].sort());
    expect(await waits(id)).toBe(false);
  });

  it('closes nothing at the server before the side that was kept is there', async () => {
    // Moved to a place that is not hers: the server refuses it from chw1.
    const elsewhere = { parent: { _id: 'hc2-area-1-home-1', parent: { _id: 'hc2-area-1' } } };
    const { id, rev, theirs } = await clashWithServer({ fields: { name: 'Blue gate', ...elsewhere } });
    const lost = await lossesAgreed({ id, keep: rev });
    await station.ask('conflict.resolve', { id, seen: [rev, theirs], keep: rev, losing: lost });
    for (let turn = 0; turn < 2; turn += 1) {
      const result = await upload();
      expect(result.accepted).toBe(0);
      expect(await leavesAt(server, id)).toMatchObject({ live: [theirs], deleted: [] });
    }
    expect((await states(id))[rev]).toBe('conflict approved');
  });

  it('closes nothing at the server while the side that was kept waits for another record', async () => {
    const area = { _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
    const place = document('waiting-home', { type: 'clinic', name: 'New', parent: area });
    const batch = await take(dumpOf('chw1', place));
    await compareAs(station, server, 'chw1');
    await station.ask('decide.hold', { batch, ids: ['waiting-home'], reason: 'ask her' });
    const { id, rev, theirs } = await clashWithServer({
      fields: { name: 'Blue gate', parent: { _id: 'waiting-home', parent: area } },
    });
    await station.ask('conflict.resolve', { id, seen: [rev, theirs], keep: rev });
    const waiting = await upload();
    expect(waiting.accepted).toBe(0);
    expect(await leavesAt(server, id)).toMatchObject({ live: [theirs], deleted: [] });
    // Once it may go, all of it goes.
    await station.ask('decide.release', { batch });
    await station.ask('decide.approve', { batch });
    await upload();
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect((await states(id))[rev]).toBe('conflict accepted');
    expect(await bodyAtServer(id)).toMatchObject({ name: 'Blue gate' });
  });

  it('is the same after a restart', async () => {
    const folder = temporaryFolder();
    station = await openTestStation({ practice: server, dataDir: folder.path });
    try {
      const { id, revA, revB } = await clash();
      await station.ask('conflict.resolve', { id, seen: [revA, revB], keep: revB });
      await station.close();
      station = await openTestStation({ practice: server, dataDir: folder.path });
      await uploadAs(station, server, 'chw3', batches);
      expect((await leavesAt(server, id)).live).toHaveLength(1);
      expect(await bodyAtServer(id)).toMatchObject({ name: 'Green gate' });
    } finally {
      await station.close();
      station = shared;
      folder.remove();
    }
  });
});

describe('a second conflict of a record', () => {
  it('is settled like the first, whose closed branch is still at the server', async () => {
    const { id, ours, rev, theirs } = await clashWithServer({}, 'phone');
    await station.ask('conflict.resolve', { id, seen: [rev, theirs], keep: rev });
    await upload();
    expect(await leavesAt(server, id)).toMatchObject({ live: [rev], deleted: [expect.any(String)] });
    const red = await editOnServer(server, id, { name: 'Red gate' });
    const again = await edited(server, id, { name: `${id} again`, on: ours, fields: { name: 'White gate' } });
    await take(dumpOf('chw1', again));
    await compareAs(station, server, 'chw1');
    const seen = await leafRevs(id);
    expect([...seen].sort()).toEqual([red, String(again['_rev'])].sort());
    await station.ask('conflict.resolve', { id, seen, keep: String(again['_rev']) });
    expect(await upload()).toMatchObject({ outcome: 'done', lapsed: [], waiting: [] });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await bodyAtServer(id)).toMatchObject({ name: 'White gate' });
  });
});

describe('a record with several versions on the server', () => {
  it('stays in Conflicts, whoever made them, until one is left', async () => {
    const id = next();
    const ours = await edited(server, id, { name: `${id} ours`, fields: { name: 'Blue gate' } });
    const theirs = await editOnServer(server, id, { name: 'Green gate' });
    const batch = await take(dumpOf('chw1', ours));
    await compareAs(station, server, 'chw1');
    // Somebody else brings the same branch to the server: nothing of ours is left to send.
    await server.database().bulkDocs([ours as never], { new_edits: false });
    await compareAs(station, server, 'chw1');
    expect((await leavesAt(server, id)).live).toHaveLength(2);
    expect(await isInConflict(id)).toBe(true);
    const { total, rows } = await station.ask('conflicts.list', { limit: 1000 });
    expect(total).toBe(rows.length);
    expect((await station.ask('station.status', {})).conflicts).toBe(total);
    const detail = await station.ask('conflict.get', { id });
    expect(detail.leaves.map((leaf) => leaf.origin)).toEqual(['server', 'server']);
    expect(detail.bodies.map((body) => body?.['name']).sort()).toEqual(['Blue gate', 'Green gate']);
    expect(detail.label).not.toBe(id);

    const seen = detail.leaves.map((leaf) => leaf.rev);
    await station.ask('conflict.resolve', { id, seen, ...(await keeping(id, theirs)) });
    expect(await uploadAs(station, server, 'chw1', [batch])).toMatchObject({ outcome: 'done', waiting: [] });
    expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect(await bodyAtServer(id)).toMatchObject({ name: 'Green gate' });
    expect(await isInConflict(id)).toBe(false);
    await compareAs(station, server, 'chw1');
    expect(await isInConflict(id)).toBe(false);
  });

  it('because one was sent as a branch, is in Conflicts at once', async () => {
    const id = next();
    const { _revisions: _, ...bare } = await edited(server, id, {
      name: `${id} bare`,
      fields: { name: 'Blue gate' },
    });
    await editOnServer(server, id, { name: 'Green gate' });
    const batch = await take(dumpOf('chw1', bare));
    await compareAs(station, server, 'chw1');
    expect((await states(id))[String(bare['_rev'])]).toBe('unplaced open');
    await station.ask('decide.approve', { batch, ids: [id], unplaced: 1 });
    expect(await upload()).toMatchObject({ accepted: 1 });
    expect((await leavesAt(server, id)).live).toHaveLength(2);
    expect(await isInConflict(id)).toBe(true);
    expect((await station.ask('conflict.get', { id })).bodies).not.toContain(null);
  });

  it('shows the version that all sides went on from', async () => {
    const { id } = await clash();
    await compareAs(station, server, 'chw1');
    const { rev: below } = await onServerNow(id);
    expect((await station.ask('conflict.get', { id })).ancestor?.rev).toBe(below);
  });
});

describe('an approval', () => {
  it('lapses when the server’s side moves before it is sent: what is sent is what was looked at', async () => {
    const id = next();
    const ours = await edited(server, id, { name: `${id} ours`, fields: { name: 'Blue gate' } });
    const batch = await take(dumpOf('chw1', ours));
    await compareAs(station, server, 'chw1');
    await station.ask('decide.approve', { batch });
    const theirs = await editOnServer(server, id, { name: 'Green gate' });
    const result = await upload();
    expect(result).toMatchObject({
      sent: 0,
      accepted: 0,
      lapsed: [{ id, rev: ours['_rev'], reason: 'server-moved' }],
    });
    expect((await leavesAt(server, id)).live).toEqual([theirs]);
    expect((await states(id))[String(ours['_rev'])]).toBe('conflict open');
  });
});
