/** A place in the bytes of a dump, which knows about lines where they matter. */
import { ByteWindow } from './byte-window.ts';
import type { Place } from './frame.ts';
import { NEWLINE } from './json-bytes.ts';

export class Cursor {
  /** Offset of the next byte to look at. */
  at: number;
  readonly #window: ByteWindow;
  readonly #lines: boolean;
  #line = 1;
  /** Offset of the present line's end, once found. */
  #lineEnd: number | undefined;

  /** @param offset of the first byte that will be appended */
  constructor(offset: number, lines: boolean) {
    this.at = offset;
    this.#window = new ByteWindow(offset);
    this.#lines = lines;
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
    this.#window.drop(before);
  }

  /** The position in the view up to which may be read: the line's end where lines matter. */
  limit(): number {
    const { view, offset } = this.#window;
    if (!this.#lines) return view.length;
    if (this.#lineEnd === undefined) {
      const end = view.indexOf(NEWLINE, this.at - offset);
      if (end === -1) return view.length;
      this.#lineEnd = offset + end;
    }
    return this.#lineEnd - offset;
  }

  /** Moves behind the line's end; `false` where it has not come yet or lines do not matter. */
  nextLine(): boolean {
    if (this.#lineEnd === undefined) return false;
    this.at = this.#lineEnd + 1;
    this.#lineEnd = undefined;
    this.#line += 1;
    return true;
  }

  /** How a problem names this offset. */
  place(offset: number): Place {
    return { offset, line: this.#lines ? this.#line : undefined };
  }
}
