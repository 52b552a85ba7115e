/** One request to a server over a real socket, and its answer as it came. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Question {
  readonly method: string;
  readonly path: string;
  /** Basic auth. */
  readonly as?: { readonly user: string; readonly password: string };
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body sent as JSON, with exactly `Content-Type: application/json`. */
  readonly json?: unknown;
  /** A body sent as it is. */
  readonly bytes?: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
  readonly text: string;
  /** The cookies that were set: name to value and attributes, as sent. */
  readonly cookies: Readonly<Record<string, string>>;
}

function headersOf({ as, cookie, headers, json }: Question): Record<string, string> {
  const basic = as && Buffer.from(`${as.user}:${as.password}`).toString('base64');
  return {
    accept: 'application/json',
    ...(basic ? { authorization: `Basic ${basic}` } : {}),
    ...(cookie ? { cookie } : {}),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Asks with `fetch`, following no redirect. */
export async function askServer(url: string, question: Question): Promise<Reply> {
  const { method, path, json, bytes } = question;
  const body = json === undefined ? bytes && new Uint8Array(bytes) : JSON.stringify(json);
  const response = await fetch(url + path, {
    method,
    headers: headersOf(question),
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const cookies: Record<string, string> = {};
  for (const line of response.headers.getSetCookie()) {
    const equals = line.indexOf('=');
    cookies[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return { status: response.status, headers: response.headers, body: parsed(text), text, cookies };
}

/** Asks with `node:http`, for the headers that `fetch` does not let through. Answers the status only. */
export function askRaw(url: string, question: Question): Promise<number> {
  const body = JSON.stringify(question.json);
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const headers = { ...headersOf(question), 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sending = request(url + question.path, { method: question.method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
