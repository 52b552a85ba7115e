/** An XForm as pyxform writes one, and the record that CHT's app makes of it, in words. */
import { describe, expect, it } from 'vitest';
import { readForm } from '../../electron/forms/read-form.ts';
import { RecordWords } from '../../shared/forms/record-of.ts';
import { translationsOf } from '../../shared/forms/translations.ts';
import type { RecordRow } from '../../shared/record-view.ts';

const HOUSEHOLD = 'b3c1f1f0-7d4e-4b43-9f0e-0d6f6f2f1a11';
const STRANGER = '00000000-7d4e-4b43-9f0e-0d6f6f2f1a11';

const XFORM = `<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Visit</h:title><model>
<itext>
 <translation lang="sw">
  <text id="/visit/g:label"><value>Dalili</value></text>
  <text id="/visit/g/fever:label"><value>Homa?</value></text>
  <text id="yes_no-0"><value>Ndiyo</value></text>
 </translation>
 <translation lang="en" default="true()">
  <text id="/visit/g:label"><value># **Danger** signs</value></text>
  <text id="/visit/g/fever:label"><value form="image">jr://images/x.png</value><value>Does <output value=" /visit/patient_name "/> have a fever?</value></text>
  <text id="/visit/g/days:label"><value>For how many days?</value></text>
  <text id="/visit/g/tell:label"><value>Refer <output value="concat(1, 2)"/> &lt;b&gt;today&lt;/b&gt;, weight &lt; 5 kg</value></text>
  <text id="yes_no-0"><value>Yes</value></text>
  <text id="yes_no-1"><value>No</value></text>
 </translation>
</itext>
<instance><visit id="visit" version="1"><inputs/><patient_name/><g><fever/><days/><tell/></g><home/><child><name/></child><where/><meta/></visit></instance>
<instance id="yes_no"><root><item><itextId>yes_no-0</itextId><name>yes</name></item><item><itextId>yes_no-1</itextId><name>no</name></item></root></instance>
<bind nodeset="/visit/patient_name" type="string" calculate="1"/>
<bind nodeset="/visit/g/fever" type="select1"/>
<bind nodeset="/visit/g/days" type="int" relevant=" /visit/g/fever = 'yes'"/>
<bind nodeset="/visit/g/tell" type="string" readonly="true()"/>
<bind nodeset="/visit/where" type="geopoint"/>
</model></h:head>
<h:body class="pages">
 <group appearance="field-list" ref="/visit/inputs"><label>NO_LABEL</label><input appearance="hidden" ref="/visit/inputs/source_id"/></group>
 <group appearance="field-list" ref="/visit/g"><label ref="jr:itext('/visit/g:label')"/>
  <select1 ref="/visit/g/fever"><label ref="jr:itext('/visit/g/fever:label')"/>
   <itemset nodeset="instance('yes_no')/root/item[name != 'x']"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
  <input ref="/visit/g/days"><label ref="jr:itext('/visit/g/days:label')"/></input>
  <input ref="/visit/g/tell"><label ref="jr:itext('/visit/g/tell:label')"/></input>
 </group>
 <input appearance="select-contact type-clinic" ref="/visit/home"><label>Which household?</label></input>
 <group ref="/visit/child"><label>Children</label><repeat nodeset="/visit/child"><input ref="/visit/child/name"><label>Name</label></input></repeat></group>
 <input ref="/visit/where"><label>Where?</label></input>
 <upload mediatype="image/*" ref="/visit/photo"><label>Photo</label></upload>
</h:body></h:html>`;

function rowsFor(
  fields: Record<string, unknown>,
  { languages = ['en'], hidden = [] as string[], xform = XFORM } = {},
) {
  const table = readForm(xform);
  const words = new RecordWords({
    kind: 'report',
    body: { type: 'data_record', form: 'visit', fields, hidden_fields: hidden },
    tables: table === null ? [] : [table],
    translations: translationsOf(
      languages,
      new Map([['fr', { generic: { 'report.visit.g.days': 'Combien de jours ?' } }]]),
    ),
    language: 'en',
    attachments: ['user-file-1.jpg'],
    targets: [],
    named: (id) => (id === HOUSEHOLD ? { id, name: 'Household 7' } : undefined),
  });
  return words.rows();
}

const inWords = (row: RecordRow) => {
  if (row.kind === 'heading') return `${'#'.repeat(row.depth + 1)} ${row.text} ${row.time ?? ''}`.trim();
  if (row.kind === 'note') return `! ${row.text}`;
  const { is, ...said } = row.answer;
  return `${row.label}: ${is} ${Object.values(said).join(' ')}`.trim();
};

const filled = {
  inputs: { source: 'contact', source_id: STRANGER, contact: { _id: HOUSEHOLD, name: 'Amina' } },
  patient_name: 'Amina',
  g: { fever: 'yes', days: '', tell: '' },
  home: HOUSEHOLD,
  child: [{ name: 'Joy' }, { name: '' }],
  where: '-1.28 36.81 1700 12.5',
  photo: '1.jpg',
  meta: { instanceID: `uuid:${STRANGER}` },
};

it('shows what the form showed, in its order and words', () => {
  expect(rowsFor(filled).rows.map(inWords)).toEqual([
    '# Danger signs',
    'Does Amina have a fever?: choices Yes',
    'For how many days?: not-answered',
    '! Refer … today , weight < 5 kg',
    'Which household?: record Household 7',
    '# Children 1',
    'Name: text Joy',
    '# Children 2',
    'Name: not-answered',
    'Where?: position -1.28 36.81 12.5',
    'Photo: file user-file-1.jpg',
  ]);
});

it('folds what the form hides, what it knew before, and what it works out', () => {
  expect(rowsFor(filled, { hidden: ['g.days', 'child'] }).folded.map(inWords)).toEqual([
    'Begun from the record: record',
    'Name: text Joy',
    'Known beforehand › Begun from: text contact',
    'Known beforehand › Contact › Record: record Household 7',
    'Known beforehand › Contact › Name: text Amina',
    'Name: text Amina',
  ]);
});

it('tells what was not answered from what was not asked', () => {
  const asked = (fields: Record<string, unknown>) => {
    const { rows, folded } = rowsFor({ g: fields });
    return [rows, folded].map((list) => list.map(inWords).find((row) => row.startsWith('For how many')));
  };
  expect(asked({ fever: 'yes', days: '' })).toEqual(['For how many days?: not-answered', undefined]);
  expect(asked({ fever: 'no', days: '' })).toEqual([undefined, 'For how many days?: not-asked']);
  expect(asked({ fever: 'no' })).toEqual([undefined, 'For how many days?: not-asked']);
  // Whatever the rule says, what was answered is shown.
  expect(asked({ fever: 'no', days: '3' })).toEqual(['For how many days?: number 3', undefined]);
});

it('takes the language that is wanted, and then the next one that has the text', () => {
  const rows = rowsFor(filled, { languages: ['sw', 'fr'] }).rows.map(inWords);
  expect(rows.slice(0, 3)).toEqual(['# Dalili', 'Homa?: choices Ndiyo', 'Combien de jours ?: not-answered']);
});

it('what the form does not ask is there all the same', () => {
  const { folded } = rowsFor({ g: { fever: 'no', odd_thing: '7' }, other: [{ a: 1 }, { a: STRANGER }] });
  expect(folded.map(inWords)).toEqual(
    expect.arrayContaining(['Danger signs › Odd thing: text 7', 'A: number 1', 'A: record']),
  );
});

it('without its form a report is shown by the names of its fields', () => {
  const { rows } = rowsFor({ some_question: 'x', meta: {}, inputs: { a: '1' } }, { xform: '<a/>' });
  expect(rows).toMatchObject([{ label: 'Some question', unnamed: true, answer: { text: 'x' } }]);
});

describe('whatever a form holds', () => {
  const script = '<script>alert(1)</script><img src=x onerror=alert(2)>';
  const escaped = script.replaceAll('<', '&lt;').replaceAll('>', '&gt;');

  it('is plain text', () => {
    const xform = XFORM.replaceAll('Children', escaped).replaceAll('Which household?', `<b>${escaped}</b>`);
    const { rows, folded } = rowsFor({ ...filled, [script]: script, g: { fever: script } }, { xform });
    expect(folded.map(inWords)).toContain(`${script}: text ${script}`);
    expect(rows.map(inWords)).toContain(`# ${script} 1`);
    expect(rows.map(inWords)).toContain(`Does … have a fever?: choices ${script}`.replace('…', 'Amina'));
  });

  it.each([
    ['no XForm', '<a/>'],
    ['no record', '<html><head><model/></head><body/></html>'],
    ['an entity bomb', `<!DOCTYPE a [<!ENTITY x "x">]>${XFORM.slice(21)}`],
    ['half of it', XFORM.slice(0, 900)],
    ['nothing', ''],
  ])('%s cannot be read', (_, xform) => expect(readForm(xform)).toBe(null));

  it('names that objects have by themselves are ordinary names', () => {
    const xform = XFORM.replaceAll('fever', '__proto__')
      .replaceAll('days', 'constructor')
      .replaceAll('"en"', '"__proto__"');
    const fields = JSON.parse('{"g":{"__proto__":"yes","constructor":""}}') as Record<string, unknown>;
    expect(rowsFor(fields, { xform, languages: ['__proto__'] }).rows.map(inWords)).toEqual([
      '# Danger signs',
      'Does  have a __proto__?: choices Yes'.replace('  ', ' '),
      'For how many constructor?: not-answered',
    ]);
  });
});
