/** What an app may write through the station: the revisions that were looked at, and nothing beside them. */
import { expect, test } from 'vitest';
import { goingKey, refusedIn, writtenIn } from '../../../electron/station/phone-sync/writing.ts';

const MAY_GO = new Set([goingKey({ id: 'a', rev: '1-a' }), goingKey({ id: 'b', rev: '2-b' })]);
const body = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('what was looked at goes', () => {
  const docs = [
    { _id: 'a', _rev: '1-a', name: 'é🌍' },
    { _id: 'b', _rev: '2-b', _deleted: true, _revisions: { start: 2, ids: ['b', 'a'] } },
  ];
  expect(writtenIn(body({ docs, new_edits: false }), MAY_GO)).toEqual([
    { id: 'a', rev: '1-a' },
    { id: 'b', rev: '2-b' },
  ]);
});

test.each([
  ['a record that nobody looked at', { docs: [{ _id: 'c', _rev: '1-c' }], new_edits: false }],
  ['another version of one', { docs: [{ _id: 'a', _rev: '2-a' }], new_edits: false }],
  [
    'one beside those that may go',
    {
      docs: [
        { _id: 'a', _rev: '1-a' },
        { _id: 'c', _rev: '1-c' },
      ],
      new_edits: false,
    },
  ],
  [
    'a stub of what was dropped to save space',
    { docs: [{ _id: 'a', _rev: '1-a', purged: true }], new_edits: false },
  ],
  ['a record without a revision', { docs: [{ _id: 'a' }], new_edits: false }],
  ['an edit under a revision of the server', { docs: [{ _id: 'a', _rev: '1-a' }] }],
  ['an edit that says so', { docs: [{ _id: 'a', _rev: '1-a' }], new_edits: true }],
  ['no list', { docs: {}, new_edits: false }],
  ['something else than records', { docs: [null], new_edits: false }],
  ['no JSON', '{"docs":['],
  ['nothing', ''],
  ['a mark before it, which others may pass over', '\ufeff{"docs":[],"new_edits":false}'],
])('%s does not go', (_what, asked) => {
  expect(() => writtenIn(body(asked), MAY_GO)).toThrow(expect.objectContaining({ code: 'sync-unreviewed' }));
});

test('bytes that are no text, or packed, do not go', () => {
  for (const bytes of [Uint8Array.of(0xff, 0xfe, 0x7b), Uint8Array.of(0x1f, 0x8b, 8)])
    expect(() => writtenIn(bytes, MAY_GO)).toThrow();
  expect(() => writtenIn(null, MAY_GO)).toThrow();
});

test('what the server refused is read with its reason', () => {
  const answer = [
    { ok: true, id: 'b', rev: '2-b' },
    { id: 'a', rev: '1-a', error: 'forbidden', reason: 'no right' },
    { id: 'c', error: 'forbidden' },
    null,
  ];
  expect(refusedIn(body(answer))).toEqual([
    { id: 'a', rev: '1-a', reason: 'no right' },
    { id: 'c', rev: '', reason: 'forbidden' },
  ]);
  expect(refusedIn(body('<html>'))).toEqual([]);
});
