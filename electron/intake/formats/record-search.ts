/**
 * After damage in the middle of an array: where may the next record begin? A candidate is an object that
 * follows another one (`},{`) or begins a list (`[{`), so the reader has to be sure that it is a record and
 * not something inside one. Where every record so far stood on a line of its own, a line that begins with
 * `{` needs no doubt.
 */
import type { Limits } from '../../../shared/limits.ts';
import { isBlank } from './blanks.ts';
import { CLOSE_OBJECT, COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';

/** Blanks between two records, at most. */
const GAP = 64;
/** So many bytes before a place tell whether a record may begin there. */
export const NEEDED_BEFORE = GAP + 2;

/** From so many bytes on, a search of its own is quicker than a look at each. */
const LONG = 256;

export type Candidate =
  | { readonly kind: 'after-newline' | 'pattern'; readonly at: number }
  /** Nothing up to the end of the view; go on from `at` with more bytes. */
  | { readonly kind: 'none'; readonly at: number };

export class RecordSearch {
  /** Damage shows some bytes after it happened: so far back may the next record have begun. */
  readonly lookBack = 64 * 1024;
  /** Every record so far stood on one line, with nothing before it. */
  #onePerLine = true;
  #records = 0;
  #gapHasNewline = false;
  #budget: number;

  constructor(limits: Limits) {
    this.#budget = limits.searchBytes;
  }

  /** Before a record (or anything else) there was a line end directly before it. */
  sawGap(newline: boolean): void {
    this.#gapHasNewline = newline;
  }

  sawRecord(bytes: Buffer): void {
    this.#records += 1;
    if (this.#onePerLine) this.#onePerLine = this.#gapHasNewline && !bytes.includes(NEWLINE);
  }

  /** So many bytes will be looked at again. */
  spend(bytes: number): void {
    this.#budget -= bytes;
  }

  /** @param to the position up to which may be searched */
  next(view: Buffer, from: number, to: number): Candidate {
    if (this.#budget < 0) return { kind: 'none', at: to };
    let at = from;
    for (;;) {
      at = indexWithin(view, at, to);
      if (at === -1) return { kind: 'none', at: to };
      if (this.#onePerLine && this.#records > 1) {
        if (at > 0 && view[at - 1] === NEWLINE) return { kind: 'after-newline', at };
      } else if (mayBegin(view, at)) return { kind: 'pattern', at };
      at += 1;
    }
  }
}

/** Where the next `{` is. Looked for up to `to` only: what is behind it is asked for again. */
function indexWithin(view: Buffer, from: number, to: number): number {
  if (to - from > LONG) {
    const found = view.subarray(from, to).indexOf(OPEN_OBJECT);
    return found === -1 ? -1 : from + found;
  }
  for (let at = from; at < to; at += 1) if (view[at] === OPEN_OBJECT) return at;
  return -1;
}

/** `[` or `},` before the position, with blanks between. */
function mayBegin(view: Buffer, at: number): boolean {
  const end = Math.max(0, at - GAP);
  let before = at - 1;
  while (before >= end && isBlank(view[before])) before -= 1;
  if (before >= end && view[before] === OPEN_ARRAY) return true;
  if (view[before] !== COMMA) return false;
  before -= 1;
  while (before >= end && isBlank(view[before])) before -= 1;
  return before >= end && view[before] === CLOSE_OBJECT;
}
