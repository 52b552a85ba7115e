/** Requests and answers as plain values, so that what answers them needs no socket. */
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Account } from './users.ts';

/** Body limit of nginx and of the api: 32 MiB (docs/cht.md §2.4). */
export const BODY_LIMIT = 33_554_432;

/** One request, its body already read. */
export interface Asked {
  readonly method: string;
  /** Path as sent, without the query. */
  readonly path: string;
  /** The path's parts, each decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body passed the limit; what came after it was thrown away. */
  readonly tooLarge: boolean;
  readonly address: string;
}

/** A request of a person who is signed in. */
export interface AskedBy extends Asked {
  readonly account: Account;
}

export type Headers = Record<string, string | string[]>;

export interface Answer {
  readonly status: number;
  readonly headers?: Headers;
  /** `undefined` for none, bytes and text as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** Thrown to leave a handler with an answer that is an error. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`${answer.status} ${JSON.stringify(answer.body)}`);
    this.answer = answer;
  }
}

/** An error as CouchDB words it. */
export function couchError(status: number, error: string, reason: string): Refusal {
  return new Refusal({ status, body: { error, reason } });
}

/** An error as the api words it (docs/cht.md §1.4). */
export function apiError(status: number, error: string, details?: string): Refusal {
  return new Refusal({
    status,
    body: { code: status, error, ...(details === undefined ? {} : { details }) },
  });
}

export const notFound = (reason = 'missing') => couchError(404, 'not_found', reason);
export const serverError = (details?: string) => apiError(500, 'Server error', details);
/** The answer of the firewall in front of what restricted users may not use at all. */
export const offlineFirewall = () =>
  apiError(403, 'forbidden', 'Offline users are not allowed access to this endpoint');
/** The answer for one document a restricted user may not see or that is not there. */
export const insufficient = () => couchError(403, 'forbidden', 'Insufficient privileges');

/** Is the JSON body an object, as opposed to a list, a text, a number or nothing? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON body. What is not sent as JSON counts as an empty object, as in Express' parser. */
export function jsonBody(asked: Asked): unknown {
  if (asked.tooLarge) throw apiError(413, 'Payload Too Large');
  if ((asked.headers['content-encoding'] ?? 'identity') !== 'identity') throw compressed(asked);
  if (!/\bjson\b/.test(asked.headers['content-type'] ?? '') || asked.body.length === 0) return {};
  try {
    return JSON.parse(asked.body.toString('utf8'));
  } catch {
    throw serverError();
  }
}

/** The api does not take compressed bodies: 400, and 413 where they unfold past the limit (docs/cht-exchanges.md §3). */
function compressed(asked: Asked): Refusal {
  try {
    gunzipSync(asked.body, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    if (error instanceof RangeError) return apiError(413, 'Payload Too Large');
  }
  return couchError(400, 'bad_request', 'Request body is not properly gzipped.');
}

/** Does the client ask for JSON rather than for text? */
export function wantsJson(accept: string | undefined): boolean {
  return prefers(accept, 'application/json', 'text/plain');
}

/** Does the client ask for the one type rather than for the other? Written after the `accepts` of Express. */
export function prefers(accept: string | undefined, type: string, other: string): boolean {
  if (accept === undefined) return false;
  const rank = (wanted: string) => {
    let best = { quality: 0, exact: 0, place: Number.MAX_SAFE_INTEGER };
    accept.split(',').forEach((entry, place) => {
      const [range = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const exact =
        range === wanted ? 4 : range === `${wanted.split('/')[0]}/*` ? 2 : range === '*/*' ? 1 : 0;
      if (exact === 0) return;
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      const quality = weight === undefined ? 1 : Number(weight.slice(2)) || 0;
      if (exact > best.exact) best = { quality, exact, place };
    });
    return best;
  };
  const [one, two] = [rank(type), rank(other)];
  if (one.quality !== two.quality) return one.quality > two.quality;
  if (one.exact !== two.exact) return one.exact > two.exact;
  return one.place < two.place;
}

/** A query parameter that holds JSON, such as `key` or `open_revs`; `undefined` where it is absent. */
export function jsonParameter(query: URLSearchParams, name: string): unknown {
  const text = query.get(name);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw couchError(400, 'bad_request', `Invalid value for ${name}`);
  }
}
