/**
 * One person signed in to a CHT server. The session renews itself while the password is held, and what may
 * pass is tried again. Sources: docs/cht.md §1, docs/cht-exchanges.md §1.
 */
import pLimit from 'p-limit';
import { StationError } from '../../shared/errors.ts';
import type { Timers } from '../../shared/timers.ts';
import { UPLOAD_PACE, type UploadPace } from '../../shared/upload-pace.ts';
import { isObject } from '../../shared/untrusted.ts';
import type { Gate } from './gate.ts';
import { request, type Fetch, type HttpAnswer, type HttpRequest } from './http.ts';
import { RetryPolicy } from './retry.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';

/** The database's name is the same on every CHT server. */
export const DATABASE = 'medic';
/** A session that ends again and again is no session; each renewal costs one of the server's ten tries. */
const RENEWALS = 3;
/** A server with views to catch up becomes unsteady with more (docs/cht-exchanges.md §7). */
const REQUESTS_AT_ONCE = 2;

export interface ServerOptions {
  /** Origin of the server, without a slash at the end. */
  readonly url: string;
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: UploadPace | undefined;
  /** From 0 to 1. */
  readonly random?: (() => number) | undefined;
  /** One for all sign-ins of this computer. */
  readonly throttle?: SignInThrottle | undefined;
  /** Asked before every request of the session. */
  readonly gate?: Gate | undefined;
  readonly waitsForInternet?: boolean | undefined;
  readonly timers?: Timers | undefined;
}

export interface Question {
  readonly method: HttpRequest['method'];
  /** Begins with a slash. */
  readonly path: string;
  readonly body?: HttpRequest['body'];
  readonly contentType?: string;
  readonly speed: 'quick' | 'patient';
}

export class Session {
  readonly user: string;
  readonly retry: RetryPolicy;
  readonly pace: UploadPace;
  readonly #options: ServerOptions;
  readonly #slot = pLimit(REQUESTS_AT_ONCE);
  #password: string | null;
  #cookie: string;
  #renewals = 0;
  #renewing: Promise<void> | null = null;

  private constructor(user: string, password: string, cookie: string, options: ServerOptions) {
    this.user = user;
    this.#password = password;
    this.#cookie = cookie;
    this.#options = options;
    this.pace = options.pace ?? UPLOAD_PACE;
    this.retry = new RetryPolicy({
      pace: this.pace,
      random: options.random ?? Math.random,
      signal: options.signal,
      gate: options.gate,
      waitsForInternet: options.waitsForInternet,
      timers: options.timers,
    });
  }

  /**
   * Signs in as the CHT app does. The first 401 is the last try; a server in trouble is asked again.
   * @throws StationError `wrong-password`, `no-password-login`, `password-change-required`, `too-many-attempts` (detail: seconds to wait), `not-a-cht-server`, …
   */
  static async open(user: string, password: string, options: ServerOptions): Promise<Session> {
    const { pace = UPLOAD_PACE, random = Math.random, signal, timers } = options;
    const retry = new RetryPolicy({ pace, random, signal, timers });
    for (;;) {
      try {
        return new Session(user, password, await logIn(user, password, options), options);
      } catch (error) {
        // Nothing has begun yet: whoever has no internet hears it at once.
        if (!(error instanceof StationError) || !['server-error', 'bad-answer'].includes(error.code))
          throw error;
        await retry.pauseAfter(error);
      }
    }
  }

  /** One request of the signing in itself: nothing that holds the session up holds this. */
  askAtOnce(question: Question): Promise<HttpAnswer> {
    return this.#slot(() => this.#send(question));
  }

  /**
   * One request, as soon as fewer than two are under way. A session that ended is renewed once and the request sent
   * again: everything asked here may be asked twice.
   */
  ask(question: Question): Promise<HttpAnswer> {
    return this.#slot(() => this.#ask(question));
  }

  /** Resolves once nothing holds the session up. @throws StationError `cancelled` */
  async ready(): Promise<void> {
    await this.#options.gate?.pass(this.#options.signal);
  }

  async #ask(question: Question): Promise<HttpAnswer> {
    await this.ready();
    const cookie = this.#cookie;
    const answer = await this.#send(question);
    if (!isSignedOut(answer)) return answer;
    if (answer.status === 401) this.#options.throttle?.failed();
    // The other request may have renewed it meanwhile, or be about to.
    if (this.#cookie === cookie) {
      const mayRenew = this.#password !== null && this.#renewals < RENEWALS;
      if (this.#renewing === null && !mayRenew) return answer;
      await (this.#renewing ??= this.#renew(this.#password ?? ''));
    }
    return this.#send(question);
  }

  async #renew(password: string): Promise<void> {
    this.#renewals += 1;
    try {
      this.#cookie = await logIn(this.user, password, this.#options);
      this.#renewing = null;
    } catch (error) {
      // Whoever asks later hears the same: the first failed sign-in is the last.
      if (!(error instanceof StationError) || error.code !== 'wrong-password') this.#renewing = null;
      throw error;
    }
  }

  async #send({ method, path, body, contentType, speed }: Question): Promise<HttpAnswer> {
    const { url, fetch, signal, timers } = this.#options;
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);
    const answer = await request(fetch, {
      method,
      url: `${url}${path}`,
      headers: {
        Cookie: this.#cookie,
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs:
        speed === 'quick'
          ? this.pace.quickMs
          : this.pace.patientMs + Math.ceil((1000 * bytes) / this.pace.bytesPerSecond),
      answer: speed === 'quick' ? 'small' : 'documents',
      signal,
      timers,
    });
    this.#options.gate?.set('offline', false);
    // The server renews the session by itself now and then.
    this.#cookie = sessionCookie(answer.headers) ?? this.#cookie;
    return answer;
  }

  /** Ends the session on the server. A failure does not matter: cookie and password are forgotten anyway. */
  async end(): Promise<void> {
    this.#password = null;
    try {
      await this.#send({ method: 'DELETE', path: '/_session', speed: 'quick' });
    } catch {
      // Nothing to do: the server may be out of reach by now.
    }
    this.#cookie = '';
  }
}

/** What the server says to the right password of somebody who signs in with single sign-on (docs/cht-exchanges.md §1). */
const NO_PASSWORD = 'Password Login Not Permitted For SSO Users';

/** A redirect is one to the login page. */
export function isSignedOut({ status }: HttpAnswer): boolean {
  return status === 401 || (status >= 300 && status < 400);
}

/** Answers the session's cookie. It decides, not the 302: a person who has to choose a new password gets the 302 and no cookie. */
async function logIn(user: string, password: string, options: ServerOptions): Promise<string> {
  const { url, fetch, signal, throttle, timers, pace = UPLOAD_PACE } = options;
  await throttle?.ready(signal);
  const answer = await request(fetch, {
    method: 'POST',
    url: `${url}/${DATABASE}/login`,
    body: JSON.stringify({ user, password }),
    timeoutMs: pace.quickMs,
    signal,
    timers,
  });
  // No wrong password: nobody who types it again would be let in.
  if (answer.status === 401 && wordOf(answer) === NO_PASSWORD) throw new StationError('no-password-login');
  if (answer.status === 401 || answer.status === 429) throttle?.failed();
  if (answer.status === 401) throw new StationError('wrong-password');
  if (answer.status === 429) throw new StationError('too-many-attempts', '30');
  if (answer.status >= 500) throw new StationError('server-error', String(answer.status));
  const cookie = sessionCookie(answer.headers);
  if (cookie !== null) return cookie;
  if (answer.status === 302 && answer.text.includes('/password-reset')) {
    throw new StationError('password-change-required');
  }
  throw new StationError('not-a-cht-server', String(answer.status));
}

/**
 * Chooses a new password for a person, who has to give the current one (docs/cht.md §1.1).
 * @throws StationError `wrong-password`, `password-not-taken` (detail: the server's word), …
 */
export async function changePassword(
  { user, password, newPassword }: { user: string; password: string; newPassword: string },
  options: ServerOptions,
): Promise<void> {
  const { url, fetch, signal, throttle, timers, pace = UPLOAD_PACE } = options;
  await throttle?.ready(signal);
  const answer = await request(fetch, {
    method: 'POST',
    url: `${url}/${DATABASE}/password-reset`,
    body: JSON.stringify({ username: user, currentPassword: password, password: newPassword, locale: 'en' }),
    timeoutMs: pace.quickMs,
    signal,
    timers,
  });
  if (sessionCookie(answer.headers) !== null) return;
  if (answer.status === 401) throttle?.failed();
  if (answer.status === 429) throw new StationError('too-many-attempts', '30');
  if (answer.status >= 500) throw new StationError('server-error', String(answer.status));
  const word = wordOf(answer);
  if (answer.status === 401 || word === 'current-password-incorrect')
    throw new StationError('wrong-password');
  if (answer.status === 400) throw new StationError('password-not-taken', word);
  throw new StationError('not-a-cht-server', String(answer.status));
}

function wordOf(answer: HttpAnswer): string {
  try {
    const body = JSON.parse(answer.text) as unknown;
    if (isObject(body) && typeof body['error'] === 'string') return body['error'].slice(0, 100);
  } catch {
    // No JSON: only the status tells.
  }
  return String(answer.status);
}

function sessionCookie(headers: Headers): string | null {
  for (const line of headers.getSetCookie()) {
    const pair = line.split(';', 1)[0] ?? '';
    if (pair.startsWith('AuthSession=') && pair.length > 'AuthSession='.length) return pair;
  }
  return null;
}
