/** Signing in to the server that this station serves. */
import { UPLOAD_PACE } from '../../shared/upload-pace.ts';
import { ChtClient } from '../upload/client.ts';
import { changePassword, type ServerOptions } from '../upload/session.ts';
import type { Core } from './core.ts';
import { serverUrl } from './server.ts';

function serverOptions(core: Core, signal?: AbortSignal): ServerOptions {
  const { pace, random } = core.options;
  return {
    url: serverUrl(core),
    fetch: core.fetch,
    signal,
    pace: { ...UPLOAD_PACE, ...pace },
    random,
    brake: core.brake,
  };
}

/** The password is held for this session only. @throws StationError what `Session.open` throws, `no-server` */
export function signIn(core: Core, signal: AbortSignal, user: string, password: string): Promise<ChtClient> {
  return ChtClient.signIn(user, password, serverOptions(core, signal));
}

/** @throws StationError `wrong-password`, `password-not-taken`, `no-server`, … */
export function choosePassword(
  core: Core,
  change: { readonly user: string; readonly password: string; readonly newPassword: string },
): Promise<void> {
  return changePassword(change, serverOptions(core));
}
