/**
 * Frames of a dump in which one value after the other is a record. Usually each stands on a line of its own, and then
 * damage ends with its line. But a line is not a value: a record may be written over many lines, several may share
 * one, and commas and odd blanks may stand between them. How the values of this file lie is learnt from the first.
 */
import type { Limits } from '../../../shared/limits.ts';
import { isBlank, mayBeBlank, skipBlanks } from './blanks.ts';
import { ByteWindow } from './byte-window.ts';
import type { Frame, Framer, Place, RecordFrame } from './frame.ts';
import { COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT, QUOTE, RETURN } from './json-bytes.ts';
import { LineCount } from './line-count.ts';
import { tooMuch, type TooMuch } from './too-much.ts';
import { ValueScanner } from './value-scanner.ts';

/** How many bytes are kept of something that is not a value, to say what it is. */
const LONGEST_PLAIN = 64 * 1024;
/**
 * Where the framer stands:
 * - `between`: a value comes next
 * - `value`: in an object or a list; `plain`: in anything else, up to the end of the line
 * - `zeros`: in a hole
 * - `lost`: after damage, searching for the line on which the next value begins
 */
type State = 'between' | 'value' | 'plain' | 'zeros' | 'lost';

/** How values lie: one a line; over lines that are indented; over lines that are not. */
type Style = 'unknown' | 'compact' | 'indented' | 'flat';

/** What one step gives: a frame, nothing yet, or that bytes are missing. */
type Step = Frame | 'on' | 'more';

export class ValueFramer implements Framer {
  readonly #limits: Limits;
  readonly #window: ByteWindow;
  readonly #lines: LineCount;
  readonly #scanner: ValueScanner;
  #state: State = 'between';
  #style: Style = 'unknown';
  /** What ends a line: a carriage return only where the first value was followed by one alone. */
  #lineEnd = NEWLINE;
  #gap: 'unknown' | 'return' | 'known' = 'unknown';
  /** The line end that was found last, and from where it was looked for. */
  #lineEndSeen: { view: Buffer; sign: number; from: number; at: number } = {
    view: Buffer.alloc(0),
    sign: 0,
    from: 0,
    at: -1,
  };
  /** Values share lines, so that no line end ends damage. */
  #sharesLines = false;
  /** Where the search for the next value began; since then nothing was surely a record. */
  #lostFrom: Place | undefined;
  /** Where the search began that found the last value. */
  #lostBefore: Place | undefined;
  /** Offset of the next byte to look at. */
  #at: number;
  /** Where the present value, hole or other thing began; its bytes may be gone. */
  #start: Place = { offset: 0, line: 1 };
  /** The present value goes over several lines, and one of them begins without a blank. */
  #isOverLines = false;
  #isFlat = false;
  /** The present value is more than the station takes: only its end is looked for. */
  #tooMuch: TooMuch | undefined;
  #found: RecordFrame['found'] = 'in-order';
  /** Bytes that may be looked at again; after that every line is taken for a value of its own. */
  #budget: number;

  /** @param offset of the first byte that will be pushed */
  constructor(limits: Limits, offset: number) {
    this.#limits = limits;
    this.#window = new ByteWindow(offset);
    this.#lines = new LineCount(this.#window);
    this.#scanner = new ValueScanner(limits.depth + 2);
    this.#at = offset;
    this.#budget = limits.searchBytes;
  }

  /** Offset where the value that is being read began; where none is, of the next byte. */
  get valueAt(): number {
    return this.#state === 'between' || this.#state === 'lost' ? this.#at : this.#start.offset;
  }

  *push(chunk: Uint8Array): Generator<Frame> {
    this.#window.append(chunk);
    yield* this.#run(false);
    this.#release();
  }

  *finish(): Generator<Frame> {
    yield* this.#run(true);
    // Elsewhere each damaged line is told; here the search may have passed over all that was left.
    if (this.#lostFrom !== undefined && (this.#sharesLines || this.#style === 'flat'))
      yield { kind: 'lost', ...this.#lostFrom };
  }

  reject(): void {
    this.#lostFrom = this.#lostBefore;
    this.#lose(this.#start.offset);
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
    const at = this.#at - offset;
    switch (this.#state) {
      case 'between':
        return this.#between(view, at, final);
      case 'value':
        return this.#value(view, at, final);
      case 'plain':
        return this.#plain(view, at, final);
      case 'zeros':
        return this.#zeros(view, at, final);
      case 'lost':
        return this.#lost(view, at, final);
    }
  }

  #between(view: Buffer, from: number, final: boolean): Step {
    let at = skipBlanks(view, from, view.length);
    // A comma belongs to the value before it.
    while (view[at] === COMMA) at = skipBlanks(view, at + 1, view.length);
    this.#at = this.#window.offset + at;
    if (this.#style !== 'unknown' && this.#gap !== 'known') this.#lookAtGap(view.subarray(from, at));
    if (at >= view.length || (!final && mayBeBlank(view, at, view.length))) return 'more';
    if (this.#gap === 'return') this.#lineEnd = RETURN;
    if (this.#style !== 'unknown' && this.#gap !== 'known') {
      this.#sharesLines = this.#gap === 'unknown';
      this.#gap = 'known';
    }
    this.#start = { offset: this.#at, line: this.#lines.at(this.#at) };
    const byte = view[at];
    if (byte === 0) this.#state = 'zeros';
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#state = 'value';
      this.#isOverLines = this.#isFlat = false;
      this.#tooMuch = undefined;
      this.#scanner.begin();
    } else this.#state = 'plain';
    return 'on';
  }

  /** What stands between the first two values says what ends a line here. */
  #lookAtGap(gap: Buffer): void {
    if (gap.includes(NEWLINE)) this.#gap = 'known';
    else if (gap.includes(RETURN)) this.#gap = 'return';
  }

  #value(view: Buffer, from: number, final: boolean): Step {
    const { offset } = this.#window;
    const scanner = this.#scanner;
    const lineEnd = this.#nextLineEnd(view, from);
    const to = lineEnd === -1 ? view.length : lineEnd;
    const at = scanner.scan(view, from, to, this.#start.offset - offset);
    this.#at = offset + at;
    this.#measure();
    if (scanner.state === 'closed') return this.#closed(view, at);
    if (scanner.state === 'broken') return this.#damaged(at);
    if (lineEnd === -1) return final ? this.#cut() : 'more';
    // JSON has no line end inside of a text.
    if (scanner.inString) return this.#damaged(at);
    const next = view[lineEnd + 1];
    if (next === undefined && !final) return 'more';
    const isStart = next === OPEN_OBJECT || next === OPEN_ARRAY;
    if (isStart && !(this.#mayNest() && scanner.mayBegin)) return this.#damaged(at);
    this.#isOverLines = true;
    if (isStart || next === QUOTE) this.#isFlat = true;
    // Empty lines are passed over in one go, up to the end of the last of them.
    let begin = lineEnd;
    let last = lineEnd;
    for (; begin < view.length && isBlank(view[begin]); begin += 1)
      if (view[begin] === this.#lineEnd) last = begin;
    this.#at = offset + (last > lineEnd ? last : begin);
    return 'on';
  }

  /** As `view.indexOf` of the line end. Where many values share a line, it is not looked for again for each. */
  #nextLineEnd(view: Buffer, from: number): number {
    const seen = this.#lineEndSeen;
    if (
      seen.view !== view ||
      seen.sign !== this.#lineEnd ||
      from < seen.from ||
      (seen.at !== -1 && from > seen.at)
    )
      this.#lineEndSeen = { view, sign: this.#lineEnd, from, at: view.indexOf(this.#lineEnd, from) };
    return this.#lineEndSeen.at;
  }

  /** Whether a line that begins with a bracket may belong to the value before it. */
  #mayNest(): boolean {
    return (this.#style === 'unknown' || this.#style === 'flat') && this.#budget > 0;
  }

  #measure(): void {
    this.#tooMuch ??= tooMuch(this.#scanner, this.#at - this.#start.offset, this.#limits);
  }

  #closed(view: Buffer, end: number): Frame | 'on' {
    this.#state = 'between';
    if (this.#style === 'unknown' || this.#isOverLines)
      this.#style = this.#isFlat ? 'flat' : this.#isOverLines ? 'indented' : 'compact';
    const place = this.#start;
    const found = this.#found;
    this.#found = 'in-order';
    this.#lostBefore = found === 'pattern' ? this.#lostFrom : undefined;
    this.#lostFrom = undefined;
    if (this.#tooMuch !== undefined) return { kind: this.#tooMuch, ...place };
    const bytes = view.subarray(this.#start.offset - this.#window.offset, end);
    const { deepest: depth, long, lists, values, longNumber, escapedKey } = this.#scanner;
    return { kind: 'record', ...place, bytes, depth, long, lists, values, longNumber, escapedKey, found };
  }

  #damaged(at: number): Frame {
    const place = this.#start;
    const damage = this.#window.offset + at;
    this.#lose(this.#isOverLines ? this.#start.offset : damage);
    return this.#tooMuch === undefined
      ? { kind: 'damaged', ...place, at: damage }
      : { kind: this.#tooMuch, ...place };
  }

  /** The dump ends inside of a value; or only seems to, because one before it was never closed. */
  #cut(): Frame {
    const place = this.#start;
    if (!this.#isFlat && !(this.#style === 'compact' && this.#isOverLines)) {
      this.#state = 'lost';
      return { kind: 'cut', ...place };
    }
    const at = this.#at;
    this.#lose(this.#start.offset);
    return { kind: 'damaged', ...place, at };
  }

  /** Goes on behind the line of this offset, or of the first byte after it that is still held. */
  #lose(from: number): void {
    this.#budget -= this.#at - from;
    this.#lostFrom ??= this.#start;
    this.#state = 'lost';
    this.#at = Math.max(from, this.#window.offset);
    this.#found = this.#style === 'flat' ? 'pattern' : 'in-order';
  }

  #lost(view: Buffer, from: number, final: boolean): Step {
    const lineEnd = view.indexOf(this.#lineEnd, from);
    const next = lineEnd === -1 ? undefined : view[lineEnd + 1];
    if (next === undefined) {
      // The line end itself is looked at again.
      this.#at = this.#window.offset + (lineEnd === -1 || final ? view.length : lineEnd);
      return 'more';
    }
    this.#at = this.#window.offset + lineEnd + 1;
    if (this.#mayBeginLine(next)) this.#state = 'between';
    return 'on';
  }

  /** Whether a line that begins with this byte may be the first of a value. */
  #mayBeginLine(byte: number): boolean {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || this.#style === 'compact' || this.#budget <= 0)
      return true;
    return this.#style === 'unknown' && !INSIDE.has(byte);
  }

  /** Something that is no object and no list: one entry, up to the end of its line. */
  #plain(view: Buffer, from: number, final: boolean): Step {
    const lineEnd = view.indexOf(this.#lineEnd, from);
    const { offset } = this.#window;
    this.#at = offset + (lineEnd === -1 ? view.length : lineEnd);
    if (lineEnd === -1 && !final) return 'more';
    this.#state = 'between';
    const place = this.#start;
    const start = this.#start.offset - offset;
    if (start < 0 || this.#at - this.#start.offset > LONGEST_PLAIN)
      return { kind: 'damaged', ...place, at: this.#start.offset };
    let end = this.#at - offset;
    while (end > start + 1 && ((view[end - 1] as number) <= 0x20 || view[end - 1] === COMMA)) end -= 1;
    const bytes = view.subarray(start, end);
    return { kind: 'record', ...place, bytes, ...PLAIN, found: 'in-order' };
  }

  #zeros(view: Buffer, from: number, final: boolean): Step {
    let at = from;
    while (at < view.length && view[at] === 0) at += 1;
    const next = skipBlanks(view, at, view.length);
    this.#at = this.#window.offset + next;
    if (view[next] === 0) return 'on';
    const isEnd = next >= view.length;
    if (!final && (isEnd || mayBeBlank(view, next, view.length))) return 'more';
    this.#state = 'between';
    return { kind: 'zeros', ...this.#start, last: isEnd };
  }

  /** Drops what is not needed any more; what is too much is not held. */
  #release(): void {
    const { offset, view } = this.#window;
    const isHeld = this.#state === 'value' && this.#tooMuch === undefined;
    const isShort = this.#state === 'plain' && offset + view.length - this.#start.offset <= LONGEST_PLAIN;
    const before = isHeld || isShort ? this.#start.offset : this.#at;
    this.#lines.pass(before);
    this.#window.drop(before);
  }
}

/** For anything but an object or a list. */
export const PLAIN = {
  depth: 0,
  long: [],
  lists: [],
  values: 1,
  longNumber: false,
  escapedKey: false,
} as const;

/** How the lines inside of an indented value begin. */
const INSIDE: ReadonlySet<number> = new Set(Array.from(' \t\r\n"}],:', (sign) => sign.charCodeAt(0)));
