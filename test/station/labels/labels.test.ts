/** Forms, translations and settings: kept from dumps and read from the server, and nobody names another one's records. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../../electron/ledger/database.ts';
import {
  labelDocuments,
  xformOf,
  type KnownLabelDocument,
} from '../../../electron/ledger/label-documents.ts';
import { Phone } from '../../../electron/practice/phone.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import type { LabelKind } from '../../../shared/label-documents.ts';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { compareAs } from '../../support/uploads.ts';
import { temporaryFolder } from '../../support/folder.ts';

let server: PracticeServer;
let station: TestStation;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await startPracticeServer({ configuration: 'own-types' });
  station = await openTestStation({ practice: server, dataDir: join(folder.path, 'data') });
});
afterEach(async () => {
  await station.close();
  await server.close();
  folder.remove();
});

/** What the ledger knows, once nothing else has it open. */
async function known(kind: LabelKind, name: string, dump: string | null = null) {
  await station.close();
  const db = Database.open(join(station.dataDir, 'ledger.sqlite'));
  try {
    return labelDocuments(db, { kind, name, dump }).map((one) => ({ ...one, xform: xformOf(db, one) }));
  } finally {
    db.close();
    station = await openTestStation({ practice: server, dataDir: station.dataDir });
  }
}

const from = (documents: readonly KnownLabelDocument[]) =>
  documents.map((one) => `${one.from}${one.isCurrent ? ', now' : ''}`);

async function exported(): Promise<Buffer> {
  const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
  await phone.firstSync();
  const { bytes } = await phone.exportStation();
  await phone.destroy();
  return bytes;
}

/** A form as a dump has it; `letters` is its history. */
const form = (code: string, title: string, letters = 'a'): Json =>
  document(`form:${code}`, { type: 'form', internalId: code, title }, { history: letters });

const visit = (id: string, code: string): Json =>
  document(id, { type: 'data_record', form: code, fields: {} });

/** What the records of a dump are called in the lists. */
async function labelsOf(documents: readonly Json[], manifest: Json = {}): Promise<string[]> {
  const { batch } = await station.take(stationDump(documents, { ...manifest, salt: documents.length }));
  const { rows } = await station.ask('changes.list', { batch: batch ?? '', limit: 100 });
  return rows.flatMap(({ kind, label }) => (kind === 'report' ? [label] : [])).sort();
}

it('a dump brings them with their XForm, and of the settings only what names things', async () => {
  const { dump } = await station.take(await exported());
  const [pregnancy, ...more] = await known('form', 'pregnancy', dump);
  expect(more).toEqual([]);
  expect(pregnancy).toMatchObject({ id: 'form:pregnancy', from: 'own', title: 'Pregnancy registration' });
  expect(pregnancy?.rev).toBe((await server.database().get('form:pregnancy'))._rev);
  expect(pregnancy?.xform).toContain('<itext>');
  const [words] = await known('translations', 'en');
  expect(words?.body).toContain('"report.pregnancy.');
  const [settings] = await known('settings', '');
  expect(Object.keys(JSON.parse(settings?.body ?? '{}') as object).toSorted()).toEqual([
    'contact_types',
    'locale',
    'locales',
  ]);
});

it('the server’s are read when somebody signs in, only what changed, and go before those of dumps', async () => {
  const { dump } = await station.take(await exported());
  await compareAs(station, server, 'chw1');
  expect(from(await known('form', 'pregnancy', dump))).toEqual(['server, now', 'own']);
  expect(from(await known('translations', 'en', dump))).toEqual(['server, now', 'own']);
  expect(from(await known('settings', '', dump))).toEqual(['server, now', 'own']);

  const database = server.database();
  const stored = await database.get('form:pregnancy');
  await database.put({ ...stored, title: 'Ante-natal care' });
  const gone = await database.get('form:delivery');
  await database.put({ ...gone, _deleted: true });
  const before = server.requests.length;
  await compareAs(station, server, 'chw1');
  const read = server.requests.slice(before).filter(({ path }) => path.includes('attachments=true'));
  expect(read).toHaveLength(1);
  const [now, earlier] = await known('form', 'pregnancy');
  expect(now).toMatchObject({ title: 'Ante-natal care', isCurrent: true });
  expect(earlier).toMatchObject({ rev: stored._rev, isCurrent: false });
  // An old report still finds its form.
  expect(from(await known('form', 'delivery'))).toEqual(['server']);
});

it('a form whose id is not its code is found by what a phone has, and by whoever may list them all', async () => {
  const database = server.database();
  const { _rev, _attachments, ...body } = await database.get('form:pregnancy');
  const xml = await database.getAttachment('form:pregnancy', 'xml');
  const attachment = { content_type: 'application/xml', data: xml.toString('base64') };
  const odd = { ...body, _id: 'form:antenatal_v2', internalId: 'ANC', _attachments: { xml: attachment } };
  await database.put(odd);
  // Its phones have it under its id, whatever the list of codes says.
  await compareAs(station, server, 'chw1');
  expect(await known('form', 'ANC')).toEqual([]);
  const { dump } = await station.take(await exported());
  await compareAs(station, server, 'chw1');
  const [asWorker] = await known('form', 'ANC', dump);
  expect(asWorker).toMatchObject({ id: 'form:antenatal_v2', from: 'server', isCurrent: true });
  expect(asWorker?.xform).toContain('<itext>');

  await database.put({ ...odd, _id: 'form:postnatal_v2', internalId: 'PNC' });
  await compareAs(station, server, 'sup_online');
  expect(from(await known('form', 'PNC'))).toEqual(['server, now']);
});

it('no dump changes what the records of another are called', async () => {
  expect(await labelsOf([form('checkup', 'Check-up'), visit('a', 'checkup')])).toEqual([
    expect.stringMatching(/^Check-up/),
  ]);
  // One that says nothing is called as all others say.
  expect(await labelsOf([visit('b', 'checkup')])).toEqual([expect.stringMatching(/^Check-up/)]);
  const liar = [form('checkup', 'Death report', 'b'), visit('c', 'checkup'), visit('c2', 'home_visit')];
  expect(await labelsOf(liar)).toContainEqual(expect.stringMatching(/^Death report/));
  // Two say different things: neither is believed about a third.
  expect(
    await labelsOf([visit('d', 'checkup'), visit('d2', 'home_visit'), visit('d3', 'home_visit')]),
  ).toContainEqual(expect.stringMatching(/^checkup/));
  const { rows } = await station.ask('changes.list', { text: 'Check-up', limit: 100 });
  expect(rows.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
});

it('what the server calls a form no dump calls otherwise, not even for itself', async () => {
  await station.take(await exported());
  await compareAs(station, server, 'chw1');
  const liar = [form('pregnancy', 'Death report', 'b'), visit('c', 'pregnancy')];
  expect(await labelsOf(liar)).toEqual([expect.stringMatching(/^Pregnancy registration/)]);
});

it('a dump that is set aside names nothing', async () => {
  const other = { server: 'http://127.0.0.1:2' };
  await labelsOf([form('checkup', 'Death report'), visit('x', 'checkup')], other);
  expect(await known('form', 'checkup')).toEqual([]);
  expect(await labelsOf([visit('b', 'checkup')])).toEqual([expect.stringMatching(/^checkup/)]);
});

it('a form that is too large is left out, and the record is imported all the same', async () => {
  const large = document('form:large', {
    type: 'form',
    internalId: 'large',
    title: 'Large',
    context: { expression: 'x'.repeat(5_000_000) },
  });
  const { documents } = await station.take(stationDump([large]));
  expect(documents.new).toBe(1);
  expect(await known('form', 'large')).toEqual([]);
});
