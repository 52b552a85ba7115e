/** Signing in, staying signed in and signing out (docs/cht.md §1, docs/cht-exchanges.md §1). */
import { createHmac, randomBytes } from 'node:crypto';
import type { Answer, Asked, Headers } from './http.ts';
import { Refusal, couchError, isObject, jsonBody, wantsJson } from './http.ts';
import type { Account, Accounts } from './users.ts';
import { weakness } from './users.ts';

const YEAR_SECONDS = 31_536_000;

export interface Sessions {
  /** Who sends this request: by cookie, else by Basic auth; `undefined` for nobody. */
  identify(asked: Asked): { account: Account; by: 'cookie' | 'default' } | undefined;
  /** POST /medic/login */
  logIn(asked: Asked): Answer;
  /** POST /medic/password-reset */
  resetPassword(asked: Asked): Answer;
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

/** 401 for programs, the login page for people: only JSON in `Accept` gives the 401 (docs/cht.md §1.4). */
export function notLoggedIn(asked: Asked): Answer {
  const headers: Headers = { 'logout-authorization': 'CHT-Core API' };
  if (wantsJson(asked.headers.accept))
    return { status: 401, headers, body: { code: 401, error: 'unauthorized' } };
  const agent = asked.headers['user-agent'];
  if (agent && !agent.startsWith('Dalvik')) {
    const location = `/medic/login?redirect=${encodeURIComponent(asked.path)}`;
    headers['set-cookie'] = 'login=force; Path=/; SameSite=Lax';
    return { status: 302, headers: { ...headers, location }, body: `Found. Redirecting to ${location}` };
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

export function createSessions(accounts: Accounts, clock: () => number): Sessions {
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
      throw couchError(400, 'bad_request', reason);
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

  const home = (account: Account) => (account.roles.includes('_admin') ? '/admin/' : '/');
  const userContext = (account: Account) => {
    const context = {
      name: account.name,
      roles: account.roles,
      ...(home(account) === '/' ? {} : { home: '/admin/' }),
    };
    return `userCtx=${encodeURIComponent(JSON.stringify(context))}; Max-Age=${YEAR_SECONDS}; Path=/; SameSite=Lax`;
  };
  const sessionCookie = (account: Account) =>
    `AuthSession=${issue(account)}; Max-Age=${YEAR_SECONDS}; Path=/; HttpOnly; SameSite=Lax`;
  const signedIn = (account: Account): Answer => ({
    status: 302,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'set-cookie': [
        sessionCookie(account),
        userContext(account),
        'login=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        `locale=en; Max-Age=${YEAR_SECONDS}; Path=/; SameSite=Lax`,
      ],
    },
    body: home(account),
  });

  return {
    identify,

    logIn(asked) {
      const { user, password } = strictJson(asked);
      const account = accounts.check(String(user), String(password));
      if (!account) return { status: 401, body: { error: 'Not logged in' } };
      if (!account.mustChange) return signedIn(account);
      return {
        status: 302,
        headers: { 'content-type': 'text/html; charset=utf-8', 'set-cookie': [userContext(account)] },
        body: '/medic/password-reset',
      };
    },

    resetPassword(asked) {
      const { username, currentPassword, password } = strictJson(asked);
      const account = accounts.check(String(username), String(currentPassword));
      const refuse = (error: string): Answer => ({ status: 400, body: { error, params: { minimum: 8 } } });
      if (!account) return refuse('current-password-incorrect');
      const weak = weakness(String(password));
      if (weak) return refuse(weak);
      if (password === currentPassword) return refuse('password-same');
      accounts.setPassword(account.name, String(password));
      return signedIn(account);
    },

    session(asked) {
      if (asked.method === 'DELETE') {
        const gone = 'AuthSession=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly';
        return { status: 200, headers: { 'set-cookie': [gone] }, body: { ok: true } };
      }
      if (asked.method === 'POST') {
        const given = /urlencoded/.test(asked.headers['content-type'] ?? '')
          ? Object.fromEntries(new URLSearchParams(asked.body.toString('utf8')))
          : jsonBody(asked);
        const { name, username, password } = isObject(given) ? given : {};
        const account = accounts.check(String(name ?? username), String(password));
        if (!account) throw couchError(401, 'unauthorized', 'Name or password is incorrect.');
        const headers = { 'set-cookie': [sessionCookie(account)] };
        return { status: 200, headers, body: { ok: true, name: account.name, roles: account.roles } };
      }
      const person = identify(asked);
      if (!person) {
        const headers = { 'logout-authorization': 'CHT-Core API' };
        return { status: 401, headers, body: { code: 401, error: 'unauthorized' } };
      }
      const { name, roles } = person.account;
      const info = { authentication_handlers: ['cookie', 'default'], authenticated: person.by };
      return {
        status: 200,
        headers: { 'set-cookie': [userContext(person.account)] },
        body: { ok: true, userCtx: { name, roles }, info },
      };
    },
  };
}
