/**
 * Who may talk to browser mode. A **token** stands once in the address that is printed; the first browser
 * that brings it gets the **session**, a cookie, and the token is dead. Other programs of this computer and
 * other pages of this browser have neither; pages that point a name of theirs at 127.0.0.1 are told apart
 * by the Host and Origin they send.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface BrowserSession {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The path that carries the token. */
  readonly openPath: string;
  /** True for requests that our own page, or the person's address bar, may have made. */
  isFromHere(headers: IncomingHttpHeaders): boolean;
  /** True while the cookie of the session comes with the request. */
  isOpenFor(headers: IncomingHttpHeaders): boolean;
  /** The `set-cookie` value, once; `null` for a wrong token, a used one, or a browser that only looks ahead. */
  exchange(path: string, headers: IncomingHttpHeaders): string | null;
}

const OPEN = '/open/';

export function startSession(port: number): BrowserSession {
  const origin = `http://127.0.0.1:${port}`;
  // Cookies of 127.0.0.1 are shared by all its ports: the name keeps two stations apart.
  const cookieName = `station-${port}`;
  const session = randomBytes(32).toString('base64url');
  const token = randomBytes(32).toString('base64url');
  let used = false;
  return {
    origin,
    openPath: OPEN + token,
    isFromHere: ({ host, origin: from, 'sec-fetch-site': site }) =>
      host === `127.0.0.1:${port}` &&
      (from === undefined || from === origin) &&
      // Browsers leave the origin out where they think nothing of a request; this they always add.
      (site === undefined || site === 'same-origin' || site === 'none'),
    isOpenFor: ({ cookie }) => {
      const sent = cookieOf(cookie ?? '', cookieName);
      return sent !== null && same(sent, session);
    },
    exchange: (path, headers) => {
      const looksAhead = 'sec-purpose' in headers || 'purpose' in headers;
      if (used || looksAhead || !path.startsWith(OPEN) || !same(path.slice(OPEN.length), token)) return null;
      used = true;
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
  };
}

function cookieOf(header: string, name: string): string | null {
  const pair = header.split(';').find((part) => part.trim().startsWith(`${name}=`));
  return pair === undefined ? null : pair.trim().slice(name.length + 1);
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
