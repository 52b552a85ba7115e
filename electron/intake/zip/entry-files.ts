/**
 * The files in a zip, as files that are to be copied. A packed one is not unpacked for that: its bytes get the few that
 * make them gzip (RFC 1952), so that it lies here as small as it came, and damage, bombs and wrong check sums in it are
 * met by the reader of packed dumps, as in any other.
 */
import { createInflateRaw, constants, crc32 } from 'node:zlib';
import { Readable } from 'node:stream';
import { StationError } from '../../../shared/errors.ts';
import type { FileToCopy } from '../file-to-copy.ts';
import { readWhole } from './zip-reader.ts';

/** A part of a file. It is closed with the file, not by itself. */
export interface Range {
  readonly file: FileToCopy;
  readonly from: number;
  readonly length: number;
  readonly modifiedMs: number;
}

/** Method 8, nothing else said: of no time, of no system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const GZIP_TRAILER = 8;
/** Packed bytes that are looked at once. */
const STEP = 256 * 1024;

/** Bytes of one block of deflate that is not packed (RFC 1951, 3.2.4), and what stands before each. */
const BLOCK = 0xffff;
const BLOCK_HEADER = 5;

/** The bytes as they stand in the file. */
export function storedFile(range: Range): FileToCopy {
  const { file, from, length, modifiedMs } = range;
  return {
    stat: () => Promise.resolve({ bytes: length, modifiedMs }),
    read: (offset, most) =>
      offset >= length
        ? Promise.resolve(new Uint8Array())
        : file.read(from + offset, Math.min(most, length - offset)),
    close: () => Promise.resolve(),
  };
}

/** How long the gzip file of so many bytes is, as they stand in the zip. */
export function gzipBytes(bytes: number, isPacked: boolean): number {
  const blocks = isPacked ? 0 : Math.max(1, Math.ceil(bytes / BLOCK));
  return GZIP_HEADER.length + bytes + blocks * BLOCK_HEADER + GZIP_TRAILER;
}

/** Packed bytes as a gzip file. */
export function gzipFile(range: Range, checkSum: number, unpacked: number): FileToCopy {
  return inGzip(range, storedFile(range), range.length, trailerOf(checkSum, unpacked));
}

/** Bytes that are not packed as a gzip file, so that their check sum is compared as that of packed ones is. */
export function storedGzipFile(range: Range, checkSum: number): FileToCopy {
  const bytes = gzipBytes(range.length, false) - GZIP_HEADER.length - GZIP_TRAILER;
  return inGzip(range, { read: blocksOf(range) }, bytes, trailerOf(checkSum, range.length));
}

function trailerOf(checkSum: number, unpacked: number): Buffer {
  const trailer = Buffer.alloc(GZIP_TRAILER);
  trailer.writeUInt32LE(checkSum, 0);
  trailer.writeUInt32LE(unpacked % 2 ** 32, 4);
  return trailer;
}

function inGzip(
  { modifiedMs }: Range,
  inside: Pick<FileToCopy, 'read'>,
  bytes: number,
  trailer: Buffer,
): FileToCopy {
  const trailerAt = GZIP_HEADER.length + bytes;
  return {
    stat: () => Promise.resolve({ bytes: trailerAt + GZIP_TRAILER, modifiedMs }),
    read: (offset, most) => {
      if (offset < GZIP_HEADER.length)
        return Promise.resolve(GZIP_HEADER.subarray(offset, Math.min(GZIP_HEADER.length, offset + most)));
      if (offset < trailerAt) return inside.read(offset - GZIP_HEADER.length, most);
      return Promise.resolve(trailer.subarray(offset - trailerAt, offset - trailerAt + most));
    },
    close: () => Promise.resolve(),
  };
}

/** The bytes in blocks that are not packed: read from any place, up to the end of a block. */
function blocksOf({ file, from, length }: Range): FileToCopy['read'] {
  return async (offset, most) => {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < most) {
      const block = Math.floor((offset + have) / (BLOCK_HEADER + BLOCK));
      const inBlock = (offset + have) % (BLOCK_HEADER + BLOCK);
      const size = Math.min(BLOCK, length - block * BLOCK);
      if (size < 0 || (size === 0 && (block > 0 || inBlock >= BLOCK_HEADER))) break;
      const begin = Math.max(0, inBlock - BLOCK_HEADER);
      const part =
        inBlock < BLOCK_HEADER
          ? blockHeader(size, block * BLOCK + size === length).subarray(inBlock, inBlock + most - have)
          : await file.read(from + block * BLOCK + begin, Math.min(most - have, size - begin));
      if (part.length === 0) break;
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts);
  };
}

function blockHeader(size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt16LE(size, 1);
  header.writeUInt16LE(size ^ 0xffff, 3);
  return header;
}

/** What the directory says of a file. */
export interface Said {
  readonly isPacked: boolean;
  /** Unpacked. */
  readonly bytes: number;
  /** `null`: what is in it has a check sum of its own, and its reader saves what is before the damage. */
  readonly crc32: number | null;
}

/**
 * Bytes as they were before they were put into the zip, unpacked while they are read: in order, and from the beginning
 * again where that is asked for. More or less than was said is damage, and so is another check sum.
 */
export function unpackedFile(range: Range, said: Said): FileToCopy {
  const begin = said.isPacked ? beginUnpacking : beginReading;
  const unpacked = said.bytes;
  let unpacking = begin(range);
  let sum = 0;
  let rest: Uint8Array = new Uint8Array();
  let at = 0;
  return {
    stat: () => Promise.resolve({ bytes: unpacked, modifiedMs: range.modifiedMs }),
    read: async (offset, most) => {
      if (offset === 0 && at > 0) {
        unpacking.end();
        unpacking = begin(range);
        rest = new Uint8Array();
        at = 0;
        sum = 0;
      }
      if (offset !== at) throw new StationError('bad-zip', 'read out of order');
      if (rest.length === 0) rest = await nextOf(unpacking.chunks);
      const piece = rest.subarray(0, most);
      rest = rest.subarray(piece.length);
      at += piece.length;
      sum = crc32(piece, sum);
      if (at > unpacked || (piece.length === 0 && at < unpacked)) throw new StationError('bad-zip');
      if (at === unpacked && sum !== (said.crc32 ?? sum))
        throw new StationError('bad-zip', 'another check sum');
      return piece;
    },
    close: () => {
      unpacking.end();
      return Promise.resolve();
    },
  };
}

interface Unpacking {
  readonly chunks: AsyncIterator<Uint8Array>;
  end(): void;
}

function beginReading(range: Range): Unpacking {
  return { chunks: piecesOf(range), end: () => undefined };
}

function beginUnpacking(range: Range): Unpacking {
  const stream = createInflateRaw();
  const source = Readable.from(piecesOf(range), { objectMode: false });
  source.on('error', (error) => stream.destroy(error));
  return {
    chunks: source.pipe(stream)[Symbol.asyncIterator]() as AsyncIterator<Buffer>,
    end: () => {
      source.destroy();
      stream.destroy();
    },
  };
}

async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  try {
    const next = await chunks.next();
    return next.done === true ? new Uint8Array() : next.value;
  } catch (error) {
    throw error instanceof StationError ? error : new StationError('bad-zip', undefined, error);
  }
}

async function* piecesOf({ file, from, length }: Range): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length;) {
    const piece = await file.read(from + at, Math.min(STEP, length - at));
    if (piece.length === 0) throw new StationError('bad-zip');
    yield piece;
    at += piece.length;
  }
}

/** The first bytes of what is packed: no more is unpacked than that, whatever it would become. Empty where it is damaged. */
export async function headOf(range: Range, isPacked: boolean, most: number): Promise<Uint8Array> {
  const bytes = await readWhole(range.file, range.from, Math.min(most, range.length));
  if (!isPacked) return bytes;
  const inflate = createInflateRaw({ chunkSize: most, finishFlush: constants.Z_SYNC_FLUSH });
  inflate.end(bytes);
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) return chunk;
  } catch {
    // What it is, its reader will say.
  }
  return new Uint8Array();
}
