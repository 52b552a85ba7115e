/** Text attachments, which the server packs: told apart by their bytes, never by a digest that no phone could have. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { document, type Json } from '../../support/documents.ts';
import { androidDump, stationDump } from '../../support/dumps.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const TEXT = '<data><note>seen at home, seen at home, seen at home</note></data>';
const file = (content_type: string, text: string): Json => ({
  content_type,
  data: Buffer.from(text).toString('base64'),
});
const answered = (text: string): Json => ({
  content: file('application/xml', text),
  'user-file/list': file('text/csv; charset=utf-8', text),
  photo: file('image/png', text),
});
const visit = (history: string, attachments: Json, fields: Json = {}): Json =>
  document(
    'visit',
    {
      type: 'data_record',
      form: 'home_visit',
      contact: { _id: 'hc1-chw1' },
      fields: { patient_id: 'hc1-area-1-home-1-person-1', ...fields },
    },
    { history, attachments },
  );

const classOf = async (batch: string | null) =>
  (await station.ask('changes.list', { batch: batch ?? '' })).rows.map((row) => [row.class, row.reason]);

async function delivered(): Promise<void> {
  const { batch } = await station.take(stationDump([visit('a', answered(TEXT))]));
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: batch ?? '', classes: ['new'] });
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({
    outcome: 'done',
    accepted: 1,
    refused: [],
  });
}

it('a version that was only touched is the same; one with other bytes is an update', async () => {
  await delivered();
  const touched = await station.take(stationDump([visit('ab', answered(TEXT))], { device: 'second' }));
  await compareAs(station, server, 'chw1');
  expect(await classOf(touched.batch)).toEqual([['same', 'same-content']]);

  const changed = await station.take(stationDump([visit('abc', answered(`${TEXT} `))], { device: 'third' }));
  await compareAs(station, server, 'chw1');
  expect(await classOf(changed.batch)).toEqual([['update', null]]);
});

it('a record without any revision is found again on the server', async () => {
  await delivered();
  const { _attachments: _, ...fields } = visit('a', {});
  const again = await station.take(androidDump([{ ...fields, _attachments: answered(TEXT) }]));
  await compareAs(station, server, 'chw1');
  expect(await classOf(again.batch)).toEqual([['same', 'same-content']]);
});

it('an edit beside one of the server leaves the attachment to who changed it', async () => {
  await delivered();
  const onServer = await server.database().get('visit', { attachments: true });
  await server.database().put({ ...onServer, verified: true });
  const edited = await station.take(
    stationDump([visit('ab', answered(`${TEXT} and again`))], { device: 'second' }),
  );
  await compareAs(station, server, 'chw1');
  expect(await classOf(edited.batch)).toEqual([['update', 'joins-server-edit']]);
  await station.ask('decide.approve', { batch: edited.batch ?? '' });
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done', refused: [], failed: [] });
  const joined = await server.database().get('visit', { attachments: true });
  expect(joined['verified']).toBe(true);
  const { content } = (joined._attachments ?? {}) as unknown as Record<string, { data: string }>;
  expect(Buffer.from(content?.data ?? '', 'base64').toString()).toBe(`${TEXT} and again`);
});

it('what the server does not show with its bytes is not taken for another content', async () => {
  await delivered();
  const touched = await station.take(stationDump([visit('ab', answered(TEXT))], { device: 'second' }));
  // chw2 sees nothing of hc1: the revision is named, the document is not shown.
  await compareAs(station, server, 'chw2');
  expect(await classOf(touched.batch)).not.toContainEqual(['same', 'same-content']);
});
