import { describe, expect, test } from 'vitest';
import {
  checkedConfirmed,
  checkedLook,
  checkedOpened,
  checkedPage,
} from '../../../electron/sources/live/answers.ts';

const odd = expect.objectContaining({ code: 'app-failed' }) as Error;

const PAGE = {
  lines: '{"doc":{}}\n',
  documents: 1,
  attachments: 0,
  unfinishedAt: null,
  dropUnfinished: false,
  notGiven: 0,
  cursor: { since: 3, within: null, unfinished: null },
  end: false,
};

describe('a page of the dump', () => {
  test('is taken as it is', () => {
    expect(checkedPage(PAGE)).toEqual(PAGE);
    const within = { id: 'a', done: ['1-a'] };
    const cursor = { since: 3, within, unfinished: { rev: '2-b', attachment: 1, part: 4 } };
    const unfinished = { ...PAGE, unfinishedAt: 0, cursor };
    expect(checkedPage(unfinished)).toEqual(unfinished);
  });

  test.each([
    ['nothing', undefined],
    ['text', 'page'],
    ['lines that are no text', { ...PAGE, lines: 7 }],
    ['half a line', { ...PAGE, lines: '{"doc"' }],
    ['a count below zero', { ...PAGE, documents: -1 }],
    ['a count that is none', { ...PAGE, attachments: '1' }],
    ['an endless count', { ...PAGE, documents: 1e300 }],
    ['a record that begins behind the lines', { ...PAGE, unfinishedAt: 99 }],
    ['no cursor', { ...PAGE, cursor: null }],
    ['a sequence that is none', { ...PAGE, cursor: { ...PAGE.cursor, since: '3-g1' } }],
    ['a cursor within nothing', { ...PAGE, cursor: { ...PAGE.cursor, within: { id: '', done: [] } } }],
    [
      'a cursor with an endless id',
      { ...PAGE, cursor: { ...PAGE.cursor, within: { id: 'a'.repeat(9000), done: [] } } },
    ],
  ])('is refused with %s', (_what, page) => {
    expect(() => checkedPage(page)).toThrow(odd);
  });
});

test('what a page is, is one of four things', () => {
  expect(checkedLook({ kind: 'signed-out', extra: 1 })).toEqual({ kind: 'signed-out' });
  const people = [{ user: 'chw1', signedIn: true }, { user: 'chw2' }];
  expect(checkedLook({ kind: 'app', server: 'https://a.org', users: people })).toEqual({
    kind: 'app',
    server: 'https://a.org',
    users: [
      { user: 'chw1', signedIn: true },
      { user: 'chw2', signedIn: false },
    ],
  });
  for (const other of [
    null,
    {},
    { kind: 'app' },
    { kind: 'app', server: 'x', users: [{}] },
    { kind: 'toString' },
  ])
    expect(() => checkedLook(other)).toThrow(odd);
});

test('what a phone says about itself is short text, or as good as not said', () => {
  const opened = {
    user: 'chw1',
    userContactId: 7,
    facilityId: 'x'.repeat(501),
    device: '',
    app: { cht: '5.2.0', android: null },
    server: 'https://a.org',
    database: 'medic',
    databaseId: 'db',
    sequence: 3,
    documents: 2,
    lastReplicatedSeq: '1',
    lastReplicatedAt: '2026-11-01T08:00:00.000Z',
    now: '2026-11-02T08:00:00.000Z',
  };
  expect(checkedOpened(opened)).toMatchObject({
    userContactId: null,
    facilityId: null,
    device: null,
    app: { cht: '5.2.0', android: null, pouchdb: null },
    lastReplicatedAt: '2026-11-01T08:00:00.000Z',
  });
  expect(() => checkedOpened({ ...opened, user: null })).toThrow(odd);
  expect(() => checkedOpened({ ...opened, sequence: -3 })).toThrow(odd);
});

test('what came of telling an app is one of a closed list', () => {
  expect(checkedConfirmed('ready')).toBe('ready');
  for (const other of [undefined, null, 'told', {}, ['ready'], true])
    expect(() => checkedConfirmed(other)).toThrow(odd);
});
