/** Harm that a station could do to a server with one click: each is tried, and must not come about. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { edited, editOnServer, leavesAt } from '../../support/edits.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const PERSON = 'hc1-area-1-home-1-person-1';
const visit = (id: string, contact = 'hc1-chw1', patient = PERSON): Json =>
  document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: contact },
    fields: { patient_id: patient, note: `note of ${id}` },
  });
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`);

async function taken(documents: readonly Json[], user = 'chw1', contact = 'hc1-chw1'): Promise<string> {
  const dump = stationDump(documents, { user, userContactId: contact, device: `phone of ${user}` });
  const { batch } = await station.take(dump);
  return batch ?? '';
}

/** Everything that a hasty person can press: the one button, then every class, every rule, every refusal. */
async function approveWhateverGoes(batch: string): Promise<void> {
  await station.ask('decide.approve', { batch });
  const classes = [
    'new',
    'update',
    'deletion',
    'unplaced',
    'unchecked',
    'conflict',
    'contradiction',
  ] as const;
  for (const refused of [false, true])
    await station.ask('decide.approve', { batch, classes: [...classes], refused });
}

const live = async (id: string): Promise<string[]> =>
  (await leavesAt(server, id).catch(() => ({ live: [] as string[] }))).live;

describe('records of two people', () => {
  it('do not go under the name of a third', async () => {
    const own = names('one', 6);
    const others = names('two', 6);
    const batches = [
      await taken(own.map((id) => visit(id))),
      await taken(
        others.map((id) => visit(id, 'hc2-chw2', 'hc2-area-1-home-1-person-1')),
        'chw2',
        'hc2-chw2',
      ),
    ];
    await compareAs(station, server, 'sup_online');
    for (const batch of batches) await approveWhateverGoes(batch);
    for (const named of [undefined, batches])
      expect(await uploadAs(station, server, 'chw3', named)).toMatchObject({ sent: 0, outcome: 'nothing' });
    for (const id of [...own, ...others]) expect(await live(id)).toEqual([]);
  });
});

describe('both sides of a conflict', () => {
  it('are not approved by any button, and the server gets no second version', async () => {
    const a = await edited(server, PERSON, { name: 'a', fields: { name: 'Blue' } });
    const b = await edited(server, PERSON, { name: 'b', fields: { name: 'Green' } });
    const batches = [await taken([a]), await taken([b], 'chw3', 'hc1-chw3')];
    await compareAs(station, server, 'sup_online');
    for (const batch of batches) {
      await approveWhateverGoes(batch);
      await station.ask('decide.approve', { batch, ids: [PERSON], refused: true });
    }
    for (const user of ['chw1', 'chw3'])
      expect(await uploadAs(station, server, user)).toMatchObject({ sent: 0 });
    expect(await live(PERSON)).toHaveLength(1);
    expect((await station.ask('conflicts.list', {})).rows.map((row) => row.id)).toEqual([PERSON]);
  });
});

describe('many deletions', () => {
  const ids = names('visit', 12);
  const batchOfDeletions = async (): Promise<string> => {
    const deletions: Json[] = [];
    for (const id of ids) {
      const { _rev: _, _revisions: __, ...doc } = visit(id);
      await server.database().put(doc as never);
      deletions.push(await edited(server, id, { name: `${id} gone`, deleted: true }));
    }
    const batch = await taken(deletions);
    await compareAs(station, server, 'chw1');
    return batch;
  };
  const there = async (): Promise<number> =>
    (await Promise.all(ids.map(live))).filter((revs) => revs.length === 1).length;

  it('are approved by no ordinary button', async () => {
    const batch = await batchOfDeletions();
    const detail = await station.ask('batch.get', { batch });
    expect(detail).toMatchObject({ ordinary: 0, counts: { deletion: 12 }, mayBringBack: 0 });
    expect(detail.unusual).toContainEqual({ rule: 'many-deletions', number: 12 });
    expect(await station.ask('decide.approve', { batch })).toMatchObject({ changed: 0 });
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ sent: 0 });
    expect(await there()).toBe(12);
  });

  it('are asked about with their number and their names, before the approval and before the upload', async () => {
    const batch = await batchOfDeletions();
    const approval = { batch, classes: ['deletion' as const], unusual: ['many-deletions' as const] };
    const found = await station.ask('decide.deletions', approval);
    expect(found.records).toBe(12);
    expect(found.names).toHaveLength(10);
    const { rows } = await station.ask('changes.list', { batch });
    expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(found.names));
    for (const deleting of [undefined, 0, 11])
      await expect(
        station.ask('decide.approve', { ...approval, ...(deleting === undefined ? {} : { deleting }) }),
      ).rejects.toMatchObject({ code: 'would-delete', detail: '12' });
    expect((await station.ask('batch.get', { batch })).decided).toMatchObject({ approved: 0, open: 12 });

    await station.ask('decide.approve', { ...approval, deleting: 12 });
    const named = { user: 'chw1' };
    expect(await station.ask('outbox.deletions', named)).toEqual(found);
    expect(await station.ask('outbox.deletions', { user: 'chw2' })).toEqual({ records: 0, names: [] });
    // With an account they are asked about as well.
    expect(await station.ask('outbox.deletions', { user: 'sup_online', account: true })).toEqual(found);
    const sendAs = async (user: string, account?: true) => {
      const login = { ...signInAs(server, user), ...(account === undefined ? {} : { account }) };
      return station.wait((await station.ask('upload.start', { ...login, deleting: 11 })).job);
    };
    // An account that was taken for a health worker sends nothing at all.
    expect(await sendAs('sup_online')).toMatchObject({ kind: 'failed', code: 'is-account' });
    for (const end of [await sendAs('chw1'), await sendAs('sup_online', true)]) {
      expect(end).toMatchObject({ kind: 'uploaded', upload: { sent: 0, outcome: 'partly' } });
      const waiting = end.kind === 'uploaded' ? (end.upload.waiting ?? []) : [];
      expect(waiting.map(({ reason }) => reason)).toEqual(ids.map(() => 'deletion-unasked'));
    }
    expect(await there()).toBe(12);
    expect((await station.ask('station.status', {})).outbox.waiting).toBe(12);
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 12 });
  });

  it('of which one is kept in a conflict is asked about as well', async () => {
    const ours = await edited(server, PERSON, { name: 'gone', deleted: true });
    await editOnServer(server, PERSON, { name: 'Green' });
    await taken([ours]);
    await compareAs(station, server, 'sup_online');
    const { leaves } = await station.ask('conflict.get', { id: PERSON });
    const keep = leaves.find((leaf) => leaf.deleted)?.rev ?? '';
    const ending = { id: PERSON, seen: leaves.map(({ rev }) => rev), keep };
    await expect(station.ask('conflict.resolve', ending)).rejects.toMatchObject({
      code: 'would-delete',
      detail: '1',
    });
    await station.ask('conflict.resolve', { ...ending, deleting: 1 });
    const { job } = await station.ask('upload.start', signInAs(server, 'chw1'));
    expect(await station.wait(job)).toMatchObject({ upload: { sent: 0 } });
    expect(await live(PERSON)).toHaveLength(1);
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done' });
    expect(await live(PERSON)).toEqual([]);
  });

  it('that were meant and delivered can be brought back, as often as it is undone before', async () => {
    const batch = await batchOfDeletions();
    await station.ask('decide.approve', {
      batch,
      classes: ['deletion'],
      unusual: ['many-deletions'],
      deleting: 12,
    });
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 12 });
    expect(await there()).toBe(0);
    expect((await station.ask('batch.get', { batch })).mayBringBack).toBe(12);

    const first = await station.ask('decide.bring-back', { batch });
    expect(first).toMatchObject({ changed: 12, notHere: 0 });
    const mayBringBack = async () => (await station.ask('batch.get', { batch })).mayBringBack;
    expect(await mayBringBack()).toBe(0);
    // Nothing goes before somebody approves it.
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ sent: 0 });
    expect(await station.ask('decide.undo', { decision: first.decision })).toMatchObject({ undone: 12 });
    expect(await mayBringBack()).toBe(12);

    expect(await station.ask('decide.bring-back', { batch })).toMatchObject({ changed: 12 });
    const { rows } = await station.ask('changes.list', { batch, states: ['open'] });
    expect(new Set(rows.map((row) => `${row.class} ${row.reason ?? ''}`))).toEqual(
      new Set(['update restores-deleted']),
    );
    await station.ask('decide.approve', { batch, classes: ['update'] });
    // Only the person whose batch it is sends it.
    expect(await uploadAs(station, server, 'chw2')).toMatchObject({ sent: 0 });
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 12, lapsed: [] });
    expect(await there()).toBe(12);
    for (const id of ids)
      expect(await server.database().get(id)).toMatchObject({ fields: { note: `note of ${id}` } });
    await expect(station.ask('decide.bring-back', { batch })).rejects.toThrow('nothing-to-decide');
    const { rows: history } = await station.ask('ledger.list', { limit: 1000 });
    expect(history.filter((entry) => entry.what === 'brought-back')).toHaveLength(24);
  });
});

describe('a conflict under a refusal', () => {
  it('is decided by no approval over the refusal', async () => {
    // The household has moved out of this person's area on the server; the phone has it still, and edits a person of it.
    const ours = await edited(server, PERSON, { name: 'ours', fields: { name: 'Blue' } });
    await editOnServer(server, PERSON, {
      name: 'Green',
      parent: { _id: 'hc2-area-1-home-1', parent: { _id: 'hc2-area-1', parent: { _id: 'hc2' } } },
    });
    const batch = await taken([ours]);
    await compareAs(station, server, 'sup_online');
    const { job } = await station.ask('dry-run.start', {
      user: 'chw1',
      password: server.users.find((one) => one.user === 'chw1')?.password ?? '',
    });
    await station.wait(job);
    await approveWhateverGoes(batch);
    const change = await station.ask('change.get', { id: PERSON });
    expect(change).toMatchObject({ class: 'conflict', state: 'open' });
    expect((await station.ask('conflicts.list', {})).rows.map((row) => row.id)).toEqual([PERSON]);
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ sent: 0 });
    expect(await live(PERSON)).toHaveLength(1);
    expect(await server.database().get(PERSON)).toMatchObject({ name: 'Green' });
  });
});

describe('a forged history', () => {
  it('of 900 generations on top of the server’s version is nothing ordinary, and does not leave unasked', async () => {
    let forged = await edited(server, PERSON, { name: 'forged 1', fields: { name: 'Forged' } });
    for (let generation = 2; generation <= 900; generation += 1)
      forged = await edited(server, PERSON, { name: `forged ${generation}`, on: forged });
    const batch = await taken([forged]);
    await compareAs(station, server, 'chw1');
    const { rows } = await station.ask('changes.list', { batch });
    expect(rows[0]?.unusual.map(({ rule }) => rule)).toContain('far-above-server');
    expect(await station.ask('decide.approve', { batch })).toMatchObject({ changed: 0 });
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ sent: 0 });
    expect((await server.database().get(PERSON))['name']).not.toBe('Forged');
  });
});
