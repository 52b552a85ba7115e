import { describe, expect, it } from 'vitest';
import { findFactsOf, indexedText, isPartOf, soughtIn } from '../../shared/finding.ts';
import { dayTyped } from '../../shared/typed-day.ts';

const NOTHING = { about: null, aboutName: null, titleKey: null, phones: null };

describe('what a document is found and named by', () => {
  it('is, of a contact, its place, its type and its phone numbers in the ways they are typed', () => {
    const body = {
      type: 'contact',
      contact_type: 'person',
      name: 'Amina',
      parent: { _id: 'household', parent: { _id: 'area' } },
      phone: '+254 722 104 733',
      alternate_phone: 722_104_999,
      phone_owner: 'her mother',
    };
    expect(findFactsOf('c1', body, false)).toEqual({
      about: 'household',
      aboutName: null,
      titleKey: 'person',
      phones: '254722104733 722104733 722104999',
    });
  });

  it('is, of a report, whom it is about and what it calls them, never its author', () => {
    const author = { _id: 'author' };
    const report = { type: 'data_record', form: 'visit', contact: author };
    expect(
      findFactsOf('r1', { ...report, fields: { patient_id: 12_345, patient_name: 'Amina' } }, false),
    ).toEqual({
      ...NOTHING,
      about: '12345',
      aboutName: 'Amina',
    });
    expect(findFactsOf('r2', { ...report, fields: { patient_uuid: 'u-1' } }, false).about).toBe('u-1');
    expect(findFactsOf('r3', { ...report, fields: {} }, false)).toEqual(NOTHING);
    expect(findFactsOf('r4', { ...report, from: '0722104733', fields: {} }, false).phones).toBe(
      '0722104733 722104733',
    );
  });

  it('is, of a task, its title as it is written and whom it is for', () => {
    const task = {
      type: 'task',
      owner: 'o',
      emission: { title: 'task.visit', forId: 'p', contact: { name: 'Musa' } },
    };
    expect(findFactsOf('task~1', task, false)).toEqual({
      about: 'p',
      aboutName: 'Musa',
      titleKey: 'task.visit',
      phones: null,
    });
  });

  it.each([
    ['a deletion', 'c1', { type: 'person', phone: '0722104733' }, true],
    [
      'fields of any other type',
      'c1',
      { type: 'data_record', form: 'v', contact: 7, fields: ['phone'] },
      false,
    ],
    [
      'a number too short or too long to be one',
      'x',
      { type: 'data_record', form: 'v', from: '12345', fields: { phone: '1'.repeat(16) } },
      false,
    ],
  ])('is nothing of %s', (_, id, body, deleted) => {
    expect(findFactsOf(id, body, deleted)).toEqual(NOTHING);
  });
});

describe('what a person means who types', () => {
  it('words is their beginnings, with an apostrophe as one word', () => {
    expect(soughtIn(" Kariuki  hali, Ng'ang’a ").words).toEqual(['Kariuki', 'hali', 'Nganga']);
    expect(soughtIn('किरण').words).toEqual(['किरण']);
    expect(soughtIn('" OR * (').words).toEqual(['OR']);
    expect(soughtIn('a '.repeat(100)).words).toHaveLength(12);
  });

  it('digits may be a phone number, however it is written', () => {
    for (const typed of ['0722 104 733', '+254-722-104-733', '(254) 722.104.733', '722104733'])
      expect(soughtIn(typed).phone, typed).toContain('722104733');
    for (const typed of ['12345', '2026 and more', 'uuid-123456'])
      expect(soughtIn(typed).phone, typed).toEqual([]);
  });

  it('one word may be the beginning of an id', () => {
    expect(soughtIn('3F2A-9b').id).toBe('3F2A-9b');
    expect(soughtIn('two words').id).toBeNull();
  });

  it('part of a name is in it in any order, without accents', () => {
    expect(isPartOf('kariuki hali', 'Halima Wanjirũ Kariuki')).toBe(true);
    expect(isPartOf('wanjiru', 'Halima Wanjirũ Kariuki')).toBe(true);
    expect(isPartOf('nganga', 'Ng’ang’a')).toBe(true);
    expect(isPartOf('lima', 'Halima')).toBe(false);
    expect(isPartOf('', 'Halima')).toBe(false);
    expect(indexedText('Mary Ng’ang’a', null, '123')).toBe('Mary Ng’ang’a 123 Nganga');
  });
});

describe('a day as a person types it', () => {
  const now = new Date(2026, 10, 29, 12).getTime();
  it.each([
    ['2026-10-14', 'en', '2026-10-14'],
    ['14.10.2026', 'en', '2026-10-14'],
    ['14/10', 'en', '2026-10-14'],
    ['14/12', 'en', '2025-12-14'],
    ['29.2.', 'en', null],
    ['29.2', 'en', null],
    ['29-2-2024', 'en', '2024-02-29'],
    ['14 Oct', 'en', '2026-10-14'],
    ['14 octobre 2025', 'fr', '2025-10-14'],
    ['14 octobre', 'en', null],
    ['31.4.2026', 'en', null],
    ['Amina', 'en', null],
    ['254722104733', 'en', null],
  ])('%s in %s', (typed, language, day) => {
    expect(dayTyped(typed, language, now)).toBe(day);
  });
});
