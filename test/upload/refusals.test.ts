/**
 * What the server will never take. In one national programme phones counted 148 visits and the server 108: a
 * household was moved on the server while its reports were still on the phone.
 */
import { afterEach, expect, test } from 'vitest';
import type { Receipt } from '../../shared/receipt.ts';
import { report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import type { Parent } from '../../electron/practice/documents.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

const CHW1 = { user: 'chw1', password: 'Mango-tree-1' };
const ACCOUNT = { user: 'sup_online', password: 'Acacia-tree-2', account: true };
const BY: Parent = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const MOVED = 'hc1-area-1-home-1';
const STAYS_HOME = 'hc1-area-2-home-2';
const STAYS = `${STAYS_HOME}-person-1`;

let station: TestStation;
let phone: Phone;
afterEach(async () => {
  await phone.destroy();
  await station.close();
});

async function begin(): Promise<void> {
  station = await openTestStation({ practice: true });
  if (station.server === null) throw new Error('no server');
  phone = new Phone({ user: 'chw1', device: 'phone-1', server: station.server });
  await phone.firstSync();
}

/** The household and its people go to another area, as an admin does it. */
async function move(to: Parent): Promise<void> {
  const database = station.server?.database();
  if (database === undefined) throw new Error('no server');
  const { rows } = await database.allDocs({ include_docs: true, startkey: MOVED, endkey: `${MOVED}\uffff` });
  for (const { doc } of rows) {
    if (!doc) continue;
    const parent = doc._id === MOVED ? to : { _id: MOVED, parent: to };
    await database.put({ ...doc, parent });
  }
}

async function file(count: number, about: string): Promise<void> {
  const name = about.replaceAll('-', '');
  for (let n = 0; n < count; n += 1) {
    const reportedAt = Date.UTC(2026, n % 2 === 0 ? 8 : 9, 1 + (n % 28));
    await phone.put(report({ id: `visit-${name}-${n}`, form: 'home_visit', by: BY, about, reportedAt }));
  }
}

async function take(): Promise<string> {
  const { name, bytes } = await phone.exportStation({ since: phone.lastReplicatedSeq });
  const { batch } = await station.take(bytes, name);
  if (batch === null) throw new Error('no batch');
  return batch;
}

async function ended(asked: Promise<{ readonly job: string }>) {
  const end = await station.wait((await asked).job);
  if (end.kind === 'failed') throw new Error(end.code);
  return end;
}

async function upload(who: { user: string; password: string }) {
  const end = await ended(station.ask('upload.start', who));
  if (end.kind !== 'uploaded') throw new Error(end.kind);
  return end.upload;
}

async function receipt(batch: string): Promise<Receipt> {
  const { content } = await station.ask('receipt.get', { batch, format: 'json' });
  return JSON.parse(content) as Receipt;
}

test('40 of 148: listed with the reason before sending, 108 arrive, both numbers on the receipt', async () => {
  await begin();
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await file(40, `${MOVED}-person-1`);
  await file(108, STAYS);
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  const before = station.server?.audit.length;

  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    checked: 148,
    dryRun: { refused: 40, foreseen: 40, lifted: 0, notTold: [] },
  });
  expect(station.server?.audit.length).toBe(before);
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
  expect(french).toContain('agent de santé,mois,');
  expect(french).toContain('Le patient ou le lieu appartient maintenant à une autre zone.');

  await station.ask('decide.approve', { batch });
  const sent = await upload(CHW1);
  expect(sent).toMatchObject({ sent: 108, accepted: 108, refused: [], outcome: 'done' });
  const printed = await receipt(batch);
  expect(printed.accepted).toBe(108);
  expect(printed.refused).toHaveLength(40);

  // The cause is gone: the same 40 are ordinary again, and arrive.
  await move({ _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } });
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 0, foreseen: 0, lifted: 40 },
  });
  expect((await station.ask('refusals.list', {})).total).toBe(0);
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({ sent: 40, accepted: 40 });
  expect((await receipt(batch)).accepted).toBe(148);
});

test('sent to see: the server takes what was only guessed, its word stands for what it refuses', async () => {
  await begin();
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await file(1, `${MOVED}-person-1`);
  await file(2, 'nobody-knows-this-person');
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await ended(station.ask('dry-run.start', CHW1));
  const guessed = (await station.ask('refusals.list', { batch })).rows;
  expect(guessed.map(({ mayTry }) => mayTry)).toEqual([true, true, true]);
  const ids = guessed.map(({ id }) => id);
  expect(await station.ask('change.get', { id: ids[0] ?? '' })).toMatchObject({ may: { try: true } });
  // Meanwhile somebody registers the patient.
  const database = station.server?.database();
  const person = await database?.get(STAYS);
  await database?.put({ ...person, _id: 'nobody-knows-this-person', _rev: undefined } as never);

  await station.ask('decide.approve', { batch, ids, refused: true });
  expect(await upload(CHW1)).toMatchObject({ sent: 3, accepted: 2, refused: [{ id: ids.at(0) }] });
  expect(await receipt(batch)).toMatchObject({ accepted: 2, refused: [{ id: ids.at(0) }] });
});

test('without a dry run the server refuses them, the reason is found, and an approval outlives the cause', async () => {
  await begin();
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await file(2, `${MOVED}-person-1`);
  await file(1, 'nobody-knows-this-person');
  await file(3, STAYS);
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  const first = await upload(CHW1);
  expect(first).toMatchObject({ sent: 6, accepted: 3, outcome: 'partly' });
  expect(first.refused.map(({ reason }) => reason)).toEqual([
    'subject-elsewhere',
    'subject-elsewhere',
    'subject-unknown',
  ]);

  await move({ _id: 'hc1-area-1', parent: { _id: 'hc1', parent: { _id: 'district' } } });
  expect(await upload(CHW1)).toMatchObject({ sent: 2, accepted: 2, refused: [] });
});

test('a station account: what the health worker could not have sent waits for a decision', async () => {
  await begin();
  await move({ _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } });
  await file(2, `${MOVED}-person-1`);
  await file(3, STAYS);
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });

  expect(await ended(station.ask('upload.start', ACCOUNT))).toMatchObject({
    upload: { account: true, user: 'sup_online', sent: 3, accepted: 3 },
    asked: { foreseen: 2, notTold: [] },
  });
  expect((await station.ask('refusals.list', {})).total).toBe(2);
  await station.ask('decide.approve', { batch, refused: true });
  expect(await upload(ACCOUNT)).toMatchObject({ sent: 2, accepted: 2 });
  expect(await receipt(batch)).toMatchObject({ sentAs: ['sup_online'], stationAccounts: ['sup_online'] });
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toContain('sup_online (station account)');
});

test('a station account that is limited to an area is none', async () => {
  await begin();
  await expect(upload(Object.assign({ account: true }, CHW1))).rejects.toThrow('account-restricted');
});

test('a held contact holds the report that needs it, and says so', async () => {
  await begin();
  const home = await phone.db.get('hc1-area-2-home-1');
  const parent = { _id: home._id, parent: home['parent'] };
  await phone.put({
    _id: 'newborn',
    type: 'person',
    name: 'Baby Teal',
    parent,
    reported_date: Date.UTC(2026, 8, 1),
  });
  await file(1, 'newborn');
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.hold', { batch, ids: ['newborn'], reason: 'two of them' });
  await station.ask('decide.approve', { batch });

  const sent = await upload(CHW1);
  expect(sent).toMatchObject({ sent: 0, accepted: 0, outcome: 'partly' });
  expect(sent.waiting).toMatchObject([{ id: 'visit-newborn-0', reason: 'needs-held' }]);
  const { rows } = await station.ask('changes.list', { batch, text: 'visit-newborn' });
  expect(rows[0]).toMatchObject({ state: 'approved', reason: 'needs-held' });

  await station.ask('decide.release', { batch, ids: ['newborn'] });
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({ sent: 2, accepted: 2, waiting: [] });
});

test('a record that fits into no request: known before sending, never sent, on the receipt', async () => {
  await begin();
  await file(2, STAYS);
  const large = report({
    id: 'visit-large',
    form: 'home_visit',
    by: BY,
    about: STAYS,
    reportedAt: Date.UTC(2026, 8, 1),
  });
  // Together over the limit, each for itself as the app allows it: 40 MB as base64.
  const photo = (bytes: number) => ({
    content_type: 'image/jpeg',
    data: Buffer.alloc(bytes, 7).toString('base64'),
  });
  await phone.put({
    ...large,
    _attachments: { 'user-file-small': photo(12_000_000), 'user-file-large': photo(18_000_000) },
  });
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 1, foreseen: 1 },
  });
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({ sent: 2, accepted: 2, refused: [] });

  // Also where somebody approves it all the same, or nobody asked before.
  await station.ask('decide.approve', { batch, ids: ['visit-large'], refused: true });
  const again = await upload(CHW1);
  expect(again).toMatchObject({
    sent: 0,
    bytes: 0,
    refused: [{ id: 'visit-large', reason: 'too-large-for-server' }],
  });
  // Everybody who asks is told how large it is, and what makes it so.
  const said = {
    id: 'visit-large',
    reason: 'too-large-for-server',
    size: { largest: { name: 'user-file-large', bytes: 18_000_000 } },
  };
  expect(again.refused).toMatchObject([said]);
  expect((await receipt(batch)).refused).toMatchObject([said]);
  expect((await station.ask('refusals.list', {})).rows).toMatchObject([said]);
  expect(await station.ask('change.get', { id: 'visit-large' })).toMatchObject({ size: said.size });
  const words = 'Its size: 40 MB. Its largest attachment: user-file-large, 18 MB.';
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toContain(words);
  expect((await station.ask('refusals.csv', {})).content).toContain(words);
});

test('a record that something before the server does not let through stays here, and its size is told', async () => {
  await begin();
  await file(2, STAYS);
  const { server } = station;
  if (server === null) throw new Error('no server');
  const photo = { content_type: 'image/png', data: Buffer.alloc(3_000_000, 7).toString('base64') };
  const visit = report({
    id: 'visit-large',
    form: 'home_visit',
    by: BY,
    about: STAYS,
    reportedAt: Date.UTC(2026, 8, 1),
  });
  await phone.put({ ...visit, _attachments: { 'user-file-1': photo } });
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  server.limitBodies(2_000_000);
  expect(await upload(CHW1)).toMatchObject({
    accepted: 2,
    refused: [{ id: 'visit-large', size: { largest: { name: 'user-file-1', bytes: 3_000_000 } } }],
  });
  const tried = () => server.requests.filter(({ bytes }) => bytes > 2_000_000).length;
  // Once with the others, once by itself.
  expect(tried()).toBe(2);
  // It stays here until somebody decides otherwise.
  expect(await upload(CHW1)).toMatchObject({ sent: 0, bytes: 0 });
  expect(tried()).toBe(2);
});

test('a patient is named by whatever short code the server knows, text or number', async () => {
  await begin();
  const database = station.server?.database();
  if (database === undefined) throw new Error('no server');
  for (const [id, code] of [
    [STAYS, 'KE-0012'],
    ['hc1-area-2-home-2-person-2', 4711],
  ] as const)
    await database.put({ ...(await database.get(id)), patient_id: code });
  for (const [n, code] of ['KE-0012', 4711, 'KE-9999'].entries()) {
    const visit = report({
      id: `visit-${n}`,
      form: 'home_visit',
      by: BY,
      about: STAYS,
      reportedAt: Date.UTC(2026, 8, 1),
    });
    await phone.put({ ...visit, fields: { patient_id: code } });
  }
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await ended(station.ask('dry-run.start', CHW1));
  expect((await station.ask('refusals.list', {})).rows).toMatchObject([
    { id: 'visit-2', reason: 'subject-unknown' },
  ]);
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({ sent: 2, accepted: 2, refused: [] });
  expect((await receipt(batch)).accepted).toBe(2);
});

test('a report that names nobody is not foreseen as refused where both settings allow it', async () => {
  await begin();
  const database = station.server?.database();
  if (database === undefined) throw new Error('no server');
  const stored = await database.get('settings');
  const before = stored['settings'] as Record<string, unknown>;
  const permissions = before['permissions'] as Record<string, string[]>;
  const settings = {
    ...before,
    permissions: { ...permissions, can_view_unallocated_data_records: permissions['can_edit'] },
    district_admins_access_unallocated_messages: true,
  };
  const visit = { id: 'visit-nobody', form: 'home_visit', by: BY, about: STAYS };
  const { contact: _, ...nobodys } = report({ ...visit, reportedAt: Date.UTC(2026, 8, 1) });
  await phone.put({ ...nobodys, _id: visit.id, fields: {} });
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({ dryRun: { refused: 1 } });
  await database.put({ ...stored, settings });
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 0, lifted: 1 },
  });
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({ sent: 1, accepted: 1 });
});

/** Changes the settings of the server, as an administrator does. */
async function configure(change: (settings: Record<string, unknown>) => Record<string, unknown>) {
  const database = station.server?.database();
  if (database === undefined) throw new Error('no server');
  const stored = await database.get('settings');
  const settings = stored['settings'] as Record<string, unknown>;
  await database.put({ ...stored, settings: { ...settings, ...change(settings) } });
  return database;
}

test('a primary contact who lives outside the area is theirs where the server lets them in', async () => {
  await begin();
  const outsider = 'hc2-area-1-home-1-person-1';
  const database = await configure(() => ({}));
  await database.put({ ...(await database.get(STAYS_HOME)), contact: { _id: outsider } });
  const stored = await database.get(outsider);
  await database.put({ ...stored, patient_id: 'KE-0012' });
  await phone.sync();
  await phone.put(
    report({ id: 'by-id', form: 'home_visit', by: BY, about: outsider, reportedAt: 1_788_000_000_000 }),
  );
  await phone.put(
    report({ id: 'by-code', form: 'home_visit', by: BY, about: 'KE-0012', reportedAt: 1_788_000_000_000 }),
  );
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({ dryRun: { refused: 2 } });

  await configure(() => ({
    replication_depth: [{ role: 'chw', depth: 10, replicate_primary_contacts: true }],
  }));
  // Another phone of theirs gets the contact and edits it.
  await phone.destroy();
  if (station.server === null) throw new Error('no server');
  phone = new Phone({ user: 'chw1', device: 'phone-2', server: station.server });
  await phone.firstSync();
  await phone.edit(outsider, () => ({ phone: '+254000000009' }));
  const edited = await take();
  await ended(station.ask('compare.start', CHW1));
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 0, lifted: 2 },
  });
  for (const one of [batch, edited]) await station.ask('decide.approve', { batch: one });
  expect(await upload(CHW1)).toMatchObject({ sent: 3, accepted: 3, refused: [] });
  expect(await receipt(edited)).toMatchObject({ accepted: 1, refused: [] });
});

test('a server of 4.2 tells nobody what is theirs: nothing is foreseen, and its word decides', async () => {
  await begin();
  await station.server?.setVersion('4.2.0');
  const before = station.server?.requests.length ?? 0;
  await file(2, STAYS);
  await file(1, 'hc2-area-1-home-1-person-1');
  await phone.edit(STAYS, () => ({ phone: '+254000000009' }));
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  expect(await station.ask('server.get', {})).toMatchObject({ version: '4.2.0' });
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 0, notTold: ['chw1'] },
  });
  // A restricted login is none of a station, although no list says so.
  await expect(ended(station.ask('upload.start', { ...CHW1, account: true }))).rejects.toThrow(
    'account-restricted',
  );
  await station.ask('decide.approve', { batch });
  expect(await upload(CHW1)).toMatchObject({
    outcome: 'partly',
    accepted: 3,
    refused: [{ id: 'visit-hc2area1home1person1-0' }],
  });
  expect(await receipt(batch)).toMatchObject({ accepted: 3, refused: [{ reason: 'forbidden' }] });
  const asked = station.server?.requests.slice(before).filter(({ path }) => path.includes('replication'));
  expect(new Set(asked?.map(({ status }) => status))).toEqual(new Set([403]));
});
