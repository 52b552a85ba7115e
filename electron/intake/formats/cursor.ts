/** A place in the bytes of a dump, which knows about lines where they matter. */
import { ByteWindow } from './byte-window.ts';
import type { Place } from './frame.ts';
import { NEWLINE, OPEN_ARRAY, OPEN_OBJECT, RETURN } from './json-bytes.ts';
import { LineCount } from './line-count.ts';

export class Cursor {
  /** Offset of the next byte to look at. */
  at: number;
  readonly #window: ByteWindow;
  readonly #lines: boolean;
  readonly #count: LineCount;
  /** Offset of the present line's end, once found. */
  #lineEnd: number | undefined;
  /** Offsets between which no line ends. */
  #without = { from: 0, to: 0 };

  /** @param offset of the first byte that will be appended */
  constructor(offset: number, lines: boolean) {
    this.at = offset;
    this.#window = new ByteWindow(offset);
    this.#lines = lines;
    this.#count = new LineCount(this.#window);
  }

  /** The bytes held. */
  get view(): Buffer {
    return this.#window.view;
  }

  /** Offset of the first byte held. */
  get offset(): number {
    return this.#window.offset;
  }

  append(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  /** What stands before this offset is not needed any more. */
  drop(before: number): void {
    if (this.#lines) this.#count.pass(before);
    this.#window.drop(before);
  }

  /** The position in the view up to which may be read: the line's end where lines matter. */
  limit(): number {
    const { view, offset } = this.#window;
    if (!this.#lines) return view.length;
    if (this.#lineEnd === undefined) {
      // A long line is asked for at each value in it, and looked through once.
      const { from, to } = this.#without;
      const isSeen = this.at >= from && this.at <= to;
      const end = view.indexOf(NEWLINE, (isSeen ? to : this.at) - offset);
      if (end === -1) {
        this.#without = { from: isSeen ? from : this.at, to: offset + view.length };
        return view.length;
      }
      this.#lineEnd = offset + end;
    }
    return this.#lineEnd - offset;
  }

  /**
   * What comes after the line's end: a line that begins a value of its own, or one that goes on with what stands before
   * it (it is indented, or empty); `unknown` where the line's end, or the byte after it, has not come yet.
   */
  nextLine(final: boolean): 'start' | 'more of it' | 'unknown' {
    if (this.#lineEnd === undefined) return 'unknown';
    const next = this.#window.view[this.#lineEnd + 1 - this.#window.offset];
    if (next === undefined && !final) return 'unknown';
    return next === undefined || next === OPEN_OBJECT || next === OPEN_ARRAY ? 'start' : 'more of it';
  }

  /** Moves behind the line's end, which has come; over empty lines after it to the end of the last of them. */
  passLineEnd(): void {
    const { view, offset } = this.#window;
    this.at = (this.#lineEnd ?? this.at) + 1;
    this.#lineEnd = undefined;
    for (let at = this.at; view[at - offset] === NEWLINE || view[at - offset] === RETURN; at += 1)
      if (view[at - offset] === NEWLINE) this.at = this.#lineEnd = at;
  }

  /** Moves forward, over line ends if need be. */
  goTo(offset: number): void {
    this.at = offset;
    if (this.#lineEnd !== undefined && this.#lineEnd < offset) this.#lineEnd = undefined;
  }

  /** How a problem names this offset. */
  place(offset: number): Place {
    return { offset, line: this.#lines ? this.#count.at(offset) : undefined };
  }
}
