import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { glimpse, piecesOf } from '../../electron/intake/formats/glimpse.ts';
import { recognise } from '../../electron/intake/formats/recognise.ts';
import { StationError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Glimpse } from '../../shared/sources.ts';
import { taskBody } from '../support/bodies.ts';
import { attachment, document, report, type Json } from '../support/documents.ts';
import {
  allDocsDump,
  androidDump,
  docsDump,
  ndjsonDump,
  sealedBundle,
  stationDump,
} from '../support/dumps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { DOCUMENTS, endLine, MANIFEST, SAMPLES } from '../support/formats.ts';
import { readFile } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

/** A glimpse at a file as a stick has it: so much of its beginning as is copied for that, and pieces of the rest. */
async function seen(bytes: Uint8Array, name = 'a-file', withPieces = true): Promise<Glimpse | null> {
  const path = folder.put('beginning', bytes.subarray(0, LIMITS.recogniseBytes));
  const found = await recognise(path);
  const pieces = (withPieces ? piecesOf(found, bytes.length) : []).map(({ offset, length }) =>
    bytes.subarray(offset, offset + length),
  );
  return glimpse(path, found, { name, bytes: bytes.length, pieces });
}

/** Reports of about one size, more of them than a glimpse reads. */
const reports = (count: number, fields: Json = {}): Json[] =>
  Array.from({ length: count }, (_, n) => report(`report-${n}`, { note: noteOf(n), ...fields }));
/** Of no regular length, and not packed to nothing. */
const noteOf = (n: number) =>
  createHash('sha512')
    .update(String(n))
    .digest('hex')
    .repeat(3)
    .slice(0, 200 + ((n * 37) % 180));
const MANY = 4000;

function expectAbout(said: Glimpse | null, count: number): void {
  expect(said?.records?.how).toBe('estimated');
  const reckoned = said?.records?.count ?? 0;
  expect(Math.abs(reckoned - count) / count).toBeLessThan(0.2);
  // Two digits and zeros: nobody takes it for a count.
  expect(String(reckoned)).toMatch(/^\d{1,2}0*$/);
}

describe('a full export', () => {
  it('says whose it is, from which phone and server, made when; and a small one was counted', async () => {
    expect(await seen(stationDump([report('r1'), report('r2')], { server: MANIFEST.server }))).toEqual({
      user: 'chw1',
      userFrom: 'dump',
      device: 'device-1',
      server: 'cht.example.org',
      exportedAt: '2026-01-02T03:04:05.000Z',
      records: { count: 2, how: 'counted' },
    });
  });

  it('counts its records in its last line, which is believed as a claim only', async () => {
    const bytes = stationDump(reports(MANY));
    expect((await seen(bytes))?.records).toEqual({ count: MANY, how: 'said' });
    // Where the end is not looked at nobody says how many, nor that it is missing.
    const head = await seen(bytes, 'a-file', false);
    expect(head).not.toHaveProperty('records');
    expect(head).not.toHaveProperty('cut');
    // Zeros after it, as a stick leaves them, do no harm.
    const padded = Buffer.concat([bytes, Buffer.alloc(100)]);
    expect((await seen(padded))?.records).toEqual({ count: MANY, how: 'said' });
  });

  it('that was cut off says so, large or small', async () => {
    const large = stationDump(reports(MANY));
    const cut = await seen(large.subarray(0, Math.floor(large.length / 2)));
    expect(cut?.cut).toBe(true);
    expect(cut).not.toHaveProperty('records');
    const small = stationDump([report('r1'), report('r2')]);
    expect(await seen(small.subarray(0, small.length - 200))).toMatchObject({ user: 'chw1', cut: true });
    expect(await seen(small.subarray(0, small.length - 200))).not.toHaveProperty('records');
  });

  it.each([
    ['more than can be in it', { docs: 20_000_000 }],
    ['less than nothing', { docs: -1 }],
    ['half a record', { docs: 1.5 }],
    ['a text', { docs: '7' }],
    ['nothing', {}],
  ])('whose last line counts %s: that is not said', async (_, end) => {
    const bytes = stationDump(reports(MANY));
    const last = bytes.lastIndexOf('{"end"');
    const forged = Buffer.concat([bytes.subarray(0, last), Buffer.from(JSON.stringify({ end }))]);
    const said = await seen(forged);
    expect(said).not.toHaveProperty('records');
    expect(said).not.toHaveProperty('cut');
  });

  it('whose end is nothing but a hole says nothing of its end', async () => {
    const bytes = Buffer.concat([stationDump(reports(MANY)), Buffer.alloc(2 * LIMITS.glimpseEndBytes)]);
    expect(await seen(bytes)).not.toHaveProperty('cut');
  });
});

describe('about how many', () => {
  it.each([
    ['docs', docsDump],
    ['all-docs', allDocsDump],
    ['ndjson', ndjsonDump],
  ] as const)('%s', async (_, make) => {
    expectAbout(await seen(make(reports(MANY))), MANY);
    expect((await seen(make(reports(3))))?.records).toEqual({ count: 3, how: 'counted' });
    expect((await seen(gzipSync(make(reports(3)))))?.records).toEqual({ count: 3, how: 'counted' });
  });

  it.each([
    ['packed', gzipSync(docsDump(reports(MANY)))],
    ['in UTF-16', Buffer.from(`\ufeff${docsDump(reports(MANY)).toString()}`, 'utf16le')],
    ['without revisions', androidDump(reports(MANY))],
  ])('is not said of a large one %s: its beginning would mislead', async (_, bytes) => {
    expect(await seen(bytes)).not.toHaveProperty('records');
  });

  it('is not said where only the beginning is read, as of a phone', async () => {
    expect(await seen(docsDump(reports(MANY)), 'a-file', false)).not.toHaveProperty('records');
  });

  it('is not misled by small records that stand before large ones', async () => {
    const contacts = Array.from({ length: 1000 }, (_, n) =>
      document(`contact-${n}`, { type: 'person', note: noteOf(n) }),
    );
    const long = (n: number) => report(`long-${n}`, { note: noteOf(n).repeat(3) });
    const bytes = docsDump([...contacts, ...Array.from({ length: 3000 }, (_, n) => long(n))]);
    const { count, how } = (await seen(bytes))?.records ?? {};
    expect(how).toBe('estimated');
    expect(Math.abs((count ?? 0) - 4000) / 4000).toBeLessThan(0.3);
  });

  it('is not said where photos are most of it', async () => {
    const photo = { _attachments: { photo: attachment(Buffer.alloc(1024 ** 2, 'x')) } };
    const bytes = docsDump([...reports(500), report('p1', photo), ...reports(500), report('p2', photo)]);
    expect(await seen(bytes)).not.toHaveProperty('records');
  });

  it.each(SAMPLES)('$name: as many as the import reads', async ({ make }) => {
    const { bytes } = make(DOCUMENTS);
    const { items } = await readFile(folder.put('whole', bytes));
    const count = items.filter((item) => item.kind === 'record' || item.ordinal !== undefined).length;
    expect((await seen(bytes))?.records).toEqual({ count, how: 'counted' });
  });
});

describe('whose', () => {
  const name = 'chw2_20260102T0304.txt';

  it('by its records, where the dump itself does not say it', async () => {
    const task = document('task~org.couchdb.user:chw7~1', { ...taskBody(), user: 'org.couchdb.user:chw7' });
    expect(await seen(docsDump([report('r1'), task]), name)).toMatchObject({
      user: 'chw7',
      userFrom: 'records',
    });
    const other = document('task~org.couchdb.user:chw8~1', { ...taskBody(), user: 'org.couchdb.user:chw8' });
    expect(await seen(docsDump([task, other]))).not.toHaveProperty('user');
  });

  it('by the name of the file, which also has the time', async () => {
    const said = await seen(androidDump([report('r1')]), name);
    expect(said).toMatchObject({ user: 'chw2', userFrom: 'file-name' });
    expect(said?.exportedAt).toBe(new Date('2026-01-02T03:04:00').toISOString());
    // No such month.
    expect(await seen(androidDump([report('r1')]), 'chw2_20269902T0304.txt')).not.toHaveProperty(
      'exportedAt',
    );
  });

  it.each(['\u0441hw1', 'chw1\u200b', 'CHW1', 'x'.repeat(300), '', { user: 'chw1' }])(
    'is not said by a name that no user of CHT has: %j',
    async (user) => {
      expect(await seen(stationDump([report('r1')], { user }))).not.toHaveProperty('user');
    },
  );

  it('and nothing of a sealed bundle or of a zip', async () => {
    const { sealed, envelope } = sealedBundle({ user: 'chw1', device: 'd', number: 1 });
    folder.put('b.json', envelope);
    const path = folder.put('b.bundle', sealed);
    const found = await recognise(path);
    expect(found.format).toBe('cht-bundle');
    expect(await glimpse(path, found, { name: 'b.bundle', bytes: sealed.length, pieces: [] })).toBeNull();
  });
});

describe('hostile files', () => {
  it('texts are fit for one line, whatever they hold', async () => {
    const said = await seen(
      stationDump([report('r1')], {
        device: 'pho\u202ene\u200b<b>',
        server: 'http://\u202eelsewhere',
        exportedAt: '2026-01-02T03:04:05Z (\u202e)',
      }),
    );
    expect(said).toMatchObject({ device: 'phone<b>' });
    expect(JSON.stringify(said)).not.toMatch(/[\u202e\u200b]/);
  });

  it.each([
    ['a million brackets', Buffer.from(`{"docs":[${'['.repeat(1e6)}`)],
    ['a million empty objects', Buffer.from(`{"docs":[${'{},'.repeat(1e6)}{}]}`)],
    ['a million lines', Buffer.from(`${JSON.stringify(MANIFEST)}\n${'x\n'.repeat(1e6)}`)],
    ['blanks without end', Buffer.from(`{"docs":[${' '.repeat(5e6)}]}`)],
    ['blanks without end, packed', gzipSync(`${JSON.stringify(MANIFEST)}\n${'\n'.repeat(5e7)}`)],
    ['a text without end', Buffer.from(`{"docs":[{"_id":"a","x":"${'x'.repeat(5e6)}`)],
    [
      'a document of two hundred thousand values',
      docsDump([report('r', { list: Array.from({ length: 2e5 }, () => ({})) })]),
    ],
    ['a record full of keys', Buffer.from(`{"docs":[{"_id":"a",${'"__proto__":1,'.repeat(1e5)}"b":1}]}`)],
  ])(
    '%s: no more than its beginning is looked at, and nothing is said that is not there',
    async (_, bytes) => {
      const said = await seen(bytes);
      expect(said?.records?.how).not.toBe('counted');
      expect(said?.records?.how).not.toBe('said');
    },
  );

  it('the beginning and the end are all that is ever needed', async () => {
    for (const bytes of [stationDump(reports(MANY)), docsDump(reports(MANY))]) {
      const path = folder.put('large', bytes);
      // A gigabyte in name, with no bytes beyond these.
      truncateSync(path, 1024 ** 3);
      const found = await recognise(path);
      const wanted = piecesOf(found, statSync(path).size);
      const total = wanted.reduce((sum, { length }) => sum + length, 0);
      expect(total).toBeLessThanOrEqual(LIMITS.glimpseSamples * LIMITS.glimpseSampleBytes);
      const pieces = wanted.map(({ length }) => Buffer.alloc(length));
      const file = { name: 'x', bytes: statSync(path).size, pieces };
      const whole = await glimpse(path, found, file);
      writeFileSync(path, bytes.subarray(0, LIMITS.glimpseBytes + LIMITS.glimpseBlockBytes));
      expect(await glimpse(path, found, file)).toEqual(whole);
    }
  });

  it('a page of the disk inside of its end is no end', async () => {
    const bytes = stationDump(reports(MANY));
    const broken = Buffer.concat([bytes.subarray(0, bytes.length - 40), Buffer.from('\u0000junk"}}')]);
    expect((await seen(broken))?.cut).toBe(true);
  });

  const samples = SAMPLES.map(({ make }) => make(DOCUMENTS).bytes);
  const damaged = fc
    .record({
      sample: fc.constantFrom(...samples, ...samples.map((bytes) => gzipSync(bytes))),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 40 }),
      cut: fc.option(fc.nat()),
    })
    .map(({ sample, at, bytes, cut }) => {
      const made = Buffer.from(sample);
      made.set(bytes.subarray(0, made.length), at % Math.max(1, made.length - bytes.length));
      return cut === null ? made : made.subarray(0, cut % made.length);
    });
  const EPOCH = new Date(0).toISOString();
  const revision = fc.constant(`"_rev":"1-${'a'.repeat(32)}",`.repeat(300));
  const pieces = fc.array(
    fc
      .oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json(),
        revision,
        fc.json().map((end) => `\n{"end":${end}}\n`),
      )
      .map((piece) => Buffer.from(piece as string)),
    { maxLength: 20 },
  );

  it('any bytes and any pieces: a glimpse, or nothing that can be read', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, pieces, fc.nat(), fc.string(), async (bytes, some, more, name) => {
        const path = folder.put('random', bytes);
        const found = await recognise(path).catch((error: unknown) => {
          if (error instanceof StationError) return null;
          throw error;
        });
        if (found === null) return;
        const said = await glimpse(path, found, { name, bytes: bytes.length + more, pieces: some });
        const { user, records, exportedAt } = said ?? {};
        expect(user ?? 'nobody').toMatch(/^[a-z0-9._-]{1,200}$/);
        expect(Number.isSafeInteger(records?.count ?? 0)).toBe(true);
        expect(new Date(exportedAt ?? 0).toISOString()).toBe(exportedAt ?? EPOCH);
      }),
      { numRuns: 400 },
    );
  });
});

describe('files that people really have', () => {
  const CASES = join(import.meta.dirname, '../cases');
  const files = readdirSync(CASES, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

  it('are as many as their import reads', async () => {
    const counted = await Promise.all(
      files.map(async (path) => {
        const found = await recognise(path).catch(() => null);
        if (found === null || found.isEnvelope === true) return null;
        const bytes = readFileSync(path);
        const said = await glimpse(path, found, { name: path, bytes: bytes.length, pieces: [] });
        if (said?.records?.how !== 'counted') return null;
        const { items } = await readFile(path);
        const count = items.filter((item) => item.kind === 'record' || item.ordinal !== undefined).length;
        expect([path, said.records.count]).toEqual([path, count]);
        return path;
      }),
    );
    expect(counted.filter((path) => path !== null).length).toBeGreaterThan(10);
  });
});

it('the line that ends an export is short enough to be found in its end', () => {
  expect(endLine('x'.repeat(100), Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).length).toBeLessThan(
    LIMITS.glimpseEndBytes,
  );
});
