/** Which server this station serves. One replica, one server: it cannot change once records were compared or sent. */
import type { ServerInfo } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { isAddress, isOtherServer } from '../../intake/server-address.ts';
import { audit } from '../../ledger/audit.ts';
import { serversNamed } from '../../ledger/dumps.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import { type ChtClient, findServer } from '../../upload/client.ts';
import type { Core } from '../core.ts';
import { forgetLoginsOf } from './kept-logins.ts';

/** @throws StationError `no-server` */
export function serverUrl(core: Pick<Core, 'db'>): string {
  const url = setting(core.db, 'server.url');
  if (url === null) throw new StationError('no-server');
  return url;
}

/** The server whose records are here: the one that is set, else the first that a taken dump named; `null`: not known yet. */
export function serverOfRecords({ db }: Pick<Core, 'db'>): string | null {
  return setting(db, 'server.url') ?? serversNamed(db).find(isAddress) ?? null;
}

export function serverInfo(core: Core, checked?: { error: ErrorCode | null }): ServerInfo {
  return {
    url: setting(core.db, 'server.url'),
    version: setting(core.db, 'server.version'),
    reachable: checked === undefined ? null : checked.error === null,
    error: checked?.error ?? null,
    checkedAt: setting(core.db, 'server.checkedAt'),
    comparedAt: setting(core.db, 'server.comparedAt'),
  };
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
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) throw new StationError('insecure-url');
  return url.origin;
}

/**
 * `isTheSame`: somebody says that it is the server which the dumps name, under another name.
 * @throws StationError `server-fixed`, `server-not-of-dumps` (detail: the server they name), `busy`, `bad-url`, `insecure-url`
 */
export async function setServer(core: Core, typed: string, isTheSame = false): Promise<ServerInfo> {
  const origin = originOf(typed);
  const before = setting(core.db, 'server.url');
  if (before !== null && before !== origin && setting(core.db, 'server.used') !== null) {
    throw new StationError('server-fixed');
  }
  const named = isTheSame || before === origin ? [] : serversNamed(core.db);
  const other = named.find((server) => isOtherServer(server, origin));
  if (other !== undefined) throw new StationError('server-not-of-dumps', other.slice(0, 200));
  // What is being asked of one server must not be recorded for another.
  const asking = (['compare', 'dry-run', 'upload'] as const).some((kind) => core.jobs.isRunning(kind));
  if (before !== origin && asking) throw new StationError('busy');
  if (before !== null && before !== origin) await forgetLoginsOf(core, before);
  core.db.transaction(() => {
    if (before !== origin) forgetSettings(core.db, ['server.version', 'server.checkedAt']);
    setSetting(core.db, 'server.url', origin);
    audit(core.db, { person: core.person, at: core.now() }, 'server-set', {
      detail: { url: origin, ...(isTheSame ? { saidToBe: serversNamed(core.db) } : {}) },
    });
  });
  core.changed('server');
  return checkServer(core);
}

/** The version is told to who is signed in, and may be another one each time. Answers it; `null`: unknown. */
export async function recordVersion(core: Core, client: ChtClient): Promise<string | null> {
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
    setSetting(core.db, 'server.checkedAt', core.now());
    return serverInfo(core, { error: null });
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    return serverInfo(core, { error: error.code });
  } finally {
    core.changed('server');
  }
}
