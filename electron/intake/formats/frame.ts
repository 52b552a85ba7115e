/**
 * A **frame** is one record as it stands in the bytes of a dump, before it is parsed, or a place where the
 * bytes are not what they should be. A framer turns chunks of bytes into frames, in file order.
 */

export interface Place {
  /** Offset in the unpacked bytes. */
  readonly offset: number;
  /** 1-based, for formats of lines. */
  readonly line: number | undefined;
}

/** One record. `bytes` is valid until the next frame is asked for. */
export interface RecordFrame extends Place {
  readonly kind: 'record';
  readonly bytes: Buffer;
  readonly depth: number;
  /** Long strings without escapes, as pairs of positions in `bytes`. */
  readonly long: readonly number[];
  /** Long lists of numbers and words, as threes of two positions in `bytes` and how many there are. */
  readonly lists: readonly number[];
  /** Values and keys, without those of `lists`. */
  readonly values: number;
  /** A number in it may not survive parsing unchanged, so it has to be checked. */
  readonly longNumber: boolean;
  /** A key is written with an escape. */
  readonly escapedKey: boolean;
  /**
   * Found by searching after damage. `pattern`: its start only looks like the start of a record, so the
   * reader has to be sure of it or answer with `reject`.
   */
  readonly found: 'in-order' | 'after-newline' | 'pattern';
}

/** A field of the object around the records that was asked for, or (`key: null`) that object's end. */
export interface ToldFrame extends Place {
  readonly kind: 'told';
  readonly key: string | null;
  /** A number or word as it stands there, or a text without its quotes. */
  readonly value: string;
}

export type Frame =
  | RecordFrame
  | ToldFrame
  /** Longer than `LIMITS.recordBytes`; was not held. */
  | (Place & { readonly kind: 'too-large' })
  /** More values than `LIMITS.recordValues`, or nested deeper than `LIMITS.depth`; was not held. */
  | (Place & { readonly kind: 'too-many-values' | 'too-deep' })
  /** A hole: nothing but bytes of zero. `last`: up to the end, where something else should have ended. */
  | (Place & { readonly kind: 'zeros'; readonly last: boolean })
  /** A record that begins at `offset`; its bytes stop making sense at `at`. */
  | (Place & { readonly kind: 'damaged'; readonly at: number })
  /** Outside of any record: not what may stand there. */
  | (Place & { readonly kind: 'stray' })
  /** After damage no further record was found up to the end. */
  | (Place & { readonly kind: 'lost' })
  /** The dump ended inside of something. */
  | (Place & { readonly kind: 'cut' });

export interface Framer {
  push(chunk: Uint8Array): Iterable<Frame>;
  /** No more bytes come. */
  finish(): Iterable<Frame>;
  /** The frame just given (`found: 'pattern'`) is not a record after all. */
  reject(): void;
}
