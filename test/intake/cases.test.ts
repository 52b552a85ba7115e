/**
 * Files that people who do this work really have (`test/cases`; every person in them is invented), each with the right
 * answer, and others of the same kinds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { isOtherDatabase, isOtherServer } from '../../electron/intake/server-address.ts';
import { sniff } from '../../electron/intake/sniff.ts';
import { recognise } from '../../electron/intake/formats/recognise.ts';
import { claimsOfName } from '../../electron/intake/formats/claims.ts';
import { StationError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { attachment, document, type Json, without } from '../support/documents.ts';
import { changesRow, endLine, MANIFEST, allDocsRow } from '../support/formats.ts';
import { asDocument, codesOf, problemsOf, readBytes, readFile, recordsOf } from '../support/reading.ts';
import { chain, revisions } from '../support/revisions.ts';
import { temporaryFolder } from '../support/folder.ts';

/** A record of no particular kind. */
const doc = (id: string, fields: Json = {}, generations = 1): Json =>
  document(id, { type: 'data_record', ...fields }, { generations });

const CASES = join(import.meta.dirname, '../cases');
const folder = temporaryFolder();
afterAll(folder.remove);

async function read(name: string) {
  const { items, flags, claims, dump } = await readFile(join(CASES, name));
  return {
    format: dump.format,
    ids: recordsOf(items).map(({ id }) => id),
    codes: codesOf(items),
    items,
    flags,
    claims,
  };
}

const text = (value: string | readonly unknown[]) =>
  readBytes(
    Buffer.from(typeof value === 'string' ? value : value.map((one) => JSON.stringify(one)).join('\n')),
  );
const idsOf = (items: ReturnType<typeof readBytes>) => recordsOf(items).map(({ id }) => id);
const a = doc('a', { note: '{"[ }]' }, 2);
const b = doc('b', { deep: { list: [{ x: [1] }] } });
const c = doc('c');
const pretty = (value: unknown) => JSON.stringify(value, null, 2);

async function whyNot(bytes: Uint8Array | string): Promise<string> {
  try {
    const { format } = await recognise(folder.put('some-file', bytes));
    return `a dump: ${format}`;
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

describe('a line is not a value', () => {
  it.each([
    ['17-jq-pretty/concat-nonl.json', 6],
    ['17-jq-pretty/fauxton-one-doc.json', 1],
    ['17-jq-pretty/jq-pretty-docs.json', 6],
    ['17-jq-pretty/jq-pretty-rows.json', 6],
    ['17-jq-pretty/jq-tab.json', 6],
    ['17-jq-pretty/pretty-changes-continuous.json', 6],
    ['17-jq-pretty/pretty-couchbackup.json', 1],
    ['29-cht-conf-json_docs/jd-1.doc.json', 1],
    ['29-cht-conf-json_docs/jd-2.doc.json', 1],
    ['29-cht-conf-json_docs/jd-3.doc.json', 1],
  ])('%s', async (name, records) => {
    const { ids, codes, flags } = await read(name);
    expect([ids.length, codes, flags]).toEqual([records, [], []]);
  });

  it.each([
    ['17-jq-pretty/pretty-station.json', 'end-mismatch'],
    // Its header names two documents.
    ['17-jq-pretty/pretty-replication-stream.json', 'fewer-than-said'],
  ])('%s: the record is there, and what the file says of itself is held against it', async (name, code) => {
    const { ids, codes, items } = await read(name);
    expect([ids.length, codes]).toEqual([1, [code]]);
    expect(problemsOf(items)[0]).not.toHaveProperty('ordinal');
  });

  it('an indented record that is damaged costs no other one', () => {
    const damaged = pretty(b).replace('"deep": {', '"deep": ');
    for (const bad of [damaged, pretty(b).slice(0, -40), pretty(b).replace('"b"', '"b')]) {
      const items = text([pretty(a), bad, pretty(c)].join('\n'));
      expect([idsOf(items), new Set(codesOf(items))]).toEqual([['a', 'c'], new Set(['not-json'])]);
    }
  });

  it('lines that are not indented belong together, too', () => {
    const flat = [a, b, c].map((one) => pretty(one).replaceAll(/\n +/g, '\n')).join('\n');
    const items = text(flat);
    expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b', 'c'], []]);
    // What stands inside of a damaged one is not taken for a record.
    const inner = doc('b', { contact: { parents: [{ _id: 'inner' }, { _id: 'other' }] } });
    const broken = [a, inner, c].map((one) => pretty(one).replaceAll(/\n +/g, '\n')).join('\n');
    expect(idsOf(text(broken.replace('"contact": {', '"contact": ')))).toEqual(['a', 'c']);
  });

  it('a record that a line end was put into is one record', () => {
    const items = text(
      `${JSON.stringify(a)}\n${JSON.stringify(b).replace(',"deep"', ',\n"deep"')}\n${JSON.stringify(c)}`,
    );
    expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b', 'c'], []]);
  });

  it('arrays of couchbackup and objects of a replication stream may be indented', () => {
    const header = JSON.stringify({ name: '@cloudant/couchbackup', version: '2', mode: 'full' });
    const backup = text(`${header}\n${pretty([a, b])}\n${pretty([c])}\n`);
    expect([idsOf(backup), codesOf(backup)]).toEqual([['a', 'b', 'c'], []]);
    const stream = JSON.stringify({ version: '1', db_type: 'idb', start_time: '', db_info: {} });
    const items = text(
      `${stream}\n${pretty({ docs: [a, b] })}\n${pretty({ seq: 2 })}\n${pretty({ docs: [c] })}\n`,
    );
    expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b', 'c'], []]);
  });

  it('lines may end in commas, as a part of a listing does', () => {
    const items = text([a, b, c].map((one) => `${JSON.stringify(one)},`).join('\n'));
    expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b', 'c'], []]);
    const rows = text([a, b].map((one) => `${JSON.stringify(allDocsRow(one))} ,\r\n`).join(''));
    expect([idsOf(rows), codesOf(rows)]).toEqual([['a', 'b'], []]);
  });
});

describe('files joined and written on Windows', () => {
  it.each([
    ['cr-only.json', 2],
    ['ctrl-z-alldocs.json', 2],
    ['ctrl-z-ndjson.json', 2],
    ['formfeed.json', 2],
    ['leading-blank-lines.json', 2],
    ['nbsp.json', 2],
    ['ndjson-cr-only.json', 3],
    ['tabs-ndjson.json', 2],
    ['two-boms-ndjson.json', 4],
    ['two-boms.json', 4],
    ['zwsp-in-between.json', 2],
  ])('34-windows-joined/%s', async (name, records) => {
    const { ids, codes } = await read(`34-windows-joined/${name}`);
    expect([ids.length, codes]).toEqual([records, []]);
  });

  it('34-windows-joined/cut-in-last-brace.json', async () => {
    const { ids, codes, flags } = await read('34-windows-joined/cut-in-last-brace.json');
    expect([ids.length, codes, flags]).toEqual([2, ['cut-off'], ['cut-off']]);
  });

  it.each(['\u3000', '\u2028', '\u2060', '\u0085', '\x0b', '\x1e', ',\ufeff,'])(
    'a blank of another kind between records: %j',
    (blank) => {
      const [one, two] = [JSON.stringify(a), JSON.stringify(b)];
      for (const whole of [
        `${one}\n${blank}${two}`,
        `{"docs":[${one}]}${blank.replaceAll(',', '')}{"docs":[${two}]}`,
      ]) {
        for (const chunk of [1, 1000])
          expect([idsOf(readBytes(Buffer.from(whole), { chunk })), codesOf(text(whole))]).toEqual([
            ['a', 'b'],
            [],
          ]);
      }
    },
  );

  it('with carriage returns alone, damage still ends with its line', () => {
    const lines = [a, '{"_id":"x","y":}', b, c].map((one) =>
      typeof one === 'string' ? one : JSON.stringify(one),
    );
    const items = text(lines.join('\r'));
    expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b', 'c'], ['not-json']]);
  });

  it.each([
    ['little endian, with its mark', Buffer.from(`\ufeff${JSON.stringify({ docs: [a, b] })}`, 'utf16le')],
    [
      'big endian, with its mark',
      Buffer.from(`\ufeff${JSON.stringify({ docs: [a, b] })}`, 'utf16le').swap16(),
    ],
    ['without a mark', Buffer.from([a, b].map((one) => JSON.stringify(one)).join('\r\n'), 'utf16le')],
    ['big endian, without a mark', Buffer.from(JSON.stringify([a, b]), 'utf16le').swap16()],
    ['without a mark, after line ends', Buffer.from(`\r\n\t${JSON.stringify([a, b])}`, 'utf16le')],
    ['packed', gzipSync(Buffer.from(`\ufeff${JSON.stringify([a, b])}`, 'utf16le'))],
    ['packed, big endian, without a mark', gzipSync(Buffer.from(JSON.stringify([a, b]), 'utf16le').swap16())],
  ])('UTF-16 is read: %s', async (_, bytes) => {
    const { items } = await readFile(folder.put('utf16', bytes), { limits: { chunkBytes: 7 } });
    expect([recordsOf(items).map(asDocument), codesOf(items)]).toEqual([[a, b], []]);
  });

  it('half a character in UTF-16 costs its record and changes none', async () => {
    const words = [doc('a', { note: 'é漢🙂' }), doc('b', { note: 'X' }), c];
    const bytes = Buffer.from(`\ufeff${words.map((one) => JSON.stringify(one)).join('\n')}`, 'utf16le');
    bytes.writeUInt16LE(0xd83d, bytes.indexOf(Buffer.from('X', 'utf16le')));
    const { items } = await readFile(folder.put('half', bytes), { limits: { chunkBytes: 5 } });
    expect([recordsOf(items).map(asDocument), codesOf(items)]).toEqual([[words[0], c], ['bad-utf8']]);
    const cut = await readFile(folder.put('cut', bytes.subarray(0, -1)));
    expect([codesOf(cut.items).at(-1), cut.flags]).toEqual(['cut-off', ['cut-off']]);
  });
});

describe('a backup that was interrupted and resumed', () => {
  it.each([
    ['header-new.txt', 6, []],
    ['interrupted-header.txt', 11, ['not-json']],
    ['new-resume.txt', 11, ['not-json']],
    ['old-resume.txt', 11, ['not-json']],
  ])(
    '21-couchbackup-resumed/%s: whole documents after the damage are taken',
    async (name, records, problems) => {
      const { ids, codes } = await read(`21-couchbackup-resumed/${name}`);
      expect([ids.length, codes]).toEqual([records, problems]);
    },
  );

  it('also in the last line, and in a replication stream', () => {
    const backup = `${JSON.stringify([a])}\n${JSON.stringify([b]).slice(0, 90)}${JSON.stringify([b, c])}\n`;
    expect(idsOf(text(backup))).toEqual(['a', 'b', 'c']);
    const header = JSON.stringify({ version: '1', db_type: 'idb', start_time: '', db_info: {} });
    const line = `{"docs":[${JSON.stringify(a).replace('"type":', '"type"')},${JSON.stringify(b)}]}`;
    expect(idsOf(text(`${header}\n${line}\n{"docs":[${JSON.stringify(c)}]}\n`))).toEqual(['b', 'c']);
  });
});

describe('what a file says of its own completeness', () => {
  it.each([
    ['19-own-counts/alldocs-page.json', 10, '5000 said, 10 here'],
    ['19-own-counts/alldocs-page2.json', 10, '5000 said, 10 here'],
    ['19-own-counts/changes-pending.json', 10, '5000 said, 10 here'],
    ['19-own-counts/replication-stream-short.txt', 10, '500 said, 10 here'],
    ['19-own-counts/find-bookmark-limit.json', 25, '25 here, and a bookmark'],
    ['07-conflicts-field/all.json', 1, '2 named, 0 here'],
    ['07-conflicts-field/changes.json', 1, '1 named, 0 here'],
  ])('%s is flagged, with both numbers', async (name, records, numbers) => {
    const { ids, items, flags } = await read(name);
    expect([ids.length, flags]).toEqual([records, ['maybe-incomplete']]);
    expect(problemsOf(items)[0]?.message).toContain(numbers);
  });

  it.each([
    ['19-own-counts/couchbackup-shallow.txt', 3, [], ['maybe-incomplete']],
    ['19-own-counts/att-encoding.json', 0, ['attachment-missing'], []],
    ['19-own-counts/bulk-get-with-errors.json', 0, ['row-error'], []],
  ])('%s', async (name, records, problems, flagged) => {
    const { ids, codes, flags } = await read(name);
    expect([ids.length, codes, flags]).toEqual([records, problems, flagged]);
  });

  it('pages of one list that are all there are whole', () => {
    const page = (rows: readonly Json[], total: number) =>
      JSON.stringify({ total_rows: total, offset: 0, rows: rows.map(allDocsRow) });
    expect(codesOf(text(`${page([a, b], 3)}\n${page([c], 3)}`))).toEqual([]);
    expect(codesOf(text(`${page([a, b], 2)}\n${page([c], 3)}`))).toEqual(['fewer-than-said']);
    // More than said is no loss: deletions and broken rows are not among the total.
    expect(codesOf(text(page([a, b, c], 2)))).toEqual([]);
  });

  it('a cut file is cut, and nothing else is said of its numbers', () => {
    const listing = JSON.stringify({ total_rows: 9, offset: 0, rows: [allDocsRow(a), allDocsRow(b)] });
    expect(codesOf(text(listing.slice(0, -30)))).toEqual(['cut-off']);
  });

  it('versions that are named and carried are no loss', () => {
    const winner = { ...doc('x', {}, 3), _conflicts: [doc('x', {}, 2)['_rev']] };
    expect(codesOf(text([winner, doc('x', {}, 2)]))).toEqual([]);
    // In whatever order they stand.
    expect(codesOf(text([doc('x', {}, 2), winner]))).toEqual([]);
    expect(codesOf(text([doc('x', {}, 2), c, winner]))).toEqual([]);
    expect(codesOf(text([winner, c]))).toEqual(['versions-missing']);
  });
});

describe('answers about revisions', () => {
  it('18-silent/with-good/medic-user-chw9.json: _bulk_get', async () => {
    const { format, ids, codes } = await read('18-silent/with-good/medic-user-chw9.json');
    expect([format, new Set(ids), codes]).toEqual(['bulk-get', new Set(['s17-a', 's17-b']), []]);
  });

  it('give every leaf with its history, and say what is missing', () => {
    const leaves = [doc('x', {}, 3), doc('x', { side: 2 }, 2)];
    const answer = {
      results: [
        {
          id: 'x',
          docs: [...leaves.map((ok) => ({ ok })), { error: { id: 'x', rev: '1-a', error: 'not_found' } }],
        },
        { id: 'c', docs: [{ ok: c }] },
      ],
    };
    const items = text(JSON.stringify(answer));
    expect(recordsOf(items).map(asDocument)).toEqual([...leaves, c]);
    expect(items.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4]);
    expect(codesOf(items)).toEqual(['row-error']);
  });

  it('open_revs is a list of them', () => {
    const items = text(JSON.stringify([{ ok: a }, { missing: '2-abc' }]));
    expect([idsOf(items), codesOf(items)]).toEqual([['a'], ['row-error']]);
  });

  it('_revs_info is a history, where it is unbroken', () => {
    const info = chain('abc').map((rev, at) => ({ rev, status: at === 0 ? 'available' : 'missing' }));
    const bare = without(doc('x', {}, 3), '_revisions');
    const [item] = recordsOf(text([{ ...bare, _revs_info: info }]));
    expect(item?.history).toEqual(chain('abc'));
    const [odd] = recordsOf(text([{ ...bare, _revs_info: [info[0], info[2]] }]));
    expect(odd?.history).toBeUndefined();
  });

  it.each([
    ['another generation', { ...revisions(chain('ab')), start: 3 }],
    ['another revision', { start: 2, ids: ['abc', 'def'] }],
  ])('a history that contradicts the record (%s) is left out, and the record is taken', (_, _revisions) => {
    const items = text([{ ...doc('x', {}, 2), _revisions }]);
    expect(recordsOf(items)).toMatchObject([{ id: 'x', rev: chain('ab')[0], history: undefined }]);
    expect(codesOf(items)).toEqual(['history-left-out']);
  });
});

describe('attachments as databases and phones write them', () => {
  it('24-curl-of-couchdb/medic-alldocs.json: digests of the packed bytes are no damage', async () => {
    const { ids, codes, flags } = await read('24-curl-of-couchdb/medic-alldocs.json');
    expect([ids.length, codes, flags]).toEqual([124, [], []]);
  });

  it('36-wrapped-base64/d.json: base64 in lines', async () => {
    const { ids, codes } = await read('36-wrapped-base64/d.json');
    expect([ids, codes]).toEqual([['bw-x'], []]);
  });

  const photo = attachment('photo '.repeat(3000));
  const wrapped = (end: string) => ({
    ...photo,
    data: String(photo['data']).replaceAll(/.{76}/g, `$&${end}`),
  });

  it.each(['\r\n', '\n', ' ', '\t'])(
    'base64 in lines of 76, with %j between them, in every kind of dump',
    (end) => {
      const whole = doc('x', { _attachments: { photo: wrapped(end) } });
      const before = `${JSON.stringify(MANIFEST)}\n${JSON.stringify({ doc: whole })}\n`;
      for (const dump of [
        JSON.stringify([whole]),
        JSON.stringify({ results: [changesRow(whole)], last_seq: 1 }),
        `${before}${endLine(before, 1, 1)}\n`,
      ]) {
        const items = text(dump);
        expect([codesOf(items), recordsOf(items)[0]?.attachments['photo']?.digest]).toEqual([
          [],
          photo['digest'],
        ]);
      }
    },
  );

  it('a digest that is wrong is damage all the same', () => {
    const items = text([
      doc('x', { _attachments: { photo: { ...wrapped('\n'), digest: attachment('y')['digest'] } } }),
    ]);
    expect(codesOf(items)).toEqual(['digest-mismatch']);
  });

  it('the digest of a text is not compared, whoever wrote the dump', () => {
    const other = attachment('packed')['digest'];
    const form = { ...attachment('<xml/>', 'application/xml'), digest: other };
    const said = { ...attachment('x', 'application/x-odd'), digest: other, encoding: 'gzip' };
    const empty = { ...attachment('', 'text/plain'), digest: other };
    const whole = doc('x', { _attachments: { form, said, empty } });
    const before = `${JSON.stringify(MANIFEST)}\n${JSON.stringify({ doc: whole })}\n`;
    expect(codesOf(text(`${before}${endLine(before, 1, 3)}\n`))).toEqual([]);
    expect(codesOf(text(JSON.stringify({ docs: [whole] })))).toEqual([]);
  });
});

describe('numbers that JavaScript cannot carry', () => {
  const withNumber = (number: string) => JSON.stringify(doc('x', { value: 'N' })).replace('"N"', number);

  it.each(['9007199254740993', '-9007199254740993', '12345678901234567890', '1e400', '-1e999', '1e-400'])(
    '%s puts its record aside',
    (number) => {
      const items = text(`${JSON.stringify(a)}\n${withNumber(number)}\n${JSON.stringify(b)}`);
      expect([idsOf(items), codesOf(items)]).toEqual([['a', 'b'], ['number-not-exact']]);
    },
  );

  it.each([
    '9007199254740992',
    '-12.5',
    '36.60000000000000142',
    '1e21',
    '1E-7',
    '0.0',
    '0e5',
    '100000000000000000000',
    '1764200240000',
  ])('%s is taken', (number) => {
    expect(codesOf(text(withNumber(number)))).toEqual([]);
  });

  it('digits in a text are no number', () => {
    expect(codesOf(text([doc('x', { phone: '9007199254740993', list: ['1e400'] })]))).toEqual([]);
  });
});

describe('other databases', () => {
  it('05-users-db/users-alldocs.json: accounts are never records', async () => {
    const { items } = await read('05-users-db/users-alldocs.json');
    expect(recordsOf(items).map(({ id }) => id)).toEqual(['_design/_auth']);
    expect(codesOf(items)).toEqual(['other-database', 'other-database']);
  });

  it('15-replication-stream-other-server: the header says so', async () => {
    const stream = await read('15-replication-stream-other-server/other-server.txt');
    expect(isOtherServer(stream.claims.server, 'https://cht.example.org')).toBe(true);
    const sentinel = await read('15-replication-stream-other-server/cht-sentinel.chtdump');
    expect(isOtherDatabase(sentinel.claims.database)).toBe(true);
    const other = await read('15-replication-stream-other-server/cht-other.chtdump');
    expect(isOtherServer(other.claims.server, 'https://cht.example.org')).toBe(true);
  });

  const stream = async (info: Json) => {
    const header = JSON.stringify({ version: '1', db_type: 'http', start_time: '', db_info: info });
    return (await readFile(folder.put('stream.txt', `${header}\n${JSON.stringify({ docs: [a] })}\n`))).claims;
  };

  it.each([
    [{ db_name: 'medic-user-chw1-meta' }, true],
    [{ db_name: 'medic-sentinel' }, true],
    [{ db_name: 'https://cht.example.org/medic-logs' }, true],
    [{ db_name: '_users' }, true],
    [{ db_name: 'medic-user-chw1' }, false],
    [{ db_name: 'medic' }, false],
    [{ db_name: 'my-own-copy' }, false],
  ])('a replication stream of %j', async (info, isOther) => {
    expect(isOtherDatabase((await stream(info)).database)).toBe(isOther);
  });

  it('a replication stream of a phone names its person, and one of a server its address', async () => {
    expect(await stream({ db_name: 'medic-user-chw1' })).toMatchObject({ user: 'chw1' });
    expect(await stream({ db_name: 'medic', host: 'https://a.example/medic/' })).toMatchObject({
      server: 'https://a.example',
    });
  });

  it.each(['_users.json', 'medic-sentinel.json.gz', 'medic-user-chw1-meta (1).txt', 'medic-logs.ndjson'])(
    'the name %s',
    (name) => {
      expect(isOtherDatabase(claimsOfName(`stick/${name}`, LIMITS).database)).toBe(true);
    },
  );

  it('the names of dumps of phones are no such names', () => {
    for (const name of ['medic-user-chw1.json', 'chw-meta_20261120T101500.txt', 'users.json', 'logs.txt'])
      expect(claimsOfName(name, LIMITS).database).toBeUndefined();
  });

  it.each([
    { _id: 'hc1-chw1-info', type: 'info', doc_id: 'hc1-chw1', initial_replication_date: 1 },
    { _id: 'replication-fail-2026-11-chw1', user: 'chw1', total_failures: 3 },
    { _id: 'purgelog:1764200240000', roles: {}, duration: 5 },
    { _id: 'org.couchdb.user:chw9', name: 'chw9', roles: [], derived_key: 'x', salt: 'y' },
  ])('a document of one, by its content: $_id', (whole) => {
    expect(codesOf(text([{ ...whole, _rev: '1-a' }]))).toEqual(['other-database']);
  });

  it('user-settings and what only looks like such a document are records', () => {
    const settings = { _id: 'org.couchdb.user:chw1', _rev: '1-a', type: 'user-settings', name: 'chw1' };
    const record = { _id: 'replication-fail-report', _rev: '1-a', type: 'data_record' };
    expect(codesOf(text([settings, record]))).toEqual([]);
  });
});

describe('a first look', () => {
  const json = JSON.stringify([a]);
  it.each<[string, Uint8Array | string, string]>([
    ['two byte order marks', `\ufeff\ufeff${json}`, 'dump'],
    ['a no-break space first', `\u00a0${json}`, 'dump'],
    ['Ctrl-Z and form feeds first', `\x1a\f${json}`, 'dump'],
    ['a hole first', `\0\0\n${json}`, 'dump'],
    ['UTF-16 without a mark', Buffer.from(json, 'utf16le'), 'dump'],
    ['UTF-16, big endian', Buffer.from(`\ufeff${json}`, 'utf16le').swap16(), 'dump'],
    ['nothing but blanks so far', ' \r\n\u2003', 'perhaps'],
    ['half a blank at the end', Buffer.from([0x20, 0xe2, 0x80]), 'perhaps'],
    ['gzip', gzipSync(json), 'perhaps'],
    ['a zip', 'PK\x03\x04', 'perhaps'],
    ['a sealed half', 'age-encryption.org/v1\n-> X', 'perhaps'],
    ['a letter', 'Dear Sir', 'no'],
    ['a picture', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10]), 'no'],
  ])('sees by the rules of the reader: %s', (_, bytes, expected) => {
    expect(sniff(Buffer.from(bytes))).toBe(expected);
  });
});

describe('what is no dump is named', () => {
  it.each([
    ['cht-127.0.0.1-chw3-20261120T101500Z.chtdump', 'only-zeros'],
    ['chw2_20261120T101500.txt', 'empty-file'],
    ['chw5_20261120T101500.zip', 'a dump: zip'],
    ['chw6_20261120T101500.txt', 'a dump: zip'],
    ['chw8_20261120T101500.txt', 'quoted-text'],
    ['good.json', 'a dump: all-docs'],
    ['medic-user-chw10.json.gz', 'not-a-dump'],
    ['medic-user-chw11.json', 'error-answer'],
    ['medic-user-chw4.json', 'a dump: all-docs'],
    ['medic-user-chw7.json', 'web-page'],
    ['medic-user-chw9.json', 'a dump: bulk-get'],
  ])('18-silent/with-good/%s', async (name, answer) => {
    expect(await whyNot(readFileSync(join(CASES, '18-silent/with-good', name)))).toBe(answer);
  });

  const tar = Buffer.alloc(1024);
  tar.write('chw1.json', 0);
  tar.write('ustar', 257);
  it.each([
    ['7z', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1'), 'packed-7z'],
    ['rar', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), 'packed-rar'],
    ['xz', Buffer.from('\xfd7zXZ\0\0\x04', 'latin1'), 'packed-xz'],
    ['bzip2', Buffer.from('BZh91AY&SY', 'latin1'), 'packed-bzip2'],
    ['zstd', Buffer.from('\x28\xb5\x2f\xfd\x04', 'latin1'), 'packed-zstd'],
    ['tar', tar, 'packed-tar'],
    ['tar in gzip', gzipSync(tar), 'packed-tar'],
    ['gzip in gzip', gzipSync(gzipSync('{}')), 'packed-twice'],
    ['gzip that was cut early', gzipSync(JSON.stringify([a, b])).subarray(0, 20), 'cut-gzip'],
    ['zeros in gzip', gzipSync(Buffer.alloc(5000)), 'only-zeros'],
    ['zeros and blanks', '\0\0\r\n\0', 'only-zeros'],
    ['a web page after blank lines', '\ufeff\r\n<HTML lang="fr"><p>', 'web-page'],
    ['an error with its code', '{"code":401,"error":"unauthorized"}', 'error-answer'],
    ['a quoted list', '"[{\\"_id\\":1}]"', 'quoted-text'],
    ['UTF-16 of a letter', Buffer.from('\ufeffDear Sir', 'utf16le'), 'bad-utf16'],
    ['UTF-16 of a web page', Buffer.from('\ufeff<!DOCTYPE html>', 'utf16le'), 'web-page'],
  ])('%s', async (_, bytes, code) => {
    expect(await whyNot(bytes)).toBe(code);
  });

  it('a hole of zeros is told: before a record, between records, and where the rest should be', () => {
    const [one, two] = [JSON.stringify(a), JSON.stringify(b)];
    const hole = '\0'.repeat(600);
    expect(codesOf(text(`${hole}${one}\n`))).toEqual(['zeros-inside']);
    expect(codesOf(text(`${one}\n${hole}\n${two}\n`))).toEqual(['zeros-inside']);
    const cut = readBytes(Buffer.from(`${one}\n${two}\n${hole}`), { chunk: 100 });
    expect([idsOf(cut), codesOf(cut)]).toEqual([['a', 'b'], ['zeros-inside']]);
    // After the proper end of a list it is padding.
    expect(codesOf(text(`{"docs":[${one}]}${hole}`))).toEqual([]);
  });
});
