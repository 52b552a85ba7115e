/** A device that is pulled out in the middle of a copy, and comes resume. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyDump, type ResumeKey, type CopyOptions } from '../../electron/intake/copy.ts';
import type { FileToCopy } from '../../electron/intake/file-to-copy.ts';
import { listParts, partKey, tidyParts } from '../../electron/intake/parts.ts';
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import { temporaryFolder } from '../support/folder.ts';

const MiB = 1024 * 1024;
let temporary: ReturnType<typeof temporaryFolder>;
let dumps: string;
let parts: string;
beforeEach(() => {
  temporary = temporaryFolder();
  dumps = join(temporary.path, 'dumps');
  parts = join(temporary.path, 'parts');
  mkdirSync(dumps);
  mkdirSync(parts);
});
afterEach(() => temporary.remove());

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Stick {
  readonly file: FileToCopy;
  /** How many bytes were asked for from each offset. */
  readonly reads: number[];
}

/** A file on a device that fails at a byte. */
function stick(
  bytes: Buffer,
  {
    failAt = Infinity,
    code = 'source-gone',
    modifiedMs = 1000,
  }: { failAt?: number; code?: ErrorCode; modifiedMs?: number } = {},
): Stick {
  const reads: number[] = [];
  return {
    reads,
    file: {
      stat: () => Promise.resolve({ bytes: bytes.length, modifiedMs }),
      read: (offset, length) => {
        reads.push(offset);
        if (offset + length > failAt) return Promise.reject(new StationError(code));
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
      close: () => Promise.resolve(),
    },
  };
}

const again = (change: Partial<ResumeKey> = {}): CopyOptions => ({
  resume: {
    folder: parts,
    medium: 'drive A',
    name: 'a.json',
    mediumName: 'Blue stick',
    kind: 'drive',
    user: 'chw1',
    phone: null,
    now: () => '2026-11-22T09:00:00.000Z',
    ...change,
  },
});

const failing = (source: Stick, options: CopyOptions = again()) =>
  copyDump(source.file, dumps, options).then(
    () => 'no failure',
    (error: unknown) => (error instanceof StationError ? error.code : error),
  );

describe('a copy that was broken off', () => {
  it('goes on from where it stopped, and gives the same bytes', async () => {
    const bytes = randomBytes(21 * MiB);
    expect(await failing(stick(bytes, { failAt: 13 * MiB }))).toBe('source-gone');
    const [record] = await listParts(parts);
    expect(record).toMatchObject({
      medium: 'drive A',
      copied: 12 * MiB,
      bytes: 21 * MiB,
      mediumName: 'Blue stick',
      user: 'chw1',
    });
    expect(readdirSync(dumps)).toEqual([]);
    const second = stick(bytes);
    const copied = await copyDump(second.file, dumps, again());
    expect(copied.dump).toBe(hashOf(bytes));
    expect(hashOf(readFileSync(copied.file))).toBe(hashOf(bytes));
    // Only its first and last megabyte are read a second time.
    expect(second.reads).toEqual([0, 11 * MiB, 12 * MiB, 16 * MiB, 20 * MiB, 21 * MiB]);
    expect(readdirSync(parts)).toEqual([]);
  });

  it('tells progress from where it goes on', async () => {
    const bytes = randomBytes(12 * MiB);
    await failing(stick(bytes, { failAt: 8 * MiB }));
    const told: number[] = [];
    await copyDump(stick(bytes).file, dumps, { ...again(), onProgress: (done) => told.push(done) });
    expect(told[0]).toBe(12 * MiB);
  });

  it('may be broken off any number of times', async () => {
    const bytes = randomBytes(20 * MiB);
    for (const at of [4, 9, 9, 14, 17])
      expect(await failing(stick(bytes, { failAt: at * MiB }))).toBe('source-gone');
    expect((await copyDump(stick(bytes).file, dumps, again())).dump).toBe(hashOf(bytes));
  });

  it('begins anew when the file has changed: other time, other size, other bytes', async () => {
    const bytes = randomBytes(9 * MiB);
    await failing(stick(bytes, { failAt: 8 * MiB }));
    const other = randomBytes(9 * MiB);
    // The same name, size and time, and yet another file.
    expect((await copyDump(stick(other).file, dumps, again())).dump).toBe(hashOf(other));
    await failing(stick(bytes, { failAt: 8 * MiB }));
    const later = stick(other, { modifiedMs: 2000 });
    expect((await copyDump(later.file, dumps, again())).dump).toBe(hashOf(other));
    expect(later.reads[0]).toBe(0);
    expect(await listParts(parts)).toHaveLength(1);
  });

  it('on another device is not taken for this one', async () => {
    const bytes = randomBytes(9 * MiB);
    await failing(stick(bytes, { failAt: 8 * MiB }));
    const source = stick(bytes);
    await copyDump(source.file, dumps, again({ medium: 'drive B' }));
    expect(source.reads).toEqual([0, 4 * MiB, 8 * MiB, 9 * MiB]);
    expect(await listParts(parts)).toHaveLength(1);
  });

  it('of which less is on the disk than was noted begins at what is there', async () => {
    const bytes = randomBytes(12 * MiB);
    await failing(stick(bytes, { failAt: 8 * MiB }));
    const [record] = await listParts(parts);
    if (record === undefined) throw new Error('no record');
    // A power cut took the end of it: the rest reads as zeros.
    const path = join(parts, `${partKey(record)}.part`);
    truncateSync(path, 3 * MiB);
    truncateSync(path, 8 * MiB);
    expect((await copyDump(stick(bytes).file, dumps, again())).dump).toBe(hashOf(bytes));
  });

  it('of which there is a part without a record begins anew', async () => {
    const bytes = randomBytes(5 * MiB);
    const key = partKey({ medium: 'drive A', name: 'a.json', bytes: bytes.length, modifiedMs: 1000 });
    writeFileSync(join(parts, `${key}.part`), randomBytes(4 * MiB));
    expect((await copyDump(stick(bytes).file, dumps, again())).dump).toBe(hashOf(bytes));
  });

  it.each(['bad-sector', 'link-skipped'] as const)(
    'for %s is not kept: it would fail again',
    async (code) => {
      const bytes = randomBytes(9 * MiB);
      expect(await failing(stick(bytes, { failAt: 8 * MiB, code }))).toBe(code);
      expect(readdirSync(parts)).toEqual([]);
    },
  );

  it('when it is stopped leaves nothing', async () => {
    const stop = new AbortController();
    const source = stick(randomBytes(20 * MiB));
    const options = { ...again(), signal: stop.signal, onProgress: () => stop.abort() };
    expect(await failing(source, options)).toBe('cancelled');
    expect(readdirSync(parts)).toEqual([]);
  });

  it('when the station closes is kept', async () => {
    const stop = new AbortController();
    const source = stick(randomBytes(20 * MiB));
    const options = {
      ...again(),
      signal: stop.signal,
      onProgress: () => stop.abort(new StationError('devices-ended')),
    };
    expect(await failing(source, options)).toBe('devices-ended');
    expect(await listParts(parts)).toMatchObject([{ copied: 4 * MiB }]);
  });

  it('is kept for nobody but this program, and not for ever', async () => {
    await failing(stick(randomBytes(9 * MiB), { failAt: 8 * MiB }));
    const forOthers = (name: string): number => statSync(join(parts, name)).mode & 0o077;
    const open = readdirSync(parts).filter((name) => process.platform !== 'win32' && forOthers(name) !== 0);
    expect(open).toEqual([]);
    writeFileSync(join(parts, 'nobody.part'), 'x');
    await tidyParts(parts, '2026-11-01T00:00:00.000Z');
    expect(readdirSync(parts)).toHaveLength(2);
    await tidyParts(parts, '2026-12-01T00:00:00.000Z');
    expect(readdirSync(parts)).toEqual([]);
  });
});
