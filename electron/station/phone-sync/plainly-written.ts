/**
 * JSON that every reader reads alike. A key that stands twice, or a number that does not fit, is one thing for this
 * program and another for the server: such a text would show a record that was reviewed and store another one.
 */
import { LIMITS } from '../../../shared/limits.ts';
import { isObject } from '../../../shared/untrusted.ts';
import { Lifted } from '../../intake/formats/lifted.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';

/** From here on a text is not written once more only to compare it. */
const LONG = 4096;
/** Stands in JSON as it is. */
const BASE64 = /^[A-Za-z0-9+/=]*$/;
const WITHOUT_END = /^[A-Za-z0-9+/]*$/;
const WITH_END = /^[A-Za-z0-9+/]*={0,2}$/;

export interface PlainBody {
  /** With tokens where something was lifted. */
  readonly text: string;
  readonly asked: object;
  readonly lifted: Lifted;
}

/** Within a text of JSON a quote has a backslash before it, so this stands nowhere but as a key. */
const DATA = Buffer.from('"data":"');
/** Base64 of this length is lifted; a multiple of four. */
const LONG_DATA = 64 * 1024;
const QUOTE = 0x22;

/**
 * The body as a text, without the long base64 of attachments: that takes several times its size as a text.
 * @throws TypeError where it is not UTF-8
 */
function textOf(body: Uint8Array, mayLift: boolean): { lifted: Lifted; text: string } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const lifted = new Lifted();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let done = 0;
  for (let at = mayLift ? bytes.indexOf(DATA) : -1; at >= 0; at = bytes.indexOf(DATA, at + 1)) {
    const from = at + DATA.length;
    const to = bytes.indexOf(QUOTE, from);
    if (to - from < LONG_DATA || !isBase64(bytes.subarray(from, to))) continue;
    text += decoder.decode(bytes.subarray(done, from)) + lifted.add(bytes.subarray(from, to));
    done = to;
  }
  return { lifted, text: text + decoder.decode(bytes.subarray(done)) };
}

function isBase64(bytes: Buffer): boolean {
  const end = bytes.length - LONG_DATA;
  for (let from = 0; from < bytes.length; from += LONG_DATA) {
    const text = bytes.toString('latin1', from, from + LONG_DATA);
    if (!(from < end ? WITHOUT_END : WITH_END).test(text)) return false;
  }
  return true;
}

/**
 * The body of a writing request as PouchDB makes it: an object of JSON, not packed, in a request without a query. A server
 * that is told another character set reads other records in the same bytes. `null`: it is something else.
 * @param mayLift long base64 under the name `data` is taken out
 */
export function plainBody({ path, headers, body }: AppRequest, mayLift = false): PlainBody | null {
  const named = (wanted: string) => headers.filter(([name]) => name.toLowerCase() === wanted);
  const [type, ...types] = named('content-type');
  if (path.includes('?') || type === undefined || types.length > 0) return null;
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(type[1])) return null;
  if (named('content-encoding').length > 0) return null;
  try {
    const { lifted, text } = textOf(body ?? Buffer.alloc(0), mayLift);
    const asked: unknown = JSON.parse(text);
    return isObject(asked) && isPlainlyWritten(text, asked) ? { text, asked, lifted } : null;
  } catch {
    return null;
  }
}

/**
 * Whether a text is what a program writes of this value with `JSON.stringify`, letter by letter.
 * @param value what `JSON.parse` made of the text
 */
export function isPlainlyWritten(text: string, value: unknown): boolean {
  return endOf(text, 0, value, 0) === text.length;
}

/** Where the value ends that begins at `at`; -1: something else stands there. */
function endOf(text: string, at: number, value: unknown, depth: number): number {
  if (depth > LIMITS.depth) return -1;
  if (Array.isArray(value)) return endOfList(text, at, value as unknown[], depth);
  if (isObject(value)) return endOfObject(text, at, value, depth);
  if (typeof value === 'string' && value.length > LONG && BASE64.test(value)) {
    const end = at + value.length + 2;
    const isQuoted = text[at] === '"' && text[end - 1] === '"';
    return isQuoted && text.startsWith(value, at + 1) ? end : -1;
  }
  return endOfText(text, at, JSON.stringify(value));
}

function endOfText(text: string, at: number, expected: string): number {
  return text.startsWith(expected, at) ? at + expected.length : -1;
}

function endOfList(text: string, from: number, list: readonly unknown[], depth: number): number {
  let at = endOfText(text, from, '[');
  for (let index = 0; index < list.length && at >= 0; index += 1) {
    if (index > 0) at = endOfText(text, at, ',');
    if (at >= 0) at = endOf(text, at, list[index], depth + 1);
  }
  return at < 0 ? -1 : endOfText(text, at, ']');
}

function endOfObject(text: string, from: number, value: object, depth: number): number {
  let at = endOfText(text, from, '{');
  let isFirst = true;
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (at < 0) return -1;
    at = endOfText(text, at, `${isFirst ? '' : ','}${JSON.stringify(key)}:`);
    if (at >= 0) at = endOf(text, at, inner, depth + 1);
    isFirst = false;
  }
  return at < 0 ? -1 : endOfText(text, at, '}');
}
