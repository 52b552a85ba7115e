/**
 * Frames of a dump in which the records are the elements of an array: either a top-level array, or the
 * array under a given key of a top-level object. Several such values may follow each other; with `lines`
 * each usually stands on a line of its own: then damage ends at the next line that begins with a bracket.
 */
import type { Limits } from '../../../shared/limits.ts';
import { Cursor } from './cursor.ts';
import type { Frame, Framer, Place, RecordFrame } from './frame.ts';
import { mayBeBlank, skipBlanks } from './blanks.ts';
import { NEEDED_BEFORE, RecordSearch } from './record-search.ts';
import { Surroundings, type ElementLayout } from './surroundings.ts';
import { tooMuch, type TooMuch } from './too-much.ts';
import { ValueScanner } from './value-scanner.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-bytes.ts';

/** An element that is no object or array is not longer than this. */
const LONGEST_PLAIN = 64 * 1024;

/**
 * Where the framer stands:
 * - `outside`: not in an array of records
 * - `expect`: in the array, an element or the end comes next
 * - `record`, `plain`: in an element that is an object or array, or any other element
 * - `after`: after an element
 * - `lost`: after damage, searching for the next record
 * - `zeros`: in a hole outside of everything
 */
type State = 'outside' | 'expect' | 'record' | 'plain' | 'after' | 'lost' | 'zeros';

/** What one step gives: a frame, nothing yet, or that bytes are missing. */
type Step = Frame | 'on' | 'more';

export class ElementFramer implements Framer {
  readonly #layout: ElementLayout;
  readonly #limits: Limits;
  readonly #cursor: Cursor;
  readonly #scanner: ValueScanner;
  readonly #search: RecordSearch;
  readonly #around: Surroundings;
  #state: State = 'outside';
  /** Where the present value, string or record began; its bytes may be gone. */
  #start: Place = { offset: 0, line: undefined };
  #found: RecordFrame['found'] = 'in-order';
  /** The present record is more than the station takes: only its end is looked for. */
  #tooMuch: TooMuch | undefined;
  #lostAt = 0;
  /** The damage came after everything was closed properly: something was appended. */
  #afterEnd = false;

  constructor(layout: ElementLayout, limits: Limits, offset: number) {
    this.#layout = layout;
    this.#limits = limits;
    this.#cursor = new Cursor(offset, layout.lines);
    this.#scanner = new ValueScanner(limits.depth + 2);
    this.#search = new RecordSearch(limits);
    this.#around = new Surroundings(this.#cursor, layout, limits);
  }

  *push(chunk: Uint8Array): Generator<Frame> {
    this.#cursor.append(chunk);
    yield* this.#run(false);
    this.#release();
  }

  *finish(): Generator<Frame> {
    yield* this.#run(true);
    if (this.#state === 'lost') {
      if (!this.#afterEnd && !this.#layout.lines) yield { kind: 'lost', ...this.#cursor.place(this.#lostAt) };
    } else if (!this.#isBetween()) {
      yield { kind: 'cut', ...(this.#isInRecord() ? this.#start : this.#cursor.place(this.#cursor.at)) };
      // Brackets may be missing in the last record, so that it only seemed to go on to the end.
      if (this.#state === 'record' && !this.#layout.lines) {
        // Of a record that is too large only the last part is still in memory.
        const held = this.#cursor.at - Math.min(this.#limits.recordBytes, this.#search.lookBack);
        this.#searchFrom(Math.max(this.#start.offset + 1, held));
        yield* this.#run(true);
      }
    }
  }

  reject(): void {
    this.#searchFrom(this.#start.offset + 1);
  }

  *#run(final: boolean): Generator<Frame> {
    for (;;) {
      const step = this.#step(final);
      if (step === 'more') return;
      if (step !== 'on') yield step;
    }
  }

  #step(final: boolean): Step {
    const told = this.#around.takeTold();
    if (told !== undefined) return { kind: 'told', ...this.#cursor.place(this.#cursor.at), ...told };
    const { view, offset } = this.#cursor;
    const to = this.#cursor.limit();
    let at = this.#cursor.at - offset;
    if (this.#state === 'record') return this.#record(view, at, to, final);
    if (this.#state === 'lost') return this.#lost(to, final);
    if (this.#state === 'plain') return this.#plain(view, at, to, final);
    if (this.#state === 'zeros') return this.#zeros(view, at, final);
    if (this.#state === 'outside' && this.#around.isInValue) return this.#outside(to, final);
    at = skipBlanks(view, at, to);
    this.#search.sawGap(at > 0 && view[at - 1] === NEWLINE);
    this.#cursor.at = offset + at;
    if (at >= to) return this.#endOfLine(final);
    // Where lines matter, a blank of several bytes may reach over what is taken for the line's end, but never does.
    if (!final && mayBeBlank(view, at, view.length)) return 'more';
    const byte = view[at] as number;
    if (byte === 0 && this.#isBetween()) {
      this.#start = this.#cursor.place(this.#cursor.at);
      this.#state = 'zeros';
      return 'on';
    }
    if (this.#state === 'outside') return this.#outside(to, final);
    return this.#state === 'expect' ? this.#expect(byte) : this.#after(byte);
  }

  #outside(to: number, final: boolean): Step {
    const step = this.#around.step(to);
    if (step === 'limit') return this.#endOfLine(final);
    if (step === 'stray') return this.#stray();
    if (step === 'odd') return { kind: 'stray', ...this.#around.began };
    if (step === 'records') this.#state = 'expect';
    return 'on';
  }

  #expect(byte: number): Step {
    if (byte === CLOSE_ARRAY) {
      this.#state = 'outside';
      this.#cursor.at += 1;
      return 'on';
    }
    if (byte === CLOSE_OBJECT) return this.#stray();
    if (byte === COMMA) {
      // A comma too many: nobody gets lost over it.
      const place = this.#cursor.place(this.#cursor.at);
      this.#cursor.at += 1;
      return { kind: 'stray', ...place };
    }
    this.#start = this.#cursor.place(this.#cursor.at);
    this.#found = 'in-order';
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#scanner.begin();
      this.#tooMuch = undefined;
      this.#state = 'record';
    } else this.#state = 'plain';
    return 'on';
  }

  #record(view: Buffer, at: number, to: number, final: boolean): Step {
    const { offset } = this.#cursor;
    const scanner = this.#scanner;
    const start = this.#start.offset - offset;
    const until = this.#found === 'pattern' ? Math.min(to, start + this.#limits.recordBytes + 1) : to;
    const end = scanner.scan(view, at, until, start);
    this.#cursor.at = offset + end;
    this.#tooMuch ??= tooMuch(scanner, end - start, this.#limits);
    if (this.#found === 'pattern') {
      const open = scanner.state === 'open';
      if (this.#tooMuch !== undefined || scanner.state === 'broken' || (open && final)) {
        // A wrong guess is dropped without a word.
        this.#searchFrom(this.#start.offset + 1);
        return 'on';
      }
      if (open) return this.#layout.lines ? this.#endOfLine(final) : 'more';
    }
    if (scanner.state === 'broken') return this.#damaged(end);
    if (scanner.state === 'open') return this.#endOfLine(final);
    this.#state = 'after';
    if (this.#tooMuch !== undefined) return { kind: this.#tooMuch, ...this.#start };
    const bytes = view.subarray(start, end);
    if (this.#found === 'in-order') this.#search.sawRecord(bytes);
    return this.#frame(bytes, scanner.deepest);
  }

  /** An element that is a number, a text or a word: never a record, but one entry. */
  #plain(view: Buffer, at: number, to: number, final: boolean): Step {
    let end = at;
    while (end < to && view[end] !== COMMA && view[end] !== CLOSE_ARRAY && view[end] !== CLOSE_OBJECT)
      end += 1;
    const start = this.#start.offset - this.#cursor.offset;
    this.#cursor.at = this.#cursor.offset + end;
    if (end - start > LONGEST_PLAIN) return this.#damaged(start + LONGEST_PLAIN);
    if (end >= to) return final || this.#layout.lines ? this.#endOfLine(final) : 'more';
    this.#state = 'after';
    this.#scanner.begin();
    return this.#frame(view.subarray(start, end), 0);
  }

  #after(byte: number): Step {
    if (byte !== COMMA && byte !== CLOSE_ARRAY) return this.#stray();
    if (byte === COMMA) this.#cursor.at += 1;
    // The closing bracket is looked at in the state `expect`.
    this.#state = 'expect';
    return 'on';
  }

  #lost(to: number, final: boolean): Step {
    const { view, offset } = this.#cursor;
    const found = this.#search.next(view, this.#cursor.at - offset, to);
    this.#cursor.at = offset + found.at;
    if (found.kind === 'none') return this.#layout.lines ? this.#endOfLine(final) : 'more';
    this.#tooMuch = undefined;
    this.#start = this.#cursor.place(this.#cursor.at);
    this.#found = found.kind;
    // A guess is followed no deeper and no further than a record may reach, in whatever pieces the bytes come.
    this.#scanner.begin(found.kind === 'pattern' ? this.#limits.depth + 3 : undefined);
    this.#state = 'record';
    return 'on';
  }

  #frame(bytes: Buffer, depth: number): Frame {
    const place = this.#start;
    const { long, lists, values, longNumber, escapedKey } = this.#scanner;
    return {
      kind: 'record',
      ...place,
      bytes,
      depth,
      long,
      lists,
      values,
      longNumber,
      escapedKey,
      found: this.#found,
    };
  }

  #damaged(at: number): Frame {
    const place = this.#start;
    const damage = this.#cursor.offset + at;
    this.#lose(Math.max(this.#start.offset + 1, damage - this.#search.lookBack));
    return { kind: 'damaged', ...place, at: damage };
  }

  #stray(): Frame {
    const place = this.#cursor.place(this.#cursor.at);
    this.#lose(this.#cursor.at);
    return { kind: 'stray', ...place };
  }

  #lose(from: number): void {
    this.#lostAt = this.#cursor.at;
    this.#afterEnd = this.#isBetween();
    this.#state = 'lost';
    this.#cursor.at = Math.max(from, this.#cursor.offset);
  }

  #searchFrom(from: number): void {
    this.#search.spend(this.#cursor.at - from);
    this.#state = 'lost';
    this.#cursor.at = from;
  }

  /**
   * Everything up to the limit was used. Is it a line's end? A line that does not begin a value goes on with what
   * stands before it, unless that is inside of a text.
   */
  #endOfLine(final: boolean): Step {
    const next = this.#cursor.nextLine(final);
    if (next === 'unknown') return 'more';
    const inRecord = this.#isInRecord();
    const place = inRecord ? this.#start : this.#cursor.place(this.#cursor.at);
    const inText = (this.#state === 'record' && this.#scanner.inString) || this.#isInOuterText();
    if (next === 'more of it' && !inText) {
      this.#cursor.passLineEnd();
      return 'on';
    }
    if (this.#state === 'record' && this.#found === 'pattern') {
      // A wrong guess is dropped without a word.
      this.#searchFrom(this.#start.offset + 1);
      return 'on';
    }
    const isComplete = this.#isBetween() || this.#state === 'lost';
    const at = this.#cursor.at;
    if (next === 'start') {
      this.#cursor.passLineEnd();
      this.#state = 'outside';
      this.#around.reset();
    } else this.#lose(at);
    if (isComplete) return 'on';
    return inRecord ? { kind: 'damaged', ...place, at } : { kind: 'stray', ...place };
  }

  /** In a text outside of the records; it is looked at as a whole once its end has come. */
  #isInOuterText(): boolean {
    const { view, offset, at } = this.#cursor;
    return this.#state === 'outside' && (this.#around.isInText || view[at - offset] === QUOTE);
  }

  /** A hole outside of everything: padding at the end of the file where the last value was closed properly. */
  #zeros(view: Buffer, from: number, final: boolean): Step {
    let at = from;
    while (at < view.length && view[at] === 0) at += 1;
    at = skipBlanks(view, at, view.length);
    this.#cursor.goTo(this.#cursor.offset + at);
    if (view[at] === 0) return 'on';
    const isEnd = at >= view.length;
    if (!final && (isEnd || mayBeBlank(view, at, view.length))) return 'more';
    this.#state = 'outside';
    if (isEnd && !this.#layout.lines) return 'on';
    return { kind: 'zeros', ...this.#start, last: isEnd };
  }

  #isBetween(): boolean {
    return this.#state === 'outside' && this.#around.isBetween;
  }

  #isInRecord(): boolean {
    return this.#state === 'record' || this.#state === 'plain';
  }

  /** Drops what is not needed any more; a record that is too large is not held. */
  #release(): void {
    if (this.#isInRecord()) {
      this.#cursor.drop(
        this.#tooMuch !== undefined && this.#state === 'record'
          ? Math.max(this.#start.offset, this.#cursor.at - this.#search.lookBack)
          : this.#start.offset,
      );
    } else
      this.#cursor.drop(this.#cursor.at - (this.#state === 'lost' ? this.#search.lookBack : NEEDED_BEFORE));
  }
}
