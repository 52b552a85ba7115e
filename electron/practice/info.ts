/** What the server tells about itself and its people (docs/cht.md §1.5 and §1.6). */
import { hasPermission } from './access.ts';
import type { Answer, AskedBy } from './http.ts';
import { apiError, isObject, notFound } from './http.ts';
import type { Store } from './store.ts';
import type { Account, Accounts } from './users.ts';
import { isOnline, settingsId } from './users.ts';

/** GET /api/info, open to everybody. */
export function apiInfo(version: string): Answer {
  return { status: 200, body: { version } };
}

/** GET /api/deploy-info, for anybody who is signed in. */
export async function deployInfo(store: Store, version: string): Promise<Answer> {
  const ddoc = await store.read('_design/medic-client');
  const build = isObject(ddoc?.build_info) ? ddoc.build_info : {};
  return { status: 200, body: { ...build, version } };
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
      purge_seq: 0,
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
    fullname: account.fullname,
    place: places.length > 0 ? places : null,
    roles: account.roles,
    ...(contact ? { contact } : {}),
    known: settings?.known === true,
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
