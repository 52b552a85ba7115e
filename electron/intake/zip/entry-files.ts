/**
 * The files in a zip, as files that are to be copied. A packed one is not unpacked for that: its bytes get the few that
 * make them gzip (RFC 1952), so that it lies here as small as it came, and damage, bombs and wrong check sums in it are
 * met by the reader of packed dumps, as in any other.
 */
import { createInflateRaw, constants } from 'node:zlib';
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

/** How long the gzip file of so many packed bytes is. */
export function gzipBytes(packed: number): number {
  return GZIP_HEADER.length + packed + GZIP_TRAILER;
}

/** Packed bytes as a gzip file. */
export function gzipFile(range: Range, crc32: number, unpacked: number): FileToCopy {
  const trailer = Buffer.alloc(GZIP_TRAILER);
  trailer.writeUInt32LE(crc32, 0);
  trailer.writeUInt32LE(unpacked % 2 ** 32, 4);
  const inside = storedFile(range);
  const trailerAt = GZIP_HEADER.length + range.length;
  return {
    stat: () => Promise.resolve({ bytes: gzipBytes(range.length), modifiedMs: range.modifiedMs }),
    read: (offset, most) => {
      if (offset < GZIP_HEADER.length)
        return Promise.resolve(GZIP_HEADER.subarray(offset, Math.min(GZIP_HEADER.length, offset + most)));
      if (offset < trailerAt) return inside.read(offset - GZIP_HEADER.length, most);
      return Promise.resolve(trailer.subarray(offset - trailerAt, offset - trailerAt + most));
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Packed bytes, unpacked while they are read: in order, and from the beginning again where that is asked for. More or less
 * than was said is damage.
 */
export function unpackedFile(range: Range, unpacked: number): FileToCopy {
  let unpacking = beginUnpacking(range);
  let rest: Uint8Array = new Uint8Array();
  let at = 0;
  return {
    stat: () => Promise.resolve({ bytes: unpacked, modifiedMs: range.modifiedMs }),
    read: async (offset, most) => {
      if (offset === 0 && at > 0) {
        unpacking.end();
        unpacking = beginUnpacking(range);
        rest = new Uint8Array();
        at = 0;
      }
      if (offset !== at) throw new StationError('bad-zip', 'read out of order');
      if (rest.length === 0) rest = await nextOf(unpacking.chunks);
      const piece = rest.subarray(0, most);
      rest = rest.subarray(piece.length);
      at += piece.length;
      if (at > unpacked || (piece.length === 0 && at < unpacked)) throw new StationError('bad-zip');
      return piece;
    },
    close: () => {
      unpacking.end();
      return Promise.resolve();
    },
  };
}

function beginUnpacking(range: Range): { readonly chunks: AsyncIterator<Buffer>; end(): void } {
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

async function nextOf(chunks: AsyncIterator<Buffer>): Promise<Uint8Array> {
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
