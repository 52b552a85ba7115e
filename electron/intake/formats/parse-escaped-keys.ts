/**
 * `JSON.parse` of V8 12.8 and later (Node 24, Electron) can give a wrong name to a key that is written with
 * an escape, once another object had a key with a backslash in it: `{"a\\":1}` makes `{"a\n":1}` come out
 * as `{"a\\":1}` (nodejs/node#63785, open). A dump could bend the next dump's records that way. Texts and
 * numbers are not concerned, so the few records with such keys are put together here from those.
 */

/** `text` is valid JSON (`JSON.parse` took it) of bounded depth. */
export function parseEscapedKeys(text: string): unknown {
  return new Builder(text).value();
}

class Builder {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    this.#skipBlanks();
    const char = this.#text[this.#at];
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    return char === '"' ? this.#string() : this.#plain();
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    this.#at += 1;
    while (this.#next() !== '}') {
      const key = this.#string();
      this.#next();
      const value = this.value();
      // An assignment would set the prototype.
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    }
    this.#at += 1;
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#at += 1;
    while (this.#next() !== ']') array.push(this.value());
    this.#at += 1;
    return array;
  }

  /** Passes blanks, commas and colons: in valid JSON they stand where they belong. */
  #next(): string | undefined {
    this.#skipBlanks();
    while (this.#text[this.#at] === ',' || this.#text[this.#at] === ':') {
      this.#at += 1;
      this.#skipBlanks();
    }
    return this.#text[this.#at];
  }

  #string(): string {
    const begin = this.#at;
    let end = begin;
    do {
      end = this.#text.indexOf('"', end + 1);
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(begin, this.#at)) as string;
  }

  #isEscaped(at: number): boolean {
    let before = at;
    while (this.#text[before - 1] === '\\') before -= 1;
    return (at - before) % 2 === 1;
  }

  #plain(): unknown {
    const begin = this.#at;
    while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] as string)) this.#at += 1;
    return JSON.parse(this.#text.slice(begin, this.#at));
  }

  #skipBlanks(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'end')) this.#at += 1;
  }
}
