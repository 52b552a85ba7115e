import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { DumpItem } from '../../shared/dump.ts';
import { StationError } from '../../shared/errors.ts';
import { recogniseHead } from '../../electron/intake/formats/recognise.ts';
import { temporaryFolder } from '../support/folder.ts';
import { DOCUMENTS, SAMPLES } from '../support/formats.ts';
import { asDocument, codesOf, problemsOf, readBytes, readFile, recordsOf } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** `null` where the station refuses the file as a whole. */
function readOrRefuse(bytes: Buffer): DumpItem[] | null {
  try {
    return readBytes(bytes);
  } catch (error) {
    if (error instanceof StationError) return null;
    throw error;
  }
}

describe.each(SAMPLES)('$name', ({ name, format, make, open, expected }) => {
  const sample = make(DOCUMENTS);
  const wanted = DOCUMENTS.map(expected);
  const file = (suffix: string, bytes: Uint8Array) =>
    folder.put(`${name.replaceAll(/\W/g, '-')}-${suffix}`, bytes);

  it('is recognised by its content', () => {
    expect(recogniseHead(sample.bytes)).toMatchObject({ format });
  });

  it('gives every document with its revision, history and attachments', async () => {
    const { dump, items } = await readFile(file('plain', sample.bytes));
    expect(dump).toMatchObject({ format, compressed: false, size: sample.bytes.length });
    expect(problemsOf(items)).toEqual([]);
    expect(recordsOf(items).map(asDocument)).toEqual(wanted);
    expect(recordsOf(items).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is read from gzip, of one or several members', async () => {
    const half = Math.floor(sample.bytes.length / 2);
    const members = [gzipSync(sample.bytes.subarray(0, half)), gzipSync(sample.bytes.subarray(half))];
    for (const packed of [gzipSync(sample.bytes), Buffer.concat(members)]) {
      const { dump, items, chunks } = await readFile(file('packed', packed));
      expect(dump).toMatchObject({ format, compressed: true });
      expect(problemsOf(items)).toEqual([]);
      expect(recordsOf(items).map(asDocument)).toEqual(wanted);
      expect(chunks.at(-1)?.bytesRead).toBe(packed.length);
    }
  });

  it('is read with a byte order mark', async () => {
    const { items } = await readFile(file('bom', Buffer.concat([BYTE_ORDER_MARK, sample.bytes])));
    expect(problemsOf(items)).toEqual([]);
    expect(recordsOf(items).map(asDocument)).toEqual(wanted);
  });

  it('is read without a final line end', () => {
    const items = readBytes(sample.bytes.subarray(0, sample.complete));
    expect(problemsOf(items)).toEqual([]);
    expect(recordsOf(items).map(asDocument)).toEqual(wanted);
  });

  it('gives the same however its bytes come', async () => {
    const wholly = readBytes(sample.bytes);
    for (const chunk of [1, 2, 3, 7, 64 * 1024]) {
      expect(readBytes(sample.bytes, { chunk })).toEqual(wholly);
      const { items } = await readFile(file('chunks', sample.bytes), {
        limits: { blockBytes: Math.max(chunk, 7) },
      });
      expect(items).toEqual(wholly);
    }
  });

  it('cut anywhere, gives what stands before the cut and says that it is cut', () => {
    const wholly = recordsOf(readBytes(sample.bytes));
    for (let cut = 0; cut < sample.complete; cut += 1) {
      const before = sample.ends.filter((end) => end <= cut).length;
      const bytes = sample.bytes.subarray(0, cut);
      const items = readOrRefuse(bytes);
      expect(items !== null || before === 0, `cut at ${cut}`).toBe(true);
      if (items === null) continue;
      // Of an answer that holds several versions of a document, those that are whole are found again.
      const found = recordsOf(items);
      const records = format === 'bulk-get' ? found.slice(0, before) : found;
      expect(records.length, `cut at ${cut}`).toBe(before);
      expect(records, `cut at ${cut}`).toEqual(wholly.slice(0, before));
      const atRecord =
        sample.ends.includes(cut) || /[\]}\n\r,]/.test(sample.bytes.toString('latin1', cut - 1, cut));
      const mayLookWhole = open && atRecord;
      expect(mayLookWhole || codesOf(items).includes('cut-off'), `cut at ${cut}`).toBe(true);
      expect(cut % 9 === 0 ? readBytes(bytes, { chunk: 5 }) : items).toEqual(items);
    }
  });
});
