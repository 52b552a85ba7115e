/** Zip files: what lies in them, and what nobody should make. */
import { gzipSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FileToCopy } from '../../electron/intake/file-to-copy.ts';
import { openZip, type OpenZip } from '../../electron/intake/zip/zip.ts';
import { StationError } from '../../shared/errors.ts';
import { LIMITS, type Limits } from '../../shared/limits.ts';
import { zipOf, type EntryToZip } from '../support/zip.ts';

/** A file in memory, which notes how much of it was read. */
function fileOf(bytes: Buffer, most = Infinity): FileToCopy & { read_: number; closed: number } {
  const file = {
    read_: 0,
    closed: 0,
    stat: () => Promise.resolve({ bytes: bytes.length, modifiedMs: 7 }),
    read: (offset: number, length: number) => {
      const part = bytes.subarray(offset, offset + Math.min(most, length));
      file.read_ += part.length;
      return Promise.resolve(part);
    },
    close: () => {
      file.closed += 1;
      return Promise.resolve();
    },
  };
  return file;
}

const opened = (bytes: Buffer, limits: Partial<Limits> = {}): Promise<OpenZip> =>
  openZip(fileOf(bytes, 1000), { ...LIMITS, ...limits });
const zip = (...entries: readonly EntryToZip[]): Promise<OpenZip> => opened(zipOf(entries));

/** Everything an entry gives, read as a copy is made. */
async function bytesOf(open: OpenZip, at = 0): Promise<Buffer> {
  const entry = open.entries[at];
  if (entry === undefined) throw new Error('no such entry');
  const file = await open.open(entry);
  const parts: Uint8Array[] = [];
  for (let done = 0; ;) {
    const part = await file.read(done, 4096);
    if (part.length === 0) break;
    parts.push(part);
    done += part.length;
  }
  const all = Buffer.concat(parts);
  expect(await file.stat()).toMatchObject({ bytes: all.length });
  await file.close();
  return all;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const value = await work.catch((error: unknown) => error);
  return value instanceof StationError ? value.code : `no failure: ${String(value)}`;
}

const TEXT = JSON.stringify({ docs: Array.from({ length: 500 }, (_, at) => ({ _id: `a${at}` })) });

describe('the files in a zip', () => {
  it('are stored or packed; packed ones come as gzip, without being unpacked', async () => {
    const open = await zip({ name: 'a.json', bytes: TEXT }, { name: 'b.json', bytes: TEXT, stored: true });
    expect(open.entries.map(({ name, bytes, refused }) => [name, bytes, refused])).toEqual([
      ['a.json', TEXT.length, null],
      ['b.json', TEXT.length, null],
    ]);
    const packed = await bytesOf(open);
    expect(packed.length).toBeLessThan(TEXT.length / 2);
    expect(gunzipSync(packed).toString()).toBe(TEXT);
    expect(gunzipSync(await bytesOf(open, 1)).toString()).toBe(TEXT);
  });

  it.each([1, 0xfffe, 0xffff, 0x10000, 3 * 0xffff, 300_000])(
    'that are stored come as gzip, of %i bytes, read from any place',
    async (length) => {
      const bytes = Buffer.from(Array.from({ length }, (_, at) => at % 251));
      const open = await zip({ name: 'a', bytes, stored: true });
      const whole = await bytesOf(open);
      expect(gunzipSync(whole).equals(bytes)).toBe(true);
      const file = await open.open(open.entries[0] as OpenZip['entries'][number]);
      for (let from = 0; from < whole.length; from += 4093) {
        const part = await file.read(from, 70_000);
        expect(part.length).toBeGreaterThan(0);
        expect(whole.subarray(from, from + part.length).equals(part)).toBe(true);
      }
      expect(await file.read(whole.length, 10)).toHaveLength(0);
    },
  );

  it('may be written by a program that says their sizes afterwards', async () => {
    const open = await zip(
      { name: 'a.json', bytes: TEXT, streamed: true },
      { name: 'b.json', bytes: TEXT, streamed: true, stored: true },
    );
    for (const at of [0, 1]) expect(gunzipSync(await bytesOf(open, at)).toString()).toBe(TEXT);
  });

  it.each([
    ['packed', false],
    ['stored', true],
  ])('whose check sum is wrong fail as any packed dump does (%s)', async (_, stored) => {
    const bytes = await bytesOf(await zip({ name: 'a.json', bytes: TEXT, stored, said: { crc32: 1 } }));
    expect(() => gunzipSync(bytes)).toThrow('incorrect data check');
  });

  it.each([
    ['packed', false],
    ['stored', true],
  ])('of a sealed bundle whose check sum is wrong are refused (%s)', async (_, stored) => {
    const sealed = `age-encryption.org/v1\n${'x'.repeat(20_000)}`;
    const open = await zip({ name: 'u.bundle', bytes: sealed, stored, said: { crc32: 1 } });
    expect(await codeOf(bytesOf(open))).toBe('bad-zip');
  });

  it('may have names in any encoding: each is told apart', async () => {
    const name = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from(bytes), Buffer.from('.json')]);
    const open = await zip(
      { name: name(0x82), bytes: TEXT },
      { name: name(0xe9), bytes: TEXT },
      { name: name(0xff, 0xfe, 0xc3), bytes: TEXT },
    );
    const names = open.entries.map((entry) => entry.name);
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toBe('é.json');
    expect(names.every((one) => one.endsWith('.json') && one.isWellFormed())).toBe(true);
    for (const at of [0, 1, 2]) expect(gunzipSync(await bytesOf(open, at)).toString()).toBe(TEXT);
  });

  it('are read from any place, as a copy goes on that was broken off', async () => {
    const open = await zip({ name: 'a.json', bytes: TEXT });
    const whole = await bytesOf(open);
    const file = await open.open(open.entries[0] as OpenZip['entries'][number]);
    for (const from of [0, 3, 9, 10, 11, whole.length - 9, whole.length - 8, whole.length - 1, whole.length])
      expect(Buffer.from(await file.read(from, 3))).toEqual(
        whole.subarray(from, from + (await file.read(from, 3)).length),
      );
  });

  it('that are packed already, or halves of a sealed bundle, are unpacked once', async () => {
    const half = '{"envelope":"YQ==","signature":"Yg=="}';
    const sealed = `age-encryption.org/v1\n${'x'.repeat(20_000)}`;
    const open = await zip(
      { name: 'a.json.gz', bytes: gzipSync(TEXT) },
      { name: 'u.bundle', bytes: sealed },
      { name: 'u.json', bytes: half },
    );
    expect(gunzipSync(await bytesOf(open, 0)).toString()).toBe(TEXT);
    expect((await bytesOf(open, 1)).toString()).toBe(sealed);
    expect((await bytesOf(open, 2)).toString()).toBe(half);
  });

  it('may have sizes of zip64', async () => {
    expect(gunzipSync(await bytesOf(await zip({ name: 'a', bytes: TEXT, zip64: true }))).toString()).toBe(
      TEXT,
    );
    const open = await opened(zipOf([{ name: 'a', bytes: TEXT, zip64: true, stored: true }], true));
    expect(open.entries.map(({ bytes }) => bytes)).toEqual([TEXT.length]);
    expect(gunzipSync(await bytesOf(open)).toString()).toBe(TEXT);
  });

  it('have names that are text and never paths, and one each', async () => {
    const names = [
      '../../etc/passwd',
      '/root/a.json',
      'C:\\x\\a.json',
      'a\u202e\nb.json',
      'x.json',
      'x.json',
      'dir/',
    ];
    const open = await zip(...names.map((name) => ({ name, bytes: 'x' })));
    expect(open.entries.map(({ name }) => name)).toEqual([
      'etc/passwd',
      'root/a.json',
      'C:/x/a.json',
      'a b.json',
      'x.json',
      'x.json (2)',
    ]);
  });

  it('have a head that is looked at without unpacking more', async () => {
    const open = await zip({ name: 'zeros', bytes: Buffer.alloc(50_000_000) });
    const [entry] = open.entries;
    if (entry === undefined) throw new Error('no entry');
    expect((await open.head(entry)).length).toBeLessThanOrEqual(4096);
  });
});

describe('what cannot be used', () => {
  it('is named: locked, packed otherwise, empty', async () => {
    const open = await zip(
      { name: 'locked.json', bytes: TEXT, bits: 1 },
      { name: 'lzma.json', bytes: TEXT, method: 14 },
      { name: 'empty.json', bytes: '' },
      { name: 'good.json', bytes: TEXT },
    );
    expect(open.entries.map(({ refused }) => refused)).toEqual(['encrypted', 'bad-zip', 'empty-file', null]);
    expect(gunzipSync(await bytesOf(open, 3)).toString()).toBe(TEXT);
  });

  it.each([
    ['packed', false],
    ['stored', true],
  ])('a zip in a zip is not opened (%s)', async (_, stored) => {
    const inner = zipOf([{ name: 'a.json', bytes: TEXT }]);
    expect(await codeOf(bytesOf(await zip({ name: 'inner.zip', bytes: inner, stored })))).toBe(
      'packed-in-packed',
    );
  });

  it.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, -30)],
    ['nothing but a beginning', (whole: Buffer) => whole.subarray(0, 20)],
    [
      'of a damaged directory',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, -60), Buffer.alloc(38, 1), whole.subarray(-22)]),
    ],
  ])('a zip that is %s', async (_, damage) => {
    const whole = zipOf([{ name: 'a.json', bytes: TEXT }]);
    const found = await opened(damage(whole)).then(
      ({ cut }) => cut,
      (error: unknown) => (error as StationError).code,
    );
    expect(found).toBe('bad-zip');
  });

  it('entries that lie over each other are a bomb: nothing of it is used', async () => {
    const kernel = { name: 'a.json', bytes: TEXT };
    const many = Array.from({ length: 1000 }, (_, at) => ({ ...kernel, name: `${at}.json`, at: 0 }));
    expect(await codeOf(zip(kernel, ...many))).toBe('bad-zip');
  });

  it('packed twice and unpacking to far too much, it is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(1000));
    const open = await zip({
      name: 'a.gz',
      bytes: bomb,
      zip64: true,
      said: { bytes: 300 * LIMITS.unpackedRatioFrom },
    });
    expect(await codeOf(bytesOf(open))).toBe('unpacks-too-much');
  });

  it.each([-3, 3])('what is unpacked is as long as was said (%i)', async (wrong) => {
    const bytes = gzipSync(TEXT);
    const open = await zip({ name: 'a.gz', bytes, said: { bytes: bytes.length + wrong } });
    expect(await codeOf(bytesOf(open))).toBe('bad-zip');
  });

  it('an entry that goes beyond the file', async () => {
    expect(await codeOf(bytesOf(await zip({ name: 'a', bytes: TEXT, said: { packed: 1e6 } })))).toBe(
      'bad-zip',
    );
  });

  it('more entries than are looked at: the first are, and that is said', async () => {
    const many = zipOf(Array.from({ length: 20 }, (_, at) => ({ name: `${at}.json`, bytes: 'x' })));
    const { entries, cut } = await opened(many, { sourceFiles: 5 });
    expect([entries.length, cut]).toEqual([5, 'too-many-files']);
  });
});

describe('reading', () => {
  it('a directory of many entries takes few reads, and each byte of it once or twice', async () => {
    const many = zipOf(Array.from({ length: 3000 }, (_, at) => ({ name: `photos/${at}.jpg`, bytes: 'x' })));
    const file = fileOf(many);
    const { entries } = await openZip(file, LIMITS);
    expect(entries.length).toBe(3000);
    expect(file.read_).toBeLessThan(4 * many.length);
  });

  it('ends when it is stopped, and the file is closed', async () => {
    const file = fileOf(zipOf([{ name: 'a', bytes: 'x' }]));
    expect(await codeOf(openZip(file, LIMITS, AbortSignal.abort()))).toBe('cancelled');
    expect(file.closed).toBe(1);
  });

  it('a file that cannot be read is not a damaged zip', async () => {
    const file = fileOf(zipOf([{ name: 'a', bytes: 'x' }]));
    const gone = { ...file, read: () => Promise.reject(new StationError('source-gone')) };
    expect(await codeOf(openZip(gone, LIMITS))).toBe('source-gone');
  });
});
