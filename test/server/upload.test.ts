/**
 * The whole way of a dump through the station to a CHT server: the practice server, or with CHT_URL, CHT_ADMIN
 * and CHT_ADMIN_PASSWORD a real one (`npm run test:server`).
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Receipt } from '../../shared/receipt.ts';
import { tinyPng } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { childOf, newRev, openSite, type Login, type Site } from './site.ts';

// Single requests to a real server took up to 13 s while its views caught up (docs/cht-exchanges.md §7).
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

let site: Site;
let station: TestStation;
beforeAll(async () => {
  site = await openSite();
  station = await openTestStation();
  await station.ask('server.set', { url: site.url });
});
afterAll(async () => {
  await station?.close();
  await site?.close();
});

async function take(docs: readonly Doc[]): Promise<string> {
  const manifest = {
    format: 'station',
    version: 1,
    user: site.chw1.user,
    userContactId: site.places.chw1._id,
    facilityId: site.places.hc1._id,
    device: 'test-phone',
    server: site.url,
    database: 'medic',
    exportedAt: new Date().toISOString(),
    since: '0',
  };
  const lines = [manifest, ...docs.map((doc) => ({ doc }))].map((line) => JSON.stringify(line));
  const before = Buffer.from(`${lines.join('\n')}\n`);
  const sha256 = createHash('sha256').update(before).digest('hex');
  const attachments = docs.flatMap((doc) => Object.keys(doc._attachments ?? {})).length;
  const end = { end: { docs: docs.length, attachments, bytes: before.length, sha256 } };
  const bytes = Buffer.concat([before, Buffer.from(`${JSON.stringify(end)}\n`)]);
  const { batch } = await station.take(bytes, 'test.chtdump');
  if (batch === null) throw new Error('the dump made no batch');
  return batch;
}

async function ended(asked: Promise<{ readonly job: string }>) {
  const end = await station.wait((await asked).job);
  if (end.kind === 'failed') throw new Error(`${end.code} ${end.detail ?? ''}`);
  return end;
}

async function upload(who: Login & { account?: boolean }) {
  const end = await ended(station.ask('upload.start', { ...who }));
  if (end.kind !== 'uploaded') throw new Error(end.kind);
  return end.upload;
}

test('a dump is compared, foreseen, approved, sent and proven; the rest goes by a station account', async () => {
  const visits = Array.from({ length: 5 }, (_, n) => site.reportDoc('visit', { form: `visit_${n}` }));
  const photo = { content_type: 'image/png', data: tinyPng(4, 10, 20, 30).toString('base64') };
  const wound = site.reportDoc('wound', { _attachments: { 'user-file/wound': photo } });
  const stranger = site.reportDoc('stranger', { fields: { patient_uuid: site.places.patient2._id } });
  const stored = site.reportDoc('stored');
  await site.send(site.chw1, [stored]);
  const edited = childOf(stored, { edited: true });
  const batch = await take([...visits, wound, stranger, edited]);

  await ended(station.ask('compare.start', site.chw1));
  await ended(station.ask('dry-run.start', site.chw1));
  const { rows } = await station.ask('refusals.list', {});
  expect(rows.map(({ id, reason }) => [id, reason])).toEqual([[stranger._id, 'subject-elsewhere']]);

  await station.ask('decide.approve', { batch });
  expect(await upload(site.chw1)).toMatchObject({ sent: 7, accepted: 7, refused: [], failed: [] });
  for (const { _id, _rev } of [...visits, wound, edited]) expect(await site.has(_id, _rev)).toBe(true);
  expect(await site.has(stranger._id, stranger._rev)).toBe(false);

  await station.ask('decide.approve', { batch, refused: true });
  expect(await upload(site.chw1)).toMatchObject({ accepted: 0, refused: [{ reason: 'subject-elsewhere' }] });
  await station.ask('decide.approve', { batch, refused: true });
  expect(await upload({ ...site.supOnline, account: true })).toMatchObject({ sent: 1, accepted: 1 });
  expect(await site.has(stranger._id, stranger._rev)).toBe(true);

  expect(await ended(station.ask('compare.start', site.chw1))).toMatchObject({ lost: 0 });
  const { content } = await station.ask('receipt.get', { batch, format: 'json' });
  expect(JSON.parse(content) as Receipt).toMatchObject({ accepted: 8, refused: [] });
});

/** Settings of a real server decide whether sentinel numbers new people; the practice server does as CHT's own. */
const PEOPLE = 20;

async function settled(ids: readonly string[]): Promise<readonly Doc[]> {
  const read = async (): Promise<readonly Doc[]> => {
    const { body } = await site.ask({
      method: 'POST',
      path: '/medic/_all_docs?include_docs=true',
      as: site.admin,
      json: { keys: ids },
    });
    return (body as { rows: { doc: Doc }[] }).rows.map(({ doc }) => doc);
  };
  await site.practice?.sentinel.settle();
  await expect
    .poll(async () => (await read()).filter((doc) => doc['patient_id'] === undefined).length, {
      timeout: 240_000,
    })
    .toBe(0);
  return read();
}

test('20 people delivered, and edited for the second, third and tenth visit from the phone’s own branch: no conflict', async () => {
  const parent = { _id: site.places.hc1._id, parent: { _id: site.places.district._id } };
  let versions = Array.from({ length: PEOPLE }, (_, n) => ({
    _id: site.id(`person${n}`),
    _rev: newRev(1),
    type: 'person',
    name: `Test person ${n}`,
    phone: '+256 1',
    parent,
    reported_date: Date.now() - 86_400_000,
  })) as (Doc & { _rev: string })[];
  const ids = versions.map(({ _id }) => _id);
  let codes: readonly unknown[] = [];
  for (let visit = 1; visit <= 10; visit += 1) {
    // The phone never meets the server: it goes on from its own version.
    if (visit > 1) versions = versions.map((doc) => childOf(doc, { phone: `+256 ${visit}` }));
    const batch = await take(versions);
    await ended(station.ask('compare.start', site.chw1));
    expect((await station.ask('station.status', {})).conflicts).toBe(0);
    // All of them and nothing else, and what one button may approve.
    const { counts, ordinary } = await station.ask('batch.get', { batch });
    const given = Object.entries(counts).filter(([, count]) => count > 0);
    expect([...given, ordinary], `visit ${visit}`).toEqual([
      [visit === 1 ? 'new' : 'update', PEOPLE],
      PEOPLE,
    ]);
    await station.ask('decide.approve', { batch });
    const sent = await upload(site.chw1);
    expect(sent, `visit ${visit}`).toMatchObject({
      outcome: 'done',
      accepted: PEOPLE,
      refused: [],
      failed: [],
      lapsed: [],
    });
    const documents = await settled(ids);
    if (visit === 1) codes = documents.map((doc) => doc['patient_id']);
    expect(documents.map((doc) => doc['phone'])).toEqual(ids.map(() => `+256 ${visit}`));
    expect(documents.map((doc) => doc['patient_id'])).toEqual(codes);
  }
  expect(new Set(codes).size).toBe(PEOPLE);
});
