/** The accounts of the practice server: who may sign in, with which roles, for which places. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import type { SignInWay } from '../../shared/sign-in-ways.ts';
import type { StoredDoc } from './pouch.ts';

export interface Account {
  readonly name: string;
  password: string;
  roles: string[];
  facilities: string[];
  contact: string;
  fullname: string;
  /** An admin set the password, and the person has to choose another at the next sign-in. */
  mustChange: boolean;
  /** Renewed with the password: cookies signed with the old one are void. */
  salt: string;
  /** The name at the provider of single sign-on: such a person has no password to sign in with. */
  oidcUsername?: string;
  /** The magic link that signs this person in, once. */
  link?: { readonly token: string; readonly expires: number };
  readonly signsIn: SignInWay;
  /** How often the document in `_users` was written. */
  writes: number;
}

/** What a caller gives to make an account. */
export interface NewAccount {
  readonly user: string;
  readonly password: string;
  readonly roles: readonly string[];
  readonly facility?: string | readonly string[];
  readonly contact?: string;
  readonly fullname?: string;
  readonly mustChange?: boolean;
  readonly oidcUsername?: string;
  readonly link?: { readonly token: string; readonly expires: number };
}

/** The name under which the api writes by itself. */
export const ADMIN_NAME = 'admin';
/** The name under which sentinel writes. */
export const SENTINEL = 'medic-sentinel';

/** Online users see and write everything; all others are restricted to their places (docs/cht.md §1.6). */
export function isOnline(account: Account): boolean {
  return account.roles.some((role) => role === 'admin' || role === '_admin' || role === 'mm-online');
}

/** Database administrators, whom no rule of the database refuses. */
export function isAdmin(account: Account): boolean {
  return account.roles.includes('_admin');
}

/** The id of a person's user-settings document. */
export function settingsId(name: string): string {
  return `org.couchdb.user:${name}`;
}

export interface Accounts {
  all(): readonly Account[];
  get(name: string): Account | undefined;
  add(account: NewAccount): Account;
  remove(name: string): boolean;
  setPassword(name: string, password: string, options?: { mustChange?: boolean }): void;
  /** The account, where name and password belong together. */
  check(name: string, password: string): Account | undefined;
}

export function createAccounts(): Accounts {
  const accounts = new Map<string, Account>();
  const salt = () => randomBytes(16).toString('hex');
  return {
    all: () => [...accounts.values()],
    get: (name) => accounts.get(name),
    add(given) {
      const facility = given.facility ?? [];
      const account: Account = {
        name: given.user,
        password: given.password,
        roles: [...given.roles],
        facilities: typeof facility === 'string' ? [facility] : [...facility],
        contact: given.contact ?? '',
        fullname: given.fullname ?? '',
        mustChange: given.mustChange ?? false,
        salt: salt(),
        signsIn: given.oidcUsername !== undefined ? 'sso' : given.link !== undefined ? 'link' : 'password',
        writes: 1,
        ...(given.oidcUsername === undefined ? {} : { oidcUsername: given.oidcUsername }),
        ...(given.link === undefined ? {} : { link: given.link }),
      };
      accounts.set(account.name, account);
      return account;
    },
    remove: (name) => accounts.delete(name),
    setPassword(name, password, options = {}) {
      const account = accounts.get(name);
      if (!account) throw new Error(`There is no user ${name}`);
      account.password = password;
      account.mustChange = options.mustChange ?? false;
      account.salt = salt();
      account.writes += 1;
    },
    check(name, password) {
      const account = accounts.get(name);
      return account?.password === password ? account : undefined;
    },
  };
}

/** A person's document in `_users`, as an administrator reads it. */
export function usersDoc(account: Account): StoredDoc {
  const { name, roles, facilities, contact, salt, password, oidcUsername, mustChange, writes } = account;
  return {
    _id: settingsId(name),
    _rev: `${writes}-${salt}`,
    type: 'user',
    name,
    roles,
    facility_id: facilities,
    contact_id: contact,
    password_change_required: mustChange,
    ...(oidcUsername === undefined ? {} : { oidc_username: oidcUsername }),
    password_scheme: 'pbkdf2',
    pbkdf2_prf: 'sha256',
    iterations: 10,
    salt,
    derived_key: pbkdf2Sync(password, salt, 10, 32, 'sha256').toString('hex'),
  };
}

/** A password that nobody knows. */
export function unknownPassword(): string {
  return `Aa1-${randomBytes(24).toString('base64url')}`;
}

/**
 * Why CHT does not take a new password, as the code it answers, or `undefined`
 * (docs/cht.md §1.1: at least 8 characters and a score of 50; the score is approximated by variety).
 */
export function weakness(password: string): 'password-short' | 'password-weak' | undefined {
  if (password.length < 8) return 'password-short';
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
  const varied = new Set(password).size >= 6;
  return varied && (kinds >= 3 || (kinds >= 2 && password.length >= 12)) ? undefined : 'password-weak';
}
