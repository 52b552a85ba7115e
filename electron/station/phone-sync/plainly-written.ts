/**
 * JSON that every reader reads alike. A key that stands twice, or a number that does not fit, is one thing for this
 * program and another for the server: such a text would show a record that was reviewed and store another one.
 */
import { LIMITS } from '../../../shared/limits.ts';
import { isObject } from '../../../shared/untrusted.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';

/** From here on a text is not written once more only to compare it. */
const LONG = 4096;
/** Stands in JSON as it is. */
const BASE64 = /^[A-Za-z0-9+/=]*$/;

/**
 * The body of a writing request as PouchDB makes it: an object of JSON, not packed, in a request without a query. A server
 * that is told another character set reads other records in the same bytes. `null`: it is something else.
 */
export function plainBody({ path, headers, body }: AppRequest): { text: string; asked: object } | null {
  const named = (wanted: string) => headers.filter(([name]) => name.toLowerCase() === wanted);
  const [type, ...types] = named('content-type');
  if (path.includes('?') || type === undefined || types.length > 0) return null;
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(type[1])) return null;
  if (named('content-encoding').length > 0) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body ?? undefined);
    const asked: unknown = JSON.parse(text);
    return isObject(asked) && isPlainlyWritten(text, asked) ? { text, asked } : null;
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
