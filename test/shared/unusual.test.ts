import { describe, expect, test } from 'vitest';
import {
  isOrdinary,
  unusualBatch,
  unusualOf,
  unusualRecord,
  UNUSUAL_MARKS,
  type BatchFacts,
  type RecordFacts,
} from '../../shared/unusual.ts';

const NOW = Date.UTC(2026, 10, 28);
const DAY = 24 * 60 * 60_000;

const REPORT: RecordFacts = {
  class: 'new',
  kind: 'report',
  deleted: false,
  generation: 1,
  serverGeneration: null,
  knownGeneration: null,
  authorContact: 'contact-chw1',
  ownerContact: 'contact-chw1',
  reportedAt: NOW - DAY,
  now: NOW,
  sameReports: 0,
  likePeople: 0,
  formFate: null,
  filesMissing: 0,
  makesLogin: false,
};
const BATCH: BatchFacts = {
  user: 'chw1',
  oddName: false,
  crowded: false,
  userSeen: true,
  deletions: 0,
  everHad: 1000,
  rewrittenContacts: 0,
  changedContacts: 0,
  records: 30,
  earlierRecords: [],
  daysSinceLast: null,
};

const rulesOf = (facts: Partial<RecordFacts>) =>
  unusualRecord({ ...REPORT, ...facts }).map(({ rule }) => rule);
const batchRulesOf = (facts: Partial<BatchFacts>) =>
  unusualBatch({ ...BATCH, ...facts }).map(({ rule }) => rule);

describe('nothing is unusual about', () => {
  test.each<[string, Partial<RecordFacts>]>([
    ['a report of yesterday by the person of the phone', {}],
    ['an edit of the server’s version', { class: 'update', generation: 4, serverGeneration: 3 }],
    ['twenty edits between two visits', { class: 'update', generation: 21, serverGeneration: 1 }],
    ['a contact that a colleague registered', { class: 'update', authorContact: 'contact-chw2' }],
    ['a contact without a date that is edited', { class: 'update', kind: 'contact', reportedAt: null }],
    ['a task without a date', { kind: 'task', reportedAt: null }],
    ['a clock that is some hours ahead', { reportedAt: NOW + DAY / 2 }],
    ['an author of whom the phone’s person is not known', { ownerContact: null }],
    ['a report that the server has, made twice', { class: 'same', sameReports: 1 }],
    ['an edit of a report that was made twice', { class: 'update', sameReports: 1 }],
    ['settings that the server has already', { kind: 'user-settings', class: 'same' }],
    ['an old version that was deleted', { class: 'older', deleted: true }],
  ])('%s', (_what, facts) => {
    expect(rulesOf(facts)).toEqual([]);
  });

  test.each<[string, Partial<BatchFacts>]>([
    ['a plain batch', {}],
    ['the rest of what came the same day', { records: 1, earlierRecords: [30, 30, 30], daysSinceLast: 0.2 }],
    ['a tenth of the usual', { records: 3, earlierRecords: [30, 30, 30], daysSinceLast: 30 }],
    [
      'few of somebody who never brings many',
      { records: 1, earlierRecords: [19, 19, 19], daysSinceLast: 30 },
    ],
    ['four contacts with another name', { rewrittenContacts: 4, changedContacts: 20 }],
    ['four deletions of a hundred records', { deletions: 4, everHad: 100 }],
    ['ten times the usual', { records: 300, earlierRecords: [30, 30, 30] }],
    ['the first visits, however much they bring', { records: 5000, earlierRecords: [1, 1] }],
    ['a batch of which nobody knows whose it is', { user: null, userSeen: false }],
  ])('%s', (_what, facts) => {
    expect(batchRulesOf(facts)).toEqual([]);
  });
});

describe('a person has to look at', () => {
  test.each<[string, Partial<RecordFacts>, string[]]>([
    ['a deletion', { deleted: true, class: 'deletion' }, ['deletion']],
    ['one revision with two contents', { class: 'contradiction' }, ['contradiction']],
    [
      'an invented history on top of the server’s version',
      { class: 'update', generation: 901, serverGeneration: 1, knownGeneration: 1 },
      ['far-above-server'],
    ],
    [
      'an invented history of a record that was here before the server was asked',
      { class: 'unchecked', generation: 30, knownGeneration: 2 },
      ['unseen-history'],
    ],
    ['user settings', { kind: 'user-settings', class: 'update' }, ['user-settings']],
    ['a new report by somebody else', { authorContact: 'contact-chw2' }, ['other-author']],
    ['a date of the year 2009', { reportedAt: Date.UTC(2009, 11, 31) }, ['dated-before-2010']],
    ['a date after tomorrow', { reportedAt: NOW + 2 * DAY }, ['dated-in-future']],
    ['a new report without a date', { reportedAt: null }, ['undated']],
    ['a report that lost its date', { class: 'update', reportedAt: null }, ['undated']],
    ['a new contact without a date', { kind: 'contact', reportedAt: null }, ['undated']],
    ['a message without a date', { kind: 'message', reportedAt: null }, ['undated']],
    ['the same report once more', { sameReports: 2 }, ['possible-duplicate']],
    ['the same person once more', { kind: 'contact', likePeople: 1 }, ['like-person']],
    ['a form that the server has no more', { formFate: 'retired' }, ['form-retired']],
    ['an older form', { formFate: 'replaced' }, ['form-replaced']],
    ['a photo that did not come', { filesMissing: 1 }, ['files-missing']],
    ['a contact that makes a login', { kind: 'contact', class: 'update', makesLogin: true }, ['makes-login']],
    ['a date of the year 2150', { reportedAt: Date.UTC(2150, 0, 1) }, ['dated-in-future']],
    ['a target of somebody else', { kind: 'target', authorContact: 'contact-chw2' }, ['other-author']],
    [
      'a change of a target of somebody else',
      { kind: 'target', class: 'update', authorContact: 'contact-chw2' },
      ['other-author'],
    ],
  ])('%s', (_what, facts, rules) => {
    expect(rulesOf(facts)).toEqual(rules);
  });

  test.each<[string, Partial<BatchFacts>, string[]]>([
    ['five deletions', { deletions: 5, everHad: 10_000 }, ['many-deletions']],
    ['two deletions of thirty records', { deletions: 2, everHad: 30 }, ['many-deletions']],
    ['five contacts with another name', { rewrittenContacts: 5 }, ['contacts-rewritten']],
    ['twenty-five changed contacts', { changedContacts: 25 }, ['contacts-rewritten']],
    ['a look-alike name', { user: 'сhw1' }, ['odd-name']],
    ['an impossible name in the dump', { user: null, oddName: true }, ['odd-name']],
    ['more people than are told apart', { user: null, userSeen: false, crowded: true }, ['too-many-people']],
    ['a person of whom only the dump speaks', { userSeen: false }, ['person-unseen']],
    [
      'less than a tenth of the usual, at the next visit',
      { records: 2, earlierRecords: [30, 30, 30], daysSinceLast: 1 },
      ['far-fewer-than-usual'],
    ],
    ['eleven times the usual', { records: 331, earlierRecords: [30, 30, 30] }, ['far-more-than-usual']],
  ])('a batch with %s', (_what, facts, rules) => {
    expect(batchRulesOf(facts)).toEqual(rules);
  });

  test('with a number for the sentence', () => {
    const facts = { ...REPORT, class: 'update', generation: 901, serverGeneration: 1 } as const;
    expect(unusualRecord(facts)).toEqual([{ rule: 'far-above-server', number: 900 }]);
    expect(unusualBatch({ ...BATCH, records: 331, earlierRecords: [1, 30, 500] })).toEqual([
      { rule: 'far-more-than-usual', number: 11 },
    ]);
  });
});

test('each mark is where the rule begins', () => {
  const above = (by: number) => rulesOf({ class: 'update', generation: 1 + by, serverGeneration: 1 });
  expect(above(UNUSUAL_MARKS.generations)).toEqual([]);
  expect(above(UNUSUAL_MARKS.generations + 1)).toEqual(['far-above-server']);
});

test('a rule about a batch hits the records that it is about', () => {
  const renamed = [{ rule: 'contacts-rewritten', number: 5 }] as const;
  const many = [{ rule: 'many-deletions', number: 9 }] as const;
  const report = { class: 'new', kind: 'report', deleted: false } as const;
  const contact = { class: 'update', kind: 'contact', deleted: false } as const;
  expect(unusualOf(report, [], renamed)).toEqual([]);
  expect(unusualOf(contact, [], renamed)).toEqual(renamed);
  expect(unusualOf(report, [], many)).toEqual([]);
  expect(unusualOf({ ...report, class: 'deletion', deleted: true }, [], many)).toEqual(many);
  expect(unusualOf(report, [{ rule: 'undated', number: 1 }], [{ rule: 'odd-name', number: 1 }])).toHaveLength(
    2,
  );
});

describe('ordinary', () => {
  const plain = { class: 'new', refused: false, unusual: [] } as const;
  test('are new records and updates with nothing unusual and no refusal', () => {
    expect(isOrdinary(plain)).toBe(true);
    expect(isOrdinary({ ...plain, class: 'update' })).toBe(true);
    expect(isOrdinary({ ...plain, refused: true })).toBe(false);
    expect(isOrdinary({ ...plain, unusual: [{ rule: 'undated', number: 1 }] })).toBe(false);
  });

  test.each([
    'deletion',
    'conflict',
    'contradiction',
    'unplaced',
    'unchecked',
    'same',
    'older',
    'broken',
  ] as const)('never is the class %s', (changeClass) => {
    expect(isOrdinary({ ...plain, class: changeClass })).toBe(false);
  });
});
