/**
 * The little of user management that tests need: POST and DELETE /api/v1/users, POST /api/v1/places and
 * /api/v1/people (docs/cht.md §1.1: a password set by an admin has to be changed).
 */
import { randomUUID } from 'node:crypto';
import { hasPermission } from './access.ts';
import type { Answer, AskedBy } from './http.ts';
import { Refusal, apiError, isObject, jsonBody, notFound } from './http.ts';
import type { Doc } from './pouch.ts';
import type { Site } from './routes.ts';
import type { Store } from './store.ts';
import type { Account, Accounts, NewAccount } from './users.ts';
import { isAdmin, settingsId, weakness } from './users.ts';

const badRequest = (error: string) =>
  new Refusal({ status: 400, body: { code: 400, error: { message: error } } });

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

/** Makes the account and its user-settings document, as one. */
export async function createUser(
  store: Store,
  accounts: Accounts,
  account: NewAccount,
  by: string,
): Promise<{ account: Account; rev: string | undefined }> {
  const made = accounts.add(account);
  const settings: Doc = {
    _id: settingsId(made.name),
    type: 'user-settings',
    name: made.name,
    fullname: made.fullname,
    roles: made.roles,
    facility_id: made.facilities,
    contact_id: made.contact,
    known: true,
  };
  const [written] = await store.write([settings], by);
  return { account: made, rev: written?.rev };
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
  return { status: 200, body: { id: doc._id, rev: written.rev } };
}

/** POST /api/v1/users. Without `can_skip_password_change` the new person has to choose another password. */
export async function postUser({ store, accounts, clock }: Site, asked: AskedBy): Promise<Answer> {
  needAdmin(asked);
  const body = given(asked);
  const user = texts(body.username)[0] ?? '';
  const password = texts(body.password)[0] ?? '';
  const roles = texts(body.roles ?? body.type);
  const missing = ['username', 'password'].filter((name) => !body[name]);
  if (roles.length === 0) missing.push('type or roles');
  if (missing.length > 0) throw badRequest(`Missing required fields: ${missing.join(', ')}`);
  if (accounts.get(user)) throw badRequest(`Username "${user}" already taken.`);
  if (!/^[a-z0-9_-]+$/.test(user))
    throw badRequest('Invalid user name. Valid characters are lower case letters…');
  const weak = weakness(password);
  if (weak) throw badRequest(`The password is too easy to guess (${weak}).`);

  let contact = body.contact;
  if (isObject(contact)) {
    const doc: Doc = { type: 'person', reported_date: clock(), ...contact, _id: randomUUID() };
    doc.parent = await parentOf(store, texts(body.place)[0]);
    await store.write([doc], asked.account.name);
    contact = doc._id;
  }
  const facility = texts(body.place);
  const base = {
    user,
    password,
    roles,
    facility,
    contact: texts(contact)[0] ?? '',
    fullname: texts(body.fullname)[0] ?? user,
  };
  const made = await createUser(store, accounts, base, asked.account.name);
  const skips =
    !isAdmin(made.account) && (await hasPermission(store, made.account, 'can_skip_password_change'));
  made.account.mustChange = !skips;
  return {
    status: 200,
    body: {
      user: { id: settingsId(user), rev: made.rev },
      'user-settings': { id: settingsId(user), rev: made.rev },
      contact: { id: made.account.contact },
    },
  };
}

/** POST /api/v1/users/NAME: a new password; by an admin it has to be changed at the next sign-in. */
export function updateUser(accounts: Accounts, asked: AskedBy, name: string): Answer {
  const self = asked.account.name === name;
  if (!self) needAdmin(asked);
  if (!accounts.get(name)) throw notFound();
  const { password } = given(asked);
  if (typeof password !== 'string') throw badRequest('One of the following fields are required: password');
  const weak = weakness(password);
  if (weak) throw badRequest(`The password is too easy to guess (${weak}).`);
  accounts.setPassword(name, password, { mustChange: !self });
  return { status: 200, body: { user: { id: settingsId(name) }, 'user-settings': { id: settingsId(name) } } };
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
