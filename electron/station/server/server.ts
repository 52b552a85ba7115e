/** Which server this station serves. One replica, one server: it cannot change once records were compared or sent. */
import type { ServerInfo } from '../../../shared/contract.ts';
import { isErrorCode, StationError } from '../../../shared/errors.ts';
import { isAddress } from '../../intake/server-address.ts';
import { audit } from '../../ledger/audit.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { ChtClient } from '../../upload/client.ts';
import { findServer } from '../../upload/find-server.ts';
import type { Core } from '../core.ts';
import { forgetLoginsOf } from './kept-logins.ts';
import { otherNames, sortDumps } from './set-aside.ts';

/** @throws StationError `no-server` */
export function serverUrl(core: Pick<Core, 'db'>): string {
  const url = setting(core.db, 'server.url');
  if (url === null) throw new StationError('no-server');
  return url;
}

export function serverInfo(core: Core): ServerInfo {
  const checkedAt = setting(core.db, 'server.checkedAt');
  const said = setting(core.db, 'server.checkError');
  const error = said === null ? null : isErrorCode(said) ? said : 'offline';
  return {
    url: setting(core.db, 'server.url'),
    otherNames: otherNames(core),
    version: setting(core.db, 'server.version'),
    reachable: checkedAt === null ? null : error === null,
    error,
    checkedAt,
    comparedAt: setting(core.db, 'server.comparedAt'),
  };
}

/** The only place that is reached without encryption. */
export function isThisComputer({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/**
 * The origin of what was typed: `cht.example.org`, `https://cht.example.org/` and an address copied out of
 * the browser (`…/#/reports`) are the same server. Without encryption only this computer itself.
 * @throws StationError `bad-url`, `insecure-url`
 */
export function originOf(typed: string): string {
  const trimmed = typed.trim();
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  } catch (error) {
    throw new StationError('bad-url', undefined, error);
  }
  if (url.username !== '' || url.password !== '' || url.hostname === '') throw new StationError('bad-url');
  if (url.protocol === 'https:') return url.origin;
  if (url.protocol !== 'http:') throw new StationError('bad-url');
  if (!isThisComputer(url)) throw new StationError('insecure-url');
  return url.origin;
}

/**
 * Sets the server, whatever dumps say: those that name another one are set aside, and those that were set aside and
 * name this one come back.
 * @throws StationError `server-fixed`, `busy`, `bad-url`, `insecure-url`
 */
export async function setServer(core: Core, typed: string): Promise<ServerInfo> {
  const origin = originOf(typed);
  const before = setting(core.db, 'server.url');
  if (before !== null && before !== origin && setting(core.db, 'server.used') !== null) {
    throw new StationError('server-fixed');
  }
  if (before !== origin) refuseWhileAsking(core);
  if (before !== null && before !== origin) await forgetLoginsOf(core, before);
  core.db.transaction(() => {
    const by = { person: core.person, at: core.now() };
    if (before !== origin)
      forgetSettings(core.db, [
        'server.version',
        'server.checkedAt',
        'server.checkError',
        'server.names',
        'people.askedAt',
        'people.askedFor',
      ]);
    setSetting(core.db, 'server.url', origin);
    audit(core.db, by, 'server-set', { detail: { url: origin } });
    sortDumps(core, by);
  });
  core.changed('server', 'batches', 'intake', 'conflicts', 'outbox');
  return checkServer(core);
}

const ASKING = ['compare', 'dry-run', 'upload', 'sync', 'prepare', 'apply', 'confirm'] as const;

/** What is being asked of one server must not be noted for another. @throws StationError `busy` */
function refuseWhileAsking(core: Core): void {
  if (ASKING.some((kind) => core.jobs.isRunning(kind))) throw new StationError('busy');
}

/**
 * Somebody says that an address which dumps name is another one of the same server, or (`same: false`) takes that back.
 * Only needed where phones reach it by another name than this station does.
 * @throws StationError `no-server`, `busy`, `bad-url`: no address
 */
export function nameServer(core: Core, address: string, same: boolean): ServerInfo {
  serverUrl(core);
  if (!isAddress(address)) throw new StationError('bad-url');
  refuseWhileAsking(core);
  core.db.transaction(() => {
    const by = { person: core.person, at: core.now() };
    const others = otherNames(core).filter((name) => name !== address);
    setSetting(core.db, 'server.names', JSON.stringify(same ? [...others, address] : others));
    audit(core.db, by, same ? 'server-named' : 'server-unnamed', { detail: { address } });
    sortDumps(core, by);
  });
  core.changed('server', 'batches', 'intake', 'conflicts', 'outbox');
  return serverInfo(core);
}

/** The version is told to who is signed in, and may be another one each time. Answers it; `null`: unknown. */
export async function recordVersion(core: Core, client: Pick<ChtClient, 'version'>): Promise<string | null> {
  const version = await client.version();
  if (version !== null && version !== setting(core.db, 'server.version')) {
    setSetting(core.db, 'server.version', version);
    core.changed('server');
  }
  return version;
}

/** Looks whether the server is there. A server out of reach is an answer, not a failure. */
export async function checkServer(core: Core): Promise<ServerInfo> {
  const url = serverUrl(core);
  try {
    await findServer({ url, fetch: core.fetch, timers: core.timers });
    core.db.transaction(() => {
      setSetting(core.db, 'server.checkedAt', core.now());
      forgetSettings(core.db, ['server.checkError']);
    });
    return serverInfo(core);
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    core.db.transaction(() => {
      setSetting(core.db, 'server.checkedAt', core.now());
      setSetting(core.db, 'server.checkError', error.code);
    });
    return serverInfo(core);
  } finally {
    core.changed('server');
  }
}
