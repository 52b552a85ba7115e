/**
 * What stands around the arrays of records: white space, a top-level object with its other fields, or
 * nothing. It is passed over, and what may not stand there is noticed.
 */
import type { Limits } from '../../../shared/limits.ts';
import type { Cursor } from './cursor.ts';
import type { Place } from './frame.ts';
import { OuterObject } from './outer-object.ts';
import { ValueScanner } from './value-scanner.ts';
import { BACKSLASH, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-bytes.ts';

/** Texts outside of records (a sequence number, a name) are not longer than this. */
const LONGEST_TEXT = 64 * 1024;

/**
 * What one step came to: on to the next, the array of records began, the limit was reached, or something
 * that may not stand there: `stray` at the cursor, `odd` from where the value `began`.
 */
export type SurroundingStep = 'on' | 'records' | 'limit' | 'stray' | 'odd';

export interface ElementLayout {
  /** The key whose array holds the records, where the top level is an object. */
  readonly key: string;
  readonly lines: boolean;
  /** Fields of that object that are reported. */
  readonly telling?: readonly string[];
}

export class Surroundings {
  /** Where the last value that was passed over began. */
  began: Place = { offset: 0, line: undefined };
  readonly #cursor: Cursor;
  readonly #object: OuterObject;
  readonly #scanner: ValueScanner;
  readonly #lines: boolean;
  #state: 'between' | 'object' | 'value' = 'between';
  #isList = false;

  constructor(cursor: Cursor, layout: ElementLayout, limits: Limits) {
    this.#cursor = cursor;
    this.#object = new OuterObject(layout.key, layout.telling);
    this.#scanner = new ValueScanner(limits.depth);
    this.#lines = layout.lines;
  }

  /** Outside of any value: a dump may end here. */
  get isBetween(): boolean {
    return this.#state === 'between';
  }

  /** A new line begins. */
  reset(): void {
    this.#state = 'between';
  }

  /** In the middle of a value that is passed over: blanks belong to it. */
  get isInValue(): boolean {
    return this.#state === 'value';
  }

  /** The next field that was asked for and has come. */
  takeTold(): { readonly key: string | null; readonly value: string } | undefined {
    return this.#object.told.shift();
  }

  /** In the middle of a text inside of such a value. */
  get isInText(): boolean {
    return this.#state === 'value' && this.#scanner.inString;
  }

  /** The cursor is at a byte before the limit; no blank, unless `isInValue`. */
  step(limit: number): SurroundingStep {
    if (this.#state === 'value') return this.#value(limit);
    const byte = this.#cursor.view[this.#cursor.at - this.#cursor.offset] as number;
    if (this.#state === 'between') return this.#between(byte);
    if (byte === QUOTE) return this.#string(limit);
    const step = this.#object.byte(byte);
    if (step === 'stray') return 'stray';
    if (step === 'skip') {
      this.#scanner.begin();
      this.began = this.#cursor.place(this.#cursor.at);
      this.#isList = byte === OPEN_ARRAY;
      this.#state = 'value';
      return 'on';
    }
    if (step === 'end') this.#state = 'between';
    this.#cursor.at += 1;
    return step === 'records' ? 'records' : 'on';
  }

  #between(byte: number): SurroundingStep {
    if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return 'stray';
    this.#cursor.at += 1;
    if (byte === OPEN_ARRAY) return 'records';
    this.#object.begin();
    this.#state = 'object';
    return 'on';
  }

  #string(limit: number): SurroundingStep {
    const { view, offset } = this.#cursor;
    const at = this.#cursor.at - offset;
    let end = view.indexOf(QUOTE, at + 1);
    while (end !== -1 && isEscaped(view, at, end)) end = view.indexOf(QUOTE, end + 1);
    const complete = end !== -1 && end < limit;
    if ((complete ? end : limit) - at > LONGEST_TEXT) return 'stray';
    if (!complete) return 'limit';
    if (this.#object.string(view.subarray(at, end + 1)) === 'stray') return 'stray';
    this.#cursor.at = offset + end + 1;
    return 'on';
  }

  #value(limit: number): SurroundingStep {
    const { view, offset } = this.#cursor;
    const end = this.#scanner.scan(view, this.#cursor.at - offset, limit, this.began.offset - offset);
    this.#cursor.at = offset + end;
    if (this.#scanner.state === 'broken') {
      // Whatever is found after the damage, it is not inside of this value.
      this.#state = 'object';
      return 'stray';
    }
    if (this.#scanner.state === 'open') return 'limit';
    this.#state = 'object';
    // Where each line should hold records, a list of objects under another key is a line with a damaged key.
    return this.#lines && this.#isList && this.#scanner.deepest > 1 ? 'odd' : 'on';
  }
}

/** Is the quote at `at` preceded by an odd number of backslashes? */
function isEscaped(view: Buffer, from: number, at: number): boolean {
  let before = at;
  while (before > from && view[before - 1] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}
