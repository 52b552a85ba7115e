/**
 * A message of DevTools, read while it comes. The body of a request stands in its event twice, as a text and as base64,
 * and would be held four times before anybody sees it: the text is left out, and the base64 becomes bytes at once.
 */
import { randomUUID } from 'node:crypto';

/** Chromium writes the name of an event first. These hold bodies. */
const WITH_BODY = Buffer.from('{"method":"Fetch.requestPaused"');
/** The same bodies once more, and the answers' heads, for somebody who watches: nobody here does. */
const WATCHED = Buffer.from('{"method":"Network.');
/** Within a text of JSON a quote has a backslash before it, so these stand nowhere but as keys. */
const KEYS = { text: Buffer.from('"postData":"'), bytes: Buffer.from('"bytes":"') } as const;
const LONGEST_KEY = KEYS.text.length;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Stands for the bytes while the rest is parsed. Nobody who makes a request can know it. */
const TOKEN = `bytes:${randomUUID()}:`;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes that stood in a message as base64, in blocks of their own. */
export class MessageBytes {
  readonly byteLength: number;
  readonly blocks: readonly Buffer[];

  constructor(blocks: readonly Buffer[]) {
    this.blocks = blocks;
    this.byteLength = blocks.reduce((sum, { length }) => sum + length, 0);
  }
}

export class MessageReader {
  #kept: Buffer[] = [];
  /** What may be the beginning of a key. */
  #tail = Buffer.alloc(0);
  #mode: 'unknown' | 'all' | 'none' | 'look' | 'text' | 'bytes' = 'unknown';
  #isEscaped = false;
  #decoder = new Base64Reader();
  #bytes: (MessageBytes | null)[] = [];

  take(piece: Buffer): void {
    let rest: Buffer | null = piece;
    while (rest !== null && rest.length > 0) rest = this.#step(rest);
  }

  /** The value of the message; in place of a body's base64 stand `MessageBytes` (`null`: it was none), in place of its text nothing. `null`: nobody listens to it. @throws SyntaxError */
  end(): unknown {
    const text = Buffer.concat([...this.#kept, this.#tail]).toString('utf8');
    const bytes = this.#bytes;
    const mode = this.#mode;
    this.#kept = [];
    this.#tail = Buffer.alloc(0);
    this.#mode = 'unknown';
    this.#isEscaped = false;
    this.#decoder = new Base64Reader();
    this.#bytes = [];
    if (mode === 'none') return null;
    if (bytes.length === 0) return JSON.parse(text);
    return JSON.parse(text, (name, value: unknown) =>
      name === 'bytes' && typeof value === 'string' && value.startsWith(TOKEN)
        ? bytes[Number(value.slice(TOKEN.length))]
        : value,
    );
  }

  /** Answers what is left of the piece. */
  #step(piece: Buffer): Buffer | null {
    switch (this.#mode) {
      case 'unknown':
        return this.#begin(piece);
      case 'all':
        this.#kept.push(piece);
        return null;
      case 'none':
        return null;
      case 'look':
        return this.#look(piece);
      case 'text':
        return this.#skip(piece);
      case 'bytes':
        return this.#decode(piece);
    }
  }

  #begin(piece: Buffer): Buffer | null {
    const bytes = Buffer.concat([this.#tail, piece]);
    this.#tail = Buffer.alloc(0);
    if (begins(bytes, WITH_BODY)) this.#mode = 'look';
    else if (begins(bytes, WATCHED)) this.#mode = 'none';
    else if ([WITH_BODY, WATCHED].some((name) => begins(name, bytes))) {
      this.#tail = bytes;
      return null;
    } else this.#mode = 'all';
    return bytes;
  }

  #look(piece: Buffer): Buffer | null {
    const bytes = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    this.#tail = Buffer.alloc(0);
    const found = { text: bytes.indexOf(KEYS.text), bytes: bytes.indexOf(KEYS.bytes) };
    const isText = found.text >= 0 && (found.bytes < 0 || found.text < found.bytes);
    const at = isText ? found.text : found.bytes;
    if (at < 0) {
      const known = Math.max(0, bytes.length - LONGEST_KEY + 1);
      this.#kept.push(bytes.subarray(0, known));
      // Of its own: the piece is not held for these few.
      this.#tail = Buffer.from(bytes.subarray(known));
      return null;
    }
    this.#mode = isText ? 'text' : 'bytes';
    const end = at + KEYS[this.#mode].length;
    this.#kept.push(bytes.subarray(0, end));
    return bytes.subarray(end);
  }

  /** To the quote that ends the text. */
  #skip(piece: Buffer): Buffer | null {
    let at = 0;
    if (this.#isEscaped) at = 1;
    this.#isEscaped = false;
    for (;;) {
      const quote = piece.indexOf(QUOTE, at);
      const to = quote < 0 ? piece.length : quote;
      let from = to;
      while (from > at && piece[from - 1] === BACKSLASH) from -= 1;
      const isEscaped = (to - from) % 2 === 1;
      if (quote < 0) {
        this.#isEscaped = isEscaped;
        return null;
      }
      if (!isEscaped) return this.#valueEnded(piece, quote);
      at = quote + 1;
    }
  }

  #decode(piece: Buffer): Buffer | null {
    const quote = piece.indexOf(QUOTE);
    this.#decoder.take(piece.subarray(0, quote < 0 ? piece.length : quote));
    if (quote < 0) return null;
    this.#kept.push(Buffer.from(`${TOKEN}${this.#bytes.length}`));
    this.#bytes.push(this.#decoder.end());
    this.#decoder = new Base64Reader();
    return this.#valueEnded(piece, quote);
  }

  #valueEnded(piece: Buffer, quote: number): Buffer {
    this.#mode = 'look';
    return piece.subarray(quote);
  }
}

function begins(bytes: Buffer, name: Buffer): boolean {
  return name.equals(bytes.subarray(0, name.length));
}

/** Bytes of a block; a multiple of three. */
const BLOCK = 192 * 1024;

/** Base64 that comes in pieces. */
class Base64Reader {
  readonly #blocks: Buffer[] = [];
  /** The last one, and how far it is filled. */
  #block = Buffer.alloc(0);
  #filled = 0;
  /** Letters that do not make up a group of four yet. */
  #rest = '';
  #isBase64 = true;
  #isEnded = false;

  take(piece: Buffer): void {
    const text = this.#rest + piece.toString('latin1');
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    for (let from = 0; from < whole && this.#isBase64;) {
      if (this.#filled === this.#block.length) this.#next();
      const to = Math.min(whole, from + ((this.#block.length - this.#filled) / 3) * 4);
      this.#write(text.slice(from, to));
      from = to;
    }
  }

  /** `null`: it was none. */
  end(): MessageBytes | null {
    if (!this.#isBase64 || this.#rest !== '') return null;
    this.#keep();
    return new MessageBytes(this.#blocks);
  }

  #next(): void {
    this.#keep();
    this.#block = Buffer.allocUnsafeSlow(BLOCK);
    this.#filled = 0;
  }

  #keep(): void {
    if (this.#filled > 0) this.#blocks.push(this.#block.subarray(0, this.#filled));
  }

  #write(text: string): void {
    this.#isBase64 = !this.#isEnded && BASE64.test(text);
    this.#isEnded = text.endsWith('=');
    if (this.#isBase64) this.#filled += this.#block.write(text, this.#filled, 'base64');
  }
}
