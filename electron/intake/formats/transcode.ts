/**
 * UTF-16 to UTF-8, chunk by chunk: what PowerShell's `>` and Notepad's "Unicode" write. Half a character becomes bytes
 * that are not UTF-8, so that only the record in which it stands is unreadable. Nothing is changed without a word.
 */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export class Transcoder {
  readonly #bigEndian: boolean;
  /** A byte whose other half has not come yet. */
  #byte: number | undefined;
  /** The first half of a character. */
  #half = '';

  constructor(encoding: Exclude<Encoding, 'utf-8'>) {
    this.#bigEndian = encoding === 'utf-16be';
  }

  /** The chunk is not changed. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat(this.#byte === undefined ? [chunk] : [Buffer.of(this.#byte), chunk]);
    const even = bytes.length - (bytes.length % 2);
    this.#byte = even === bytes.length ? undefined : bytes[even];
    const units = bytes.subarray(0, even);
    if (this.#bigEndian) units.swap16();
    const text = this.#half + units.toString('utf16le');
    const last = text.charCodeAt(text.length - 1);
    this.#half = last >= 0xd800 && last <= 0xdbff ? (text.at(-1) as string) : '';
    return utf8Of(this.#half === '' ? text : text.slice(0, -1));
  }

  /** What is left at the end: half a character, or half of its bytes. */
  get isCut(): boolean {
    return this.#byte !== undefined || this.#half !== '';
  }
}

function utf8Of(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/([\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff])/);
  return Buffer.concat(
    parts.map((part, at) => (at % 2 === 0 ? Buffer.from(part) : bytesOfHalf(part.charCodeAt(0)))),
  );
}

/** As UTF-8 would write it, if it had halves of characters. */
function bytesOfHalf(unit: number): Buffer {
  return Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}

/** By its byte order mark; or, without one, by the zeros beside the first signs, which in JSON are of one byte. */
export function encodingOf(head: Uint8Array): { readonly encoding: Encoding; readonly mark: number } {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', mark: 2 };
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', mark: 3 };
  if (isSign(a) && b === 0 && isSign(c) && d === 0) return { encoding: 'utf-16le', mark: 0 };
  if (a === 0 && isSign(b) && c === 0 && isSign(d)) return { encoding: 'utf-16be', mark: 0 };
  return { encoding: 'utf-8', mark: 0 };
}

function isSign(byte: number | undefined): boolean {
  return (
    byte !== undefined && ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09)
  );
}
