import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, formTitlesOf, LABEL_LENGTH, labelOf } from '../../shared/documents.ts';
import {
  messageBody,
  personBody,
  reportBody,
  TARGET_ID,
  targetBody,
  TASK_ID,
  taskBody,
  userSettingsBody,
} from '../support/bodies.ts';
import { jsonObjects, jsonValues } from './json.ts';

const TITLES = new Map([['pregnancy', 'Pregnancy registration']]);

describe('the label of a document', () => {
  it.each([
    ['a contact', 'p1', personBody(), 'Amina Yusuf'],
    ['a contact without name', 'p1', personBody({ name: '' }), 'p1'],
    ['a report', 'r1', reportBody(), 'Pregnancy registration · Amina Yusuf'],
    ['a report without patient', 'r1', reportBody({ fields: {} }), 'Pregnancy registration'],
    ['a report of an unknown form', 'r1', reportBody({ form: 'odd' }), 'odd · Amina Yusuf'],
    [
      'a report from a task',
      'r1',
      reportBody({ fields: { inputs: { contact: { name: 'Bo' } } } }),
      'Pregnancy registration · Bo',
    ],
    [
      'a report about a place',
      'r1',
      reportBody({ fields: { place_name: 'Hill' } }),
      'Pregnancy registration · Hill',
    ],
    ['a report by SMS', 'r1', { type: 'data_record', form: 'P', patient_name: 'Bo' }, 'P · Bo'],
    ['a report with nothing', 'r1', { type: 'data_record' }, 'r1'],
    ['an incoming message', 'm1', messageBody(), 'Please call me'],
    [
      'an outgoing message',
      'm1',
      { type: 'data_record', kujua_message: true, tasks: [{ messages: [{ message: 'Hi' }] }] },
      'Hi',
    ],
    ['a task', TASK_ID, taskBody(), 'Postnatal visit · Amina Yusuf'],
    ['a target', TARGET_ID, targetBody(), '2026-03'],
    ['a target without period', TARGET_ID, { type: 'target' }, '2026-03'],
    ['user-settings', 'org.couchdb.user:amina', userSettingsBody(), 'amina'],
    [
      'user-settings with a full name',
      'org.couchdb.user:amina',
      userSettingsBody({ fullname: 'Amina Yusuf' }),
      'Amina Yusuf',
    ],
    ['a target of another period', TARGET_ID, targetBody({ reporting_period: '2026-04' }), '2026-04'],
    ['a form', 'form:pregnancy', { type: 'form', title: 'Pregnancy' }, 'Pregnancy'],
    ['anything else', 'x1', {}, 'x1'],
    ['a name that is no text', 'p1', personBody({ name: ['A'] }), 'p1'],
    ['a name of blanks', 'p1', personBody({ name: ' \n\t\u200b' }), 'p1'],
  ])('for %s', (_what, id, body, label) => {
    expect(labelOf(id, body, TITLES)).toBe(label);
  });

  it('needs no titles', () => {
    expect(labelOf('r1', reportBody())).toBe('pregnancy · Amina Yusuf');
  });

  it('is cut between characters, with a mark', () => {
    const name = `${'x'.repeat(LABEL_LENGTH - 2)}😀😀`;
    expect(labelOf('p1', personBody({ name }))).toBe(`${'x'.repeat(LABEL_LENGTH - 2)}…`);
    const long = reportBody({ fields: { patient_name: 'y'.repeat(500) }, form: 'z'.repeat(500) });
    expect(labelOf('r1', long)).toHaveLength(LABEL_LENGTH);
    expect(cleanText('x'.repeat(LABEL_LENGTH))).toBe('x'.repeat(LABEL_LENGTH));
  });

  it('shows only what is there to be seen, in one line', () => {
    expect(cleanText('A\u202egnp.exe\u202c\u2066B\u2069')).toBe('Agnp.exeB');
    expect(cleanText('one\r\ntwo\u2028three\u0000\u001b[31m')).toBe('one two three [31m');
    expect(cleanText('a\u{e0041}\u{e007f}b\ufeff\u00ad')).toBe('ab');
    expect(cleanText('lone \ud800 half')).toBe('lone \ufffd half');
    expect(cleanText('  many   blanks\u3000 ')).toBe('many blanks');
  });

  it('keeps the joiners that scripts need, and every script', () => {
    const names = ['می‌خواهم', 'क्‍ष', 'Nguyễn Thị', '王小明', 'አማና'];
    for (const name of names) expect(labelOf('p1', personBody({ name }))).toBe(name);
  });

  it('is short and clean, whatever the fields hold', () => {
    const bodies = fc.record({
      type: fc.constantFrom('person', 'data_record', 'task', 'target', 'form', 'user-settings', 'x'),
      name: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), jsonValues),
      form: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), jsonValues),
      fields: fc.oneof(
        jsonObjects,
        fc.record({ patient_name: fc.string({ unit: 'binary', maxLength: 300 }) }),
      ),
      tasks: jsonValues,
      emission: jsonValues,
      sms_message: jsonValues,
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), bodies, (id, body) => {
        const label = labelOf(id, body, TITLES);
        expect(label.length).toBeLessThanOrEqual(LABEL_LENGTH);
        expect(label).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(label.isWellFormed()).toBe(true);
        expect(label).toBe(label.trim());
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the title of a form', () => {
  const titles = [
    { locale: 'sw', content: 'Ujauzito' },
    { locale: 'en', content: 'Pregnancy' },
  ];

  it('is a text or a list by language', () => {
    expect(formTitlesOf('form:pregnancy', { type: 'form', title: 'Pregnancy' })).toEqual({
      form: 'pregnancy',
      title: 'Pregnancy',
    });
    expect(formTitlesOf('form:pregnancy', { type: 'form', title: titles })?.title).toBe('Pregnancy');
    expect(formTitlesOf('form:pregnancy', { type: 'form', title: titles }, 'sw')?.title).toBe('Ujauzito');
    expect(formTitlesOf('form:pregnancy', { type: 'form', title: titles }, 'fr')?.title).toBe('Ujauzito');
    expect(
      formTitlesOf('form:p', { type: 'form', title: [null, 3, { locale: 'en' }, ...titles] })?.title,
    ).toBe('Pregnancy');
  });

  it('goes with the code that reports use', () => {
    const form = { type: 'form', internalId: 'PREG', title: 'Pregnancy' };
    expect(formTitlesOf('form:pregnancy', form)).toEqual({ form: 'PREG', title: 'Pregnancy' });
  });

  it.each([
    ['a form without title', 'form:x', { type: 'form' }],
    ['a form with an empty title', 'form:x', { type: 'form', title: '\u200b' }],
    ['a form with an odd title', 'form:x', { type: 'form', title: { en: 'X' } }],
    ['a form without code', 'form:', { type: 'form', title: 'X' }],
    ['another document', 'x', { type: 'form', title: 'X' }],
    ['a report called like a form', 'form:x', reportBody({ title: 'X' })],
  ])('is not there for %s', (_what, id, body) => {
    expect(formTitlesOf(id, body)).toBeNull();
  });
});
