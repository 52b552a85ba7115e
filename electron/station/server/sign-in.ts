/** Signing in to the server that this station serves, with what was typed or what is kept for the person. */
import { StationError } from '../../../shared/errors.ts';
import { UPLOAD_PACE } from '../../../shared/upload-pace.ts';
import { ChtClient } from '../../upload/client.ts';
import type { Gate } from '../../upload/gate.ts';
import { changePassword, type ServerOptions } from '../../upload/session.ts';
import { recordSignInWay, signInWay } from '../../ledger/sign-in-ways.ts';
import { hasNoPassword, type SignInWay } from '../../../shared/sign-in-ways.ts';
import type { Core } from '../core.ts';
import { forgetLogin, isKept, keepLogin, keptPassword, listLogins, mayKeepLogins } from './kept-logins.ts';
import { serverUrl } from './server.ts';

function serverOptions(core: Core, signal?: AbortSignal, gate?: Gate): ServerOptions {
  const { pace, random, carrier } = core.options;
  return {
    url: serverUrl(core),
    fetch: core.fetch,
    signal,
    pace: { ...UPLOAD_PACE, ...pace },
    random,
    throttle: core.throttle,
    timers: core.timers,
    gate,
    // A script wants an end; a window can wait for the internet and say so.
    waitsForInternet: carrier !== 'terminal',
  };
}

/**
 * Without a password: with the one that is kept. Each is held for this session only. What is kept of somebody who is known
 * to have no password by now is neither sent nor removed: it may be right again, and an administrator can try it anew.
 * @throws StationError what `Session.open` throws, `no-server`, `no-kept-login`, `kept-login-wrong`, `link-login`
 */
export async function signIn(
  core: Core,
  { signal, gate }: { readonly signal: AbortSignal; readonly gate?: Gate },
  user: string,
  typed: string | undefined,
): Promise<ChtClient> {
  const options = serverOptions(core, signal, gate);
  const password = typed ?? (await keptPassword(core, options.url, user));
  if (password === null) throw new StationError('no-kept-login');
  const known = signInWay(core.db, user);
  if (typed === undefined && hasNoPassword(known)) throw withoutPassword(known);
  try {
    return await signInNoting(core, user, password, options);
  } catch (error) {
    if (typed !== undefined || !(error instanceof StationError) || error.code !== 'wrong-password')
      throw error;
    // One failed sign-in is enough: tried again and again it would use up what the server allows everybody here.
    await forgetLogin(core, options.url, user, 'wrong-password');
    throw new StationError('kept-login-wrong', undefined, error);
  }
}

function withoutPassword(way: 'link' | 'sso', cause?: unknown): StationError {
  return new StationError(way === 'sso' ? 'no-password-login' : 'link-login', undefined, cause);
}

/** Signs in, and notes what that shows: who is let in has a password, and who uses single sign-on is told so. */
async function signInNoting(
  core: Core,
  user: string,
  password: string,
  options: ServerOptions,
): Promise<ChtClient> {
  const note = (way: SignInWay): void => {
    if (signInWay(core.db, user) === way) return;
    recordSignInWay(core.db, { user, way, rev: null, how: 'server', at: core.now() });
    core.changed('batches', 'outbox');
  };
  try {
    const client = await ChtClient.signIn(user, password, options);
    note('password');
    return client;
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    if (error.code === 'no-password-login') note('sso');
    // The server only says that it is not the password. To type it again would not help.
    if (error.code === 'wrong-password' && signInWay(core.db, user) === 'link')
      throw withoutPassword('link', error);
    throw error;
  }
}

/** @throws StationError `wrong-password`, `password-not-taken`, `no-server`, … */
export async function choosePassword(
  core: Core,
  change: { readonly user: string; readonly password: string; readonly newPassword: string },
): Promise<void> {
  const server = serverUrl(core);
  await changePassword(change, serverOptions(core));
  if (!isKept(core, server, change.user)) return;
  const account = listLogins(core).some((login) => login.user === change.user && login.account);
  await keepLogin(core, server, { user: change.user, password: change.newPassword, account });
}

/**
 * Whether who signed in is a station account: an account is what the server says it is. An unrestricted login is
 * always one, whatever was chosen; a restricted login never is.
 * @param chosen what the person chose when signing in
 * @throws StationError `account-restricted`
 */
export function isAccount(client: ChtClient, chosen: boolean): boolean {
  const restricted = client.isRestricted;
  if (chosen && restricted) throw new StationError('account-restricted');
  return !restricted;
}

/**
 * Keeps a login once the server has taken it, as what the server says it is.
 * @throws StationError `account-restricted`, `no-keyring`, what `signIn` throws
 */
export async function tryAndKeepLogin(
  core: Core,
  login: { readonly user: string; readonly password: string; readonly account: boolean },
): Promise<void> {
  if ((await mayKeepLogins(core)).kind === 'no') throw new StationError('no-keyring');
  const client = await signInNoting(core, login.user, login.password, serverOptions(core));
  let account = false;
  try {
    account = isAccount(client, login.account);
  } finally {
    await client.signOut();
  }
  await keepLogin(core, serverUrl(core), { ...login, account });
}
