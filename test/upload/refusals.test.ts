/**
 * What the server will never take. In one national programme phones counted 148 visits and the server 108: a
 * household was moved on the server while its reports were still on the phone.
 */
import { afterEach, expect, test } from 'vitest';
import type { Parent } from '../../electron/practice/documents.ts';
import { ACCOUNT, CHW1, HealthWorker, PATIENT as STAYS, visit } from '../support/health-worker.ts';

const MOVED = 'hc1-area-1-home-1';

let worker: HealthWorker;
afterEach(() => worker.close());

/** The household and its people go to another area, as an admin does it. */
async function move(to: Parent): Promise<void> {
  const database = worker.station.server.database();
  const { rows } = await database.allDocs({ include_docs: true, startkey: MOVED, endkey: `${MOVED}\uffff` });
  for (const { doc } of rows) {
    if (!doc) continue;
    const parent = doc._id === MOVED ? to : { _id: MOVED, parent: to };
    await database.put({ ...doc, parent });
  }
}

test('40 of 148: listed with the reason before sending, 108 arrive, both numbers on the receipt', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await worker.file(40, `${MOVED}-person-1`);
  await worker.file(108, STAYS);
  const batch = await worker.take();
  await worker.compare();
  const before = station.server.audit.length;

  expect(await worker.dryRun()).toMatchObject({
    checked: 148,
    dryRun: { refused: 40, foreseen: 40, lifted: 0, notTold: [] },
  });
  expect(station.server.audit.length).toBe(before);
  const listed = await station.ask('refusals.list', { limit: 1000 });
  expect(listed.total).toBe(40);
  expect(new Set(listed.rows.map((row) => `${row.user} ${row.reason}`))).toEqual(
    new Set(['chw1 subject-elsewhere']),
  );
  const { counts } = await station.ask('refusals.count', { user: 'chw1' });
  expect(counts.map(({ month, form, records }) => [month, form, records])).toEqual([
    ['2026-09', 'home_visit', 20],
    ['2026-10', 'home_visit', 20],
  ]);
  const { content } = await station.ask('refusals.csv', {});
  expect(content.split('\r\n')).toHaveLength(42);
  expect(content).toContain('The patient or place belongs to another area now.');
  // Every line says that it is a guess, and any of them may be sent to see what the server says.
  expect(content.split('a guess of this station')).toHaveLength(41);
  expect(listed.rows.map((row) => row.mayTry)).toEqual(listed.rows.map(() => true));

  const french = (await station.ask('refusals.csv', { language: 'fr' })).content;
  expect(french).toContain('"agent de santé","mois",');
  expect(french).toContain('Le patient ou le lieu appartient maintenant à une autre zone.');

  await station.ask('decide.approve', { batch });
  const sent = await worker.upload();
  expect(sent).toMatchObject({ sent: 108, accepted: 108, refused: [], outcome: 'done' });
  const printed = await worker.receipt(batch);
  expect(printed.accepted).toBe(108);
  expect(printed.refused).toHaveLength(40);

  // The cause is gone: the same 40 are ordinary again, and arrive.
  await move({ _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } });
  expect(await worker.dryRun()).toMatchObject({
    dryRun: { refused: 0, foreseen: 0, lifted: 40 },
  });
  expect((await station.ask('refusals.list', {})).total).toBe(0);
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 40, accepted: 40 });
  expect((await worker.receipt(batch)).accepted).toBe(148);
});

test('sent to see: the server takes what was only guessed, its word stands for what it refuses', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await worker.file(1, `${MOVED}-person-1`);
  await worker.file(2, 'nobody-knows-this-person');
  const batch = await worker.take();
  await worker.compare();
  await worker.dryRun();
  const guessed = (await station.ask('refusals.list', { batch })).rows;
  expect(guessed.map(({ mayTry }) => mayTry)).toEqual([true, true, true]);
  const ids = guessed.map(({ id }) => id);
  expect(await station.ask('change.get', { id: ids[0] ?? '' })).toMatchObject({ may: { try: true } });
  // Meanwhile somebody registers the patient.
  const database = station.server.database();
  const person = await database?.get(STAYS);
  await database?.put({ ...person, _id: 'nobody-knows-this-person', _rev: undefined } as never);

  await station.ask('decide.approve', { batch, ids, refused: true });
  expect(await worker.upload()).toMatchObject({ sent: 3, accepted: 2, refused: [{ id: ids.at(0) }] });
  expect(await worker.receipt(batch)).toMatchObject({ accepted: 2, refused: [{ id: ids.at(0) }] });
});

test('without a dry run the server refuses them, the reason is found, and an approval outlives the cause', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await worker.file(2, `${MOVED}-person-1`);
  await worker.file(1, 'nobody-knows-this-person');
  await worker.file(3, STAYS);
  const batch = await worker.take();
  await worker.compare();
  await station.ask('decide.approve', { batch });
  const first = await worker.upload();
  expect(first).toMatchObject({ sent: 6, accepted: 3, outcome: 'partly' });
  expect(first.refused.map(({ reason }) => reason)).toEqual([
    'subject-elsewhere',
    'subject-elsewhere',
    'subject-unknown',
  ]);

  await move({ _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2, refused: [] });
});

test('a station account: what the health worker could not have sent waits for a decision', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await worker.file(2, `${MOVED}-person-1`);
  await worker.file(3, STAYS);
  const batch = await worker.take();
  await worker.compare();
  await station.ask('decide.approve', { batch });

  expect(await worker.ended(station.ask('upload.start', ACCOUNT))).toMatchObject({
    upload: { account: true, user: 'sup_online', sent: 3, accepted: 3 },
    asked: { foreseen: 2, notTold: [] },
  });
  expect((await station.ask('refusals.list', {})).total).toBe(2);
  await station.ask('decide.approve', { batch, refused: true });
  expect(await worker.upload(ACCOUNT)).toMatchObject({ sent: 2, accepted: 2 });
  expect(await worker.receipt(batch)).toMatchObject({
    sentAs: ['sup_online'],
    stationAccounts: ['sup_online'],
  });
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toContain('sup_online (station account)');
});

test('a station account that is limited to an area is none', async () => {
  worker = await HealthWorker.begin();
  await expect(worker.upload(Object.assign({ account: true }, CHW1))).rejects.toThrow('account-restricted');
});

test('a held contact holds the report that needs it, and says so', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const home = await worker.phone.db.get('hc1-area-2-home-1');
  const parent = { _id: home._id, parent: home['parent'] };
  await worker.phone.put({
    _id: 'newborn',
    type: 'person',
    name: 'Baby Teal',
    parent,
    reported_date: Date.UTC(2026, 8, 1),
  });
  await worker.file(1, 'newborn');
  const batch = await worker.take();
  await worker.compare();
  await station.ask('decide.hold', { batch, ids: ['newborn'], reason: 'two of them' });
  await station.ask('decide.approve', { batch });

  const sent = await worker.upload();
  expect(sent).toMatchObject({ sent: 0, accepted: 0, outcome: 'partly' });
  expect(sent.waiting).toMatchObject([{ id: 'visit-newborn-0', reason: 'needs-held' }]);
  const { rows } = await station.ask('changes.list', { batch, text: 'visit-newborn' });
  expect(rows[0]).toMatchObject({ state: 'approved', reason: 'needs-held' });

  await station.ask('decide.release', { batch, ids: ['newborn'] });
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2, waiting: [] });
});

test('a record that something before the server does not let through stays here, and its size is told', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await worker.file(2, STAYS);
  const { server } = station;
  const photo = { content_type: 'image/png', data: Buffer.alloc(3_000_000, 7).toString('base64') };
  await worker.phone.put({ ...visit('visit-large', STAYS), _attachments: { 'user-file-1': photo } });
  const batch = await worker.take();
  await worker.compare();
  await station.ask('decide.approve', { batch });
  server.limitBodies(2_000_000);
  expect(await worker.upload()).toMatchObject({
    accepted: 2,
    refused: [{ id: 'visit-large', size: { largest: { name: 'user-file-1', bytes: 3_000_000 } } }],
  });
  const tried = () => server.requests.filter(({ bytes }) => bytes > 2_000_000).length;
  // Once with the others, once by itself.
  expect(tried()).toBe(2);
  // It stays here until somebody decides otherwise.
  expect(await worker.upload()).toMatchObject({ sent: 0, bytes: 0 });
  expect(tried()).toBe(2);
});
