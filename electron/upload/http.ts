/**
 * One request to a CHT server, with its failures as codes. Facts: a 401 turns into a redirect to the login
 * page unless JSON is asked for; the server refuses `; charset=` behind the content type on its own routes,
 * compressed bodies and `Expect`; redirects are answers here, never followed (docs/cht.md §1.1, docs/cht-exchanges.md §3).
 */
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { isObject } from '../../shared/untrusted.ts';

export type Fetch = typeof fetch;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Already serialised JSON, or bytes with their `Content-Type` among the headers. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
  /** What the answer is about; without it `small`. */
  readonly answer?: keyof typeof ANSWER_BYTES;
  readonly signal?: AbortSignal | undefined;
  readonly timers?: Timers | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An answer larger than this makes no sense for what is asked here; bytes, unpacked. */
export const ANSWER_BYTES = {
  /** Who somebody is, versions, lists of forms; the largest is the app's own design document. */
  small: 16 * 1024 * 1024,
  /** Documents with the bytes of their attachments. */
  documents: 256 * 1024 * 1024,
} as const;

/** @throws StationError `offline`, `tls-…`, `server-slow`, `cancelled`, `bad-answer` */
export async function request(
  fetcher: Fetch,
  { method, url, headers, body, timeoutMs, answer = 'small', signal, timers = SYSTEM_TIMERS }: HttpRequest,
): Promise<HttpAnswer> {
  const timeout = new AbortController();
  const callOff = timers.after(timeoutMs, () => timeout.abort());
  try {
    const response = await fetcher(url, {
      method,
      redirect: 'manual',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]),
    });
    const text = await textOf(response, ANSWER_BYTES[answer]);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof StationError) throw error;
    if (signal?.aborted === true) throw new StationError('cancelled');
    if (timeout.signal.aborted) throw new StationError('server-slow', undefined, error);
    throw new StationError(networkCode(error), undefined, error);
  } finally {
    callOff();
  }
}

/** Counted while it is read, after unpacking: what a server says of the length of its answer may be missing or wrong. */
async function textOf(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes > most) throw new StationError('bad-answer', 'too-large');
    parts.push(decoder.decode(part, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join('');
}

/** What OpenSSL and Node call the ways in which a server fails to prove who it is. */
const TLS_CODES: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, 'tls-date'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'tls-other-name'],
  [/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/, 'tls-unknown-issuer'],
  [/CERT|SSL|TLS|EPROTO/, 'tls-failed'],
];

function networkCode(error: unknown): ErrorCode {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    const found = TLS_CODES.find(([pattern]) => pattern.test(code));
    if (found !== undefined) return found[1];
  }
  return 'offline';
}

/** The answer as JSON of the expected shape. @throws StationError `bad-answer` (a login page, an error page) */
export function jsonOf(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (error) {
    throw new StationError('bad-answer', String(answer.status), error);
  }
}

/** The failure that an answer means, for a person who had signed in; `null` for an answer that is not a failure. */
export function failureOf(answer: HttpAnswer): StationError | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  if (status === 401 || (status >= 300 && status < 400)) return new StationError('signed-out');
  // The server says no in JSON; a page comes from something in between.
  if (status === 403) return new StationError(isJson(answer) ? 'may-not-send' : 'bad-answer', '403');
  if (status === 429) return new StationError('too-many-attempts', '30');
  if (status === 404) return new StationError('not-a-cht-server');
  if (status >= 500) return new StationError('server-error', String(status));
  return new StationError('bad-answer', String(status));
}

export function isJson({ text }: HttpAnswer): boolean {
  try {
    return isObject(JSON.parse(text) as unknown);
  } catch {
    return false;
  }
}
