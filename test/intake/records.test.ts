/** What is and what is not a valid record, whatever the format. Most are read as lines (`ndjson`). */
import { describe, expect, it } from 'vitest';
import type { DumpItem } from '../../shared/dump.ts';
import type { Limits } from '../../shared/limits.ts';
import { attachment, document, type Json, without } from '../support/documents.ts';
import { allDocsRow, elements, lines } from '../support/formats.ts';
import { asDocument, codesOf, problemsOf, readBytes, recordsOf } from '../support/reading.ts';
import { chain, rev } from '../support/revisions.ts';

/** Stands before and after the record in question, which must harm neither. */
const [before, after] = [document('before'), document('after')];

function readText(text: string, limits: Partial<Limits> = {}): DumpItem {
  const bytes = Buffer.from([JSON.stringify(before), text, JSON.stringify(after)].join('\n'));
  const items = readBytes(bytes, { limits });
  expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
  expect(items[0]).toMatchObject({ id: 'before' });
  expect(items[2]).toMatchObject({ id: 'after' });
  return items[1] as DumpItem;
}

const read = (written: unknown, limits: Partial<Limits> = {}) => readText(JSON.stringify(written), limits);
const codeOf = (item: DumpItem) => (item.kind === 'problem' ? item.code : item.kind);

describe('ids', () => {
  it.each([
    ['missing', without(document('x'), '_id'), 'bad-id'],
    ['empty', document(''), 'bad-id'],
    ['a number', { ...document('x'), _id: 7 }, 'bad-id'],
    ['beginning with _', document('_users'), 'bad-id'],
    ['of a local document', document('_local/checkpoint'), 'bad-id'],
    ['of a design document', document('_design/medic'), 'record'],
    ['half a character', document('\ud83d'), 'bad-id'],
    ['with a zero', document('a\0b'), 'bad-id'],
    ['of another script', document('mtoto-☂'), 'record'],
    ['called __proto__', document('__proto__'), 'bad-id'],
    ['called constructor', document('constructor'), 'record'],
  ])('%s', (_, described, code) => {
    expect(codeOf(read(described))).toBe(code);
  });

  it('may be as long as the limit and no longer', () => {
    expect(codeOf(read(document('x'.repeat(10)), { idLength: 10 }))).toBe('record');
    expect(codeOf(read(document('x'.repeat(11)), { idLength: 10 }))).toBe('id-too-long');
  });
});

describe('revisions', () => {
  it.each([
    ['no _rev', without(document('x'), '_rev', '_revisions'), 'record'],
    ['_rev is a number', { ...document('x'), _rev: 1 }, 'bad-rev'],
    ['_rev is null', { ...document('x'), _rev: null }, 'bad-rev'],
    ['_rev without generation', { ...document('x'), _rev: 'abc' }, 'bad-rev'],
    ['generation 0', { ...without(document('x'), '_revisions'), _rev: '0-abc' }, 'bad-rev'],
    ['no history', without(document('x', {}, { generations: 3 }), '_revisions'), 'record'],
    ['_revisions without _rev', without(document('x'), '_rev'), 'bad-revisions'],
    ['_revisions is a list', { ...document('x'), _revisions: [] }, 'bad-revisions'],
    ['_revisions is null', { ...document('x'), _revisions: null }, 'bad-revisions'],
    ['no ids', { ...document('x'), _revisions: { start: 1, ids: [] } }, 'bad-revisions'],
    ['start is a text', { ...document('x'), _revisions: { start: '1', ids: ['a'] } }, 'bad-revisions'],
    [
      'more ids than generations',
      { ...document('x'), _revisions: { start: 1, ids: ['a', 'b'] } },
      'bad-revisions',
    ],
    [
      'an id is a number',
      { ...document('x', {}, { generations: 2 }), _revisions: { start: 2, ids: [rev(2, 'ab').slice(2), 5] } },
      'bad-revisions',
    ],
    [
      'an id is no id',
      {
        ...document('x', {}, { generations: 2 }),
        _revisions: { start: 2, ids: [rev(2, 'ab').slice(2), '../x'] },
      },
      'bad-revisions',
    ],
  ])('%s', (_, described, code) => {
    expect(codeOf(read(described))).toBe(code);
  });

  it('gives the history newest first, stemmed as it is', () => {
    const lineage = chain('abcde').slice(0, 2);
    const item = read({
      _id: 'x',
      _rev: lineage[0],
      _revisions: { start: 5, ids: lineage.map((one) => one.slice(2)) },
    });
    expect(item).toMatchObject({ rev: lineage[0], history: lineage });
  });

  it('may have as many revisions as the limit and no more', () => {
    expect(codeOf(read(document('x', {}, { generations: 5 }), { historyLength: 5 }))).toBe('record');
    expect(codeOf(read(document('x', {}, { generations: 6 }), { historyLength: 5 }))).toBe('bad-revisions');
  });

  it('need a revision where the format always has one', () => {
    const items = readBytes(
      elements(
        '{"rows":[',
        [allDocsRow(document('a')), { id: 'b', key: 'b', value: {}, doc: { _id: 'b' } }],
        ']}',
      ).bytes,
    );
    expect(items).toMatchObject([
      { kind: 'record', id: 'a' },
      { code: 'bad-rev', id: 'b', ordinal: 2 },
    ]);
  });
});

describe('fields', () => {
  it.each([
    [
      '_conflicts and the like are dropped',
      { _conflicts: [], _revs_info: [], _local_seq: 4, _deleted_conflicts: [] },
      'record',
    ],
    ['another field with _', { _attachment: {} }, 'reserved-field'],
    ['_deleted is a text', { _deleted: 'true' }, 'reserved-field'],
    ['_deleted is false', { _deleted: false }, 'record'],
    ['_ inside', { fields: { _id: 'inner', _x: 1 } }, 'record'],
    ['constructor as a plain field', { constructor: 'mason', x: { constructor: {} } }, 'record'],
    [
      'constructor with prototype',
      { x: [{ constructor: { prototype: { isAdmin: true } } }] },
      'forbidden-key',
    ],
    ['the words in a text', { note: '__proto__ "constructor" \\u005f' }, 'record'],
  ])('%s', (_, more, code) => {
    expect(codeOf(read(document('x', more)))).toBe(code);
  });

  it.each([
    ['at the top', '{"_id":"x","__proto__":{"admin":true}}'],
    ['deep inside', '{"_id":"x","a":[{"b":{"__proto__":1}}]}'],
    ['written with an escape', '{"_id":"x","a":{"\\u005f_proto__":{"admin":true}}}'],
    ['as an attachment', '{"_id":"x","_attachments":{"__proto__":{"content_type":"a/b","data":""}}}'],
  ])('__proto__ %s', (_, text) => {
    expect(readText(text)).toMatchObject({ code: 'forbidden-key', id: 'x' });
    expect(({} as Json)['admin']).toBeUndefined();
  });

  it('that are dropped or a document’s own do not show in the body', () => {
    const record = document(
      'x',
      { _deleted_conflicts: ['1-a'], _deleted: true, kept: 1 },
      { generations: 2 },
    );
    expect(read(record)).toMatchObject({ deleted: true });
    expect((read(record) as { body: Json }).body).toEqual({ kept: 1 });
  });

  it.each([
    ['a number', '7'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['a list', '[{"_id":"x"}]'],
  ])('%s is no document', (_, text) => {
    expect(codeOf(readText(text))).toBe('not-a-document');
  });
});

describe('keys written with escapes', () => {
  it('keep their names, whatever keys came before them', () => {
    // The first of each pair is what makes JSON.parse of V8 mistake the second (nodejs/node#63785).
    const pairs = [
      ['{"_id":"x","k\\\\":1}', '{"_id":"x","k\\n":1}', 'k\n'],
      ['{"_id":"x","f":{"p\\\\/quot":1}}', '{"_id":"x","f":{"p\\/quoted":1}}', 'p/quoted'],
      ['{"_id":"x","h":[],"\\\\":0}', '{"_id":"x","h":1,"\\"":2}', '"'],
    ] as const;
    for (const [first, second, key] of pairs) {
      const items = readBytes(Buffer.from(`${first}\n${second}\n`));
      expect(JSON.stringify(recordsOf(items)[1]?.body)).toContain(JSON.stringify(key));
    }
  });

  it('are read like any others', () => {
    const record = document('x', {
      'a "b" \\ \n': [{}, [], { 'c\td': ['"', '\\', { e: -1.5e3, 'f\\': true }] }, null, ' '],
      last: '',
    });
    for (const indent of [0, 1, 4]) {
      const bytes = Buffer.from(`[${JSON.stringify(record, null, indent)}]`);
      expect(recordsOf(readBytes(bytes)).map(asDocument)).toEqual([record]);
    }
    expect(codeOf(readText('{"_id":"x","a\\"":1,}'))).toBe('not-json');
  });
});

describe('depth', () => {
  const nested = (depth: number): unknown => (depth === 1 ? {} : { a: nested(depth - 1) });
  const deep = (depth: number) => document('x', { nested: nested(depth - 1) });

  it('may be the limit and no more, with or without a row around the document', () => {
    const limits = { depth: 10 };
    expect(codeOf(read(deep(10), limits))).toBe('record');
    expect(codeOf(read(deep(11), limits))).toBe('too-deep');
    for (const [depth, code] of [
      [10, 'record'],
      [11, 'too-deep'],
    ] as const) {
      const rows = elements(
        '{"rows":[',
        [allDocsRow(before), allDocsRow(deep(depth)), allDocsRow(after)],
        ']}',
      );
      expect(codeOf(readBytes(rows.bytes, { limits })[1] as DumpItem)).toBe(code);
    }
  });

  it('of a million does no harm', () => {
    const million = `{"_id":"x","a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`;
    expect(codeOf(readText(million))).toBe('too-deep');
    const array = Buffer.from(`[${JSON.stringify(before)},${million},${JSON.stringify(after)}]`);
    expect(readBytes(array, { chunk: 65536 }).map(codeOf)).toEqual(['record', 'too-deep', 'record']);
  });
});

describe('size', () => {
  const record = document('x', { note: 'y'.repeat(2000) });
  const { length } = JSON.stringify(record);

  it('may be the limit and no more', () => {
    expect(codeOf(read(record, { recordBytes: length }))).toBe('record');
    expect(codeOf(read(record, { recordBytes: length - 1 }))).toBe('record-too-large');
  });

  it.each(['[', '{"docs":['])('in %s…', (open) => {
    const dump = elements(open, [before, record, after], open === '[' ? ']' : ']}');
    for (const chunk of [1, 100, 1e6]) {
      const codes = (recordBytes: number) =>
        readBytes(dump.bytes, { chunk, limits: { recordBytes } }).map(codeOf);
      expect(codes(length)).toEqual(['record', 'record', 'record']);
      expect(codes(length - 1)).toEqual(['record', 'record-too-large', 'record']);
    }
  });

  it('says where the record began', () => {
    const [, problem] = readBytes(lines([before, record, after]).bytes, { limits: { recordBytes: 1000 } });
    expect(problem).toMatchObject({
      code: 'record-too-large',
      line: 2,
      offset: JSON.stringify(before).length + 1,
    });
  });
});

describe('attachments', () => {
  const photo = attachment('a photo');
  const withPhoto = (more: Json) => document('x', { _attachments: { photo: { ...photo, ...more } } });

  it.each([
    ['as they should be', photo, 'record'],
    ['empty', attachment(''), 'record'],
    ['without digest', without(photo, 'digest'), 'record'],
    ['without content_type', without(photo, 'content_type'), 'record'],
    ['content_type is a number', { ...photo, content_type: 5 }, 'bad-attachment'],
    ['a digest of other bytes', { ...photo, digest: attachment('other')['digest'] }, 'digest-mismatch'],
    ['a digest of another kind', { ...photo, digest: 'sha1-abc' }, 'bad-attachment'],
    ['a stub', { ...without(photo, 'data'), stub: true }, 'attachment-missing'],
    ['follows', { ...without(photo, 'data'), follows: true }, 'attachment-missing'],
    ['nothing', {}, 'attachment-missing'],
    ['data is a number', { ...photo, data: 5 }, 'attachment-missing'],
    ['data with blanks', { content_type: 'a/b', data: 'aGVs bG8=' }, 'record'],
    ['data without padding', { content_type: 'a/b', data: 'aGVsbG8' }, 'bad-attachment'],
    ['data in the alphabet of URLs', { content_type: 'a/b', data: '_-_-' }, 'bad-attachment'],
    ['data with padding inside', { content_type: 'a/b', data: 'aA==aA==' }, 'bad-attachment'],
    ['data of another script', { content_type: 'a/b', data: 'éééé' }, 'bad-attachment'],
    ['a buffer as JSON', { ...photo, data: Buffer.from('a photo').toJSON() }, 'record'],
    ['other bytes as a buffer', { ...photo, data: Buffer.from('another').toJSON() }, 'digest-mismatch'],
    ['a buffer of other things', { ...photo, data: { type: 'Buffer', data: [1, 256] } }, 'bad-attachment'],
    ['a buffer of fractions', { ...photo, data: { type: 'Buffer', data: [0.5] } }, 'bad-attachment'],
    ['an object that is no buffer', { ...photo, data: { type: 'Buffer' } }, 'attachment-missing'],
    ['not an object', 'x', 'bad-attachment'],
    ['null', null, 'bad-attachment'],
  ])('%s', (_, described, code) => {
    expect(codeOf(read(document('x', { _attachments: { photo: described } })))).toBe(code);
  });

  it('give bytes of their own, with the digest computed', () => {
    const item = read(withPhoto({ digest: undefined, revpos: 3 }));
    if (item.kind !== 'record') throw new Error(item.code);
    const { data, ...rest } = item.attachments['photo'] ?? { data: new Uint8Array() };
    expect(rest).toEqual({ content_type: 'image/jpeg', revpos: 3, digest: photo['digest'] });
    expect(Buffer.from(data).toString()).toBe('a photo');
    expect(data.buffer.byteLength).toBe(data.length);
    expect(item.body).not.toHaveProperty('_attachments');
  });

  it.each([
    ['', 'bad-attachment'],
    ['_photo', 'bad-attachment'],
    ['\udc00', 'bad-attachment'],
    ['a/b ☂.jpg', 'record'],
  ])('named %j', (name, code) => {
    expect(codeOf(read(document('x', { _attachments: { [name]: photo } })))).toBe(code);
  });

  it('_attachments is a list', () => {
    expect(codeOf(read(document('x', { _attachments: [photo] })))).toBe('bad-attachment');
  });

  it('have limits: number, name, size, size together', () => {
    const two = document('x', { _attachments: { one: photo, two: photo } });
    const size = 'a photo'.length;
    const cases: [Partial<Limits>, string][] = [
      [{ attachments: 2 }, 'record'],
      [{ attachments: 1 }, 'too-many-attachments'],
      [{ attachmentNameLength: 3 }, 'record'],
      [{ attachmentNameLength: 2 }, 'bad-attachment'],
      [{ contentTypeLength: 10 }, 'record'],
      [{ contentTypeLength: 9 }, 'bad-attachment'],
      [{ attachmentBytes: size }, 'record'],
      [{ attachmentBytes: size - 1 }, 'attachment-too-large'],
      [{ documentAttachmentBytes: 2 * size }, 'record'],
      [{ documentAttachmentBytes: 2 * size - 1 }, 'attachment-too-large'],
    ];
    for (const [limits, code] of cases) expect([limits, codeOf(read(two, limits))]).toEqual([limits, code]);
  });

  it('that are large are read from the bytes, and a long text called data stays a text', () => {
    const large = Buffer.alloc(100_000, 'some bytes ');
    const text = 'A'.repeat(50_000);
    const record = document('x', {
      data: text,
      fields: { data: text },
      _attachments: { photo: attachment(large) },
    });
    for (const written of [
      JSON.stringify(record),
      JSON.stringify(record).replaceAll('"data":', '"data" : '),
    ]) {
      const item = readText(written);
      if (item.kind !== 'record') throw new Error(item.code);
      expect(asDocument(item)).toEqual(record);
    }
    const broken = document('x', {
      _attachments: { photo: { ...attachment(large), data: `${'A'.repeat(20_000)}!AAA` } },
    });
    expect(codeOf(read(broken))).toBe('bad-attachment');
  });

  it('of a CouchDB server may have the digest of compressed bytes, if they are text', () => {
    const backup = (type: string) => {
      const form = { ...attachment('<xml/>', type), digest: attachment('compressed')['digest'] };
      return codesOf(
        readBytes(
          Buffer.from(
            `${JSON.stringify({ name: '@cloudant/couchbackup', version: '2' })}\n${JSON.stringify([document('x', { _attachments: { form } })])}\n`,
          ),
        ),
      );
    };
    expect(backup('application/xml')).toEqual([]);
    expect(backup('text/plain; charset=utf-8')).toEqual([]);
    expect(backup('image/png')).toEqual(['digest-mismatch']);
    const elsewhere = {
      form: { ...attachment('<xml/>', 'application/xml'), digest: attachment('x')['digest'] },
    };
    expect(codeOf(read(document('x', { _attachments: elsewhere })))).toBe('record');
  });
});

describe('rows', () => {
  const all = (rows: readonly unknown[]) =>
    readBytes(elements('{"total_rows":1,"offset":0,"rows":[', rows, ']}').bytes);
  const bare = without(document('x', { a: 1 }, { generations: 2 }), '_revisions');

  it.each([
    ['another id inside', { ...allDocsRow(bare), id: 'y' }, 'bad-id'],
    ['another revision inside', { ...allDocsRow(bare), value: { rev: rev(2, 'other') } }, 'bad-rev'],
    ['an error', { key: 'x', error: 'not_found' }, 'row-error'],
    ['no document', { id: 'x', key: 'x', value: { rev: bare['_rev'] } }, 'body-missing'],
    ['doc is null', { id: 'x', key: 'x', value: { rev: bare['_rev'] }, doc: null }, 'body-missing'],
    ['doc is a text', { id: 'x', key: 'x', value: { rev: bare['_rev'] }, doc: 'x' }, 'not-a-document'],
    ['a number', 5, 'not-a-document'],
  ])('%s', (_, value, code) => {
    const items = all([
      allDocsRow(without(before, '_revisions')),
      value,
      allDocsRow(without(after, '_revisions')),
    ]);
    expect(items.map(codeOf)).toEqual(['record', code, 'record']);
    expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
  });

  it('may be a deletion without a body', () => {
    const [item] = all([{ id: 'x', key: 'x', value: { rev: rev(3, 'x'), deleted: true }, doc: null }]);
    expect(item).toMatchObject({
      kind: 'problem',
      code: 'body-missing',
      id: 'x',
      names: { rev: rev(3, 'x'), deleted: true },
    });
  });

  it('are unwrapped where they stand in the place of documents, also with an id of their own', () => {
    const stored = { _id: 'made-up', _rev: '1-abc', ...allDocsRow(bare) };
    const items = readBytes(elements('{"docs":[', [stored, allDocsRow(bare), document('plain')], ']}').bytes);
    expect(problemsOf(items)).toEqual([]);
    expect(recordsOf(items).map(({ id, rev: found }) => [id, found])).toEqual([
      ['x', bare['_rev']],
      ['x', bare['_rev']],
      ['plain', rev(1, 'a')],
    ]);
  });

  it('in the place of documents may be deletions and errors, too', () => {
    const gone = { id: 'x', key: 'x', value: { rev: rev(3, 'x'), deleted: true }, doc: null };
    const items = readBytes(
      elements(
        '{"docs":[',
        [allDocsRow(bare), gone, { key: 'y', error: 'not_found' }, { ...gone, value: { rev: '1-a' } }],
        ']}',
      ).bytes,
    );
    expect(items.map(codeOf)).toEqual(['record', 'body-missing', 'row-error', 'body-missing']);
    expect(items[1]).toMatchObject({ id: 'x', names: { deleted: true } });
    expect(codeOf(read({ ...document('z'), key: 'a', error: 'b' }))).toBe('record');
  });

  it('that Android left as they are give the revision to the document', () => {
    const text = JSON.stringify({
      docs: [{ _id: 'a' }, { id: 'x', key: 'x', value: { rev: bare['_rev'] }, doc: { _id: 'x', a: 1 } }],
    });
    expect(readBytes(Buffer.from(text))).toMatchObject([
      { id: 'a', rev: undefined },
      { id: 'x', rev: bare['_rev'] },
    ]);
  });
});

describe('changes', () => {
  const all = (results: readonly unknown[]) =>
    readBytes(elements('{"results":[', results, '],"last_seq":3}').bytes);
  const bare = without(document('x', {}, { generations: 2 }), '_revisions');
  const entry = { seq: 1, id: 'x', changes: [{ rev: bare['_rev'] }], doc: bare };

  it.each([
    ['with its document', entry, 'record'],
    ['with several leaves', { ...entry, changes: [{ rev: rev(2, 'z') }, { rev: bare['_rev'] }] }, 'record'],
    ['of another id', { ...entry, id: 'y' }, 'bad-id'],
    ['of another revision', { ...entry, changes: [{ rev: rev(2, 'z') }] }, 'bad-rev'],
    ['without document', without(entry, 'doc'), 'body-missing'],
    ['without changes', without(entry, 'changes'), 'bad-rev'],
    ['a deletion without body', { ...without(entry, 'doc'), deleted: true }, 'body-missing'],
  ])('%s', (_, value, code) => {
    expect(codeOf(all([entry, value])[1] as DumpItem)).toBe(code);
  });

  it('end with a line that is no record, and may hold empty lines', () => {
    const text = `${JSON.stringify(entry)}\n\n\n{"last_seq":"3-x","pending":0}\n`;
    expect(readBytes(Buffer.from(text)).map(codeOf)).toEqual(['record']);
  });
});

it('passes the same id again, with another revision or the same', () => {
  const one = document('x', {}, { generations: 2 });
  const items = readBytes(lines([one, document('x', {}, { generations: 3 }), one]).bytes);
  expect(recordsOf(items).map(({ ordinal, rev: found }) => [ordinal, found?.[0]])).toEqual([
    [1, '2'],
    [2, '3'],
    [3, '2'],
  ]);
});
