/** Any file that is to be copied, as yauzl reads it. */
import { RandomAccessReader } from 'yauzl';
import type { StationError } from '../../../shared/errors.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import type { FileToCopy } from '../file-to-copy.ts';

/** A directory is read in pieces of a few bytes; from a phone each would be a request of its own. */
const BLOCK = 256 * 1024;

type Done = (error: Error | null, bytesRead?: number) => void;

export class ZipReader extends RandomAccessReader {
  readonly #file: FileToCopy;
  #block: Uint8Array = new Uint8Array();
  #blockAt = 0;
  /** Why the file could not be read. */
  failure: StationError | null = null;

  constructor(file: FileToCopy) {
    super();
    this.#file = file;
  }

  override read(into: Buffer, offset: number, length: number, position: number, done: Done): void {
    void this.#answer(into.subarray(offset), position, length, done);
  }

  /** It is not opened here, and so it is not closed here. */
  override close(done: (error: Error | null) => void): void {
    done(null);
  }

  async #answer(into: Buffer, position: number, length: number, done: Done): Promise<void> {
    let bytesRead = 0;
    try {
      const bytes = await this.#read(position, length);
      into.set(bytes);
      bytesRead = bytes.length;
    } catch (error) {
      this.failure = asReadError(error);
    }
    done(this.failure, bytesRead);
  }

  async #read(position: number, length: number): Promise<Uint8Array> {
    const from = position - this.#blockAt;
    if (from < 0 || from + length > this.#block.length) {
      this.#block = await readWhole(this.#file, position, Math.max(length, BLOCK));
      this.#blockAt = position;
    }
    const start = position - this.#blockAt;
    return this.#block.subarray(start, start + length);
  }
}

/** Up to `length` bytes; fewer only at the end of the file. */
export async function readWhole(file: FileToCopy, from: number, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let have = 0;
  while (have < length) {
    const part = await file.read(from + have, length - have);
    if (part.length === 0) break;
    parts.push(part);
    have += part.length;
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
