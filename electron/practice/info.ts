/** What the server tells about itself and its people (docs/cht.md §1.5 and §1.6). */
import { createHash } from 'node:crypto';
import { hasPermission } from './access.ts';
import type { Answer, AskedBy } from './http.ts';
import { apiError, isObject, notFound } from './http.ts';
import type { Store } from './store.ts';
import type { Account, Accounts } from './users.ts';
import { SENTINEL, isOnline, settingsId } from './users.ts';

/** What the api says of itself, in every release: its own version, which is not that of CHT. */
const API_VERSION = '0.1.0';

/** GET /api/info, open to everybody. */
export function apiInfo(): Answer {
  return { status: 200, body: { version: API_VERSION } };
}

/** GET /setup/poll, open to everybody. */
export function setupPoll(): Answer {
  return {
    status: 200,
    body: {
      version: API_VERSION,
      handler: 'medic-api',
      ready: true,
      detail: 'All required services are running normally',
    },
  };
}

/** GET /api/deploy-info, for anybody who is signed in: the version of CHT. */
export async function deployInfo(store: Store, version: string): Promise<Answer> {
  const ddoc = await store.read('_design/medic-client');
  const build = isObject(ddoc?.build_info) ? ddoc.build_info : {};
  const deployed = {
    timestamp: Date.parse(String(build.time)),
    user: 'medic',
    upgrade_log_id: `upgrade_log:${Date.parse(String(build.time))}:practice`,
  };
  return { status: 200, body: { ...build, ...deployed, version } };
}

/** GET /medic: the database, for online users only. */
export async function databaseInfo(store: Store): Promise<Answer> {
  const { doc_count, update_seq } = await store.database().info();
  const { results } = await store.database().changes();
  const deleted = results.filter((row) => row.deleted).length;
  return {
    status: 200,
    body: {
      db_name: 'medic',
      doc_count,
      doc_del_count: deleted,
      update_seq: `${update_seq}-practice`,
      purge_seq: '0-practice',
      sizes: { file: 0, external: 0, active: 0 },
      props: {},
      instance_start_time: '0',
      disk_format_version: 8,
      compact_running: false,
      cluster: { q: 8, n: 1, w: 1, r: 1 },
    },
  };
}

async function described(store: Store, account: Account): Promise<Record<string, unknown>> {
  const id = settingsId(account.name);
  const settings = await store.read(id);
  const places = [];
  for (const facility of account.facilities) {
    const place = await store.read(facility);
    if (place) places.push(place);
  }
  const contact = account.contact === '' ? undefined : await store.read(account.contact);
  return {
    id,
    ...(settings ? { rev: settings._rev } : {}),
    username: account.name,
    ...(account.fullname === '' ? {} : { fullname: account.fullname }),
    place: places.length > 0 ? places : null,
    roles: account.roles,
    ...(contact ? { contact } : {}),
    ...(settings?.known === undefined ? {} : { known: settings.known }),
    ...(account.oidcUsername === undefined ? {} : { oidc_username: account.oidcUsername }),
  };
}

/** GET /api/v2/users/NAME: oneself, or anybody for who may view users. */
export async function userV2(
  store: Store,
  accounts: Accounts,
  asked: AskedBy,
  name: string,
): Promise<Answer> {
  const self = asked.account.name === name;
  const may =
    self || (isOnline(asked.account) && (await hasPermission(store, asked.account, 'can_view_users')));
  if (!may) throw apiError(403, 'Insufficient privileges');
  const account = accounts.get(name);
  if (!account) throw notFound();
  return { status: 200, body: await described(store, account) };
}

/** GET /api/v1/users: everybody, for who may view users. */
export async function usersV1(store: Store, accounts: Accounts, asked: AskedBy): Promise<Answer> {
  const may = isOnline(asked.account) && (await hasPermission(store, asked.account, 'can_view_users'));
  if (!may) throw apiError(403, 'Insufficient privileges');
  const list = [];
  for (const account of accounts.all()) list.push(await described(store, account));
  return { status: 200, body: list };
}

/** GET /medic-audit/ID: who wrote which revision. */
export function auditDoc(store: Store, id: string): Answer {
  const entries = store.audit.filter((entry) => entry.id === id);
  if (entries.length === 0) throw notFound();
  const history = entries.map(({ at, user, rev }) => ({
    rev,
    request_id: createHash('md5').update(`${at} ${rev}`).digest('hex').slice(0, 12),
    user,
    date: at,
    service: user === SENTINEL ? 'sentinel' : 'api',
  }));
  const rev = `${entries.length}-${createHash('md5').update(JSON.stringify(history)).digest('hex')}`;
  return { status: 200, body: { _id: id, _rev: rev, history } };
}
