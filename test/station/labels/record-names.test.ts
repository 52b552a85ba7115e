/** Names and forms of a record come from its own export or the server, and from nobody else who says otherwise. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let folder: ReturnType<typeof temporaryFolder>;
let station: TestStation;
beforeEach(async () => {
  folder = temporaryFolder();
  station = await openTestStation({ dataDir: join(folder.path, 'data') });
});
afterEach(async () => {
  await station.close();
  folder.remove();
});

let dumps = 0;
const take = (...documents: Json[]) => station.take(stationDump(documents, { salt: (dumps += 1) }));

const person = (id: string, name: string, more: Json = {}, history = 'a'): Json =>
  document(id, { type: 'person', name, ...more }, { history });

const report = (id: string, fields: Json, more: Json = {}): Json =>
  document(id, { type: 'data_record', content_type: 'xml', form: 'visit', fields, ...more });

const xform = (label: string, extra = '') =>
  `<h:html xmlns:h="x">${extra}<h:head><model><instance><visit><q/></visit></instance><bind nodeset="/visit/q" type="string"/></model></h:head>` +
  `<h:body><input ref="/visit/q"><label>${label}</label></input></h:body></h:html>`;

const form = (label: string, time: number, letters: string, xml = xform(label)): Json =>
  document(
    'form:visit',
    {
      type: 'form',
      internalId: 'visit',
      title: 'Visit',
      xmlVersion: { time },
      _attachments: {
        xml: { content_type: 'application/xml', data: Buffer.from(xml).toString('base64') },
      },
    },
    { history: letters },
  );

const shownOf = async (id: string) => (await station.ask('change.get', { id })).shown;
const subjectOf = async (id: string) => (await shownOf(id))?.about.subject;

it('finds whom it is about by id or by short code', async () => {
  await take(
    person('p1', 'Amina', { patient_id: '00123' }),
    report('by-id', { patient_uuid: 'p1' }),
    report('by-code', { patient_id: '00123' }),
    // A server or an SMS form writes it as a number, and then it is another code.
    report('by-other-code', { patient_id: 123 }),
  );
  expect(await subjectOf('by-id')).toBe('Amina');
  expect(await subjectOf('by-code')).toBe('Amina');
  expect(await subjectOf('by-other-code')).toBe(null);
});

it('a code that two people have names nobody, unless its own export has one of them', async () => {
  await take(person('p1', 'Amina', { patient_id: '7' }));
  await take(person('p2', 'Beatrice', { patient_id: '7' }), report('own', { patient_id: '7' }));
  await take(report('others', { patient_id: '7' }));
  expect(await subjectOf('own')).toBe('Beatrice');
  expect(await subjectOf('others')).toBe(null);
});

it('no export names the people of another', async () => {
  await take(person('p1', 'Amina'), report('honest', { patient_uuid: 'p1' }));
  await take(person('p1', 'Somebody else', {}, 'b'), report('liar', { patient_uuid: 'p1' }));
  await take(report('third', { patient_uuid: 'p1' }));
  expect(await subjectOf('honest')).toBe('Amina');
  expect(await subjectOf('liar')).toBe('Somebody else');
  // Where they disagree nobody is believed about a third.
  expect(await subjectOf('third')).toBe(null);
});

it('an older report is shown with its own form', async () => {
  await take(form('Old question', 1, 'a'), form('New question', 2, 'ab'));
  await take(
    form('Old question', 1, 'a'),
    report('old', { q: 'x' }, { form_version: { time: 1 } }),
    report('unknown', { q: 'x' }, { form_version: { time: 3 } }),
  );
  expect(await shownOf('old')).toMatchObject({ form: 'read', rows: [{ label: 'Old question' }] });
  expect(await shownOf('unknown')).toMatchObject({
    form: 'other-version',
    rows: [{ label: 'Old question' }],
  });
});

it.each([
  ['an entity bomb', `<!DOCTYPE a [<!ENTITY x "y">]>${xform('&x;')}`],
  ['no form at all', '<a/>'],
  ['broken XML', xform('Question').slice(0, 100)],
])('%s is a form that could not be read, and the record is shown all the same', async (_, xml) => {
  await take(form('', 1, 'a', xml), report('r', { some_question: 'x' }));
  expect(await shownOf('r')).toMatchObject({
    form: 'unreadable',
    rows: [{ label: 'Some question', unnamed: true, answer: { is: 'text', text: 'x' } }],
  });
});

it('a form of SMS gives its fields their labels', async () => {
  const fields = { wk: { labels: { short: { en: 'Weeks', fr: 'Semaines' } }, type: 'integer' } };
  await take(
    document('settings', {
      settings: { locale: 'en', forms: { visit: { meta: { label: { en: 'Visit by SMS' } }, fields } } },
    }),
    report('sms', { wk: '12' }, { content_type: undefined }),
  );
  expect(await shownOf('sms')).toMatchObject({
    title: 'Visit by SMS',
    form: 'read',
    rows: [{ label: 'Weeks', answer: { is: 'number', number: 12 } }],
  });
});
