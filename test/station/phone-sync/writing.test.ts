/** What an app may write through the station: the records that were looked at, as they were then, and nothing beside them. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Altered, Reviewed } from '../../../electron/station/phone-sync/as-reviewed.ts';
import { goingKey, refusedIn, writtenIn } from '../../../electron/station/phone-sync/writing.ts';
import { digest } from '../../../electron/host/digest.ts';
import type { AppRequest } from '../../../electron/sources/live/paused-request.ts';
import { contentDigest } from '../../../shared/derived-revisions.ts';

const bytesOf = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

const request = (body: unknown, more: Partial<AppRequest> = {}): AppRequest => ({
  method: 'POST',
  path: '/medic/_bulk_docs',
  headers: [['Content-Type', 'application/json']],
  body: bytesOf(body),
  writes: 'records',
  ...more,
});

const PHOTO = Buffer.from('the bytes of a photo').toString('base64');
const file = (data: string, type = 'image/png') => ({
  content_type: type,
  revpos: 2,
  digest: `md5-${hash('md5', Buffer.from(data, 'base64'), 'base64')}`,
  data,
});

const A = { _id: 'a', _rev: '1-a', _revisions: { start: 1, ids: ['a'] }, name: 'é🌍', age: 41 };
const B = {
  _id: 'b',
  _rev: '2-b',
  _revisions: { start: 2, ids: ['b', 'a'] },
  note: 'with a photo',
  _attachments: { photo: file(PHOTO) },
};
const GONE = { _id: 'gone', _rev: '2-g', _revisions: { start: 2, ids: ['g', 'f'] }, _deleted: true };
const TWO = { _id: 'two', _rev: '1-t', _revisions: { start: 1, ids: ['t'] } };

const content = (fields: object, deleted = false, files: Parameters<typeof contentDigest>[3] = {}): string =>
  contentDigest(digest, fields as Record<string, unknown>, deleted, files);

const REVIEWED: readonly Reviewed[] = [
  { id: 'a', rev: '1-a', contents: [content({ name: 'é🌍', age: 41 })], history: ['1-a'] },
  {
    id: 'b',
    rev: '2-b',
    contents: [content({ note: 'with a photo' }, false, B._attachments)],
    history: ['2-b', '1-a'],
  },
  { id: 'gone', rev: '2-g', contents: [content({}, true)], history: ['2-g', '1-f'] },
  {
    id: 'two',
    rev: '1-t',
    contents: [content({ side: 'one' }), content({ side: 'other' })],
    history: ['1-t'],
  },
];
const MAY_GO = new Map(REVIEWED.map((one) => [goingKey(one), one]));

const writing = (docs: unknown, more: Partial<AppRequest> = {}) =>
  writtenIn(request({ docs, new_edits: false }, more), MAY_GO);

test('what was looked at goes', () => {
  expect(writing([A, B, GONE, { ...TWO, side: 'other' }])).toEqual([
    { id: 'a', rev: '1-a' },
    { id: 'b', rev: '2-b' },
    { id: 'gone', rev: '2-g' },
    { id: 'two', rev: '1-t' },
  ]);
  expect(writing([])).toEqual([]);
  expect(writtenIn(request({ new_edits: false, docs: [A] }), MAY_GO)).toHaveLength(1);
});

test.each<[string, unknown]>([
  ['a record that nobody looked at', { docs: [{ _id: 'c', _rev: '1-c' }], new_edits: false }],
  ['another version of one', { docs: [{ ...A, _rev: '2-a' }], new_edits: false }],
  ['one beside those that may go', { docs: [A, { _id: 'c', _rev: '1-c' }], new_edits: false }],
  ['a stub of what was dropped to save space', { docs: [{ ...A, purged: true }], new_edits: false }],
  ['a record without a revision', { docs: [{ _id: 'a' }], new_edits: false }],
  ['an edit under a revision of the server', { docs: [A] }],
  ['an edit that says so', { docs: [A], new_edits: true }],
  ['something beside the list', { docs: [A], new_edits: false, all_or_nothing: true }],
  ['no list', { docs: {}, new_edits: false }],
  ['something else than records', { docs: [null], new_edits: false }],
  ['no JSON', '{"docs":['],
  ['a list alone', '[]'],
  ['nothing', ''],
  ['a mark before it, which others may pass over', '\ufeff{"docs":[],"new_edits":false}'],
  ['a list that stands twice', '{"docs":[{"_id":"evil"}],"new_edits":false,"docs":[]}'],
  [
    'a field that stands twice',
    JSON.stringify({ docs: [A], new_edits: false }).replace('"age":41', '"age":1,"age":41'),
  ],
  [
    'a number that does not fit',
    JSON.stringify({ docs: [A], new_edits: false }).replace('41', '41.000000000000000001'),
  ],
  [
    'a text that is written in another way',
    JSON.stringify({ docs: [A], new_edits: false }).replace('é', '\\u00e9'),
  ],
  ['blanks that no program of the phone writes', '{"docs": [],"new_edits":false}'],
])('%s does not go', (_what, asked) => {
  expect(() => writtenIn(request(asked), MAY_GO)).toThrow(
    expect.objectContaining({ code: 'sync-unreviewed' }),
  );
});

test.each<[string, Partial<AppRequest>]>([
  ['another character set', { headers: [['content-type', 'application/json; charset=utf-7']] }],
  ['no type', { headers: [] }],
  ['a form', { headers: [['content-type', 'application/x-www-form-urlencoded']] }],
  [
    'two types',
    {
      headers: [
        ['content-type', 'application/json'],
        ['Content-Type', 'application/json'],
      ],
    },
  ],
  [
    'a packed body',
    {
      headers: [
        ['content-type', 'application/json'],
        ['Content-Encoding', 'gzip'],
      ],
    },
  ],
  ['a query', { path: '/medic/_bulk_docs?batch=ok' }],
])('a request with %s does not go', (_what, more) => {
  expect(() => writing([A], more)).toThrow(expect.objectContaining({ code: 'sync-unreviewed' }));
});

test('bytes that are no text, or packed, do not go', () => {
  for (const body of [Uint8Array.of(0xff, 0xfe, 0x7b), Uint8Array.of(0x1f, 0x8b, 8), null])
    expect(() => writing([], { body })).toThrow(expect.objectContaining({ code: 'sync-unreviewed' }));
});

describe('under a revision that was looked at', () => {
  test.each<[string, Altered, object]>([
    ['another content', 'content', { ...A, age: 14 }],
    ['a field more', 'content', { ...A, verified: true }],
    ['a field less', 'content', { _id: 'a', _rev: '1-a', name: 'é🌍' }],
    ['a deletion of what was there', 'content', { ...A, _deleted: true }],
    ['a record in place of a deletion', 'content', { ...GONE, _deleted: false }],
    ['a deletion that says more', 'content', { ...GONE, note: 'x' }],
    ['neither of two contents', 'content', { ...TWO, side: 'third' }],
    ['a field of the database', 'content', { ...A, _conflicts: ['1-b'] }],
    ['a deletion that is no yes or no', 'content', { ...A, _deleted: 'true' }],
    ['other bytes of a photo', 'content', { ...B, _attachments: { photo: file('QUJD') } }],
    ['a photo of another type', 'content', { ...B, _attachments: { photo: file(PHOTO, 'text/html') } }],
    ['a photo by another name', 'content', { ...B, _attachments: { other: file(PHOTO) } }],
    ['a photo more', 'content', { ...B, _attachments: { photo: file(PHOTO), more: file('QUJD') } }],
    ['no photo', 'content', { ...B, _attachments: undefined }],
    [
      'bytes that are not what their sum says',
      'content',
      { ...B, _attachments: { photo: { ...file(PHOTO), data: 'QUJD' } } },
    ],
    [
      'a photo without its bytes',
      'attachments',
      { ...B, _attachments: { photo: { ...file(PHOTO), data: undefined, stub: true } } },
    ],
    [
      'bytes of which it is said that they are packed',
      'attachments',
      { ...B, _attachments: { photo: { ...file(PHOTO), encoding: 'gzip' } } },
    ],
    [
      'bytes in the alphabet for addresses',
      'attachments',
      { ...B, _attachments: { photo: { ...file(PHOTO), data: `${PHOTO.slice(0, -4)}_-==` } } },
    ],
    ['attachments that are none', 'attachments', { ...A, _attachments: [] }],
    ['another parent', 'history', { ...B, _revisions: { start: 2, ids: ['b', 'c'] } }],
    ['a history that is cut off', 'history', { ...B, _revisions: { start: 2, ids: ['b'] } }],
    ['no history', 'history', { ...B, _revisions: undefined }],
    ['the history of another revision', 'history', { ...B, _revisions: { start: 2, ids: ['z', 'b'] } }],
    ['a history that is none', 'content', { ...B, _revisions: { start: 1, ids: ['b', 'a'] } }],
  ])('%s does not go', (_what, what, doc) => {
    expect(() => writing([A, doc])).toThrow(
      expect.objectContaining({
        code: 'sync-altered',
        what,
        record: expect.objectContaining({ id: expect.any(String) }),
      }),
    );
  });

  test('a very long history may have lost its end on the phone, and nothing else', () => {
    const ids = Array.from({ length: 1200 }, (_, age) => `r${age}`);
    const history = ids.map((id, age) => `${1200 - age}-${id}`);
    const long: Reviewed = { id: 'long', rev: '1200-r0', contents: [content({})], history };
    const mayGo = new Map([[goingKey(long), long]]);
    const written = (some: readonly string[]) =>
      writtenIn(
        request({
          docs: [{ _id: 'long', _rev: '1200-r0', _revisions: { start: 1200, ids: some } }],
          new_edits: false,
        }),
        mayGo,
      );
    expect(written(ids)).toHaveLength(1);
    expect(written(ids.slice(0, 1000))).toHaveLength(1);
    for (const some of [ids.slice(0, 999), [...ids.slice(0, 1000), 'x'], [...ids.slice(0, 999), 'x']])
      expect(() => written(some)).toThrow(expect.objectContaining({ what: 'history' }));
  });
});

test('what the server refused is read with its reason', () => {
  const answer = [
    { ok: true, id: 'b', rev: '2-b' },
    { id: 'a', rev: '1-a', error: 'forbidden', reason: 'no right' },
    { id: 'c', error: 'forbidden' },
    null,
  ];
  expect(refusedIn(bytesOf(answer))).toEqual([
    { id: 'a', rev: '1-a', reason: 'no right' },
    { id: 'c', rev: '', reason: 'forbidden' },
  ]);
  expect(refusedIn(bytesOf('<html>'))).toEqual([]);
});

describe('a long attachment', () => {
  const LARGE = Buffer.alloc(300_000, 'a large photo ').toString('base64');
  const doc = { ...B, _attachments: { photo: file(LARGE) } };
  const reviewedAs = (contents: string) =>
    new Map([[goingKey({ id: 'b', rev: '2-b' }), { ...(REVIEWED[1] as Reviewed), contents: [contents] }]]);
  const sent = (one: unknown, contents: string) =>
    writtenIn(request({ docs: [one], new_edits: false }), reviewedAs(contents));
  const whole = content({ note: B.note }, false, doc._attachments);

  test('is compared as any other', () => {
    expect(sent(doc, whole)).toEqual([{ id: 'b', rev: '2-b' }]);
    for (const change of [
      `A${LARGE.slice(1)}`,
      `${LARGE.slice(0, -1)}/`,
      LARGE.slice(4),
      `${LARGE} `,
      `-${LARGE.slice(1)}`,
    ])
      expect(() =>
        sent({ ...doc, _attachments: { photo: { ...file(LARGE), data: change } } }, whole),
      ).toThrow('sync-altered');
    const twice = JSON.stringify({ docs: [doc], new_edits: false }).replace(
      '"data":"',
      `"data":"${LARGE}","data":"`,
    );
    expect(() => writtenIn(request(twice), reviewedAs(whole))).toThrow('sync-unreviewed');
  });

  test('may be a field of a record as well', () => {
    const { _attachments: _, ...plain } = B;
    const field = { ...plain, data: LARGE, inner: { data: LARGE } };
    const contents = content({ note: B.note, data: LARGE, inner: { data: LARGE } });
    expect(sent(field, contents)).toEqual([{ id: 'b', rev: '2-b' }]);
    expect(() => sent({ ...field, data: `B${LARGE.slice(1)}` }, contents)).toThrow('sync-altered');
  });
});
