/**
 * The grammar of the top-level object around an array of records, such as `{"total_rows": 5, "rows": […]}`:
 * which part comes next, and where the array of records begins. It is checked, so that damage there is
 * noticed where it is.
 */
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';

/** `scalar`: in the middle of a number or a word. */
type Next = 'key' | 'colon' | 'value' | 'scalar' | 'comma';

/** What to do about a byte. `stray`: it may not stand here. */
export type OuterStep = 'on' | 'records' | 'skip' | 'end' | 'stray';

export class OuterObject {
  readonly #key: Buffer;
  #next: Next = 'key';
  #matches = false;

  /** @param key whose array holds the records */
  constructor(key: string) {
    this.#key = Buffer.from(`"${key}"`);
  }

  /** Its opening brace was read. */
  begin(): void {
    this.#next = 'key';
    this.#matches = false;
  }

  /** A string with its quotes: a key or a value. */
  string(string: Buffer): OuterStep {
    if (this.#next === 'key') {
      this.#matches = string.equals(this.#key);
      this.#next = 'colon';
      return 'on';
    }
    if (this.#next !== 'value' || this.#matches) return 'stray';
    this.#next = 'comma';
    return 'on';
  }

  /** Any byte that is no blank and begins no string. After `records` and `skip` the value is as good as read. */
  byte(byte: number): OuterStep {
    const next = this.#next;
    if (byte === COLON) return this.#then('value', next === 'colon');
    if (byte === COMMA) return this.#then('key', next === 'comma' || next === 'scalar');
    if (byte === CLOSE_OBJECT) return next === 'colon' || next === 'value' ? 'stray' : 'end';
    if (byte === CLOSE_ARRAY) return 'stray';
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (next !== 'value' || (this.#matches && byte === OPEN_OBJECT)) return 'stray';
      this.#next = 'comma';
      return this.#matches ? 'records' : 'skip';
    }
    return this.#then('scalar', next === 'scalar' || (next === 'value' && !this.#matches));
  }

  #then(next: Next, allowed: boolean): OuterStep {
    this.#next = next;
    return allowed ? 'on' : 'stray';
  }
}
