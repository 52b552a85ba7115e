/**
 * The little of user management that tests need: /api/v1/users, `_users`, POST /api/v1/places and /api/v1/people (docs/cht.md §1.1: a password set by an admin has to be changed).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { appSettings, hasPermission } from './access.ts';
import type { Answer, AskedBy } from './http.ts';
import { Refusal, apiError, couchError, isObject, jsonBody, notFound } from './http.ts';
import type { Doc } from './pouch.ts';
import type { Site } from './site.ts';
import type { Store } from './store.ts';
import type { Account, Accounts, NewAccount } from './users.ts';
import { isAdmin, settingsId, unknownPassword, usersDoc, weakness } from './users.ts';

const badRequest = (message: string, translationKey?: string, translationParams?: unknown) =>
  new Refusal({
    status: 400,
    body: {
      code: 400,
      error: {
        message,
        ...(translationKey === undefined ? {} : { translationKey }),
        ...(translationParams === undefined ? {} : { translationParams }),
      },
    },
  });

const TOO_WEAK = {
  'password-short': 'The password must be at least 8 characters long.',
  'password-weak':
    'The password is too easy to guess. Include a range of types of characters to increase the score.',
} as const;

function needStrong(password: string): void {
  const weak = weakness(password);
  if (weak) throw badRequest(TOO_WEAK[weak], weak.replace('-', '.'));
}

function needAdmin(asked: AskedBy): void {
  if (!isAdmin(asked.account)) throw apiError(403, 'Insufficient privileges');
}

function given(asked: AskedBy): Record<string, unknown> {
  const body = jsonBody(asked);
  if (!isObject(body) || Object.keys(body).length === 0) {
    throw apiError(400, 'Request body is empty or Content-Type header was not set to application/json.');
  }
  return body;
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value]).map(String);

/** What only some people have in their user-settings document. */
export type OwnSettings = Readonly<Record<string, unknown>>;

/** Makes the account and its user-settings document, as one. */
export async function createUser(
  store: Store,
  accounts: Accounts,
  account: NewAccount,
  by: string,
  more: OwnSettings = {},
): Promise<{ account: Account; rev: string | undefined }> {
  const made = accounts.add(account);
  const settings: Doc = {
    _id: settingsId(made.name),
    type: 'user-settings',
    name: made.name,
    ...(made.fullname === '' ? {} : { fullname: made.fullname }),
    roles: made.roles,
    facility_id: made.facilities,
    contact_id: made.contact,
    ...(made.oidcUsername === undefined ? {} : { oidc_login: true }),
    ...(made.link === undefined ? {} : { token_login: { active: true, expiration_date: made.link.expires } }),
    ...more,
  };
  const [written] = await store.write([settings], by);
  return { account: made, rev: written?.rev };
}

/** Writes a person's user-settings once more, as the api does with every change of the account. */
export async function touchSettings(
  store: Store,
  name: string,
  by: string,
  change: OwnSettings = {},
): Promise<string | undefined> {
  const stored = await store.read(settingsId(name));
  if (stored === undefined) return undefined;
  const [written] = await store.write([{ ...stored, ...change }], by);
  return written?.rev;
}

async function parentOf(store: Store, id: unknown): Promise<Record<string, unknown>> {
  const parent = typeof id === 'string' ? await store.read(id) : undefined;
  if (!parent) throw badRequest('Parent not found');
  return { _id: parent._id, ...(isObject(parent.parent) ? { parent: parent.parent } : {}) };
}

/** POST /api/v1/places and /api/v1/people. Answers id and revision. */
export async function postContact(
  { store, clock }: Site,
  asked: AskedBy,
  kind: 'place' | 'person',
): Promise<Answer> {
  needAdmin(asked);
  const body = given(asked);
  const { parent, place, ...fields } = body;
  const above = kind === 'place' ? parent : place;
  const doc: Doc = {
    type: kind,
    reported_date: clock(),
    ...fields,
    _id: typeof body._id === 'string' ? body._id : randomUUID(),
    ...(above === undefined ? {} : { parent: await parentOf(store, above) }),
  };
  const [written] = await store.write([doc], asked.account.name);
  if (!written?.ok) throw apiError(409, 'Document update conflict.');
  return { status: 200, body: { ok: true, id: doc._id, rev: written.rev } };
}

const LINK_LASTS = 24 * 3_600_000;

/**
 * POST /api/v1/users. Without `can_skip_password_change` the new person has to choose another password; people with
 * `oidc_username` (single sign-on) or `token_login` (a magic link) have none, where the settings allow such people.
 */
export async function postUser({ store, accounts, clock }: Site, asked: AskedBy): Promise<Answer> {
  needAdmin(asked);
  const body = given(asked);
  const settings = await appSettings(store);
  const user = texts(body.username)[0] ?? '';
  const sso = texts(body.oidc_username)[0];
  const link =
    body.token_login === true && isObject(settings.token_login) && settings.token_login.enabled === true;
  if (sso !== undefined && !isObject(settings.oidc_provider)) {
    throw badRequest('Cannot set oidc_username when OIDC Login is not enabled.');
  }
  const roles = texts(body.roles ?? body.type);
  const hasPassword = sso === undefined && !link;
  const missing = ['username', ...(hasPassword ? ['password'] : []), ...(link ? ['phone'] : [])].filter(
    (name) => !body[name],
  );
  if (roles.length === 0) missing.push('type or roles');
  if (missing.length > 0) throw badRequest(`Missing required fields: ${missing.join(', ')}`);
  if (accounts.get(user)) {
    throw badRequest(`Username "${user}" already taken.`, 'username.taken', { username: user });
  }
  if (!/^[a-z0-9_-]+$/.test(user)) {
    const valid = 'Valid characters are lower case letters, numbers, underscore (_), and hyphen (-).';
    throw badRequest(`Invalid user name. ${valid}`, 'username.invalid');
  }
  const password = hasPassword ? (texts(body.password)[0] ?? '') : unknownPassword();
  if (hasPassword) needStrong(password);

  let contact = body.contact;
  if (isObject(contact)) {
    const doc: Doc = { type: 'person', reported_date: clock(), ...contact, _id: randomUUID() };
    doc.parent = await parentOf(store, texts(body.place)[0]);
    await store.write([doc], asked.account.name);
    contact = doc._id;
  }
  const token = link ? { token: randomBytes(32).toString('hex'), expires: clock() + LINK_LASTS } : undefined;
  const account: NewAccount = {
    user,
    password,
    roles,
    facility: texts(body.place),
    contact: texts(contact)[0] ?? '',
    ...(typeof body.fullname === 'string' ? { fullname: body.fullname } : {}),
    ...(sso === undefined ? {} : { oidcUsername: sso }),
    ...(token === undefined ? {} : { link: token }),
  };
  const phone = typeof body.phone === 'string' ? { phone: body.phone } : {};
  const made = await createUser(store, accounts, account, asked.account.name, phone);
  const expires = token === undefined ? undefined : { expiration_date: token.expires };
  // The api writes the settings once more where there is a link.
  if (expires) await touchSettings(store, user, asked.account.name);
  const skips =
    !isAdmin(made.account) && (await hasPermission(store, made.account, 'can_skip_password_change'));
  made.account.mustChange = hasPassword && !skips;
  const person = await store.read(made.account.contact);
  return {
    status: 200,
    body: {
      user: { id: settingsId(user), rev: usersDoc(made.account)._rev },
      'user-settings': { id: settingsId(user), rev: made.rev },
      contact: { id: made.account.contact, rev: person?._rev },
      ...(expires === undefined ? {} : { token_login: expires }),
    },
  };
}

/** POST /api/v1/users/NAME: a new password; by an admin it has to be changed at the next sign-in. */
export async function updateUser(
  store: Store,
  accounts: Accounts,
  asked: AskedBy,
  name: string,
): Promise<Answer> {
  const self = asked.account.name === name;
  if (!self) needAdmin(asked);
  const account = accounts.get(name);
  if (!account) throw notFound();
  const { password } = given(asked);
  if (typeof password !== 'string') throw badRequest('One of the following fields are required: password');
  needStrong(password);
  accounts.setPassword(name, password, { mustChange: !self });
  const rev = await touchSettings(store, name, asked.account.name);
  return {
    status: 200,
    body: {
      user: { id: settingsId(name), rev: usersDoc(account)._rev },
      'user-settings': { id: settingsId(name), rev },
    },
  };
}

/** GET and PUT /_users/org.couchdb.user:NAME, for database admins: the authority on who may sign in, and as what. */
export function usersDatabase(accounts: Accounts, asked: AskedBy, id: string): Answer {
  if (!isAdmin(asked.account)) throw notFound();
  const account = accounts.get(id.replace(/^org\.couchdb\.user:/, ''));
  if (account === undefined) throw notFound();
  if (asked.method === 'GET') return { status: 200, body: usersDoc(account) };
  if (asked.method !== 'PUT') throw couchError(405, 'method_not_allowed', 'Only GET,PUT allowed');
  const body = jsonBody(asked);
  if (!isObject(body)) throw couchError(400, 'bad_request', 'Document must be a JSON object');
  if (body._rev !== usersDoc(account)._rev) throw couchError(409, 'conflict', 'Document update conflict.');
  if (Array.isArray(body.roles)) account.roles = body.roles.map(String);
  if (typeof body.oidc_username === 'string') account.oidcUsername = body.oidc_username;
  else delete account.oidcUsername;
  if (typeof body.password === 'string') account.password = body.password;
  account.writes += 1;
  return { status: 201, body: { ok: true, id, rev: usersDoc(account)._rev } };
}

/** DELETE /api/v1/users/NAME */
export async function deleteUser(
  store: Store,
  accounts: Accounts,
  asked: AskedBy,
  name: string,
): Promise<Answer> {
  needAdmin(asked);
  if (!accounts.remove(name)) throw notFound();
  const settings = await store.read(settingsId(name));
  if (settings) await store.write([{ ...settings, _deleted: true }], asked.account.name);
  return { status: 200, body: { success: true } };
}
