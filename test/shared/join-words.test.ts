import { expect, it } from 'vitest';
import { joinInWords } from '../../shared/join-words.ts';
import type { JoinedField } from '../../shared/three-way-merge.ts';

const fields: JoinedField[] = [
  { path: ['phone'], from: 'phone', before: '1', after: '2', certain: true },
  { path: ['patient_id'], from: 'server', after: '40003', certain: true },
];

it('says who did what, the server first', () => {
  expect(joinInWords(fields, 'en', ([name]) => (name === 'phone' ? 'the phone number' : undefined))).toBe(
    'the server added patient id 40003 · the phone changed the phone number',
  );
  expect(joinInWords(fields, 'fr')).toBe(
    'le serveur a ajouté patient id 40003 · le téléphone a modifié phone',
  );
});

it('names few fields, short values and files, and nothing that could disguise itself', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((name): JoinedField => {
    return {
      path: [name],
      from: 'server',
      after: name === 'a' ? 'x'.repeat(60) : { deep: 1 },
      certain: true,
    };
  });
  expect(joinInWords(many)).toBe('the server added a, b, c, 2 more');
  expect(
    joinInWords([
      { path: ['_attachments', 'face.jpg'], from: 'phone', after: {}, certain: true },
      { path: ['old\u202eone'], from: 'both', before: 1, certain: true },
    ]),
  ).toBe('the phone added the file face.jpg · both removed oldone');
});
