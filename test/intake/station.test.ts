import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DumpItem } from '../../shared/dump.ts';
import { StationError } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import { attachment, document, type Json, md5, without } from '../support/documents.ts';
import { endLine, madeStation, MANIFEST } from '../support/formats.ts';
import { codesOf, readBytes, recordsOf } from '../support/reading.ts';

const VIDEO = Buffer.from('0123456789'.repeat(40));

/** A document whose large attachments follow in lines, and those lines. */
function withParts(id: string, parts: number, bytes: Buffer = VIDEO): { whole: Json; lines: Json[] } {
  const described = {
    content_type: 'video/mp4',
    revpos: 1,
    digest: md5(bytes),
    length: bytes.length,
    follows: true,
  };
  const whole = document(id, { _attachments: { video: described, small: attachment('small') } });
  const size = Math.ceil(bytes.length / parts);
  const lines = Array.from({ length: parts }, (_, at) => ({
    id,
    rev: whole['_rev'],
    name: 'video',
    part: at + 1,
    of: parts,
    data: bytes.subarray(at * size, (at + 1) * size).toString('base64'),
  }));
  return { whole, lines };
}

function read(bytes: Buffer, limits: Partial<Limits> = {}): DumpItem[] {
  const items = readBytes(bytes, { limits });
  for (const chunk of [1, 17, 1000]) expect(readBytes(bytes, { chunk, limits })).toEqual(items);
  return items;
}

const [one, two] = [document('one'), document('two')];

describe('attachments in lines of their own', () => {
  it('come back whole, in one part or several', () => {
    for (const parts of [1, 3, 7]) {
      const { whole, lines } = withParts('big', parts);
      const sample = madeStation([one, whole, two], (of) => (of === whole ? lines : []));
      const items = read(sample.bytes);
      expect(codesOf(items)).toEqual([]);
      expect(recordsOf(items).map(({ id, ordinal }) => [id, ordinal])).toEqual([
        ['one', 1],
        ['big', 2],
        ['two', 3],
      ]);
      const video = recordsOf(items)[1]?.attachments['video'];
      expect(video && Buffer.from(video.data).equals(VIDEO)).toBe(true);
      expect(video).toMatchObject({ content_type: 'video/mp4', revpos: 1, digest: md5(VIDEO) });
      expect(recordsOf(items)[1]?.attachments).toHaveProperty('small');
    }
  });

  it('may be announced as stubs, may be empty, may be several', () => {
    const { whole, lines } = withParts('big', 2);
    const attachments = whole['_attachments'] as Record<string, Json>;
    attachments['video'] = { ...without(attachments['video'] as Json, 'follows'), stub: true };
    attachments['empty'] = { content_type: 'a/b', digest: md5(''), follows: true };
    const empty = { id: 'big', rev: whole['_rev'], name: 'empty', part: 1, of: 1, data: '' };
    const items = read(madeStation([whole], () => [...lines, empty]).bytes);
    expect(codesOf(items)).toEqual([]);
    expect(Object.keys(recordsOf(items)[0]?.attachments ?? {}).toSorted()).toEqual([
      'empty',
      'small',
      'video',
    ]);
  });

  const wrong: [string, string, (lines: Json[]) => Json[]][] = [
    ['the first part missing', 'attachment-part-lost', (lines) => lines.slice(1)],
    ['a part in the middle missing', 'attachment-part-lost', (lines) => lines.filter((_, at) => at !== 1)],
    ['the last part missing', 'attachment-part-lost', (lines) => lines.slice(0, -1)],
    ['all parts missing', 'attachment-part-lost', () => []],
    ['parts in another order', 'attachment-part-lost', (lines) => lines.toReversed()],
    ['a part twice', 'attachment-part-lost', (lines) => lines.flatMap((line) => [line, line])],
    ['a part more than there are', 'attachment-part-lost', (lines) => [...lines, { ...lines[0], part: 4 }]],
    [
      'another number of parts',
      'attachment-part-lost',
      (lines) => lines.map((line, at) => ({ ...line, of: 3 + at })),
    ],
    [
      'a number that is a text',
      'attachment-part-lost',
      (lines) => lines.map((line) => ({ ...line, of: '3' })),
    ],
    ['another name', 'attachment-part-lost', (lines) => lines.map((line) => ({ ...line, name: 'other' }))],
    [
      'the name of one that is there',
      'attachment-part-lost',
      (lines) => lines.map((line) => ({ ...line, name: 'small' })),
    ],
    ['of another document', 'attachment-part-lost', (lines) => lines.map((line) => ({ ...line, id: 'one' }))],
    [
      'of another revision',
      'attachment-part-lost',
      (lines) => lines.map((line) => ({ ...line, rev: '1-abc' })),
    ],
    ['data that is no base64', 'bad-attachment', (lines) => lines.map((line) => ({ ...line, data: 'a b' }))],
    [
      'a line nested very deep',
      'attachment-part-lost',
      ([line]) => [{ ...line, 'a\n': JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) as unknown }],
    ],
    ['data that is missing', 'bad-attachment', (lines) => lines.map((line) => without(line, 'data'))],
    [
      'other bytes',
      'digest-mismatch',
      (lines) => lines.map((line) => ({ ...line, data: Buffer.from('x').toString('base64') })),
    ],
  ];

  it.each(wrong)('%s: the document is unreadable, the others are taken', (_, code, change) => {
    const { whole, lines } = withParts('big', 3);
    const items = read(madeStation([one, whole, two], (of) => (of === whole ? change(lines) : [])).bytes);
    expect(codesOf(items)).toEqual([code]);
    expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
    expect(items[1]).toMatchObject({ code, id: 'big', line: 3 });
  });

  it('a stub for which nothing comes is a missing attachment', () => {
    const stub = document('stub', {
      _attachments: { photo: { content_type: 'a/b', digest: md5('x'), stub: true } },
    });
    expect(codesOf(read(madeStation([one, stub, two]).bytes))).toEqual(['attachment-missing']);
  });

  it('a damaged line among the parts harms its document', () => {
    const { whole, lines } = withParts('big', 3);
    const sample = madeStation([one, whole, two], (of) => (of === whole ? lines : []));
    const text = sample.bytes.toString().replace('"part":2', '"part":2"');
    const items = read(Buffer.from(text));
    expect(recordsOf(items).map(({ id }) => id)).toEqual(['one', 'two']);
    expect(codesOf(items)).toContain('attachment-part-lost');
    expect(codesOf(items)).toContain('end-mismatch');
  });

  it('parts that belong to a document that was unreadable are passed over', () => {
    const { whole, lines } = withParts('big', 3);
    const bad = { ...whole, _rev: 'none' };
    expect(codesOf(read(madeStation([one, bad, two], (of) => (of === bad ? lines : [])).bytes))).toEqual([
      'bad-rev',
      'end-mismatch',
    ]);
  });

  it('parts that belong to nothing are reported', () => {
    const { lines } = withParts('big', 1);
    const items = read(madeStation([one, two], (of) => (of === one ? lines : [])).bytes);
    expect(codesOf(items)).toEqual(['attachment-part-lost']);
    expect(recordsOf(items)).toHaveLength(2);
  });

  it('have limits: size, size together, number of parts', () => {
    const { whole, lines } = withParts('big', 3);
    const { bytes } = madeStation([whole], () => lines);
    const all = VIDEO.length + 'small'.length;
    const cases: [Partial<Limits>, string[]][] = [
      [{ attachmentBytes: VIDEO.length }, []],
      [{ attachmentBytes: VIDEO.length - 1 }, ['attachment-too-large']],
      [{ documentAttachmentBytes: all }, []],
      [{ documentAttachmentBytes: all - 1 }, ['attachment-too-large']],
      [{ attachmentParts: 3 }, []],
      [{ attachmentParts: 2 }, ['attachment-too-large']],
    ];
    for (const [limits, codes] of cases)
      expect([limits, codesOf(read(bytes, limits))]).toEqual([limits, codes]);
  });
});

describe('the end line', () => {
  const { bytes } = madeStation([one, two]);
  const text = bytes.toString();

  it('missing: the dump is cut off', () => {
    const items = read(Buffer.from(text.slice(0, text.indexOf('{"end"'))));
    expect(recordsOf(items)).toHaveLength(2);
    expect(codesOf(items)).toEqual(['cut-off']);
  });

  it.each([
    ['docs', 3],
    ['attachments', 1],
    ['bytes', 5],
    ['sha256', createHash('sha256').update('x').digest('hex')],
  ])('with another %s is reported; everything is taken all the same', (name, value) => {
    const end = JSON.parse(text.slice(text.indexOf('{"end"'))) as { end: Json };
    const changed = JSON.stringify({ end: { ...end.end, [name]: value } });
    const items = read(Buffer.from(`${text.slice(0, text.indexOf('{"end"'))}${changed}\n`));
    expect(recordsOf(items)).toHaveLength(2);
    expect(items.at(-1)).toMatchObject({
      code: 'end-mismatch',
      message: expect.stringContaining(name) as string,
    });
    expect(codesOf(items)).toHaveLength(1);
  });

  it.each([
    ['null', '{"end":null}'],
    ['empty', '{"end":{}}'],
    ['a list', '{"end":[]}'],
  ])('that is %s is reported', (_, end) => {
    const items = read(Buffer.from(`${text.slice(0, text.indexOf('{"end"'))}${end}`));
    expect(codesOf(items)).toEqual(['end-mismatch']);
  });

  it('notices one changed byte', () => {
    const items = read(Buffer.from(text.replace('"_id":"one"', '"_id":"onf"')));
    expect(recordsOf(items)).toHaveLength(2);
    expect(items.at(-1)).toMatchObject({
      code: 'end-mismatch',
      message: expect.stringContaining('sha256') as string,
    });
  });

  it('counts broken documents, too', () => {
    const items = read(madeStation([one, { _id: 'x' }, two]).bytes);
    expect(codesOf(items)).toEqual(['bad-rev']);
  });

  it('ends the dump: what follows is reported once and not taken', () => {
    const items = read(Buffer.concat([bytes, madeStation([document('other'), document('more')]).bytes]));
    expect(recordsOf(items).map(({ id }) => id)).toEqual(['one', 'two']);
    expect(codesOf(items)).toEqual(['end-mismatch']);
  });

  it('may follow lines that end with CR LF', () => {
    const crlf = text.slice(0, text.indexOf('{"end"')).replaceAll('\n', '\r\n');
    expect(codesOf(read(Buffer.from(`${crlf}${endLine(crlf, 2, 0)}\r\n`)))).toEqual([]);
  });
});

describe('the manifest', () => {
  const withManifest = (manifest: string) =>
    Buffer.from(`${manifest}\n${madeStation([one]).bytes.toString().split('\n').slice(1).join('\n')}`);

  it('of another version is refused clearly', () => {
    for (const version of [2, '1.1', 10]) {
      const dump = withManifest(JSON.stringify({ ...MANIFEST, version }));
      expect(() => readBytes(dump)).toThrow(StationError);
      expect(() => readBytes(dump)).toThrow('not-a-dump');
    }
  });

  it('that is damaged costs the claims, not the records', () => {
    const items = read(withManifest(JSON.stringify(MANIFEST).replace('"device":', '"device"')));
    expect(recordsOf(items).map(({ id, ordinal }) => [id, ordinal])).toEqual([['one', 1]]);
    expect(items[0]).toMatchObject({ code: 'not-json', line: 1 });
    expect(items[0]).not.toHaveProperty('ordinal');
  });
});

describe('a record that stayed on the phone', () => {
  it.each([
    ['row-error', 'row-error'],
    ['attachment-too-large', 'attachment-too-large'],
    ['record-too-large', 'record-too-large'],
    // A word of a later version, or of nobody.
    ['toString', 'row-error'],
    [undefined, 'row-error'],
  ])('is unreadable, with its reason (%s)', (why, code) => {
    const lines = madeStation([one]).bytes.toString().split('\n');
    const before = `${lines[0]}\n${JSON.stringify({ left: { id: 'lost', rev: '1-a', why } })}\n${lines[1]}\n`;
    const items = read(Buffer.from(before + endLine(before, 2, 0)));
    expect(items).toMatchObject([
      { kind: 'problem', code, ordinal: 1, id: 'lost' },
      { kind: 'record', id: 'one', ordinal: 2 },
    ]);
    expect(items).toHaveLength(2);
  });
});

describe('lines of a kind that is not known', () => {
  it.each([['{"note":"x"}'], ['[]'], ['5'], ['{"doc":null}']])('%s is an entry that is no record', (line) => {
    const [manifest, first] = madeStation([one]).bytes.toString().split('\n');
    const items = read(Buffer.from(`${manifest}\n${line}\n${first}\n`));
    expect(codesOf(items)).toEqual(['not-a-document', 'cut-off']);
    expect(recordsOf(items)).toMatchObject([{ id: 'one', ordinal: 2 }]);
  });
});
