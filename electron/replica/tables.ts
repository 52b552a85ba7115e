/**
 * Looks whether the tables of a LevelDB are as they were written. LevelDB itself compares no checksum while it reads, and a
 * table whose bytes were changed may end the whole process: an assertion in native code, at each start again. So a table is
 * looked at before LevelDB opens it (format: leveldb, doc/table_format.md and table/format.cc).
 */
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { asReadError } from '../../shared/read-errors.ts';

/** The last eight bytes of every whole table file. */
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** Two block handles of 20 bytes at most, and the magic number. */
const FOOTER_BYTES = 48;
/** Behind each block: how it is packed (0: not, 1: Snappy), and its checksum. */
const TRAILER_BYTES = 5;
/** More than LevelDB ever writes as one block, unless one value alone is larger: what follows then is not unpacked. */
const BLOCK_BYTES = 1024 * 1024 * 1024;

export type TableState = 'whole' | 'unfinished' | 'damaged';

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** The names of the tables in a folder. */
export async function tablesIn(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => /\.(?:ldb|sst)$/.test(name))
    .map((name) => join(folder, name));
}

/**
 * @param every each block is looked at, which reads the whole file; else only the index, by which all others are found, and
 * the filter, which says of a key that it is not there
 * @returns `unfinished`: it has no end, as where a power cut came; `damaged` also where the disk cannot read it
 */
export async function tableState(path: string, every: boolean): Promise<TableState> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < FOOTER_BYTES) return 'unfinished';
    const footer = await bytesOf(file, { offset: size - FOOTER_BYTES, size: FOOTER_BYTES });
    if (!footer.subarray(FOOTER_BYTES - MAGIC.length).equals(MAGIC)) return 'unfinished';
    const numbers = new Numbers(footer);
    const meta = numbers.handle();
    const index = numbers.handle();
    const end = size - FOOTER_BYTES;
    const entries = await block(file, index, end);
    const others = await block(file, meta, end);
    if (entries === null || others === null) return 'damaged';
    for (const handle of [...handlesIn(others), ...(every ? handlesIn(entries) : [])])
      if ((await storedBlock(file, handle, end)) === null) return 'damaged';
    return 'whole';
  } catch (error) {
    // Numbers that lead nowhere: nothing of it can be trusted.
    if (error instanceof RangeError) return 'damaged';
    if (asReadError(error).code === 'bad-sector') return 'damaged';
    throw error;
  } finally {
    await file.close();
  }
}

/** What a block holds, unpacked; `null`: it is not what was written. */
async function block(file: FileHandle, handle: Handle, end: number): Promise<Buffer | null> {
  const bytes = await storedBlock(file, handle, end);
  if (bytes === null) return null;
  const own = bytes.subarray(0, -1);
  return bytes.at(-1) === 1 ? unpacked(own) : own;
}

/** A block as it lies there, and how it is packed; `null`: it is not what was written. */
async function storedBlock(file: FileHandle, { offset, size }: Handle, end: number): Promise<Buffer | null> {
  if (size > BLOCK_BYTES || offset + size + TRAILER_BYTES > end) return null;
  const bytes = await bytesOf(file, { offset, size: size + TRAILER_BYTES });
  const own = bytes.subarray(0, size + 1);
  return bytes.readUInt32LE(size + 1) === masked(crc32c(own)) ? own : null;
}

async function bytesOf(file: FileHandle, { offset, size }: Handle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
  if (bytesRead < size) throw new RangeError('the file is shorter');
  return buffer;
}

/** The handles in an index block: its entries share the beginnings of their keys, and end where the restart points begin. */
function* handlesIn(index: Buffer): Generator<Handle> {
  const end = index.length - 4 - 4 * index.readUInt32LE(index.length - 4);
  const numbers = new Numbers(index);
  while (numbers.at < end) {
    numbers.next();
    const ownKey = numbers.next();
    const value = numbers.next();
    numbers.at += ownKey;
    const after = numbers.at + value;
    yield numbers.handle();
    numbers.at = after;
  }
}

/** Numbers of seven bits a byte, the last byte without its highest bit. @throws RangeError where there is none */
class Numbers {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.at);
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > Number.MAX_SAFE_INTEGER / 128) throw new RangeError('no number');
    }
  }

  handle(): Handle {
    return { offset: this.next(), size: this.next() };
  }
}

/** Snappy, as LevelDB packs a block with it (google/snappy, format_description.txt). @throws RangeError where it is none */
function unpacked(packed: Buffer): Buffer {
  const numbers = new Numbers(packed);
  const length = numbers.next();
  if (length > BLOCK_BYTES) throw new RangeError('too long');
  const out = Buffer.alloc(length);
  let written = 0;
  let at = numbers.at;
  while (at < packed.length) {
    const tag = packed.readUInt8(at);
    at += 1;
    if ((tag & 3) === 0) {
      const more = Math.max(0, (tag >> 2) - 59);
      const count = (more === 0 ? tag >> 2 : packed.readUIntLE(at, more)) + 1;
      at += more;
      if (at + count > packed.length || written + count > length) throw new RangeError('too long');
      packed.copy(out, written, at, at + count);
      at += count;
      written += count;
      continue;
    }
    const bytes = [0, 1, 2, 4][tag & 3] ?? 0;
    const low = packed.readUIntLE(at, bytes);
    at += bytes;
    const back = bytes === 1 ? low + ((tag >> 5) << 8) : low;
    const count = bytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    if (back === 0 || back > written || written + count > length) throw new RangeError('leads nowhere');
    // Byte by byte: what is copied may be what was just written.
    for (let n = 0; n < count; n += 1) out[written + n] = out[written + n - back] ?? 0;
    written += count;
  }
  if (written !== length) throw new RangeError('too short');
  return out;
}

/** A checksum is written turned and moved, so that checksums of checksums are not weak (leveldb, util/crc32c.h). */
export function masked(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** Of the polynomial of Castagnoli; Node has only the other one. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  // A plain loop: it sees every byte of a store.
  for (let at = 0; at < bytes.length; at += 1)
    value = (TABLE[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
