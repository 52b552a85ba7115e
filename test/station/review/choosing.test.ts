/** A person chooses which of several contents of one revision is true. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { document, type Json } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { edited, leavesAt } from '../../support/edits.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';

const PERSON = 'hc1-area-1-home-1-person-1';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const visit = (id: string): Json =>
  document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: 'hc1-chw1' },
    fields: { patient_id: PERSON, danger: 'yes' },
  });
const other = (doc: Json): Json => ({ ...doc, fields: { patient_id: PERSON, danger: 'no' } });
const takeHonest = (doc: Json) => station.take(stationDump([doc], { device: 'phone of chw1' }));
const takeForged = (doc: Json) => station.take(allDocsDump([doc]), 'chw1-list.json', { user: 'chw1' });

async function sides(id: string) {
  const detail = await station.ask('contradiction.get', { id });
  const of = (danger: string): string =>
    detail.sides.find(({ body }) => (body?.['fields'] as Json | undefined)?.['danger'] === danger)?.content ??
    '';
  return { detail, honest: of('yes'), forged: of('no'), seen: detail.sides.map(({ content }) => content) };
}

/** The rows of a document that are not replaced. */
async function rowsOf(id: string) {
  const { rows } = await station.ask('changes.list', { text: id, revisions: true });
  return rows
    .filter((row) => row.id === id)
    .map((row) => ({ rev: row.rev, class: row.class, state: row.state }));
}

async function sendAll(): Promise<void> {
  const { rows } = await station.ask('batches.list', {});
  for (const { batch } of rows) {
    const { records: deleting } = await station.ask('decide.deletions', { batch });
    await station.ask('decide.approve', { batch, deleting });
  }
  await uploadAs(station, server, 'chw1');
}

describe.each([
  ['the honest content first', [takeHonest, takeForged]],
  ['the other one first', [takeForged, takeHonest]],
] as const)('choosing, %s', (_, order) => {
  async function contradicted(id: string): Promise<Json> {
    const honest = visit(id);
    for (const take of order) await take(take === takeHonest ? honest : other(honest));
    await compareAs(station, server, 'chw1');
    return honest;
  }

  it('shows all sides with who brought them, and proposes the verified one', async () => {
    await contradicted('shown');
    const { detail, honest } = await sides('shown');
    expect(detail.proposed).toBe(honest);
    expect(detail.fields).toMatchObject([{ path: ['fields', 'danger'] }]);
    const brought = detail.sides.map((side) =>
      side.brought.map(({ format, verified, user }) => ({ format, verified, user })),
    );
    expect(brought.toSorted((a, b) => String(a[0]?.format).localeCompare(String(b[0]?.format)))).toEqual([
      [{ format: 'all-docs', verified: false, user: 'chw1' }],
      [{ format: 'station', verified: true, user: 'chw1' }],
    ]);
    // Nothing is chosen by itself, and nothing of it leaves.
    await sendAll();
    await expect(server.database().get('shown')).rejects.toThrow('missing');
  });

  it.each(['honest', 'forged'] as const)('sends the %s one, under the revision', async (which) => {
    const doc = await contradicted('sent');
    const found = await sides('sent');
    const { rev, closed } = await station.ask('decide.choose', {
      id: 'sent',
      content: found[which],
      seen: found.seen,
    });
    expect({ rev, closed }).toEqual({ rev: doc['_rev'], closed: 1 });
    expect(await rowsOf('sent')).toEqual(
      expect.arrayContaining([{ rev: doc['_rev'], class: 'new', state: 'open' }]),
    );
    await sendAll();
    expect(await server.database().get('sent')).toMatchObject({
      _rev: doc['_rev'],
      fields: { danger: which === 'honest' ? 'yes' : 'no' },
    });
    expect((await rowsOf('sent')).map(({ state }) => state).toSorted()).toEqual(['accepted', 'closed']);
  });

  it('is undone as a whole, with the approval that rests on it, until it was sent', async () => {
    await contradicted('undone');
    const before = (await rowsOf('undone')).map(({ class: kind, state }) => [kind, state]);
    const { honest, forged, seen } = await sides('undone');
    for (const content of [honest, forged]) {
      const { decision } = await station.ask('decide.choose', { id: 'undone', content, seen });
      const { rows } = await station.ask('batches.list', {});
      for (const { batch } of rows) await station.ask('decide.approve', { batch });
      expect(await station.ask('decide.undo', { decision })).toMatchObject({ undone: 1, later: 0 });
      expect((await rowsOf('undone')).map(({ class: kind, state }) => [kind, state])).toEqual(before);
    }
    const { decision } = await station.ask('decide.choose', { id: 'undone', content: honest, seen });
    await sendAll();
    await expect(station.ask('decide.undo', { decision })).rejects.toThrow('decision-sent');
  });

  it('is refused where a third content came since, and a later one asks again', async () => {
    const doc = await contradicted('third');
    const { honest, seen } = await sides('third');
    await station.take(allDocsDump([{ ...doc, fields: { patient_id: PERSON, danger: 'maybe' } }]));
    await expect(station.ask('decide.choose', { id: 'third', content: honest, seen })).rejects.toThrow(
      'newer-arrived',
    );
    const now = await sides('third');
    expect(now.seen).toHaveLength(3);
    await station.ask('decide.choose', { id: 'third', content: honest, seen: now.seen });
    await station.take(allDocsDump([{ ...doc, fields: { patient_id: PERSON, danger: 'never' } }]));
    expect((await sides('third')).seen).toHaveLength(2);
    const open = (await rowsOf('third')).filter(({ state }) => state === 'open');
    expect(open.map(({ class: kind }) => kind)).toEqual(['contradiction', 'contradiction']);
  });
});

describe('another content at the server under the revision', () => {
  async function atServer(id: string): Promise<Json> {
    const doc = visit(id);
    await server.database().bulkDocs([other(doc)] as never, { new_edits: false });
    return doc;
  }

  it('is no copy: it is shown, and nothing of it is sent', async () => {
    const doc = await atServer('held');
    const { batch } = await takeHonest(doc);
    await station.ask('decide.approve', { batch: batch ?? '', classes: ['unchecked'] });
    await compareAs(station, server, 'chw1');
    expect(await rowsOf('held')).toEqual([{ rev: doc['_rev'], class: 'contradiction', state: 'open' }]);
    expect((await station.ask('batch.get', { batch: batch ?? '' })).flags).toContain('contradiction');
    const { detail } = await sides('held');
    expect(detail.sides.map(({ origin }) => origin)).toEqual(['dump', 'server']);
    await sendAll();
    expect(await server.database().get('held')).toMatchObject({ fields: { danger: 'no' } });
  });

  it('gives way to the chosen one as a new version on top of it', async () => {
    const doc = await atServer('lifted');
    await takeHonest(doc);
    await compareAs(station, server, 'chw1');
    const { honest, seen } = await sides('lifted');
    const { rev, decision } = await station.ask('decide.choose', { id: 'lifted', content: honest, seen });
    expect(rev).not.toBe(doc['_rev']);
    await station.ask('decide.undo', { decision });
    expect((await rowsOf('lifted')).map((row) => row.class)).toEqual(['contradiction']);
    await station.ask('decide.choose', { id: 'lifted', content: honest, seen });
    expect(await rowsOf('lifted')).toContainEqual({ rev, class: 'update', state: 'open' });
    await sendAll();
    expect(await server.database().get('lifted')).toMatchObject({ _rev: rev, fields: { danger: 'yes' } });
    expect((await leavesAt(server, 'lifted')).live).toEqual([rev]);
  });

  it('stays where it is chosen', async () => {
    const doc = await atServer('kept');
    await takeHonest(doc);
    await compareAs(station, server, 'chw1');
    const { forged, seen } = await sides('kept');
    expect(await station.ask('decide.choose', { id: 'kept', content: forged, seen })).toMatchObject({
      rev: null,
    });
    await sendAll();
    expect(await rowsOf('kept')).toEqual([{ rev: doc['_rev'], class: 'contradiction', state: 'closed' }]);
    expect(await server.database().get('kept')).toMatchObject({
      _rev: doc['_rev'],
      fields: { danger: 'no' },
    });
  });

  it('is none where the server has what is here', async () => {
    const edit = await edited(server, PERSON, { name: 'same', fields: { phone: '+254000000009' } });
    await server.database().bulkDocs([edit] as never, { new_edits: false });
    await takeHonest(edit);
    await compareAs(station, server, 'chw1');
    expect(await rowsOf(PERSON)).toEqual([{ rev: edit['_rev'], class: 'same', state: 'open' }]);
  });
});
