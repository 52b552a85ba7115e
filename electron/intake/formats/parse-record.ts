/**
 * From the bytes of one record to its JSON value. Attachments are the bulk of many dumps: their base64 is
 * lifted out of the bytes before `JSON.parse` and decoded straight from there, so that a large photo never
 * exists as a string.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { RecordFrame } from './frame.ts';
import { parseEscapedKeys } from './parse-escaped-keys.ts';

/** Stands in the parsed value for a lifted string. Nobody who writes a dump can know it. */
const TOKEN = `lifted:${randomUUID()}:`;
const KEY = Buffer.from('"data"');

/** The base64 of an attachment: as text, or as the bytes where it stands in the dump. */
export type Base64 = string | Buffer;

/** The strings that were lifted out of one record. */
export class Lifted {
  readonly #strings: Buffer[] = [];
  #taken = 0;

  /** The text that stands for the string in JSON. */
  add(string: Buffer): string {
    this.#strings.push(string);
    return `${TOKEN}${this.#strings.length - 1}`;
  }

  /** What a value stands for: itself unless its text was lifted. */
  resolve(value: unknown): unknown {
    if (this.#strings.length === 0 || typeof value !== 'string' || !value.startsWith(TOKEN)) return value;
    const string = this.#strings[Number(value.slice(TOKEN.length))];
    if (string !== undefined) this.#taken += 1;
    return string;
  }

  /** Every lifted string has come back; otherwise one was not an attachment's and is missing somewhere. */
  get allTaken(): boolean {
    return this.#taken === this.#strings.length;
  }
}

export type Parsed =
  | { readonly kind: 'value'; readonly value: unknown; readonly text: string; readonly lifted: Lifted }
  | { readonly kind: 'problem'; readonly code: ErrorCode };

/**
 * Parses a record of bounded size and depth. `text` is what was parsed, with tokens where strings were
 * lifted (only where `lift` is set).
 */
export function parseRecord(frame: RecordFrame, limits: Limits, lift: boolean): Parsed {
  // One more for the row around a document.
  if (frame.depth > limits.depth + 1) return { kind: 'problem', code: 'too-deep' };
  const lifted = new Lifted();
  const text = lift && frame.long.length > 0 ? textWithout(frame, lifted) : textOf(frame.bytes);
  if (text === undefined) return { kind: 'problem', code: 'bad-utf8' };
  try {
    const value: unknown = JSON.parse(text);
    return { kind: 'value', value: frame.escapedKey ? parseEscapedKeys(text) : value, text, lifted };
  } catch {
    return { kind: 'problem', code: 'not-json' };
  }
}

/** The bytes as text; `undefined` if they are not UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function textWithout(
  { bytes, long }: Pick<RecordFrame, 'bytes' | 'long'>,
  lifted: Lifted,
): string | undefined {
  let text = '';
  let done = 0;
  for (let pair = 0; pair < long.length; pair += 2) {
    const from = long[pair] as number;
    const to = long[pair + 1] as number;
    if (!isValueOfData(bytes, from)) continue;
    const before = textOf(bytes.subarray(done, from));
    if (before === undefined) return undefined;
    text += before + lifted.add(bytes.subarray(from, to));
    done = to;
  }
  const rest = textOf(bytes.subarray(done));
  return rest === undefined ? undefined : text + rest;
}

/** Does `"data":` stand before the string that begins at the position? */
function isValueOfData(bytes: Buffer, begin: number): boolean {
  let at = begin - 2;
  while (bytes[at] === 0x20) at -= 1;
  if (bytes[at] !== 0x3a) return false;
  do at -= 1;
  while (bytes[at] === 0x20);
  const from = at - KEY.length + 1;
  return from >= 0 && KEY.equals(bytes.subarray(from, at + 1));
}
