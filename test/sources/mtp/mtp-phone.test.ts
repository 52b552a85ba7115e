import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FileAccess } from '../../../electron/sources/source.ts';
import { OPERATION } from '../../../electron/sources/mtp/codes.ts';
import { FACTS, openFiles } from './open.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { InMemoryPhone, type PhoneHabits, type PhoneObject } from '../../support/mtp-phone.ts';
import { quiet } from '../../support/soon.ts';

const LIMITS = { files: 1000, depth: 8 };
const never = new AbortController().signal;

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Sizes around the ends of packets, containers and pieces. */
const SIZES = [0, 1, 499, 500, 501, 512, 1012, 65_536, 2 ** 20 - 12, 2 ** 20, 2 ** 20 + 500, 3 * 2 ** 20 + 7];
const FILES: readonly PhoneObject[] = SIZES.map((bytes) => ({
  name: `export-${bytes}.json`,
  content: randomBytes(bytes),
}));
const TOP: readonly PhoneObject[] = [{ name: 'Download', children: FILES }];

async function read(files: FileAccess, file: string, piece = 4 * 2 ** 20): Promise<Uint8Array> {
  const opened = await files.open(file);
  const parts: Uint8Array[] = [];
  for (let at = 0; ;) {
    const part = await opened.read(at, piece);
    if (part.length === 0) return Buffer.concat(parts);
    parts.push(part);
    at += part.length;
  }
}

describe('reading', () => {
  const habits: readonly PhoneHabits[] = [
    {},
    { emptyPackets: true },
    { coalesces: true },
    { samsung: true },
    { samsung: true, emptyPackets: true },
    { partial64: 'no' },
    { partial64: 'listed-only' },
    { partial32: false },
    { leftOpen: true },
    { leftOpen: true, leftInPipe: randomBytes(1024) },
  ];
  test.each(habits)('every size comes as it is from a phone that %j', async (habit) => {
    const phone = new InMemoryPhone(TOP, habit);
    const files = await openFiles(phone);
    const { files: list } = await files.list(LIMITS, never);
    expect(list.map(({ name, bytes }) => [name, bytes])).toEqual(
      SIZES.map((bytes) => [`Internal/Download/export-${bytes}.json`, bytes]),
    );
    for (const [at, { file }] of list.entries())
      expect(sha(await read(files, file))).toBe(sha(FILES[at]?.content as Uint8Array));
    await files.close();
    expect(phone.isClosed).toBe(true);
    expect(phone.asked.at(-1)).toBe(OPERATION.closeSession);
  });

  test('any part of a file, and nothing behind its end', async () => {
    const content = randomBytes(10_000);
    const files = await openFiles(
      new InMemoryPhone([{ name: 'Download', children: [{ name: 'a', content }] }]),
    );
    const opened = await files.open('2');
    expect(Buffer.from(await opened.read(1234, 77))).toEqual(content.subarray(1234, 1311));
    expect((await opened.read(9990, 100)).length).toBe(10);
    expect((await opened.read(10_000, 100)).length).toBe(0);
    expect((await opened.read(20_000, 100)).length).toBe(0);
  });

  test('sizes above 4 GiB, and parts of such a file', async () => {
    const bytes = 5 * 2 ** 30 + 3;
    const content = (offset: number, length: number) => {
      const part = Buffer.alloc(length);
      if (length >= 8) part.writeBigUInt64LE(BigInt(offset));
      return part;
    };
    const big = [{ name: 'Download', children: [{ name: 'big', content, bytes }] }];
    const files = await openFiles(new InMemoryPhone(big, { sizes64: true }));
    expect((await files.list(LIMITS, never)).files[0]?.bytes).toBe(bytes);
    const opened = await files.open('2');
    const at = 4 * 2 ** 30 + 16;
    expect(Buffer.from(await opened.read(at, 8)).readBigUInt64LE()).toBe(BigInt(at));

    const mute = await openFiles(new InMemoryPhone(big));
    await expect((await mute.open('2')).stat()).rejects.toMatchObject({ code: 'phone-not-able' });
    const old = await openFiles(new InMemoryPhone(big, { sizes64: true, partial64: 'no' }));
    const oldFile = await old.open('2');
    await expect(oldFile.read(at, 8)).rejects.toMatchObject({ code: 'phone-not-able' });
    // The phone is as well as before: only this file was too large for it.
    expect((await oldFile.read(0, 8)).length).toBe(8);
  });

  test('a file that grows meanwhile is told of by another size and time', async () => {
    const phone = new InMemoryPhone([
      { name: 'Download', children: [{ name: 'a', content: randomBytes(10) }] },
    ]);
    const files = await openFiles(phone);
    const opened = await files.open('2');
    const before = await opened.stat();
    phone.replace('a', { content: randomBytes(20), modified: '20260102T030500' });
    const after = await opened.stat();
    expect([before.bytes, after.bytes]).toEqual([10, 20]);
    expect(after.modifiedMs - before.modifiedMs).toBe(55_000);
    phone.remove('a');
    await expect(opened.stat()).rejects.toMatchObject({ code: 'source-gone' });
    await expect(files.open('not a handle')).rejects.toMatchObject({ code: 'source-gone' });
  });

  test('one transaction at a time, whoever asks', async () => {
    const phone = new InMemoryPhone(TOP);
    const files = await openFiles(phone);
    const { files: list } = await files.list(LIMITS, never);
    const all = await Promise.all(list.map(({ file }) => read(files, file, 100_000)));
    expect(all.map(sha)).toEqual(FILES.map(({ content }) => sha(content as Uint8Array)));
  });
});

describe('a phone that shows no files', () => {
  test.each([
    ['phone-charging-only', {}, FACTS],
    ['phone-allow', {}, { vendor: 0x04e8, wasOpen: false }],
    ['phone-locked', {}, { vendor: 0x04e8, wasOpen: true }],
    ['phone-photos-only', { picturesOnly: true }, FACTS],
    ['phone-not-able', { partial64: 'no', partial32: false }, FACTS],
  ] as const)('%s', async (code, habits, facts) => {
    const phone = new InMemoryPhone(TOP, { locked: true, ...habits });
    await expect(openFiles(phone, facts)).rejects.toMatchObject({ code });
    // Given free, so that a person can go on with it.
    expect(phone.isClosed).toBe(true);
  });

  test('locked while it is open: not an empty phone', async () => {
    const phone = new InMemoryPhone(TOP);
    const files = await openFiles(phone);
    phone.isLocked = true;
    await expect(files.list(LIMITS, never)).rejects.toMatchObject({ code: 'phone-locked' });
    phone.isLocked = false;
    expect((await files.list(LIMITS, never)).files).toHaveLength(SIZES.length);
  });
});

describe('pulled out', () => {
  test.each(Array.from({ length: 12 }, (_, at) => at + 1))('after %d commands', async (count) => {
    const phone = new InMemoryPhone(TOP);
    phone.unplugAfter = count;
    const all = async () => {
      const files = await openFiles(phone);
      try {
        for (const { file } of (await files.list(LIMITS, never)).files) await read(files, file);
      } finally {
        await files.close();
      }
    };
    await expect(all()).rejects.toMatchObject({ code: 'source-gone' });
    // No time-out was waited for.
    expect(phone.timers.now()).toBe(0);
    expect(phone.isClosed).toBe(true);
  });

  test('in the middle of a transfer', async () => {
    const phone = new InMemoryPhone(TOP, {}, new ManualTimers());
    const files = await openFiles(phone);
    const opened = await files.open(String(SIZES.length + 1));
    phone.tamper = () => null;
    const reading = opened.read(0, 100);
    await quiet();
    phone.unplug();
    await expect(reading).rejects.toMatchObject({ code: 'source-gone' });
    await files.close();
  });

  test('closed in the middle of a transfer', async () => {
    const phone = new InMemoryPhone(TOP);
    const files = await openFiles(phone);
    const opened = await files.open(String(SIZES.length + 1));
    phone.tamper = () => null;
    const reading = opened.read(0, 100);
    await Promise.all([expect(reading).rejects.toMatchObject({ code: 'source-gone' }), files.close()]);
  });
});
