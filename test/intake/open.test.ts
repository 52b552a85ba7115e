/** A whole dump through the front door: chunks, memory, gzip, limits, stopping. */
import { createHash } from 'node:crypto';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { StationError } from '../../shared/errors.ts';
import { openDump } from '../../electron/intake/formats/open.ts';
import { document, without } from '../support/documents.ts';
import { temporaryFolder } from '../support/folder.ts';
import { elements, lines, madeStation } from '../support/formats.ts';
import { codesOf, readFile, recordsOf } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const many = (count: number, size = 0) =>
  Array.from({ length: count }, (_, at) => document(`doc-${at}`, { note: 'n'.repeat(size) }));

describe('chunks', () => {
  it('are bounded by number and by bytes, and count the bytes of the file', async () => {
    const path = folder.put('many', lines(many(100)).bytes);
    const { chunks, items } = await readFile(path, { limits: { chunkItems: 7 } });
    expect(items).toHaveLength(100);
    expect(Math.max(...chunks.map((chunk) => chunk.items.length))).toBe(7);
    const bySize = await readFile(folder.put('large', lines(many(50, 1000)).bytes), {
      limits: { chunkBytes: 5000 },
    });
    for (const { items: some } of bySize.chunks) {
      const bytes = recordsOf(some).reduce((sum, record) => sum + record.bytes, 0);
      expect(bytes).toBeLessThan(5000 + 1300);
    }
    const read = bySize.chunks.map(({ bytesRead }) => bytesRead);
    expect(read).toEqual(read.toSorted((a, b) => a - b));
    expect(read.at(-1)).toBe(statSync(folder.path + '/large').size);
  });

  it('are read one at a time: nothing is read ahead of who takes them', async () => {
    const path = folder.put('slow', lines(many(2000, 100)).bytes);
    const dump = await openDump(path, { name: 'slow', limits: { chunkItems: 10, blockBytes: 4096 } });
    const first = await dump.chunks.next();
    expect(first.value?.items).toHaveLength(10);
    // The writer is slow and meanwhile the file's end goes away: what was not asked for was not read.
    truncateSync(path, 20_000);
    let count = 10;
    for await (const { items } of dump.chunks) count += recordsOf(items).length;
    expect(count).toBeLessThan(200);
  });

  it('close the file when they are left early', async () => {
    const dump = await openDump(folder.put('left', lines(many(50)).bytes), {
      name: 'left',
      limits: { chunkItems: 5 },
    });
    for await (const chunk of dump.chunks) if (chunk.items.length > 0) break;
    await expect(dump.chunks.next()).resolves.toMatchObject({ done: true });
    const unread = await openDump(folder.put('left', lines(many(50)).bytes), { name: 'left' });
    await unread.close();
  });

  it('stop when they are told to', async () => {
    const stop = new AbortController();
    const path = folder.put('stopped', lines(many(500, 100)).bytes);
    const dump = await openDump(path, { name: 'stopped', signal: stop.signal, limits: { blockBytes: 2048 } });
    await dump.chunks.next();
    stop.abort();
    let seen = 0;
    const rest = async () => {
      for await (const chunk of dump.chunks) seen += chunk.items.length;
    };
    await expect(rest()).rejects.toMatchObject({ code: 'cancelled' });
    // At most what was read ahead before it was told, not the rest of the file.
    expect(seen).toBeLessThan(100);
  });
});

describe('memory', () => {
  it('does not grow with the file, nor with one endless line or record', async () => {
    const size = 100_000_000;
    const limits = { recordBytes: 1_000_000 };
    const filler = Buffer.alloc(size, 'A');
    const record = JSON.stringify(document('a'));
    for (const [open, close] of [
      ['[', ']'],
      ['', ''],
    ] as const) {
      const between = open === '' ? '\n' : ',';
      const path = folder.put('endless', `${open}${record}${between}{"_id":"x","a":"`);
      writeFileSync(path, filler, { flag: 'a' });
      writeFileSync(path, `"}${between}${record}${close}`, { flag: 'a' });
      const before = process.memoryUsage();
      const dump = await openDump(path, { name: 'endless', limits });
      let most = 0;
      const items = [];
      for await (const chunk of dump.chunks) {
        items.push(...chunk.items);
        const now = process.memoryUsage();
        most = Math.max(most, now.arrayBuffers + now.heapUsed - before.arrayBuffers - before.heapUsed);
      }
      expect(items.map((item) => (item.kind === 'problem' ? item.code : item.id))).toEqual([
        'a',
        'record-too-large',
        'a',
      ]);
      expect(most).toBeLessThan(size / 2);
    }
  });
});

describe('gzip', () => {
  const documents = many(300, 2000).map((one, at) => ({
    ...one,
    noise: createHash('sha512').update(String(at)).digest('hex'),
  }));
  const plain = lines(documents).bytes;
  const packed = gzipSync(plain);

  it('damaged gives everything before the damage, and says so', async () => {
    const wholly = (await readFile(folder.put('whole.gz', packed))).items;
    expect(wholly).toHaveLength(300);
    for (const at of [0.3, 0.6, 0.9]) {
      const bytes = Buffer.from(packed);
      bytes.fill(0xff, Math.floor(packed.length * at), Math.floor(packed.length * at) + 20);
      const { items, flags } = await readFile(folder.put('damaged.gz', bytes));
      expect(codesOf(items).at(-1)).toBe('bad-gzip');
      expect(flags).toEqual(['cut-off']);
      const records = recordsOf(items);
      // The data before the damage is most of `at`; the very place depends on how it was packed.
      expect(records.length).toBeGreaterThan(300 * at - 30);
      expect(records.slice(0, 300 * at - 30)).toEqual(wholly.slice(0, 300 * at - 30));
    }
  });

  it('with a wrong check sum gives all records, although it is one step of the unpacking', async () => {
    const bytes = Buffer.from(packed);
    bytes[bytes.length - 6] = (bytes.at(-6) ?? 0) ^ 1;
    const { items } = await readFile(folder.put('crc.gz', bytes));
    expect(recordsOf(items)).toHaveLength(300);
    expect(codesOf(items)).toEqual(['bad-gzip']);
  });

  it('cut anywhere gives what was packed before the cut', async () => {
    const small = gzipSync(lines(many(5)).bytes);
    let last = 0;
    for (let cut = 12; cut < small.length; cut += 1) {
      const path = folder.put('cut.gz', small.subarray(0, cut));
      const result = await readFile(path).catch((error: unknown) => {
        // Cut before the first record can be told from anything else.
        if ((error as StationError).code !== 'cut-gzip') throw error;
        return null;
      });
      if (result === null) continue;
      expect(codesOf(result.items)).toEqual(['cut-off']);
      expect(result.flags).toEqual(['cut-off']);
      expect(recordsOf(result.items).length).toBeGreaterThanOrEqual(last);
      last = recordsOf(result.items).length;
    }
    expect(last).toBe(5);
  });

  it('followed by something else gives all records and is reported; padding with zeros is not', async () => {
    const garbage = await readFile(folder.put('more.gz', Buffer.concat([packed, Buffer.from('garbage')])));
    expect(recordsOf(garbage.items)).toHaveLength(300);
    expect(codesOf(garbage.items)).toEqual(['bad-gzip']);
    const zeros = await readFile(folder.put('zeros.gz', Buffer.concat([packed, Buffer.alloc(100)])));
    expect(recordsOf(zeros.items)).toHaveLength(300);
    expect(codesOf(zeros.items)).toEqual([]);
  });

  it('that unpacks to very much stops at the limit, in bounded memory', async () => {
    const bomb = gzipSync(Buffer.concat([lines(many(3)).bytes, Buffer.alloc(200_000_000, ' ')]));
    const { items, flags } = await readFile(folder.put('bomb.gz', bomb), {
      limits: { unpackedBytes: 50_000_000 },
    });
    expect(recordsOf(items)).toHaveLength(3);
    expect(codesOf(items)).toEqual(['too-many-records']);
    expect(flags).toEqual(['cut-off']);
  });
});

describe('limits of a dump', () => {
  it('records: as many as the limit and no more', async () => {
    const path = folder.put('ten', lines(many(10)).bytes);
    expect(codesOf((await readFile(path, { limits: { records: 10 } })).items)).toEqual([]);
    const { items, flags } = await readFile(path, { limits: { records: 9 } });
    expect(recordsOf(items)).toHaveLength(9);
    expect(codesOf(items)).toEqual(['too-many-records']);
    expect(flags).toEqual(['cut-off']);
  });

  it('problems: as many as the limit and no more', async () => {
    const one = JSON.stringify(document('a'));
    const path = folder.put('ones', `[${one}${`,1,${one}`.repeat(10)}]`);
    expect(codesOf((await readFile(path, { limits: { problems: 12 } })).items)).toHaveLength(10);
    const { items } = await readFile(path, { limits: { problems: 9 } });
    expect(recordsOf(items)).toHaveLength(11);
    expect(codesOf(items)).toEqual(Array.from({ length: 8 }, () => 'not-a-document'));
    expect(items.at(-1)).toMatchObject({ message: expect.stringContaining('3 times, and others') as string });
  });

  it('bytes: as many as the limit and no more', async () => {
    const { bytes } = lines(many(10));
    const path = folder.put('bytes', bytes);
    expect(codesOf((await readFile(path, { limits: { unpackedBytes: bytes.length } })).items)).toEqual([]);
    const { items } = await readFile(path, { limits: { unpackedBytes: bytes.length / 2 } });
    expect(recordsOf(items)).toHaveLength(5);
    expect(codesOf(items)).toContain('too-many-records');
    const packed = folder.put('bytes.gz', gzipSync(bytes));
    expect(
      recordsOf((await readFile(packed, { limits: { unpackedBytes: bytes.length / 2 } })).items),
    ).toHaveLength(5);
  });
});

describe('what is said about a dump', () => {
  it('comes from the manifest before the name of the file', async () => {
    const path = folder.put('x', madeStation([document('a')]).bytes);
    const { claims, flags } = await readFile(path, { name: 'other_20200101T0000.txt' });
    expect(claims).toMatchObject({ user: 'chw_1', device: 'device-1', exportedAt: '2026-01-02T03:04:05Z' });
    expect(flags).toEqual([]);
  });

  it('is the name alone where the format says nothing; Android’s may be incomplete', async () => {
    const bare = [document('a'), document('b')].map((one) => without(one, '_rev', '_revisions'));
    const path = folder.put('x', elements('{"docs":[', bare, ']}').bytes);
    const { claims, flags, items } = await readFile(path, { name: 'chw_7_20260102T0304.txt' });
    expect(claims).toEqual({ proposedUser: 'chw_7', exportedAt: '2026-01-02T03:04:00' });
    expect(flags).toEqual(['maybe-incomplete']);
    expect(recordsOf(items).map(({ rev }) => rev)).toEqual([undefined, undefined]);
  });

  it('tells of leaves that are named and not carried', async () => {
    const one = without(document('a'), '_revisions');
    const entry = { seq: 1, id: 'a', changes: [{ rev: one['_rev'] }, { rev: '1-zzz' }], doc: one };
    const { flags } = await readFile(
      folder.put('x', elements('{"results":[', [entry], '],"last_seq":1}').bytes),
    );
    expect(flags).toEqual(['maybe-incomplete']);
  });
});
