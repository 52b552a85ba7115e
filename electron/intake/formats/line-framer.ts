/** Frames of a dump in which each line is one record. A damaged line cannot harm the next one. */
import type { Limits } from '../../../shared/limits.ts';
import { ByteWindow } from './byte-window.ts';
import type { Frame, Framer } from './frame.ts';
import { ValueScanner } from './value-scanner.ts';

const NEWLINE = 0x0a;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

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
  #tooLong = false;
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
      const frame = this.#frame(end, false);
      if (frame !== undefined) yield frame;
      this.#line += 1;
      this.lineAt = this.#searched = window.offset + end + 1;
      window.drop(this.lineAt);
    }
    this.#searched = window.offset + window.view.length;
    if (this.#searched - this.lineAt > this.#limits.recordBytes) {
      this.#tooLong = true;
      window.drop(this.#searched);
    }
  }

  *finish(): Generator<Frame> {
    const frame = this.#frame(this.#window.view.length, true);
    if (frame !== undefined) yield frame;
  }

  reject(): void {
    // Lines are never searched for.
  }

  /** The line from `lineAt` to the position `lineEnd`; nothing for an empty one. */
  #frame(lineEnd: number, last: boolean): Frame | undefined {
    let end = lineEnd;
    const place = { offset: this.lineAt, line: this.#line };
    const start = this.lineAt - this.#window.offset;
    if (this.#tooLong || end - start > this.#limits.recordBytes) {
      this.#tooLong = false;
      return { kind: 'too-large', ...place };
    }
    const { view } = this.#window;
    let from = start;
    while (from < end && isBlank(view[from])) from += 1;
    if (from === end) return undefined;
    while (isBlank(view[end - 1])) end -= 1;
    const first = view[from];
    let depth = 0;
    let long: readonly number[] = [];
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      const scanner = this.#scanner;
      scanner.begin();
      const at = scanner.scan(view, from, end, from);
      if (scanner.state === 'open' && last) return { kind: 'cut', ...place };
      if (scanner.state !== 'closed') {
        return { kind: 'damaged', ...place, at: this.#window.offset + at };
      }
      depth = scanner.deepest;
      long = scanner.long;
    }
    const bytes = view.subarray(from, end);
    return { kind: 'record', ...place, bytes, depth, long, found: 'in-order', last };
  }
}
