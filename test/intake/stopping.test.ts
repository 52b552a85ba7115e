/**
 * Every reader asks whether it is to stop after so many bytes at most, whatever stands in them, and lets everything else
 * have its turn before: else nothing could tell it. Counted, not timed.
 */
import { gzipSync, constants } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openDump } from '../../electron/intake/formats/open.ts';
import { LIMITS } from '../../shared/limits.ts';
import { document, type Json } from '../support/documents.ts';
import { temporaryFolder } from '../support/folder.ts';
import { SAMPLES } from '../support/formats.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const MiB = 1024 * 1024;
const doc = (id: string, fields: Json = {}): Json => document(id, { type: 'data_record', ...fields });

/** A signal that counts how often it is asked, and says yes at the `at`th time. */
function countingSignal(at = Infinity): { signal: AbortSignal; asked: () => number; turns: () => number } {
  let [asked, turns] = [0, 0];
  let turned = false;
  const wait = (): void => {
    turned = false;
    setImmediate(() => (turned = true));
  };
  wait();
  const signal = {
    get aborted() {
      asked += 1;
      if (turned) {
        turns += 1;
        wait();
      }
      return asked >= at;
    },
  } as AbortSignal;
  return { signal, asked: () => asked, turns: () => turns };
}

interface ReadThrough {
  readonly asked: number;
  /** Times it was asked after everything else had had its turn. */
  readonly turns: number;
  readonly end: string;
}

async function readThrough(path: string, at?: number): Promise<ReadThrough> {
  const { signal, asked, turns } = countingSignal(at);
  let end = 'whole';
  try {
    const dump = await openDump(path, { name: 'x', signal });
    for await (const { items } of dump.chunks) if (items.length > LIMITS.chunkItems) end = 'too many at once';
  } catch (error) {
    end = (error as { code?: string }).code ?? String(error);
  }
  return { asked: asked(), turns: turns(), end };
}

const SIZE = 2 * MiB;
const repeat = (text: string): Buffer => Buffer.alloc(SIZE, text);

/** What a file may go on with, long. */
const STRETCHES: readonly (readonly [string, Buffer])[] = [
  ['line ends', repeat('\n')],
  ['Windows line ends', repeat('\r\n')],
  ['blanks', repeat(' ')],
  ['zeros', repeat('\0')],
  ['damaged lines', repeat('x\n')],
  ['empty objects', repeat('{},')],
  ['opening brackets', repeat('[')],
  ['commas', repeat(',')],
  ['a text without an end', Buffer.concat([Buffer.from('{"_id":"'), repeat('a')])],
  ['escapes', Buffer.concat([Buffer.from('{"_id":"'), repeat('\\u0000')])],
  ['one record of very many values', Buffer.concat([Buffer.from('{"_id":"a","x":['), repeat('{},')])],
];

const FORMATS = SAMPLES.map(({ name, make }) => {
  const { bytes } = make([doc('a'), doc('b')]);
  // Behind the last record, and inside what holds the records.
  return [name, bytes, bytes.subarray(0, -3)] as const;
});

describe('whether it is to stop is asked', () => {
  it.each(FORMATS)(
    'at least once in each MiB of %s, after everything else had its turn',
    async (name, whole, open) => {
      for (const [at, [stretch, more]] of STRETCHES.entries()) {
        // Packed or not, behind the records or among them, in turn.
        const begin = at % 2 === 0 ? whole : open;
        const bytes = Buffer.concat([begin, more]);
        const isPacked = at % 4 < 2;
        const file = folder.put(name, isPacked ? gzipSync(bytes, { level: 1 }) : bytes);
        const { asked, turns, end } = await readThrough(file);
        expect([stretch, end]).toEqual([stretch, 'whole']);
        expect([stretch, turns >= Math.floor(SIZE / MiB)]).toEqual([stretch, true]);
        // Whenever it is told, it ends, and asks nothing more.
        const told = Math.ceil(asked / 2);
        expect(await readThrough(file, told)).toMatchObject({ asked: told, end: 'cancelled' });
      }
    },
  );

  it('in UTF-16, packed and not', async () => {
    const lines = Buffer.from(`${JSON.stringify(doc('a'))}\n`.repeat(3));
    for (const stretch of ['\n', 'x\n', ' ']) {
      const text = `\ufeff${lines.toString()}${stretch.repeat(SIZE / 2 / stretch.length)}`;
      const bytes = Buffer.from(text, 'utf16le');
      for (const file of [folder.put('utf16', bytes), folder.put('utf16.gz', gzipSync(bytes))]) {
        const { asked, turns, end } = await readThrough(file);
        expect(end).toBe('whole');
        expect(turns).toBeGreaterThanOrEqual(Math.floor(bytes.length / MiB));
        expect(await readThrough(file, asked)).toMatchObject({ end: 'cancelled' });
      }
    }
  });

  it('in packed bytes that become nothing', async () => {
    const nothing = gzipSync('');
    const file = folder.put(
      'nothing.gz',
      Buffer.alloc(Math.floor(SIZE / nothing.length) * nothing.length, nothing),
    );
    const { asked } = await readThrough(file);
    expect(asked).toBeGreaterThanOrEqual(Math.floor(SIZE / LIMITS.blockBytes));
    expect(await readThrough(file, 3)).toMatchObject({ end: 'cancelled' });
  });

  it('while a packed file that is damaged at its end is unpacked once more', async () => {
    const records = `${JSON.stringify(doc('a'))}\n`.repeat(20_000);
    const packed = gzipSync(records + ' '.repeat(SIZE), { finishFlush: constants.Z_SYNC_FLUSH });
    const file = folder.put('damaged.gz', Buffer.concat([packed, Buffer.from('\xff\xff\xff\xff', 'latin1')]));
    const { asked } = await readThrough(file);
    // Once for each block when it is read, and once for each piece when it is unpacked again.
    const once = (records.length + SIZE) / MiB;
    expect(asked).toBeGreaterThanOrEqual(Math.floor(2 * once));
    expect(await readThrough(file, asked - 1)).toMatchObject({ end: 'cancelled' });
  });
});
