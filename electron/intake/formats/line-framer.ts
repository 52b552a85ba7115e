/** Frames of a dump in which each line is one record. A damaged line cannot harm the next one. */
import type { Limits } from '../../../shared/limits.ts';
import { ByteWindow } from './byte-window.ts';
import type { Frame, Framer } from './frame.ts';
import { ValueScanner } from './value-scanner.ts';
import { NEWLINE, OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';

/** JSON's white space. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE;
}

export class LineFramer implements Framer {
  readonly #limits: Limits;
  readonly #window: ByteWindow;
  readonly #scanner: ValueScanner;
  /** Up to here no line end was found. */
  #searched: number;
  /** Offset and number of the line being read. */
  lineAt: number;
  #line = 1;

  /** @param offset of the first byte that will be pushed */
  constructor(limits: Limits, offset: number) {
    this.#limits = limits;
    this.#window = new ByteWindow(offset);
    this.#scanner = new ValueScanner(limits.depth + 2);
    this.#searched = offset;
    this.lineAt = offset;
  }

  *push(chunk: Uint8Array): Generator<Frame> {
    const window = this.#window;
    window.append(chunk);
    for (;;) {
      const end = window.view.indexOf(NEWLINE, this.#searched - window.offset);
      if (end === -1) break;
      yield* this.#framesOf(end, false);
      this.#line += 1;
      this.lineAt = this.#searched = window.offset + end + 1;
      window.drop(this.lineAt);
    }
    this.#searched = window.offset + window.view.length;
    if (this.#searched - this.lineAt > this.#limits.recordBytes) window.drop(this.#searched);
  }

  finish(): Iterable<Frame> {
    return this.#framesOf(this.#window.view.length, true);
  }

  reject(): void {
    // Lines are never searched for.
  }

  /** The records of the line from `lineAt` to the position `lineEnd`: one, or several where line ends were lost. */
  *#framesOf(lineEnd: number, last: boolean): Generator<Frame> {
    const { view, offset } = this.#window;
    let from = this.lineAt - offset;
    // Of such a line only its place is left; `from` lies before the view.
    if (lineEnd - from > this.#limits.recordBytes) {
      yield { kind: 'too-large', offset: this.lineAt, line: this.#line };
      return;
    }
    let end = lineEnd;
    while (end > from && isBlank(view[end - 1])) end -= 1;
    for (;;) {
      while (from < end && isBlank(view[from])) from += 1;
      if (from >= end) return;
      const frame = this.#frame(from, end, last);
      yield frame;
      if (frame.kind !== 'record') return;
      from += frame.bytes.length;
    }
  }

  #frame(from: number, end: number, last: boolean): Frame {
    const { view, offset } = this.#window;
    const place = { offset: offset + from, line: this.#line };
    const scanner = this.#scanner;
    scanner.begin();
    if (view[from] !== OPEN_OBJECT && view[from] !== OPEN_ARRAY) {
      const bytes = view.subarray(from, end);
      return { kind: 'record', ...place, bytes, depth: 0, long: [], escapedKey: false, found: 'in-order' };
    }
    const at = scanner.scan(view, from, end, from);
    if (scanner.state === 'open' && last) return { kind: 'cut', ...place };
    if (scanner.state !== 'closed') return { kind: 'damaged', ...place, at: offset + at };
    const { deepest: depth, long, escapedKey } = scanner;
    return {
      kind: 'record',
      ...place,
      bytes: view.subarray(from, at),
      depth,
      long,
      escapedKey,
      found: 'in-order',
    };
  }
}
