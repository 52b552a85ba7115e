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

/** The longest keys and numbers that anybody asks for, in bytes. */
const LONGEST_KEY = 40;
const LONGEST_SCALAR = 40;

export class OuterObject {
  readonly #key: Buffer;
  readonly #telling: ReadonlyMap<string, string>;
  #next: Next = 'key';
  #matches = false;
  /** The key of the present value, where it is one of `telling`. */
  #asked: string | undefined;
  #scalar = '';
  /** What was asked for and has come; `key: null`: the end. The caller takes it away. */
  readonly told: { readonly key: string | null; readonly value: string }[] = [];

  /**
   * @param key whose array holds the records
   * @param telling keys whose texts and numbers are told
   */
  constructor(key: string, telling: readonly string[] = []) {
    this.#key = Buffer.from(`"${key}"`);
    this.#telling = new Map(telling.map((one) => [`"${one}"`, one]));
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
      this.#asked = string.length > LONGEST_KEY ? undefined : this.#telling.get(string.toString('latin1'));
      this.#next = 'colon';
      return 'on';
    }
    if (this.#next !== 'value' || this.#matches) return 'stray';
    this.#next = 'comma';
    this.#tell(string.toString('latin1', 1, string.length - 1));
    return 'on';
  }

  /** Any byte that is no blank and begins no string. After `records` and `skip` the value is as good as read. */
  byte(byte: number): OuterStep {
    const next = this.#next;
    if (next === 'scalar' && (byte === COMMA || byte === CLOSE_OBJECT)) this.#tell(this.#scalar.trim());
    if (byte === COLON) return this.#then('value', next === 'colon');
    if (byte === COMMA) return this.#then('key', next === 'comma' || next === 'scalar');
    if (byte === CLOSE_OBJECT) {
      if (next === 'colon' || next === 'value') return 'stray';
      if (this.#telling.size > 0) this.told.push({ key: null, value: '' });
      return 'end';
    }
    if (byte === CLOSE_ARRAY) return 'stray';
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (next !== 'value' || (this.#matches && byte === OPEN_OBJECT)) return 'stray';
      this.#next = 'comma';
      return this.#matches ? 'records' : 'skip';
    }
    if (this.#asked !== undefined) {
      if (next !== 'scalar') this.#scalar = '';
      if (this.#scalar.length < LONGEST_SCALAR) this.#scalar += String.fromCharCode(byte);
    }
    return this.#then('scalar', next === 'scalar' || (next === 'value' && !this.#matches));
  }

  #tell(value: string): void {
    if (this.#asked !== undefined) this.told.push({ key: this.#asked, value });
    this.#asked = undefined;
  }

  #then(next: Next, allowed: boolean): OuterStep {
    this.#next = next;
    return allowed ? 'on' : 'stray';
  }
}
