/**
 * Who may talk to browser mode. A **token** stands once in the address that is printed; the first browser
 * that brings it gets the **session**, a cookie, and the token is dead. Cookies know no ports: another account of this
 * computer that listens on one may be shown it. So the cookie only loads the page, and what talks to the station is the
 * page's own **key**, which is told once and lives in the page alone. Other programs of this computer and other pages of
 * this browser have none of them; pages that point a name of theirs at 127.0.0.1 are told apart by the Host and Origin
 * they send. Left alone for long, the session ends.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Timers } from '../../shared/timers.ts';

export interface BrowserSession {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The path that carries the token. */
  readonly openPath: string;
  /** True for requests that our own page, or the person's address bar, may have made. */
  isFromHere(headers: IncomingHttpHeaders): boolean;
  /** True while the cookie of the session comes with the request. */
  isOpenFor(headers: IncomingHttpHeaders): boolean;
  /** The key of the page; `null`: a page has shown it already, so that whoever asks now is another one. */
  readonly key: () => string | null;
  /** Whether the key comes with a WebSocket, as one of its protocols. From the first time on it is told no more. */
  isKeyOf(headers: IncomingHttpHeaders): boolean;
  /** Something was asked: it does not end yet. */
  used(): void;
  /** It is over: nothing opens any more. */
  end(): void;
  /** The `set-cookie` value, once; `null` for a wrong token, a used one, or a browser that only looks ahead. */
  exchange(path: string, headers: IncomingHttpHeaders): string | null;
}

const OPEN = '/open/';
/** The protocol that is spoken; the key stands beside it, because a page can give a WebSocket no header. */
export const PROTOCOL = 'station';
/** So long nothing was asked: whoever worked here is gone. */
const IDLE_MS = 4 * 60 * 60_000;

/** @param ended the session ended by itself */
export function startSession(port: number, timers: Timers, ended: () => void): BrowserSession {
  const origin = `http://127.0.0.1:${port}`;
  // Cookies of 127.0.0.1 are shared by all its ports: the name keeps two stations apart.
  const cookieName = `station-${port}`;
  const session = randomBytes(32).toString('base64url');
  const token = randomBytes(32).toString('base64url');
  const key = randomBytes(32).toString('base64url');
  let used = false;
  let isShown = false;
  let isOver = false;
  let callOff = (): void => undefined;
  const end = (): void => {
    callOff();
    isOver = true;
  };
  const wait = (): void => {
    callOff();
    callOff = timers.after(IDLE_MS, () => {
      end();
      ended();
    });
  };
  wait();
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
      return !isOver && sent !== null && same(sent, session);
    },
    key: () => (isShown || isOver ? null : key),
    isKeyOf: ({ 'sec-websocket-protocol': protocols }) => {
      const [spoken, sent = ''] = (protocols ?? '').split(',').map((one) => one.trim());
      const isRight = !isOver && spoken === PROTOCOL && same(sent, key);
      if (isRight) isShown = true;
      return isRight;
    },
    used: () => {
      if (!isOver) wait();
    },
    end,
    exchange: (path, headers) => {
      const looksAhead = 'sec-purpose' in headers || 'purpose' in headers;
      if (used || isOver || looksAhead || !path.startsWith(OPEN) || !same(path.slice(OPEN.length), token))
        return null;
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
