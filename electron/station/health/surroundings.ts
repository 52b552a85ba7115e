/** What the station needs around it, looked at when somebody asks. Nothing is noted. */
import { arch, release, type } from 'node:os';
import { StationError } from '../../../shared/errors.ts';
import type { DeviceLayer } from '../../../shared/sources.ts';
import type { Surroundings } from '../../../shared/surroundings.ts';
import { setting } from '../../ledger/settings.ts';
import { findServer } from '../../upload/find-server.ts';
import type { Core } from '../core.ts';
import { mayKeepLogins } from '../server/kept-logins.ts';

export async function surroundings(core: Core, layer: DeviceLayer['kind']): Promise<Surroundings> {
  const { phoneRule } = core.options;
  const [server, keyring, rule] = await Promise.all([serverFrom(core), mayKeepLogins(core), phoneRule?.()]);
  return {
    system: `${type()} ${release()} ${arch()}`,
    server,
    keyring,
    phoneRule: rule ?? 'not-needed',
    layer,
  };
}

async function serverFrom(core: Core): Promise<Surroundings['server']> {
  const url = setting(core.db, 'server.url');
  if (url === null) return { kind: 'none' };
  try {
    const { toldAt } = await findServer({ url, fetch: core.fetch, timers: core.timers });
    return { kind: 'there', aheadMs: toldAt === null ? null : core.clock() - toldAt };
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    return { kind: 'away', code: error.code };
  }
}
