/** A dump that names nobody is said to be somebody's afterwards, and everything that depends on the person follows. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import { report as practiceReport, type Parent } from '../../../electron/practice/documents.ts';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { document, type Json, report } from '../../support/documents.ts';
import { allDocsDump, docsDump, stationDump } from '../../support/dumps.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';

const BY: Parent = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const IN_HC1 = 'hc1-area-1-home-1-person-1';
const IN_HC2 = 'hc2-area-1-home-1-person-1';

let station: ServedStation;
let server: PracticeServer;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

function visit(id: string, about: string): Json {
  const { _id, ...fields } = practiceReport({
    id,
    form: 'home_visit',
    by: BY,
    about,
    reportedAt: Date.UTC(2026, 8, 1),
  });
  return document(_id, fields);
}

async function taken(bytes: Buffer, typed?: { user: string }): Promise<string> {
  const { batch } = await station.take(bytes, undefined, typed);
  if (batch === null) throw new Error('no batch');
  return batch;
}

/** A raw `allDocs` that names nobody: three visits in the area of hc1, one in that of hc2; compared and approved. */
async function nobodys(): Promise<string> {
  const batch = await taken(
    allDocsDump([visit('v1', IN_HC1), visit('v2', IN_HC1), visit('v3', IN_HC1), visit('far', IN_HC2)]),
  );
  await compareAs(station, server, 'sup_online');
  await station.ask('decide.approve', { batch });
  return batch;
}

const assign = (batch: string, user: string | null) => station.ask('batch.assign', { batch, user });

async function dryRun(user: string) {
  const end = await station.wait((await station.ask('dry-run.start', signInAs(server, user))).job);
  if (end.kind !== 'dry-run') throw new Error(`the dry run ended as ${JSON.stringify(end)}`);
  return { checked: end.checked, ...end.dryRun };
}

async function receipt(batch: string): Promise<Receipt> {
  const { content } = await station.ask('receipt.get', { batch, format: 'json' });
  return JSON.parse(content) as Receipt;
}

/** `id: class state` of every change of a batch. */
async function standing(batch: string): Promise<Record<string, string>> {
  const { rows } = await station.ask('changes.list', { batch, sort: 'id', limit: 1000 });
  return Object.fromEntries(rows.map((row) => [row.id, `${row.class} ${row.state}`]));
}

/** Where every list says whose the batch is. */
async function whoseItIs(batch: string) {
  const get = await station.ask('batch.get', { batch });
  const [imported] = (await station.ask('intake.list', {})).rows.filter((row) => row.batch === batch);
  const [change] = (await station.ask('changes.list', { batch })).rows;
  return [get.user, imported?.user, change?.user, (await receipt(batch)).user];
}

const refusedOf = async (user: string) =>
  (await station.ask('refusals.list', { user })).rows.map((row) => `${row.id} ${row.reason}`);

const told = async (what: string) =>
  (await station.ask('ledger.list', { limit: 1000 })).rows.filter((row) => row.what === what);

describe('a batch of which it is not known whose it is', () => {
  it('is said to be hers: her dry run, her upload, her receipt', async () => {
    const batch = await nobodys();
    expect(await dryRun('chw1')).toMatchObject({ checked: 0, refused: 0 });
    expect((await station.ask('batches.list', { user: 'chw1' })).total).toBe(0);
    expect((await station.ask('batch.get', { batch })).mayAssign).toBe('yes');
    const nameless = await receipt(batch);

    expect(await assign(batch, 'chw1')).toEqual({ user: 'chw1', from: null, lifted: 0 });
    expect(await whoseItIs(batch)).toEqual(['chw1', 'chw1', 'chw1', 'chw1']);
    expect(await station.ask('batch.get', { batch })).toMatchObject({
      flags: ['typed-user', 'unknown-device'],
      mayAssign: 'yes',
    });
    expect((await station.ask('batches.list', { user: 'chw1' })).total).toBe(1);
    expect((await station.ask('changes.list', { user: 'chw1' })).total).toBe(4);
    expect((await receipt(batch)).code).not.toBe(nameless.code);
    expect((await station.ask('people.names', {})).users).toContain('chw1');

    expect(await dryRun('chw1')).toMatchObject({ checked: 4, refused: 1, foreseen: 1 });
    expect(await refusedOf('chw1')).toEqual(['far subject-elsewhere']);
    const { counts } = await station.ask('refusals.count', {});
    expect(counts).toMatchObject([{ user: 'chw1', month: '2026-09', form: 'home_visit', records: 1 }]);
    expect((await station.ask('refusals.csv', {})).content).toContain('\r\n"chw1","2026-09",');

    const sent = await uploadAs(station, server, 'chw1');
    expect(sent).toMatchObject({ user: 'chw1', sent: 3, accepted: 3, refused: [] });
    expect(await receipt(batch)).toMatchObject({ user: 'chw1', sentAs: ['chw1'], accepted: 3 });

    await expect(assign(batch, 'chw3')).rejects.toMatchObject({ code: 'batch-sent' });
    await expect(assign(batch, null)).rejects.toMatchObject({ code: 'batch-sent' });
    expect((await station.ask('batch.get', { batch })).mayAssign).toBe('sent');
    expect(await whoseItIs(batch)).toEqual(['chw1', 'chw1', 'chw1', 'chw1']);
  });

  it('stands in the chained audit trail: who, when, from whom, to whom', async () => {
    const batch = await nobodys();
    await assign(batch, 'chw2');
    await assign(batch, 'chw1');
    await assign(batch, 'chw1');
    await assign(batch, null);
    const entries = await told('owner-set');
    expect(entries.map(({ batch: of, detail }) => [of, detail])).toEqual([
      [batch, { from: null, to: 'chw2' }],
      [batch, { from: 'chw2', to: 'chw1' }],
      [batch, { from: 'chw1', to: null }],
    ]);
    const { person } = await station.ask('station.info', {});
    for (const entry of entries) {
      expect(entry.person).toBe(person.name);
      expect(Date.parse(entry.at)).toBeGreaterThan(Date.UTC(2025, 0));
    }
    expect(await station.ask('ledger.verify', {})).toMatchObject({ brokenAt: null });
    expect(await whoseItIs(batch)).toEqual([null, null, null, null]);
    expect((await station.ask('batch.get', { batch })).flags).toEqual(['unknown-user', 'unknown-device']);
  });

  it('goes with nobody else any more', async () => {
    const batch = await nobodys();
    // Somebody who has work of her own sends that, and what is nobody's.
    await taken(stationDump([report('own')], { user: 'chw2', userContactId: 'hc2-chw2' }));
    await assign(batch, 'chw1');
    expect(await uploadAs(station, server, 'chw2')).toMatchObject({ sent: 0, refused: [] });
    expect(await standing(batch)).toMatchObject({ v1: 'new approved', far: 'new approved' });
    expect((await station.ask('batch.get', { batch })).mayAssign).toBe('yes');
  });
});

describe('the wrong person first', () => {
  it('after a dry run: what was foreseen for her is lifted, approvals come back, and hers is foreseen', async () => {
    const batch = await nobodys();
    await station.ask('decide.hold', { batch, ids: ['v3'], reason: 'ask her' });
    await station.ask('decide.release', { batch, ids: ['v2'] });
    await assign(batch, 'chw2');
    expect(await dryRun('chw2')).toMatchObject({ refused: 3 });
    // What is held stands with what is held, refused or not.
    expect(await refusedOf('chw2')).toEqual(['v1 subject-elsewhere', 'v2 subject-elsewhere']);
    // Approved only after it was refused: what was looked at is a refusal of hers.
    await station.ask('decide.approve', { batch, ids: ['v2'] });

    expect(await assign(batch, 'chw1')).toEqual({ user: 'chw1', from: 'chw2', lifted: 3 });
    expect(await standing(batch)).toEqual({
      v1: 'new approved',
      v2: 'new open',
      v3: 'new held',
      far: 'new approved',
    });
    expect(await refusedOf('chw2')).toEqual([]);
    expect((await station.ask('refusals.count', {})).counts).toEqual([]);
    expect((await station.ask('station.status', {})).outbox).toMatchObject({
      waiting: 2,
      held: 1,
      refused: 0,
    });
    expect(
      (await told('refusal-lifted')).map(({ id, detail }) => [id, detail['from'], detail['to']]),
    ).toEqual([
      ['v1', 'chw2', 'chw1'],
      ['v2', 'chw2', 'chw1'],
      ['v3', 'chw2', 'chw1'],
    ]);

    expect(await dryRun('chw1')).toMatchObject({ refused: 1, foreseen: 1 });
    expect(await refusedOf('chw1')).toEqual(['far subject-elsewhere']);
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ sent: 1, accepted: 1 });
    const printed = { user: 'chw1', sentAs: ['chw1'], accepted: 1, open: 2, held: 1 };
    expect(await receipt(batch)).toMatchObject(printed);
  });

  it('after an upload of which the server took nothing', async () => {
    const batch = await taken(allDocsDump([visit('v1', IN_HC1), visit('v2', IN_HC1)]));
    await compareAs(station, server, 'sup_online');
    await station.ask('decide.approve', { batch });
    await assign(batch, 'chw2');
    const wrong = await uploadAs(station, server, 'chw2');
    expect(wrong).toMatchObject({ accepted: 0 });
    expect(wrong.refused).toHaveLength(2);

    expect(await assign(batch, 'chw1')).toMatchObject({ lifted: 2 });
    expect(await standing(batch)).toEqual({ v1: 'new approved', v2: 'new approved' });
    expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 2, refused: [] });
    expect(await receipt(batch)).toMatchObject({ user: 'chw1', sentAs: ['chw1'], accepted: 2 });
    expect((await server.database().get('v1'))._rev).toMatch(/^1-/);
  });

  it('typed before taking: it is corrected, or taken back', async () => {
    const batch = await taken(docsDump([report('t1')]), { user: 'chw2' });
    expect((await station.ask('batch.get', { batch })).flags).toEqual(['typed-user', 'unknown-device']);
    expect(await assign(batch, '  chw1 ')).toMatchObject({ user: 'chw1', from: 'chw2' });
    expect(await assign(batch, null)).toMatchObject({ user: null, from: 'chw1' });
    expect(await whoseItIs(batch)).toEqual([null, null, null, null]);
  });
});

describe('what may not be changed', () => {
  const denied = async (batch: string, code: string) => {
    const before = await station.ask('batch.get', { batch });
    await expect(assign(batch, 'chw3')).rejects.toMatchObject({ code });
    await expect(assign(batch, null)).rejects.toMatchObject({ code });
    expect(await station.ask('batch.get', { batch })).toEqual(before);
    expect(await told('owner-set')).toEqual([]);
  };

  it('is a name that the dump says, whatever was typed', async () => {
    const named = await taken(stationDump([report('n1')]), { user: 'chw1' });
    await denied(named, 'person-named');
    const other = await taken(stationDump([report('n2')]), { user: 'chw2' });
    expect((await station.ask('batch.get', { batch: other })).flags).toEqual(['typed-user-differs']);
    await denied(other, 'person-named');
  });

  it('is a name that the file or its records say', async () => {
    const settings = (name: string, contact_id: string): Json =>
      document(`org.couchdb.user:${name}`, { type: 'user-settings', name, contact_id });
    const one = await taken(docsDump([settings('chw3', 'c3'), report('s1')]));
    await denied(one, 'person-named');
    // Two people and nobody's: each of theirs is theirs, and only the rest may be said to be somebody's.
    const by = (id: string, contact: string) =>
      document(id, { type: 'data_record', form: 'visit', contact: { _id: contact } });
    const { batches } = await station.take(
      docsDump([settings('ann', 'c-ann'), settings('ben', 'c-ben'), by('a1', 'c-ann'), report('rest')]),
    );
    const rows = await Promise.all(batches.map((batch) => station.ask('batch.get', { batch })));
    expect(rows.map((row) => [row.user, row.mayAssign, row.flags.includes('unknown-user')])).toEqual([
      [null, 'yes', true],
      ['ann', 'named', false],
      ['ben', 'named', false],
    ]);
    await denied(batches[1] ?? '', 'person-named');
    await assign(batches[0] ?? '', 'chw1');
    expect((await station.ask('batch.get', { batch: batches[1] ?? '' })).user).toBe('ann');
    expect((await station.ask('people.names', {})).users).toEqual(['ann', 'ben', 'chw1', 'chw3']);
  });

  it('is anything while records are being looked at or sent', async () => {
    const batch = await nobodys();
    const { job } = await station.ask('dry-run.start', signInAs(server, 'chw1'));
    await denied(batch, 'busy');
    await station.wait(job);
    await assign(batch, 'chw1');
    const upload = await station.ask('upload.start', signInAs(server, 'chw1'));
    await expect(assign(batch, 'chw3')).rejects.toMatchObject({ code: 'busy' });
    await station.wait(upload.job);
    expect((await station.ask('batch.get', { batch })).mayAssign).toBe('sent');
  });

  it('is a batch that is not there', async () => {
    await expect(assign('gone', 'chw1')).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each(['', '   ', 'chw\n1', 'chw\u202e1', 'chw\ud800', 'x'.repeat(201)])(
    'into something that is no name (%#)',
    async (user) => {
      const batch = await taken(docsDump([report('r1')]));
      await expect(assign(batch, user)).rejects.toMatchObject({ code: 'bad-params' });
    },
  );
});
