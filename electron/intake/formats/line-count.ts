/** On which line an offset of the dump lies. Every line end is counted once, while its bytes are held. */
import type { ByteWindow } from './byte-window.ts';
import { NEWLINE } from './json-bytes.ts';

export class LineCount {
  readonly #window: ByteWindow;
  #line = 1;
  /** Offset up to which the line ends are counted. */
  #at: number;

  constructor(window: ByteWindow) {
    this.#window = window;
    this.#at = window.offset;
  }

  /** Counts on; the bytes before the offset may then be dropped. */
  pass(offset: number): void {
    if (offset <= this.#at) return;
    this.#line += this.#between(this.#at, offset);
    this.#at = offset;
  }

  /** 1-based. An offset whose bytes were dropped gives the first line that is still known. */
  at(offset: number): number {
    this.pass(offset);
    return this.#line - this.#between(offset, this.#at);
  }

  #between(from: number, to: number): number {
    const { view, offset } = this.#window;
    const held = view.subarray(Math.max(0, from - offset), Math.max(0, to - offset));
    let ends = 0;
    for (let at = held.indexOf(NEWLINE); at !== -1;) {
      ends += 1;
      at += 1;
      // Runs of empty lines are not searched one by one.
      while (held[at] === NEWLINE) {
        ends += 1;
        at += 1;
      }
      at = held.indexOf(NEWLINE, at);
    }
    return ends;
  }
}
