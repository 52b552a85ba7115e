/** Signing in, staying signed in and signing out (docs/cht.md §1, docs/cht-exchanges.md §1). */
import { createHmac, randomBytes } from 'node:crypto';
import type { Answer, Asked, Headers } from './http.ts';
import { homeOf } from './access.ts';
import { touchSettings } from './admin.ts';
import { Refusal, apiError, isObject, jsonBody, prefers, wantsJson } from './http.ts';
import type { Store } from './store.ts';
import type { Account, Accounts } from './users.ts';
import { unknownPassword, weakness } from './users.ts';

const YEAR_SECONDS = 31_536_000;
/** What the api says of each of its cookies; `Secure` also over plain HTTP. */
const COOKIE = 'Path=/; SameSite=Lax; Secure';
const KEPT = `Max-Age=${YEAR_SECONDS}; ${COOKIE}`;

export interface Sessions {
  /** Who sends this request: by cookie, else by Basic auth; `undefined` for nobody. */
  identify(asked: Asked): { account: Account; by: 'cookie' | 'default' } | undefined;
  /** POST /medic/login */
  logIn(asked: Asked): Promise<Answer>;
  /** POST /medic/login/token/TOKEN: a magic link, good for one time. */
  logInByLink(asked: Asked, token: string): Promise<Answer>;
  /** GET /medic/login/identity: renews the cookie that tells the app who is signed in. */
  renewIdentity(asked: Asked): Promise<Answer>;
  /** POST /medic/password-reset */
  resetPassword(asked: Asked): Promise<Answer>;
  /** GET, POST and DELETE /_session */
  session(asked: Asked): Answer;
}

/** User name and password of a Basic `Authorization` header. */
export function basicCredentials(asked: Asked): { name: string; password: string } | undefined {
  const [scheme, encoded] = (asked.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || !encoded) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function cookieOf(asked: Asked, name: string): string | undefined {
  for (const pair of (asked.headers.cookie ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}

/** The 401 for whoever reads JSON. */
function unauthorized(): Answer {
  const headers = { 'logout-authorization': 'CHT-Core API' };
  return { status: 401, headers, body: { code: 401, error: 'unauthorized' } };
}

/** 401 for programs, the login page for people: only JSON in `Accept` gives the 401 (docs/cht.md §1.4). */
export function notLoggedIn(asked: Asked): Answer {
  const headers: Headers = { 'logout-authorization': 'CHT-Core API' };
  if (wantsJson(asked.headers.accept)) return unauthorized();
  // With any name of a program, Android's own (Dalvik) too.
  if (asked.headers['user-agent']) {
    const location = `/medic/login?redirect=${encodeURIComponent(asked.path)}`;
    headers['set-cookie'] = `login=force; ${COOKIE}`;
    const html = prefers(asked.headers.accept, 'text/html', 'text/plain');
    const sentence = `Found. Redirecting to ${location}`;
    if (html) headers['content-type'] = 'text/html; charset=utf-8';
    return { status: 302, headers: { ...headers, location }, body: html ? `<p>${sentence}</p>` : sentence };
  }
  headers['www-authenticate'] = 'Basic realm="Medic Web Services"';
  return { status: 401, headers, body: 'not logged in' };
}

/** postJson routes take this very header and nothing else (docs/cht.md §1.1). */
function strictJson(asked: Asked): Record<string, unknown> {
  if (asked.headers['content-type'] !== 'application/json') {
    const error = 'Content-Type must be application/json';
    throw new Refusal({ status: 400, body: { code: 400, error } });
  }
  const body = jsonBody(asked);
  return isObject(body) ? body : {};
}

export function createSessions(store: Store, accounts: Accounts, clock: () => number): Sessions {
  const secret = randomBytes(32).toString('hex');
  const sign = (account: Account, time: string) =>
    createHmac('sha256', secret + account.salt)
      .update(`${account.name}:${time}`)
      .digest('hex');

  const issue = (account: Account) => {
    const time = Math.floor(clock() / 1000)
      .toString(16)
      .toUpperCase();
    return Buffer.from(`${account.name}:${time}:${sign(account, time)}`).toString('base64url');
  };

  const accountOf = (token: string): Account | undefined => {
    const parts = Buffer.from(token, 'base64url').toString('latin1').split(':');
    const [name, time, signature] = parts;
    if (parts.length !== 3 || !name || !time || !/^[0-9A-F]+$/.test(time)) {
      const reason = 'Malformed AuthSession cookie. Please clear your cookies.';
      // CouchDB's own words, as text inside the api's.
      throw apiError(400, `400 - ${JSON.stringify({ error: 'bad_request', reason })}`);
    }
    const account = accounts.get(name);
    const alive = clock() / 1000 < Number.parseInt(time, 16) + YEAR_SECONDS;
    return account && alive && signature === sign(account, time) ? account : undefined;
  };

  const identify: Sessions['identify'] = (asked) => {
    const token = cookieOf(asked, 'AuthSession');
    const byCookie = token ? accountOf(token) : undefined;
    if (byCookie) return { account: byCookie, by: 'cookie' };
    const basic = basicCredentials(asked);
    const account = basic && accounts.check(basic.name, basic.password);
    return account ? { account, by: 'default' } : undefined;
  };

  const userContext = async (account: Account) => {
    const home = await homeOf(store, account);
    const context = { name: account.name, roles: account.roles, ...(home === '/' ? {} : { home }) };
    return `userCtx=${encodeURIComponent(JSON.stringify(context))}; ${KEPT}`;
  };
  const couchCookie = (account: Account) =>
    `AuthSession=${issue(account)}; Version=1; Max-Age=${YEAR_SECONDS}; Path=/; HttpOnly`;
  const localeCookie = (locale: unknown) => `locale=${typeof locale === 'string' ? locale : 'en'}; ${KEPT}`;
  /** Only where to go on this server is taken. */
  const goingTo = async (account: Account, redirect: unknown) =>
    typeof redirect === 'string' && /^\/[^/\\]/.test(redirect) ? redirect : homeOf(store, account);
  const signedIn = async (
    account: Account,
    { locale, redirect }: Record<string, unknown> = {},
  ): Promise<Answer> => ({
    status: 302,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'set-cookie': [
        `AuthSession=${issue(account)}; HttpOnly; ${KEPT}`,
        await userContext(account),
        `login=; HttpOnly; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${COOKIE}`,
        localeCookie(locale),
      ],
    },
    body: await goingTo(account, redirect),
  });
  const refused = (status: number, error: string): Answer => ({ status, body: { error } });

  return {
    identify,

    async logIn(asked) {
      const body = strictJson(asked);
      const account = accounts.check(String(body.user), String(body.password));
      if (!account) return refused(401, 'Not logged in');
      if (account.oidcUsername !== undefined) {
        return refused(401, 'Password Login Not Permitted For SSO Users');
      }
      if (!account.mustChange) return signedIn(account, body);
      return {
        status: 302,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'set-cookie': [await userContext(account), localeCookie(body.locale)],
        },
        body: '/medic/password-reset',
      };
    },

    async logInByLink(asked, token) {
      const account = accounts.all().find(({ link }) => link?.token === token);
      if (account?.link === undefined) return refused(401, 'invalid');
      if (account.link.expires < clock()) return refused(401, 'expired');
      delete account.link;
      // Nobody, the person included, knows the password: it is another one after each use of a link.
      accounts.setPassword(account.name, unknownPassword());
      const used = { token_login: { active: false, login_date: clock() } };
      await touchSettings(store, account.name, account.name, used);
      return signedIn(account, strictJson(asked));
    },

    async renewIdentity(asked) {
      const person = identify(asked);
      if (!person) return notLoggedIn(asked);
      const headers = { 'set-cookie': [await userContext(person.account)] };
      return { status: 200, headers, body: { success: true } };
    },

    async resetPassword(asked) {
      const body = strictJson(asked);
      const { username, currentPassword, password } = body;
      const account = accounts.check(String(username), String(currentPassword));
      if (!account) return refused(400, 'current-password-incorrect');
      if (account.oidcUsername !== undefined) {
        return refused(400, 'Password Reset Not Permitted For SSO Users');
      }
      const weak = typeof password === 'string' ? weakness(password) : 'password-weak';
      if (weak === 'password-short') return { status: 400, body: { error: weak, params: { minimum: 8 } } };
      if (weak) return refused(400, weak);
      if (password === currentPassword) return refused(400, 'password-same');
      accounts.setPassword(account.name, String(password));
      await touchSettings(store, account.name, account.name);
      return signedIn(account, body);
    },

    session(asked) {
      if (asked.method === 'DELETE') {
        const gone = `AuthSession=; Version=1; Max-Age=${YEAR_SECONDS}; Path=/; HttpOnly`;
        return { status: 200, headers: { 'set-cookie': [gone] }, body: { ok: true } };
      }
      if (asked.method === 'POST') {
        const given = /urlencoded/.test(asked.headers['content-type'] ?? '')
          ? Object.fromEntries(new URLSearchParams(asked.body.toString('utf8')))
          : jsonBody(asked);
        const { name, username, password } = isObject(given) ? given : {};
        const account = accounts.check(String(name ?? username), String(password));
        if (!account) return unauthorized();
        const headers = { 'set-cookie': [couchCookie(account)] };
        return { status: 200, headers, body: { ok: true, name: account.name, roles: account.roles } };
      }
      const person = identify(asked);
      if (!person) return unauthorized();
      const { name, roles } = person.account;
      const info = { authentication_handlers: ['cookie', 'default'], authenticated: person.by };
      return {
        status: 200,
        body: { ok: true, userCtx: { name, roles }, info },
      };
    },
  };
}
