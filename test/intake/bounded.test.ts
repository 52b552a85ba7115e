/** Files that are small and mean a lot of work: reading them ends, says why, and is stopped wherever it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openDump } from '../../electron/intake/formats/open.ts';
import { LIMITS } from '../../shared/limits.ts';
import { attachment, document, type Json } from '../support/documents.ts';
import { MANIFEST, SAMPLES } from '../support/formats.ts';
import { codesOf, problemsOf, readBytes, readFile, recordsOf } from '../support/reading.ts';
import { temporaryFolder } from '../support/folder.ts';

/** A record of no particular kind. */
const doc = (id: string, fields: Json = {}, generations = 1): Json =>
  document(id, { type: 'data_record', ...fields }, { generations });

const folder = temporaryFolder();
afterAll(folder.remove);
const KiB = 1024;
const MiB = 1024 * KiB;
const one = JSON.stringify(doc('one'));

describe('a record of very many values', () => {
  it('poison/poison80.json.gz: is unreadable, and the others are taken', async () => {
    const bytes = readFileSync(join(import.meta.dirname, '../cases/poison/poison80.json.gz'));
    const { items, flags } = await readFile(folder.put('poison.gz', bytes));
    expect([recordsOf(items).length, codesOf(items), flags]).toEqual([1, ['too-many-values'], []]);
  });

  it.each([
    ['objects', `{"_id":"x","_rev":"1-a","x":[${'{},'.repeat(50)}{}]}`],
    [
      'keys',
      `{"_id":"x","_rev":"1-a","x":{${Array.from({ length: 60 }, (_, at) => `"k${at}":""`).join(',')}}}`,
    ],
    ['numbers', `{"_id":"x","_rev":"1-a","x":[${'1,'.repeat(6000)}1]}`],
  ])('%s are counted before any of them is made', (_, record) => {
    const limits = { recordValues: 50 };
    for (const dump of [`${one}\n${record}\n${one}`, `{"docs":[${one},${record},${one}]}`]) {
      for (const chunk of [100, 100_000]) {
        const items = readBytes(Buffer.from(dump), { limits, chunk });
        expect([recordsOf(items).length, codesOf(items)]).toEqual([2, ['too-many-values']]);
      }
    }
  });

  it('an attachment written as a list of numbers is bytes, not values', () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7) % 256));
    const photo = { ...attachment(bytes), data: bytes.toJSON() };
    const items = readBytes(Buffer.from(JSON.stringify([doc('x', { _attachments: { photo } })])), {
      limits: { recordValues: 100 },
    });
    expect(codesOf(items)).toEqual([]);
    expect(Buffer.from(recordsOf(items)[0]?.attachments['photo']?.data ?? []).equals(bytes)).toBe(true);
    // Anything else in such a list is what it is: no bytes.
    for (const wrong of ['256', '-1', '1.5', '"1"', 'null', '01'.repeat(1)]) {
      const text = JSON.stringify([doc('x', { _attachments: { photo } })]).replace(',7,', `,${wrong},`);
      expect(codesOf(readBytes(Buffer.from(text)))).not.toEqual([]);
    }
  });

  it('a field of a record that only looks like such bytes stays what it was', () => {
    const data = Array.from({ length: 9000 }, (_, at) => at % 100);
    const [item] = recordsOf(readBytes(Buffer.from(JSON.stringify([doc('x', { fields: { data } })]))));
    expect(item?.body['fields']).toEqual({ data });
  });
});

describe('very long stretches without a record', () => {
  const manifest = `${JSON.stringify(MANIFEST)}\n`;
  const small = { chunkBytes: 32 * KiB, blockBytes: 32 * KiB };
  it.each([
    ['empty lines', '\n'.repeat(512 * KiB), manifest],
    ['blanks in a list', ' '.repeat(512 * KiB), '{"docs":['],
    ['brackets', '['.repeat(512 * KiB), '{"docs":['],
    // Skipped in larger blocks.
    ['zeros', '\0'.repeat(4 * MiB), `${one}\n`],
    ['one text', 'x'.repeat(512 * KiB), '{"docs":[{"_id":"'],
    ['lines of nothing', 'x\n'.repeat(256 * KiB), manifest],
  ])('%s: packed, it is not read to its end', async (_, stretch, begin) => {
    const packed = gzipSync(`${begin}${stretch}`);
    const limits = { ...small, unpackedRatioFrom: 128 * KiB };
    const { items, flags } = await readFile(folder.put('dense.gz', packed), { limits });
    expect(codesOf(items).at(-1)).toBe('unpacks-too-much');
    expect(problemsOf(items).at(-1)?.offset).toBeLessThan(stretch.length);
    expect(flags).toContain('cut-off');
    const long = await readFile(folder.put('long', `${begin}${stretch}`), {
      limits: { ...small, bytesWithoutRecord: 128 * KiB },
    });
    expect(codesOf(long.items).at(-1)).toBe('too-long-without-record');
    expect(problemsOf(long.items).at(-1)?.offset).toBeLessThan(stretch.length);
  });

  it('a dump that packs well is read, because it has records', async () => {
    const text = Array.from({ length: 3000 }, (_, at) =>
      JSON.stringify(doc(`d${at % 3}`, { x: 'y'.repeat(900) })),
    );
    const packed = gzipSync(text.join('\n'));
    expect(text.join('\n').length / packed.length).toBeGreaterThan(100);
    const { items } = await readFile(folder.put('well.gz', packed), {
      limits: { unpackedRatioFrom: MiB, unpackedRatio: 10, chunkBytes: 4096 },
    });
    expect([recordsOf(items).length, codesOf(items)]).toEqual([3000, []]);
  });
});

describe('very many problems', () => {
  it('of one kind without a record between them are told as a range', async () => {
    const { items } = await readFile(folder.put('x', `${one}\n${'x\n'.repeat(50_000)}${one}\n`));
    expect(recordsOf(items)).toHaveLength(2);
    const problems = problemsOf(items);
    expect(problems).toHaveLength(LIMITS.problemsInARow + 1);
    expect(problems.at(-1)).toMatchObject({ code: 'not-json', line: 22 });
    expect(problems.at(-1)?.message).toContain('lines 22 to 50001: 49980 times');
  });

  it('that name their documents are told one by one, up to a number; the records go on', async () => {
    const bad = (id: string) => JSON.stringify({ _id: id, _rev: 'bad' });
    const text = Array.from({ length: 300 }, (_, at) => bad(`b${at}`)).join('\n');
    const all = await readFile(folder.put('bad', `${one}\n${text}\n${one}\n`));
    expect(problemsOf(all.items)).toHaveLength(300);
    const some = await readFile(folder.put('bad', `${one}\n${text}\n${one}\n`), {
      limits: { problems: 100 },
    });
    expect(recordsOf(some.items)).toHaveLength(2);
    expect(problemsOf(some.items)).toHaveLength(99);
    expect(some.items.at(-1)).toMatchObject({
      message: expect.stringContaining('202 times, and others') as string,
    });
  });

  it('read again in other pieces, they are the same', async () => {
    const path = folder.put('again', `${one}\n${'x\n{"_id":\n'.repeat(500)}${one}\n`);
    const [first, second] = [await readFile(path), await readFile(path, { limits: { chunkBytes: 13 } })];
    expect(second.items).toEqual(first.items);
  });
});

describe('a stop is heard', () => {
  const stretches = SAMPLES.map(({ name, make }) => [name, make([doc('a'), doc('b')]).bytes] as const);
  it.each(stretches)('in the middle of %s, packed and not', async (_, bytes) => {
    // What comes after the first pieces is never asked for.
    const long = Buffer.concat([bytes.subarray(0, -1), Buffer.from('\n'.repeat(4 * MiB))]);
    for (const file of [folder.put('stop', long), folder.put('stop.gz', gzipSync(long))]) {
      const stop = new AbortController();
      const dump = await openDump(file, {
        name: 'x',
        signal: stop.signal,
        limits: { unpackedRatioFrom: 64 * MiB },
      });
      const reading = (async () => {
        for await (const chunk of dump.chunks) if (chunk.items.length > 0) stop.abort();
        return 'read to its end';
      })();
      setImmediate(() => stop.abort());
      await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    }
  });
});
