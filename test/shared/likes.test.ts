/** What may be there twice, and what a record tells the rules about it. */
import { describe, expect, test } from 'vitest';
import { likeOf } from '../../shared/conflict-likes.ts';
import { isLikeName } from '../../shared/like-names.ts';
import { NO_ODD_FACTS, oddFactsOf } from '../../shared/odd-facts.ts';

describe('names that may be those of one person', () => {
  test.each([
    ['Asha Mwangi', 'MWANGI asha'],
    ['Asha Mwangi', 'Aisha Mwangi'],
    ['Chloé Wanjirũ', 'Chloe Wanjiru'],
    ['Jo', 'jo'],
  ])('%s, %s', (one, other) => expect(isLikeName(one, other)).toBe(true));
  test.each([
    ['Asha Mwangi', 'Baraka Mwangi'],
    ['Child 1', 'Child 2'],
    ['Jo', 'Al'],
    ['Amina', 'Ali'],
    ['', ''],
    ['?', '!'],
    ['a'.repeat(70), 'a'.repeat(71)],
  ])('are not %s, %s', (one, other) => expect(isLikeName(one, other)).toBe(false));
});

describe('a report', () => {
  const body = {
    type: 'data_record',
    form: 'f',
    fields: { photo: 'wound-1_2.jpg', deep: [{ more: 'b.PNG' }] },
  };
  const facts = (files: readonly string[], more: object = {}) =>
    oddFactsOf('r', { ...body, ...more }, false, files);
  test('whose photos did not come says how many', () => {
    expect(facts([]).filesMissing).toBe(2);
    expect(facts(['user-file-wound-1_2.jpg']).filesMissing).toBe(1);
    expect(facts(['user-file-wound-1_2.jpg', 'user-file-b.PNG']).filesMissing).toBe(0);
  });
  test('of an app that names files by their field is not asked', () => {
    expect(facts(['user-file/f/photo']).filesMissing).toBe(0);
  });
  test('that speaks of a file in a sentence or an address names none', () => {
    const fields = { note: 'see\nphoto.jpg', address: 'https://example.org/photo.jpg' };
    expect(facts([], { fields }).filesMissing).toBe(0);
  });
  test('says by which version of its form it was filled in, if that is a time', () => {
    expect(facts([], { form_version: { time: 5 } }).formVersion).toBe(5);
    for (const time of ['5', -1, 1.5, null])
      expect(facts([], { form_version: { time } }).formVersion).toBe(null);
  });
  test('that is deleted, or no report, says nothing', () => {
    expect(oddFactsOf('r', body, true, [])).toEqual(NO_ODD_FACTS);
    expect(oddFactsOf('t', { ...body, type: 'task' }, false, [])).toEqual(NO_ODD_FACTS);
  });
});

describe('conflicts that are about nothing', () => {
  const phone = (one: unknown, other: unknown, key = 'phone') =>
    likeOf([{ path: [key], values: [one, other] }]);
  test('are one phone number in two spellings', () => {
    expect(phone('+254 722 104 733', '0722104733')).toBe('same-phone');
    expect(phone('0722-104-733', '0722 104 733')).toBe('same-phone');
  });
  test('are not two numbers, a number and nothing, or a number somewhere else', () => {
    expect(phone('0722104733', '0722104734')).toBe(null);
    expect(phone('254722104733', '255722104733')).toBe(null);
    expect(phone('9990722104733', '722104733')).toBe(null);
    expect(phone('0722104733', undefined)).toBe(null);
    expect(phone('0722 104 733', '0722104733', 'patient_id')).toBe(null);
  });
  test('are marks that somebody read it, and nothing else beside them', () => {
    const mark = { path: ['read'], values: [['a'], ['a', 'b']] };
    expect(likeOf([mark])).toBe('read-marks');
    expect(likeOf([mark, { path: ['name'], values: ['A', 'B'] }])).toBe(null);
    expect(likeOf([])).toBe(null);
  });
});
