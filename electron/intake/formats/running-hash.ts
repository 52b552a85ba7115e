/**
 * sha256 of a stream, of which the value at an earlier line's start may be asked for once that line is
 * known: the hash of our own format covers everything before its last line.
 */
import { createHash, type Hash } from 'node:crypto';

export class RunningHash {
  #hash = createHash('sha256');
  /** Offset up to which `#hash` counts. */
  #at: number;
  #atLine: Hash | undefined;
  #lineAt: number;

  constructor(offset: number) {
    this.#at = this.#lineAt = offset;
    this.#atLine = this.#hash.copy();
  }

  /** Counts a chunk, in which the last line not yet complete begins at `lineAt` (or before the chunk). */
  add(chunk: Uint8Array, lineAt: number): void {
    const split = lineAt - this.#at;
    if (split >= 0) {
      this.#hash.update(chunk.subarray(0, split));
      this.#atLine = this.#hash.copy();
      this.#lineAt = lineAt;
      this.#hash.update(chunk.subarray(split));
    } else this.#hash.update(chunk);
    this.#at += chunk.length;
  }

  /** The hash, in hex, of everything before `offset`: in `chunk`, which is not counted yet, or where a line began. */
  before(offset: number, chunk: Uint8Array): string | undefined {
    if (offset >= this.#at) {
      return this.#hash
        .copy()
        .update(chunk.subarray(0, offset - this.#at))
        .digest('hex');
    }
    return offset === this.#lineAt ? this.#atLine?.copy().digest('hex') : undefined;
  }
}
