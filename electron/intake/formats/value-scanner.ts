/**
 * Finds the end of one JSON object or array in a stream of bytes, without parsing it. It knows just enough
 * of JSON's grammar to notice soon that bytes are damaged: a lost quote turns text into structure, a lost
 * brace shows when the next record begins where only a key may stand. `JSON.parse` has the last word.
 *
 * Nothing but whole bytes is looked at: all of JSON's own characters are single bytes in UTF-8.
 */
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-bytes.ts';

/** Stands for the characters of a number, `true`, `false` or `null`. */
const SCALAR = 0x30;

/** After which characters a value or key may begin. */
const MAY_BEGIN = new Uint8Array(256);
for (const byte of [OPEN_ARRAY, OPEN_OBJECT, COMMA, COLON]) MAY_BEGIN[byte] = 1;

/** Up to here a loop is faster than the call of `indexOf`. */
const NEAR = 64;
/** Numbers of no more characters than this, without an exponent, are the same in JavaScript. */
const LONGEST_SAFE = 15;
/** Strings at least so long are noted in `long`, lists in `lists`. */
export const LONG = 8192;

export type ScanState = 'open' | 'closed' | 'broken';

export class ValueScanner {
  state: ScanState = 'open';
  /** The deepest nesting so far, the value itself counted. */
  deepest = 0;
  /** Where long strings without escapes begin and end (without quotes), in pairs, from the value's start. */
  long: number[] = [];

  /** Where long lists of nothing but numbers and words begin and end (with brackets), and how many there are, in threes. */
  lists: number[] = [];
  /** Values and keys so far, without those of `lists`. */
  values = 0;
  /** A number is so long, or has such an exponent, that it may not be the same once it was parsed. */
  longNumber = false;

  /** A key is written with an escape. */
  escapedKey = false;

  readonly #open: Uint8Array;
  #most = Infinity;
  #depth = 0;
  #previous = COMMA;
  #inString = false;
  #plain = true;
  #stringAt = 0;
  /** Where the innermost list began, as long as it holds nothing but numbers and words; -1 elsewhere. */
  #listAt = -1;
  #inList = 0;
  #scalarLength = 0;
  #view: Buffer | undefined;
  /** The next backslash of the view, its length if there is none, -1 if not searched for yet. */
  #backslash = -1;
  /** Where that search began: it says nothing about what stands before. */
  #searchedFrom = 0;

  /** @param depth nesting up to which the kinds of brackets are compared */
  constructor(depth: number) {
    this.#open = new Uint8Array(depth + 2);
  }

  /**
   * Starts over; the next byte given to `scan` is the value's `{` or `[`.
   * @param deepest nesting at which the value counts as broken
   */
  begin(deepest = Infinity): void {
    this.state = 'open';
    this.#most = deepest;
    this.deepest = 0;
    this.escapedKey = false;
    this.#depth = 0;
    this.#previous = COMMA;
    this.#inString = false;
    if (this.long.length > 0) this.long = [];
    if (this.lists.length > 0) this.lists = [];
    this.values = 0;
    this.longNumber = false;
    this.#listAt = -1;
    this.#inList = 0;
  }

  /** The bytes so far end inside of a text. */
  get inString(): boolean {
    return this.#inString;
  }

  /** An object or a list may come next. */
  get mayBegin(): boolean {
    if (this.#inString || MAY_BEGIN[this.#previous] === 0) return false;
    const inObject =
      this.#depth > 0 && this.#depth <= this.#open.length && this.#open[this.#depth - 1] === OPEN_OBJECT;
    return !inObject || this.#previous === COLON;
  }

  /**
   * Reads on from `from`, at most up to `to`. `origin` is where the value began (before 0 if those bytes
   * are gone). Gives the position after the last byte used: after the value when `state` is `closed`, at
   * the byte that cannot be when `broken`; when `open`, go on from there with more bytes.
   */
  scan(view: Buffer, from: number, to: number, origin: number): number {
    // After damage the search goes back in the same view.
    if (view !== this.#view || from < this.#searchedFrom) this.#backslash = -1;
    this.#view = view;
    const open = this.#open;
    let at = from;
    let depth = this.#depth;
    let previous = this.#previous;
    for (;;) {
      if (this.#inString) {
        at = this.#endOfString(view, at, to);
        if (at >= to || view[at] !== QUOTE) break;
        const begin = this.#stringAt;
        if (this.#plain) {
          if (at - origin - begin >= LONG) this.long.push(begin, at - origin);
        } else if (previous !== COLON && (depth > open.length || open[depth - 1] === OPEN_OBJECT)) {
          this.escapedKey = true;
        }
        this.#inString = false;
        previous = QUOTE;
        at += 1;
      }
      if (at >= to) break;
      const byte = view[at] as number;
      if (byte === QUOTE) {
        if (MAY_BEGIN[previous] === 0) return this.#stop(at, 'broken');
        at += 1;
        this.#inString = true;
        this.#plain = true;
        this.#stringAt = at - origin;
        this.values += 1;
        if (this.#listAt !== -1) this.#endList();
      } else if (byte === COMMA || byte === COLON) {
        previous = byte;
        at += 1;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (MAY_BEGIN[previous] === 0) return this.#stop(at, 'broken');
        const inObject = depth > 0 && depth <= open.length && open[depth - 1] === OPEN_OBJECT;
        if (inObject && previous !== COLON) return this.#stop(at, 'broken');
        if (depth < open.length) open[depth] = byte;
        depth += 1;
        if (depth > this.deepest) {
          this.deepest = depth;
          if (depth >= this.#most) return this.#stop(at, 'broken');
        }
        previous = byte;
        this.values += 1;
        if (this.#listAt !== -1) this.#endList();
        if (byte === OPEN_ARRAY) this.#listAt = at - origin;
        at += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth -= 1;
        // `{` and `}`, `[` and `]` lie two apart.
        if (depth < open.length && open[depth] !== byte - 2) return this.#stop(at, 'broken');
        previous = byte;
        at += 1;
        if (this.#listAt !== -1) this.#closeList(at - origin);
        if (depth === 0) return this.#stop(at, 'closed');
      } else {
        if (byte > 0x20) {
          if (previous !== SCALAR) {
            if (MAY_BEGIN[previous] === 0) return this.#stop(at, 'broken');
            previous = SCALAR;
            this.#scalarLength = 0;
            if (this.#listAt === -1) this.values += 1;
            else this.#inList += 1;
          }
          this.#scalarLength += 1;
          if (this.#scalarLength > LONGEST_SAFE || (isExponent(byte) && !isLetter(view[at - 1])))
            this.longNumber = true;
        }
        at += 1;
      }
    }
    this.#depth = depth;
    this.#previous = previous;
    return at;
  }

  /** The list holds something else after all: what it holds so far is counted like anything else. */
  #endList(): void {
    this.values += this.#inList;
    this.#inList = 0;
    this.#listAt = -1;
  }

  #closeList(end: number): void {
    if (end - this.#listAt >= LONG) this.lists.push(this.#listAt, end, this.#inList);
    else this.values += this.#inList;
    this.#inList = 0;
    this.#listAt = -1;
  }

  #stop(at: number, state: ScanState): number {
    this.state = state;
    return at;
  }

  /** The closing quote; or `to`; or a backslash just before `to`, whose meaning is not known yet. */
  #endOfString(view: Buffer, from: number, to: number): number {
    let at = from;
    for (;;) {
      if (this.#backslash < at) {
        const found = view.indexOf(BACKSLASH, at);
        this.#backslash = found === -1 ? view.length : found;
        this.#searchedFrom = at;
      }
      const stop = this.#backslash < to ? this.#backslash : to;
      const near = at + NEAR < stop ? at + NEAR : stop;
      while (at < near && view[at] !== QUOTE) at += 1;
      if (at === near && near < stop) {
        const found = view.indexOf(QUOTE, at);
        at = found === -1 || found > stop ? stop : found;
      }
      if (at < stop || stop === to) return at;
      this.#plain = false;
      if (at + 1 >= to) return at;
      at += 2;
    }
  }
}

function isExponent(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
