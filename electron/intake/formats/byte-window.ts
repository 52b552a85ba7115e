/**
 * The part of a dump that is held in memory: bytes are appended at one end and dropped at the other.
 * Everything that reads from it is synchronous; a view is valid until the next `append`.
 */
const SMALL = 4 * 1024 * 1024;

export class ByteWindow {
  #storage = Buffer.allocUnsafeSlow(64 * 1024);
  #kept = 0;
  /** The bytes held. A new object after each `append`, so that positions in it can be cached. */
  view: Buffer = this.#storage.subarray(0, 0);
  /** Offset of `view[0]` in the dump. */
  offset: number;

  constructor(offset = 0) {
    this.offset = offset;
  }

  /** Bytes before this offset of the dump are not needed any more. */
  drop(before: number): void {
    this.#kept = Math.max(this.#kept, Math.min(before - this.offset, this.view.length));
  }

  /** Adds a copy of the bytes; moves what is kept to the front. */
  append(chunk: Uint8Array): void {
    const kept = this.view.length - this.#kept;
    const needed = kept + chunk.length;
    const tooSmall = needed > this.#storage.length;
    // A huge record must not hold its memory for the rest of the dump.
    const tooLarge = this.#storage.length > SMALL && needed * 8 < this.#storage.length;
    const target = tooSmall || tooLarge ? Buffer.allocUnsafeSlow(needed * 2) : this.#storage;
    target.set(this.view.subarray(this.#kept), 0);
    target.set(chunk, kept);
    this.#storage = target;
    this.offset += this.#kept;
    this.#kept = 0;
    this.view = target.subarray(0, needed);
  }
}
