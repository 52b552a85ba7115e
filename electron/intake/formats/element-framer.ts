/**
 * Frames of a dump in which the records are the elements of an array: either a top-level array, or the
 * array under a given key of a top-level object. Several such values may follow each other; with `lines`
 * each stands on a line of its own, and damage ends with its line.
 */
import type { Limits } from '../../../shared/limits.ts';
import { ByteWindow } from './byte-window.ts';
import type { Frame, Framer, RecordFrame } from './frame.ts';
import { isBlank } from './line-framer.ts';
import { RecordSearch } from './record-search.ts';
import { ValueScanner } from './value-scanner.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Strings and plain values outside of records (a sequence number, a name) are not longer than this. */
const OUTER_TOKEN = 64 * 1024;

/**
 * Where the framer stands:
 * - `between`: outside of any value
 * - `outer`: inside a top-level object, not in the array of records
 * - `skip`: in an array or object there that does not matter
 * - `expect`: in the array, an element or the end comes next
 * - `record`, `plain`: in an element that is an object or array, or any other element
 * - `after`: after an element
 * - `lost`: after damage, searching for the next record
 */
type State = 'between' | 'outer' | 'skip' | 'expect' | 'record' | 'plain' | 'after' | 'lost';

export interface ElementLayout {
  /** The key whose array holds the records, where the top level is an object. */
  readonly key: string;
  readonly lines: boolean;
}

/** What one step gives: a frame, nothing yet, or that bytes are missing. */
type Step = Frame | 'on' | 'more';

export class ElementFramer implements Framer {
  readonly #layout: ElementLayout;
  readonly #limits: Limits;
  readonly #window: ByteWindow;
  readonly #scanner: ValueScanner;
  readonly #search: RecordSearch;
  readonly #key: Buffer;
  #state: State = 'between';
  /** Offset of the next byte to look at. */
  #at: number;
  /** Offset where the present value, string or record began. */
  #from = 0;
  /** The line's end as an offset, once found (only with `lines`). */
  #lineEnd: number | undefined;
  #line = 1;
  #found: RecordFrame['found'] = 'in-order';
  #inObject = false;
  #keyNext = false;
  #valueNext = false;
  #keyMatches = false;
  #skipsArray = false;
  #lostAt = 0;
  /** The damage came after everything was closed properly: something was appended. */
  #afterEnd = false;

  constructor(layout: ElementLayout, limits: Limits, offset: number) {
    this.#layout = layout;
    this.#limits = limits;
    this.#window = new ByteWindow(offset);
    this.#scanner = new ValueScanner(limits.depth + 2);
    this.#search = new RecordSearch(limits);
    this.#key = Buffer.from(`"${layout.key}"`);
    this.#at = offset;
  }

  *push(chunk: Uint8Array): Generator<Frame> {
    this.#window.append(chunk);
    yield* this.#run(false);
    this.#release();
  }

  *finish(): Generator<Frame> {
    yield* this.#run(true);
    if (this.#state === 'lost' && !this.#layout.lines) {
      if (!this.#afterEnd) yield { kind: 'lost', offset: this.#lostAt, line: undefined };
    } else if (this.#state !== 'between' && this.#state !== 'lost') {
      yield { kind: 'cut', ...this.#place(this.#isInRecord() ? this.#from : this.#at) };
    }
  }

  reject(): void {
    this.#searchFrom(this.#from + 1);
  }

  *#run(final: boolean): Generator<Frame> {
    for (;;) {
      const step = this.#step(final);
      if (step === 'more') return;
      if (step !== 'on') yield step;
    }
  }

  #step(final: boolean): Step {
    const { view, offset } = this.#window;
    const to = this.#limit();
    let at = this.#at - offset;
    if (this.#state === 'record') return this.#record(view, at, to, final);
    if (this.#state === 'skip') return this.#skip(view, at, to);
    if (this.#state === 'lost') return this.#lost(to);
    if (this.#state === 'plain') return this.#plain(view, at, to, final);
    while (at < to && isBlank(view[at])) at += 1;
    this.#search.sawGap(at > 0 && view[at - 1] === NEWLINE);
    this.#at = offset + at;
    if (at >= to) return this.#endOfLine(to);
    const byte = view[at] as number;
    if (this.#state === 'outer') return this.#outer(view, at, to, byte);
    if (this.#state === 'between') return this.#between(byte);
    if (this.#state === 'expect') return this.#expect(byte);
    return this.#after(byte);
  }

  #between(byte: number): Step {
    if (byte === OPEN_OBJECT) {
      this.#inObject = true;
      this.#keyNext = true;
      this.#valueNext = this.#keyMatches = false;
      this.#state = 'outer';
    } else if (byte === OPEN_ARRAY) {
      this.#inObject = false;
      this.#state = 'expect';
    } else return this.#stray();
    this.#at += 1;
    return 'on';
  }

  /** Keys and values of a top-level object. Only the key before an array matters. */
  #outer(view: Buffer, at: number, to: number, byte: number): Step {
    if (byte === QUOTE) {
      let end = view.indexOf(QUOTE, at + 1);
      while (end !== -1 && isEscaped(view, at, end)) end = view.indexOf(QUOTE, end + 1);
      const complete = end !== -1 && end < to;
      if ((complete ? end : to) - at > OUTER_TOKEN) return this.#stray();
      if (!complete) return this.#endOfLine(to);
      if (this.#keyNext) this.#keyMatches = view.subarray(at, end + 1).equals(this.#key);
      this.#keyNext = this.#valueNext = false;
      this.#at += end + 1 - at;
      return 'on';
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (!this.#valueNext) return this.#stray();
      this.#valueNext = false;
      if (byte === OPEN_ARRAY && this.#keyMatches) {
        this.#state = 'expect';
        this.#at += 1;
        return 'on';
      }
      this.#scanner.begin();
      this.#from = this.#at;
      this.#skipsArray = byte === OPEN_ARRAY;
      this.#state = 'skip';
      return 'on';
    }
    if (byte === CLOSE_ARRAY) return this.#stray();
    if (byte === CLOSE_OBJECT) this.#state = 'between';
    this.#keyNext = byte === COMMA;
    this.#valueNext = byte === COLON;
    this.#at += 1;
    return 'on';
  }

  #skip(view: Buffer, at: number, to: number): Step {
    const { offset } = this.#window;
    this.#at = offset + this.#scanner.scan(view, at, to, this.#from - offset);
    if (this.#scanner.state === 'broken') return this.#stray();
    if (this.#scanner.state === 'open') return this.#endOfLine(to);
    this.#state = 'outer';
    // Where each line should hold records, a list of objects under another key is a line with a damaged key.
    const looksLikeRecords = this.#layout.lines && this.#skipsArray && this.#scanner.deepest > 1;
    return looksLikeRecords ? { kind: 'stray', ...this.#place(this.#from) } : 'on';
  }

  #expect(byte: number): Step {
    if (byte === CLOSE_ARRAY) {
      this.#state = this.#inObject ? 'outer' : 'between';
      this.#keyMatches = false;
      this.#at += 1;
      return 'on';
    }
    if (byte === CLOSE_OBJECT) return this.#stray();
    if (byte === COMMA) {
      // A comma too many: nobody gets lost over it.
      const place = this.#place(this.#at);
      this.#at += 1;
      return { kind: 'stray', ...place };
    }
    this.#from = this.#at;
    this.#found = 'in-order';
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#scanner.begin();
      this.#state = 'record';
    } else this.#state = 'plain';
    return 'on';
  }

  #record(view: Buffer, at: number, to: number, final: boolean): Step {
    const { offset } = this.#window;
    const scanner = this.#scanner;
    const start = this.#from - offset;
    const end = scanner.scan(view, at, to, start);
    this.#at = offset + end;
    const tooLarge = end - start > this.#limits.recordBytes;
    if (this.#found === 'pattern') {
      const open = scanner.state === 'open';
      const wrong = tooLarge || scanner.deepest > this.#limits.depth + 2;
      if (wrong || scanner.state === 'broken' || (open && final)) {
        // A wrong guess is dropped without a word.
        this.#searchFrom(this.#from + 1);
        return 'on';
      }
      if (open) return 'more';
    }
    if (scanner.state === 'broken') return this.#damaged(end);
    if (scanner.state === 'open') return this.#endOfLine(to);
    this.#state = 'after';
    if (tooLarge) return { kind: 'too-large', ...this.#place(this.#from) };
    const bytes = view.subarray(start, end);
    if (this.#found === 'in-order') this.#search.sawRecord(bytes);
    return this.#frame(bytes, scanner.deepest, scanner.long);
  }

  /** An element that is a number, a text or a word: never a record, but one entry. */
  #plain(view: Buffer, at: number, to: number, final: boolean): Step {
    let end = at;
    while (end < to && view[end] !== COMMA && view[end] !== CLOSE_ARRAY && view[end] !== CLOSE_OBJECT)
      end += 1;
    const start = this.#from - this.#window.offset;
    this.#at = this.#window.offset + end;
    if (end - start > OUTER_TOKEN) return this.#damaged(start + OUTER_TOKEN);
    if (end >= to) return final || this.#layout.lines ? this.#endOfLine(to) : 'more';
    this.#state = 'after';
    return this.#frame(view.subarray(start, end), 0, []);
  }

  #after(byte: number): Step {
    if (byte !== COMMA && byte !== CLOSE_ARRAY) return this.#stray();
    if (byte === COMMA) this.#at += 1;
    // The closing bracket is looked at in the state `expect`.
    this.#state = 'expect';
    return 'on';
  }

  #lost(to: number): Step {
    if (this.#layout.lines) {
      this.#at = this.#window.offset + to;
      return this.#endOfLine(to);
    }
    const { view, offset } = this.#window;
    const found = this.#search.next(view, this.#at - offset);
    this.#at = offset + found.at;
    if (found.kind === 'none') return 'more';
    this.#from = this.#at;
    this.#found = found.kind;
    this.#scanner.begin();
    this.#state = 'record';
    return 'on';
  }

  #frame(bytes: Buffer, depth: number, long: readonly number[]): Frame {
    const place = this.#place(this.#from);
    return { kind: 'record', ...place, bytes, depth, long, found: this.#found, last: false };
  }

  #damaged(at: number): Frame {
    const place = this.#place(this.#from);
    const damage = this.#window.offset + at;
    this.#lose(Math.max(this.#from + 1, damage - this.#search.lookBack));
    return { kind: 'damaged', ...place, at: damage };
  }

  #stray(): Frame {
    const place = this.#place(this.#at);
    this.#lose(this.#at);
    return { kind: 'stray', ...place };
  }

  #lose(from: number): void {
    this.#lostAt = this.#at;
    this.#afterEnd = this.#state === 'between';
    this.#state = 'lost';
    this.#at = Math.max(from, this.#window.offset);
  }

  #searchFrom(from: number): void {
    this.#search.spend(this.#at - from);
    this.#state = 'lost';
    this.#at = from;
  }

  /** The position up to which may be read: the line's end where lines matter. */
  #limit(): number {
    const { view, offset } = this.#window;
    if (!this.#layout.lines) return view.length;
    if (this.#lineEnd === undefined) {
      const end = view.indexOf(NEWLINE, this.#at - offset);
      if (end === -1) return view.length;
      this.#lineEnd = offset + end;
    }
    return this.#lineEnd - offset;
  }

  /** Everything up to `to` was used. Is it a line's end, and may the line end here? */
  #endOfLine(to: number): Step {
    if (!this.#layout.lines || to === this.#window.view.length) return 'more';
    const state = this.#state;
    const place = this.#place(this.#isInRecord() ? this.#from : this.#at);
    const damage = this.#window.offset + to;
    this.#state = 'between';
    this.#at = damage + 1;
    this.#lineEnd = undefined;
    this.#line += 1;
    if (state === 'between' || state === 'lost') return 'on';
    return state === 'record' || state === 'plain'
      ? { kind: 'damaged', ...place, at: damage }
      : { kind: 'stray', ...place };
  }

  #isInRecord(): boolean {
    return this.#state === 'record' || this.#state === 'plain';
  }

  #place(offset: number): { offset: number; line: number | undefined } {
    return { offset, line: this.#layout.lines ? this.#line : undefined };
  }

  /** Drops what is not needed any more; a record that is too large is not held. */
  #release(): void {
    if (this.#isInRecord()) {
      const tooLarge = this.#at - this.#from > this.#limits.recordBytes;
      this.#window.drop(tooLarge ? Math.max(this.#from, this.#at - this.#search.lookBack) : this.#from);
    } else this.#window.drop(this.#at - (this.#state === 'lost' ? this.#search.lookBack : 1));
  }
}

/** Is the quote at `at` preceded by an odd number of backslashes? */
function isEscaped(view: Buffer, from: number, at: number): boolean {
  let before = at;
  while (before > from && view[before - 1] === 0x5c) before -= 1;
  return (at - before) % 2 === 1;
}
