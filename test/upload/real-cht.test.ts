/**
 * What a real CHT server does beyond the plain case, each from a dump to a receipt: a record of 40 MB, a record that CouchDB
 * cannot read, external ids such as `KE-0012`, reports without a subject, primary contacts from outside, roles with a depth,
 * servers of 4.2. People who sign in with a link or with single sign-on are in `test/station/server/without-password.test.ts`.
 */
import { afterEach, expect, test } from 'vitest';
import type { Parent } from '../../electron/practice/documents.ts';
import { ACCOUNT, BY, CHW1, HealthWorker, HOME, PATIENT, visit } from '../support/health-worker.ts';

let worker: HealthWorker;
afterEach(() => worker.close());

test('a record that fits into no request: known before sending, never sent, on the receipt', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await worker.file(2, PATIENT);
  // Together over the limit, each for itself as the app allows it: 40 MB as base64.
  const photo = (bytes: number) => ({
    content_type: 'image/jpeg',
    data: Buffer.alloc(bytes, 7).toString('base64'),
  });
  await worker.phone.put({
    ...visit('visit-large', PATIENT),
    _attachments: { 'user-file-small': photo(12_000_000), 'user-file-large': photo(18_000_000) },
  });
  const batch = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({
    dryRun: { refused: 1, foreseen: 1 },
  });
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2, refused: [] });

  // Also where somebody approves it all the same, or nobody asked before.
  await station.ask('decide.approve', { batch, ids: ['visit-large'], refused: true });
  const again = await worker.upload();
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
  expect((await worker.receipt(batch)).refused).toMatchObject([said]);
  expect((await station.ask('refusals.list', {})).rows).toMatchObject([said]);
  expect(await station.ask('change.get', { id: 'visit-large' })).toMatchObject({ size: said.size });
  const words = 'Its size: 40 MB. Its largest attachment: user-file-large, 18 MB.';
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toContain(words);
  expect((await station.ask('refusals.csv', {})).content).toContain(words);
});

test('a record that CouchDB cannot read: found among the others, said so, and not sent again', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await worker.file(40, PATIENT);
  // An emoji that a phone cut in two.
  for (const n of [11, 29])
    await worker.phone.edit(`visit-hc1area2home2person1-${n}`, (doc) => ({
      fields: { ...(doc['fields'] as object), note: 'well \ud83d' },
    }));
  const batch = await worker.take();
  await worker.compare();
  await station.ask('decide.approve', { batch });
  const reason = 'unreadable-for-server';
  const halves = ['visit-hc1area2home2person1-11', 'visit-hc1area2home2person1-29'].map((id) => [id, reason]);
  expect(await worker.upload()).toMatchObject({ outcome: 'partly', accepted: 38 });
  expect(await worker.refused()).toEqual(halves);
  const receipt = await worker.receipt(batch);
  expect(receipt.accepted).toBe(38);
  expect(receipt.refused.map((record) => [record.id, record.reason]).sort()).toEqual(halves);
  const words = 'The server answers this record with an error each time.';
  expect((await station.ask('receipt.get', { batch, format: 'text' })).content).toContain(words);

  // Not in the next session, not by a dry run, and not because the patient moved.
  const writes = () => station.server.requests.filter(({ path }) => path.includes('_bulk_docs')).length;
  const before = writes();
  await worker.dryRun();
  expect(await worker.upload()).toMatchObject({ sent: 0, bytes: 0 });
  expect(writes()).toBe(before);
  expect(await worker.refused()).toEqual(halves);

  // Somebody wants to see it once more: once each, and the server's word stands.
  await station.ask('decide.approve', { batch, refused: true });
  expect(await worker.upload()).toMatchObject({ accepted: 0, refused: [{ reason }, { reason }] });
  expect(await worker.refused()).toEqual(halves);
});

test('a patient is named by whatever short code the server knows, text or number', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const database = station.server.database();
  for (const [id, code] of [
    [PATIENT, 'KE-0012'],
    ['hc1-area-2-home-2-person-2', 4711],
  ] as const)
    await database.put({ ...(await database.get(id)), patient_id: code });
  for (const [n, code] of ['KE-0012', 4711, 'KE-9999'].entries()) {
    await worker.phone.put({ ...visit(`visit-${n}`, PATIENT), fields: { patient_id: code } });
  }
  const batch = await worker.take();
  await worker.compare();
  await worker.dryRun();
  expect((await station.ask('refusals.list', {})).rows).toMatchObject([
    { id: 'visit-2', reason: 'subject-unknown' },
  ]);
  // A station account is not told whom a short code belongs to: it takes nothing back, and foresees nothing of it either.
  await worker.ended(station.ask('dry-run.start', ACCOUNT));
  expect(await worker.refused()).toEqual([['visit-2', 'subject-unknown']]);
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2, refused: [] });
  expect((await worker.receipt(batch)).accepted).toBe(2);
});

test('a report that names nobody is not foreseen as refused where both settings allow it', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const database = station.server.database();
  const stored = await database.get('settings');
  const before = stored['settings'] as Record<string, unknown>;
  const permissions = before['permissions'] as Record<string, string[]>;
  const settings = {
    ...before,
    permissions: { ...permissions, can_view_unallocated_data_records: permissions['can_edit'] },
    district_admins_access_unallocated_messages: true,
  };
  const { contact: _, ...nobodys } = visit('visit-nobody', PATIENT);
  await worker.phone.put({ ...nobodys, _id: 'visit-nobody', fields: {} });
  const batch = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({ dryRun: { refused: 1 } });
  await database.put({ ...stored, settings });
  expect(await worker.dryRun()).toMatchObject({
    dryRun: { refused: 0, lifted: 1 },
  });
  await station.ask('decide.approve', { batch });
  // The station account knows the settings as well.
  await worker.ended(station.ask('dry-run.start', ACCOUNT));
  expect(await worker.refused()).toEqual([]);
  expect(await worker.upload()).toMatchObject({ sent: 1, accepted: 1 });
  expect(await worker.receipt(batch)).toMatchObject({ accepted: 1, refused: [] });
});

test('a primary contact who lives outside the area is theirs where the server lets them in', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const outsider = 'hc2-area-1-home-1-person-1';
  const database = await worker.configure(() => ({}));
  await database.put({ ...(await database.get(HOME)), contact: { _id: outsider } });
  const stored = await database.get(outsider);
  await database.put({ ...stored, patient_id: 'KE-0012' });
  await worker.phone.sync();
  await worker.phone.put(visit('by-id', outsider));
  await worker.phone.put(visit('by-code', 'KE-0012'));
  const batch = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({ dryRun: { refused: 2 } });

  await worker.configure(() => ({
    replication_depth: [{ role: 'chw', depth: 10, replicate_primary_contacts: true }],
  }));
  // Another phone of theirs gets the contact and edits it.
  await worker.newPhone('phone-2');
  await worker.phone.edit(outsider, () => ({ phone: '+254000000009' }));
  const edited = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({
    dryRun: { refused: 0, lifted: 2 },
  });
  for (const one of [batch, edited]) await station.ask('decide.approve', { batch: one });
  expect(await worker.upload()).toMatchObject({ sent: 3, accepted: 3, refused: [] });
  expect(await worker.receipt(edited)).toMatchObject({ accepted: 1, refused: [] });
});

/** What is foreseen by a station account, for whoever's records they are. */
async function foreseenByAccount(): Promise<[string, string][]> {
  await worker.ended(worker.station.ask('dry-run.start', ACCOUNT));
  return worker.refused();
}

test('a station account lets in whom the server lets in from outside', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const outsider = 'hc2-area-1-home-1-person-1';
  const database = await worker.configure(() => ({
    replication_depth: [{ role: 'chw', depth: 10, replicate_primary_contacts: true }],
  }));
  await database.put({ ...(await database.get(HOME)), contact: { _id: outsider } });
  await worker.newPhone('phone-2');
  await worker.phone.edit(outsider, () => ({ phone: '+254000000009' }));
  await worker.phone.put(visit('about-outsider', outsider));
  await worker.phone.put(visit('about-stranger', 'hc2-area-1-home-1-person-2'));
  const batch = await worker.take();
  await worker.compare();
  expect(await foreseenByAccount()).toEqual([['about-stranger', 'subject-elsewhere']]);
  await station.ask('decide.approve', { batch });
  expect(await worker.upload(ACCOUNT)).toMatchObject({ sent: 2, accepted: 2, refused: [] });
  expect(await worker.receipt(batch)).toMatchObject({ accepted: 2, refused: [{ id: 'about-stranger' }] });
});

test('a role that reaches only so deep: what lies deeper is foreseen, and the server says the same', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const newcomer = { type: 'person', name: 'Teal Fig', reported_date: Date.UTC(2026, 8, 1) };
  const home = await worker.phone.db.get(HOME);
  const parent = { _id: HOME, parent: home['parent'] };
  await worker.phone.put({ _id: 'newcomer', ...newcomer, parent });
  await worker.phone.put({ _id: 'at-the-area', ...newcomer, parent: home['parent'] });
  await worker.phone.put(visit('about-patient', PATIENT));
  await worker.phone.put(visit('about-home', HOME));
  const batch = await worker.take();
  // Facility, area and household; nobody who lives in one.
  await worker.configure(() => ({ replication_depth: [{ role: 'chw', depth: 2 }] }));
  await worker.compare();
  const deep = [
    ['about-patient', 'too-deep'],
    ['newcomer', 'too-deep'],
  ];
  expect(await foreseenByAccount()).toEqual(deep);
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2, refused: [] });
  // Sent to see: the server's word is no other.
  await station.ask('decide.approve', { batch, ids: ['newcomer', 'about-patient'], refused: true });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 0 });
  expect((await worker.receipt(batch)).accepted).toBe(2);
  await worker.configure(() => ({ replication_depth: [] }));
  expect(await worker.dryRun()).toMatchObject({ dryRun: { refused: 0, lifted: 2 } });
  expect(await worker.upload()).toMatchObject({ sent: 2, accepted: 2 });
});

test('reports of others about what lies deeper than the role reads are foreseen, the own are not', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  const database = await worker.configure(() => ({
    replication_depth: [{ role: 'chw', depth: 10, report_depth: 2 }],
  }));
  await database.put({ ...(await database.get(PATIENT)), patient_id: 'KE-0012' });
  const by = (contact: string) => ({ contact: { _id: contact, parent: BY.parent } });
  await worker.phone.put({ ...visit('own-by-id', PATIENT) });
  await worker.phone.put({ ...visit('others-by-id', PATIENT), ...by('somebody') });
  await worker.phone.put({ ...visit('others-by-code', 'KE-0012'), ...by('somebody') });
  await worker.phone.put({ ...visit('others-near', HOME), ...by('somebody') });
  const batch = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({ dryRun: { refused: 2 } });
  expect(await worker.refused()).toEqual([
    ['others-by-code', 'too-deep'],
    ['others-by-id', 'too-deep'],
  ]);
  // What names another author is looked at by itself.
  const ids = ['own-by-id', 'others-by-id', 'others-by-code', 'others-near'];
  await station.ask('decide.approve', { batch, ids, refused: true });
  expect(await worker.upload()).toMatchObject({ sent: 4, accepted: 2 });
  expect((await worker.receipt(batch)).refused.map(({ id }) => id).sort()).toEqual([
    'others-by-code',
    'others-by-id',
  ]);
});

test('a hierarchy of many levels with types of its own goes like any other', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  let parent: Parent = { _id: 'hc1', parent: { _id: 'district' } };
  const reported = { reported_date: Date.UTC(2026, 8, 1) };
  for (let level = 1; level <= 8; level += 1) {
    const id = `level-${level}`;
    await worker.phone.put({
      _id: id,
      type: 'contact',
      contact_type: `kind-${level}`,
      name: id,
      parent,
      ...reported,
    });
    parent = { _id: id, parent };
  }
  const person = { type: 'contact', contact_type: 'client', name: 'Teal Fig', parent, ...reported };
  await worker.phone.put({ _id: 'at-the-bottom', ...person });
  await worker.phone.put(visit('about-the-bottom', 'at-the-bottom'));
  const batch = await worker.take();
  await worker.compare();
  expect(await worker.dryRun()).toMatchObject({ dryRun: { refused: 0 } });
  expect(await foreseenByAccount()).toEqual([]);
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({ sent: 10, accepted: 10, refused: [] });
  expect((await worker.receipt(batch)).accepted).toBe(10);
});

test('a server of 4.2 tells nobody what is theirs: nothing is foreseen, and its word decides', async () => {
  worker = await HealthWorker.begin();
  const { station } = worker;
  await station.server.setVersion('4.2.0');
  const before = station.server.requests.length ?? 0;
  await worker.file(2, PATIENT);
  await worker.file(1, 'hc2-area-1-home-1-person-1');
  await worker.phone.edit(PATIENT, () => ({ phone: '+254000000009' }));
  const batch = await worker.take();
  await worker.compare();
  expect(await station.ask('server.get', {})).toMatchObject({ version: '4.2.0' });
  expect(await worker.dryRun()).toMatchObject({
    dryRun: { refused: 0, notTold: ['chw1'] },
  });
  // A restricted login is none of a station, although no list says so.
  await expect(worker.ended(station.ask('upload.start', { ...CHW1, account: true }))).rejects.toThrow(
    'account-restricted',
  );
  await station.ask('decide.approve', { batch });
  expect(await worker.upload()).toMatchObject({
    outcome: 'partly',
    accepted: 3,
    refused: [{ id: 'visit-hc2area1home1person1-0' }],
  });
  expect(await worker.receipt(batch)).toMatchObject({ accepted: 3, refused: [{ reason: 'forbidden' }] });
  const asked = station.server.requests.slice(before).filter(({ path }) => path.includes('replication'));
  expect(new Set(asked?.map(({ status }) => status))).toEqual(new Set([403]));
});
