/** Damage in the middle of a dump: what stands before it is taken, it is reported with its place, and the rest goes on. */
import { describe, expect, it } from 'vitest';
import type { DumpItem } from '../../shared/dump.ts';
import { document, type Json, without } from '../support/documents.ts';
import { allDocsRow, changesRow, elements, lines, SAMPLES } from '../support/formats.ts';
import { codesOf, problemsOf, readBytes, recordsOf } from '../support/reading.ts';

const ALL = Array.from({ length: 6 }, (_, at) =>
  document(`doc-${at}`, { note: `note ${at}`, list: [{ x: 1 }, { y: 2 }], end: 1 }, { generations: 2 }),
);
const BARE = ALL.map((one) => without(one, '_revisions'));

/** Replaces text by another of any length, and says where. */
function damage(bytes: Buffer, text: string, by: string | Buffer): { bytes: Buffer; at: number } {
  const at = bytes.indexOf(text);
  expect(at, text).toBeGreaterThan(0);
  return {
    bytes: Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + text.length)]),
    at,
  };
}

const ids = (items: readonly DumpItem[]) => recordsOf(items).map(({ id }) => id);

/** The same however the bytes come. */
function read(bytes: Buffer): DumpItem[] {
  const items = readBytes(bytes);
  for (const chunk of [1, 13, 700]) expect(readBytes(bytes, { chunk })).toEqual(items);
  return items;
}

describe('a record that is no JSON but whose braces agree', () => {
  it.each(SAMPLES)('harms only itself in $name', ({ make, open }) => {
    const sample = make(ALL);
    const pretty = sample.bytes.includes('"note": "note 2"');
    const { bytes, at } = damage(
      sample.bytes,
      pretty ? '"note": "note 2"' : '"note":"note 2"',
      '"note":unquoted',
    );
    const items = read(bytes);
    const codes = codesOf(items).filter((code) => code !== 'end-mismatch');
    expect(codes).toEqual(['not-json']);
    expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5']);
    const problem = items.find(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ ordinal: 3 });
    expect(problem).toSatisfy(({ offset }: { offset: number }) => offset < at && offset > at - 400);
    expect(recordsOf(items).map(({ ordinal }) => ordinal)).toEqual([1, 2, 4, 5, 6]);
    expect(typeof open).toBe('boolean');
  });

  it.each(SAMPLES)('that is not UTF-8 harms only itself in $name', ({ make }) => {
    const { bytes } = damage(make(ALL).bytes, 'note 2', Buffer.from([0x6e, 0xff, 0xfe, 0xc3, 0x28, 0x32]));
    const items = read(bytes);
    expect(codesOf(items).filter((code) => code !== 'end-mismatch')).toEqual(['bad-utf8']);
    expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5']);
  });
});

/** Damage that takes structure away, where the next record has to be searched for. */
const BREAKS: readonly (readonly [string, string, string])[] = [
  ['a quote lost', '"note":"note 2"', '"note":"note 2'],
  ['a quote too many', '"note":"note 2"', '"note":"no"te 2"'],
  ['a brace lost', '{"y":2}],', '{"y":2],'],
  ['a brace too many', '{"y":2}],', '{"y":2}}],'],
  ['a bracket turned', '{"y":2}],', '{"y":2})),'],
  ['zeros', '"note":"note 2"', '\0'.repeat(15)],
  ['other bytes', '"note":"note 2"', '"\u0001{[\\"{\\'],
];

describe.each(BREAKS)('%s', (_, text, by) => {
  /** Everything before the damaged record, and everything after it, in this order. */
  const others = ['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5'];
  const inRecord2 = (bytes: Buffer) => {
    const start = bytes.indexOf('note 2');
    const from = text.startsWith('"note"') ? bytes.indexOf(text) : bytes.indexOf(text, start);
    expect(from).toBeGreaterThan(0);
    return Buffer.concat([bytes.subarray(0, from), Buffer.from(by), bytes.subarray(from + text.length)]);
  };

  it.each([
    ['lines', lines(ALL).bytes],
    ['rows', elements('{"total_rows":6,"offset":0,"rows":[', BARE.map(allDocsRow), ']}').bytes],
    [
      'rows, one a line',
      elements('{"total_rows":6,"offset":0,"rows":[\r\n', BARE.map(allDocsRow), '\r\n]}', ',\r\n').bytes,
    ],
    ['changes', elements('{"results":[', BARE.map(changesRow), '],"last_seq":6}').bytes],
    ['documents with histories', elements('{"docs":[', ALL, ']}').bytes],
    ['documents without, one a line', elements('[\n', BARE, '\n]', ',\n').bytes],
  ])('in %s, the records after it are found', (_name, bytes) => {
    const items = read(inRecord2(bytes));
    expect(ids(items)).toEqual(others);
    expect(new Set(codesOf(items))).toEqual(new Set(['not-json']));
    expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('in documents without histories, what follows is not guessed at', () => {
    const items = read(inRecord2(elements('{"docs":[', BARE, ']}').bytes));
    const found = ids(items);
    expect(found.slice(0, 2)).toEqual(['doc-0', 'doc-1']);
    // Either the damage was seen to stay inside of its record, or the rest is reported as not read.
    expect([2, 5]).toContain(found.length);
    expect(found.length === 5 || codesOf(items.slice(-1)).includes('not-json')).toBe(true);
  });
});

describe('damage of which no line tells where it ends', () => {
  const withLost = (text: string) => damage(Buffer.from(text), 'note 2"', 'note 2').bytes;
  it.each([
    ['documents that share a line', BARE.map((one) => JSON.stringify(one)).join(' ')],
    ['documents with histories that share a line', ALL.map((one) => JSON.stringify(one)).join(' ')],
    ['documents whose brackets stand at the start of their lines', BARE.map(flat).join('\n')],
  ])('in %s, what was not read is said', (_name, text) => {
    const items = read(withLost(text));
    const found = ids(items);
    expect(found.slice(0, 2)).toEqual(['doc-0', 'doc-1']);
    // All that follows was found, or the end of the file says that nothing was: with no number, for nobody can count them.
    const last = problemsOf(items).at(-1);
    const isSaid = last?.ordinal === undefined && last?.message === 'no further record was found after this';
    expect(found.length === 5 || isSaid, found.join()).toBe(true);
  });
});

/** As some editors write JSON: nothing is indented. */
function flat(one: Json): string {
  return JSON.stringify(one, null, 1).replace(/^ +/gm, '');
}

describe('searching for the next record', () => {
  it.each(BREAKS)('%s is noticed at once, however long the records are', (_, text, by) => {
    const long = ALL.map((whole) => ({ ...whole, pad: 'x'.repeat(100_000) }));
    const { bytes } = elements('{"docs":[', long, ']}');
    const start = bytes.indexOf('note 2');
    const from = text.startsWith('"note"') ? bytes.indexOf(text) : bytes.indexOf(text, start);
    const broken = Buffer.concat([
      bytes.subarray(0, from),
      Buffer.from(by),
      bytes.subarray(from + text.length),
    ]);
    const items = readBytes(broken, { chunk: 30_000 });
    expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5']);
  });

  it.each([
    ['later', [[{ x: 1 }]], ']]}}', 'not-json'],
    ['at the end of the file', [{ x: 1 }], ']}}', 'cut-off'],
  ])('goes back to where the damage was, if it showed only %s', (_, list, lost, code) => {
    // Without its last brackets a record takes the next ones in, as if they stood in its list.
    const texts = BARE.map((whole) => {
      const text = JSON.stringify(allDocsRow({ ...without(whole, 'list'), note: 'a "note" \\ {', list }));
      return whole === BARE[2] ? text.slice(0, text.lastIndexOf(lost)) : text;
    });
    const items = read(Buffer.from(`{"total_rows":6,"offset":0,"rows":[${texts.join(',')}]}`));
    expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5']);
    expect(codesOf(items)).toEqual([code]);
  });

  it('is not misled by what looks like a record inside of the damaged one', () => {
    const trap: Json = {
      id: 'trap',
      key: 'trap',
      value: { rev: '1-abc' },
      doc: { _id: 'other', _rev: '1-abc' },
    };
    const broken = document('doc-2', {
      note: 'note 2',
      list: [{}, { id: 'x' }, trap, { _id: 'inner', _rev: '1-abc' }, {}],
    });
    const rows = [...BARE.slice(0, 2), without(broken, '_revisions'), ...BARE.slice(3)].map(allDocsRow);
    const { bytes } = damage(
      elements('{"total_rows":6,"offset":0,"rows":[', rows, ']}').bytes,
      '"note":"note 2"',
      '"note":"note 2',
    );
    const items = read(bytes);
    expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-3', 'doc-4', 'doc-5']);
    expect(codesOf(items)).toEqual(['not-json']);
  });

  it('gives up after a bounded amount of work', () => {
    const rows = BARE.map((whole) => JSON.stringify(allDocsRow(whole)));
    const guesses = Array.from({ length: 20 }, () => JSON.stringify({ id: 'no row', pad: 'x'.repeat(200) }));
    const bytes = Buffer.from(
      `{"total_rows":1,"rows":[${rows[0]},{"x":"a"b"},${guesses.join(',')},${rows[1]}]}`,
    );
    expect(ids(readBytes(bytes))).toEqual(['doc-0', 'doc-1']);
    const items = readBytes(bytes, { limits: { searchBytes: 1000 } });
    expect(ids(items)).toEqual(['doc-0']);
    expect(items.at(-1)).toMatchObject({
      code: 'not-json',
      message: expect.stringContaining('no further') as string,
    });
  });

  it('takes time in proportion to the file, whatever the file is', () => {
    const nested = `},{"id":[{}`.repeat(200_000);
    const bytes = Buffer.from(
      `{"total_rows":1,"rows":[${JSON.stringify(allDocsRow(BARE[0] as Json))},{"x":"a"b"${nested}`,
    );
    expect(ids(readBytes(bytes))).toEqual(['doc-0']);
  });
});

describe('things between and after the records', () => {
  it.each([
    ['after the end', `${JSON.stringify({ docs: ALL })} and more`],
    ['after the end of an array', `${JSON.stringify(ALL)}]`],
  ])('garbage %s is reported', (_, text) => {
    const items = read(Buffer.from(text));
    expect(ids(items)).toHaveLength(6);
    expect(items.at(-1)).toMatchObject({ kind: 'problem', code: 'not-json' });
    expect(items.at(-1)).not.toHaveProperty('ordinal');
    expect(items).toHaveLength(7);
  });

  it.each(['{"total_rows"5:6,', '{"total_rows":6,,', '{"total_rows":6"a":0,', '{:', '{"a":x"b":1,', '{1:2,'])(
    'damage in front of them is noticed where it is: %s',
    (front) => {
      const items = read(
        Buffer.from(`${front}"rows":[${BARE.map((whole) => JSON.stringify(allDocsRow(whole))).join(',')}]}`),
      );
      expect(items[0]).toMatchObject({ code: 'not-json' });
      expect((items[0] as { offset: number }).offset).toBeLessThanOrEqual(front.length);
      expect(ids(items)).toEqual(['doc-0', 'doc-1', 'doc-2', 'doc-3', 'doc-4', 'doc-5']);
    },
  );

  it('a second dump of the same kind appended is read, too', () => {
    const items = read(
      Buffer.from(`${JSON.stringify({ docs: ALL.slice(0, 3) })}\n${JSON.stringify({ docs: ALL.slice(3) })}`),
    );
    expect(ids(items)).toHaveLength(6);
    expect(codesOf(items)).toEqual([]);
  });

  it('other fields of any shape, before and after the records, are passed over', () => {
    const around = {
      warnings: [{ docs: [{ _id: 'not me' }] }],
      total: { docs: [1] },
      text: '"docs":[{"_id":"nor me"}]',
    };
    const text = JSON.stringify({ ...around, docs: ALL, after: around });
    expect(ids(read(Buffer.from(text)))).toEqual(ALL.map((one) => one['_id']));
  });

  it('a comma too many is passed over at the end, reported elsewhere, and costs no record', () => {
    const [one, other] = ALL.map((whole) => JSON.stringify(whole));
    for (const [text, codes] of [
      [`[${one},${other},]`, []],
      [`[${one},,${other}]`, ['not-json']],
    ] as const) {
      const items = read(Buffer.from(text));
      expect(ids(items)).toEqual(['doc-0', 'doc-1']);
      expect(codesOf(items)).toEqual(codes);
    }
  });

  it('numbers and texts among the documents are entries that are no records', () => {
    const items = read(
      Buffer.from(`[${JSON.stringify(ALL[0])},1, "a b" ,null,[{}],${JSON.stringify(ALL[1])}]`),
    );
    expect(codesOf(items)).toEqual(Array.from({ length: 4 }, () => 'not-a-document'));
    expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('lines', () => {
  const [one, other] = ALL.map((whole) => JSON.stringify(whole));

  it('whose ends were lost give their records all the same', () => {
    for (const between of ['', ' ', '\r', '\0', ' ,', 'x']) {
      const items = read(Buffer.from(`${one}\n${one}${between}${other}\n${other}`));
      const lost = between === '\0' ? ['zeros-inside'] : between === 'x' ? ['not-json'] : [];
      expect([between, codesOf(items)]).toEqual([between, lost]);
      expect(ids(items).length).toBe(between === 'x' ? 3 : 4);
    }
  });

  it('say on which line and at which byte the damage is', () => {
    const [, problem] = read(Buffer.from(`${one}\r\n\r\n  {"_id":}\r\n${other}`));
    expect(problem).toMatchObject({ line: 3, offset: Buffer.byteLength(one ?? '') + 6 });
  });
});

describe('lines of arrays', () => {
  const text = (middle: string) =>
    [
      `{"version":"1.2.9","db_type":"http","start_time":"","db_info":{}}`,
      `{"docs":${JSON.stringify(ALL.slice(0, 2))}}`,
      middle,
      `{"docs":${JSON.stringify(ALL.slice(2))}}`,
      '{"seq":6}',
    ].join('\n');

  it.each([
    ['a broken document', '{"docs":[{"_id":"x","a":"b]}', 1],
    ['a broken frame', '{"docs":{{"_id":"x"}]}', 1],
    ['no JSON at all', 'oops', 1],
    ['an array that is not closed', '{"docs":[', 1],
    ['an array that is closed twice', '{"docs":[]]}', 1],
    ['a damaged key', '{"docz":[{"_id":"x"}]}', 1],
    ['an empty line', '', 0],
    ['another line', '{"seq":[12,"abc"],"more":{"docs":[{}]}}', 0],
  ])('%s harms only its line', (_, middle, problems) => {
    const items = read(Buffer.from(text(middle)));
    expect(ids(items)).toEqual(ALL.map((one) => one['_id']));
    expect(codesOf(items)).toEqual(Array.from({ length: problems }, () => 'not-json'));
    const problem = problemsOf(items)[0];
    expect(problem?.line).toBe(problems > 0 ? 3 : undefined);
  });
});
