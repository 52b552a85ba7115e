/**
 * Unpacks gzip, of one or several members. Node's gunzip throws away what it unpacked in the very step in
 * which it meets damage, and a short dump is one such step; and whenever it fails, what nobody has taken of
 * it yet. So after a failure the work is done once more, after damage up to that step and then byte by byte:
 * what can be unpacked is unpacked.
 */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** How the packed data ended: properly, in the middle, or with something that is not gzip. */
export type GunzipEnd = 'whole' | 'cut' | 'damaged';

export interface Unpacked {
  readonly bytes: Buffer;
  /** Packed bytes used so far. */
  readonly used: number;
}

const STEP = 64 * 1024;
const OUTPUT = 256 * 1024;

/**
 * @param chunks reads the packed bytes from their beginning each time it is called
 * @param unlessStopped is called for each piece that is unpacked once more and not given again; may throw
 */
export async function* gunzip(
  chunks: () => AsyncIterable<Buffer>,
  unlessStopped: () => void = () => {},
): AsyncGenerator<Unpacked, GunzipEnd> {
  let given = 0;
  const first = yield* pass(chunks(), (bytes) => (given += bytes.length));
  if (first.end === 'whole') return first.end;
  let seen = 0;
  const careful = first.end === 'cut' ? Infinity : first.used;
  for await (const { bytes, used } of carefully(chunks(), careful)) {
    const rest = bytes.subarray(Math.min(bytes.length, Math.max(0, given - seen)));
    seen += bytes.length;
    if (rest.length > 0) yield { bytes: rest, used };
    else unlessStopped();
  }
  return first.end;
}

async function* pass(
  chunks: AsyncIterable<Buffer>,
  giving: (bytes: Buffer) => void,
): AsyncGenerator<Unpacked, { end: GunzipEnd; used: number }> {
  const packed = Readable.from(steps(chunks, Infinity), { highWaterMark: 2 });
  const unpacker = createGunzip({ chunkSize: OUTPUT });
  let failure: Error | null | undefined;
  // Ends the other stream when one fails or is left early; the failure itself is met below.
  pipeline(packed, unpacker, (error) => (failure ??= error));
  try {
    for await (const bytes of unpacker as AsyncIterable<Buffer>) {
      giving(bytes);
      yield { bytes, used: unpacker.bytesWritten };
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const used = unpacker.bytesWritten;
    if (code === 'Z_BUF_ERROR') return { end: 'cut', used };
    if (typeof code === 'string' && code.startsWith('Z_')) return { end: 'damaged', used };
    throw failure ?? error;
  }
  return { end: 'whole', used: unpacker.bytesWritten };
}

/**
 * Everything up to the damage. A stream that fails throws away what nobody has taken of it yet, so all that comes of one
 * step is taken before the next is given.
 */
async function* carefully(chunks: AsyncIterable<Buffer>, careful: number): AsyncGenerator<Unpacked, void> {
  const unpacker = createGunzip({ chunkSize: OUTPUT });
  let wake = (): void => {};
  for (const event of ['readable', 'end', 'error', 'close']) unpacker.on(event, () => wake());
  const isOver = (): boolean => unpacker.destroyed || unpacker.readableEnded;
  try {
    for await (const step of steps(chunks, careful)) {
      unpacker.write(step, () => wake());
      while (!isOver() && (unpacker.writableLength > 0 || unpacker.readableLength > 0)) {
        const bytes = unpacker.read() as Buffer | null;
        if (bytes === null) await new Promise<void>((resolve) => (wake = resolve));
        else yield { bytes, used: unpacker.bytesWritten };
      }
      if (isOver()) return;
    }
  } finally {
    unpacker.destroy();
  }
}

/** Steps of the packed bytes, of one byte each from the position `careful` on. */
async function* steps(chunks: AsyncIterable<Buffer>, careful: number): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const left = careful - offset - at;
      const size = left > 0 ? Math.min(STEP, left) : 1;
      // The unpacker works in another thread, and the chunk is used again.
      yield Buffer.from(chunk.subarray(at, at + size));
      at += size;
    }
    offset += chunk.length;
  }
}
