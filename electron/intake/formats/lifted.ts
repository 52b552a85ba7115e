/**
 * What is taken out of a record's bytes before they are parsed, because it would become many times its size: the
 * base64 of attachments, and lists of bytes. It is decoded straight from where it stands in the dump.
 */
import { randomUUID } from 'node:crypto';
import type { RecordFrame } from './frame.ts';
import { COMMA } from './json-bytes.ts';
import { isBlank } from './blanks.ts';

/** Stands in the parsed value for what was lifted. Nobody who writes a dump can know it. */
const TOKEN = `lifted:${randomUUID()}:`;
const KEY = Buffer.from('"data"');

/** The base64 of an attachment: as text, or as the bytes where it stands in the dump. */
export type Base64 = string | Buffer;

/** Bytes that stood in the dump as a list of numbers. */
export class ListedBytes {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** What was lifted out of one record. */
export class Lifted {
  readonly #values: (Buffer | ListedBytes)[] = [];
  #taken = 0;

  /** The text that stands for it in JSON, without quotes. */
  add(value: Buffer | ListedBytes): string {
    this.#values.push(value);
    return `${TOKEN}${this.#values.length - 1}`;
  }

  /** What a value stands for: itself unless it was lifted. */
  resolve(value: unknown): unknown {
    if (!this.has(value)) return value;
    const lifted = this.#values[Number((value as string).slice(TOKEN.length))];
    if (lifted !== undefined) this.#taken += 1;
    return lifted;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  /** Whether a value stands for something that was lifted. */
  has(value: unknown): boolean {
    return this.#values.length > 0 && typeof value === 'string' && value.startsWith(TOKEN);
  }

  /** Everything lifted has come back; otherwise something was not an attachment's and is missing somewhere. */
  get allTaken(): boolean {
    return this.#taken === this.#values.length;
  }
}

/** A part of the record that is replaced by other text. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Lifts what can be lifted, in the order in which it stands.
 * @returns the pieces to replace, and how many values the lists hold that stay where they are
 */
export function lift(
  frame: RecordFrame,
  lifted: Lifted,
): { readonly pieces: readonly Piece[]; readonly left: number } {
  const { bytes, long, lists } = frame;
  const pieces: Piece[] = [];
  let left = 0;
  for (let pair = 0; pair < long.length; pair += 2) {
    const from = long[pair] as number;
    const to = long[pair + 1] as number;
    if (isValueOfData(bytes, from - 1)) pieces.push({ from, to, text: lifted.add(bytes.subarray(from, to)) });
  }
  for (let three = 0; three < lists.length; three += 3) {
    const from = lists[three] as number;
    const to = lists[three + 1] as number;
    const count = lists[three + 2] as number;
    const written = isValueOfData(bytes, from) ? bytesOfList(bytes, from + 1, to - 1, count) : undefined;
    if (written === undefined) left += count;
    else pieces.push({ from, to, text: `"${lifted.add(new ListedBytes(written))}"` });
  }
  return { pieces: pieces.sort((a, b) => a.from - b.from), left };
}

/** How many values the long lists of a record hold. */
export function listed({ lists }: RecordFrame): number {
  let count = 0;
  for (let three = 0; three < lists.length; three += 3) count += lists[three + 2] as number;
  return count;
}

/** Does `"data":` stand before the value that begins at the position (a text with its quote)? */
function isValueOfData(bytes: Buffer, begin: number): boolean {
  let at = begin - 1;
  while (isBlank(bytes[at])) at -= 1;
  if (bytes[at] !== 0x3a) return false;
  do at -= 1;
  while (isBlank(bytes[at]));
  const from = at - KEY.length + 1;
  return from >= 0 && KEY.equals(bytes.subarray(from, at + 1));
}

/** Bytes written as `1, 2, 255`; `undefined` where anything else is among them. */
function bytesOfList(text: Buffer, from: number, to: number, count: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(count);
  let written = 0;
  let at = from;
  for (;;) {
    while (at < to && isBlank(text[at])) at += 1;
    const begin = at;
    let value = 0;
    while (at < to && isDigit(text[at] as number) && at - begin < 4) {
      value = value * 10 + (text[at] as number) - 0x30;
      at += 1;
    }
    if (at === begin || value > 0xff || (at - begin > 1 && text[begin] === 0x30) || written === count)
      return undefined;
    bytes[written] = value;
    written += 1;
    while (at < to && isBlank(text[at])) at += 1;
    if (at >= to) return written === count ? bytes : undefined;
    if (text[at] !== COMMA) return undefined;
    at += 1;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
