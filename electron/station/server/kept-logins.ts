/**
 * Logins that an administrator keeps for health workers, so that an upload needs no typing. The passwords are in
 * the system's key store (`StationOptions.secrets`) and nowhere else; the ledger knows whose are kept. None is
 * ever shown again, and the first time that the server does not take one it is forgotten.
 */
import * as v from 'valibot';
import type { KeptLogin } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import type { MayKeepLogins } from '../../../shared/surroundings.ts';
import { audit } from '../../ledger/audit.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';

const KEPT = v.array(
  v.object({ server: v.string(), user: v.string(), account: v.boolean(), keptAt: v.string() }),
);
type Kept = v.InferOutput<typeof KEPT>;

function kept(core: Core): Kept {
  return v.parse(KEPT, JSON.parse(setting(core.db, 'logins') ?? '[]'));
}

function remember(core: Core, logins: Kept): void {
  setSetting(core.db, 'logins', JSON.stringify(logins));
}

/** Under which name the key store has a password. */
function nameOf(server: string, user: string): string {
  return `${server} ${user}`;
}

export async function mayKeepLogins({ options }: Core): Promise<MayKeepLogins> {
  return options.secrets === undefined
    ? { kind: 'no', why: 'not-in-this-mode' }
    : await options.secrets.mayKeep();
}

/** Those for every server that this station ever had. */
export function everyLogin(core: Core): { server: string; user: string; account: boolean }[] {
  return kept(core).map(({ server, user, account }) => ({ server, user, account }));
}

/** The logins kept for the current server, by name. */
export function listLogins(core: Core): KeptLogin[] {
  const server = setting(core.db, 'server.url');
  return kept(core)
    .filter((login) => login.server === server)
    .map(({ user, account, keptAt }) => ({ user, account, keptAt }))
    .sort((a, b) => a.user.localeCompare(b.user));
}

/**
 * Keeps a login that has been tried.
 * @throws StationError `no-keyring`
 */
export async function keepLogin(
  core: Core,
  server: string,
  login: { readonly user: string; readonly password: string; readonly account: boolean },
): Promise<void> {
  const { secrets } = core.options;
  if (secrets === undefined || (await mayKeepLogins(core)).kind === 'no')
    throw new StationError('no-keyring');
  const { user, account } = login;
  await secrets.keep(nameOf(server, user), login.password);
  const at = core.now();
  core.db.transaction(() => {
    const others = kept(core).filter((one) => one.server !== server || one.user !== user);
    remember(core, [...others, { server, user, account, keptAt: at }]);
    audit(core.db, { person: core.person, at }, 'login-kept', { detail: { user, account } });
  });
  core.changed('server');
}

export function isKept(core: Core, server: string, user: string): boolean {
  return kept(core).some((login) => login.server === server && login.user === user);
}

/** `null` where none is kept, or where the key store does not give it back any more. */
export async function keptPassword(core: Core, server: string, user: string): Promise<string | null> {
  if (!isKept(core, server, user)) return null;
  return (await core.options.secrets?.read(nameOf(server, user))) ?? null;
}

/** `why`: a person said so, the server does not take it, or the station serves another server now. */
export async function forgetLogin(
  core: Core,
  server: string,
  user: string,
  why: 'asked' | 'wrong-password' | 'other-server',
): Promise<void> {
  const at = core.now();
  core.db.transaction(() => {
    const logins = kept(core);
    const others = logins.filter((login) => login.server !== server || login.user !== user);
    if (others.length === logins.length) return;
    remember(core, others);
    audit(core.db, { person: core.person, at }, 'login-removed', { detail: { user, why } });
  });
  await core.options.secrets?.forget(nameOf(server, user));
  core.changed('server');
}

/** Passwords are never offered to another server than the one they were kept for. */
export async function forgetLoginsOf(core: Core, server: string): Promise<void> {
  for (const login of kept(core)) {
    if (login.server === server) await forgetLogin(core, server, login.user, 'other-server');
  }
}
