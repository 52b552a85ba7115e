/** The way from the server to a phone (docs/cht.md §8, docs/cht-exchanges.md §1). */
import { needPermission } from './access.ts';
import type { ColdStorage } from './cold-storage.ts';
import type { Answer, AskedBy } from './http.ts';
import { apiError, couchError, isObject, jsonBody, notFound, serverError } from './http.ts';
import { sequence, visibleWinners } from './reading.ts';
import type { StoredDoc } from './pouch.ts';
import { leavesOf } from './revision-tree.ts';
import type { Store } from './store.ts';
import { isAdmin, isOnline } from './users.ts';

const WARN_LIMIT = 10_000;

/** Online users are passed on to CouchDB, which has no database `api`. */
function needRestricted(asked: AskedBy): void {
  if (isOnline(asked.account)) throw notFound('Database does not exist.');
}

/** What the phone of a restricted user should hold. */
async function unpurged(store: Store, cold: ColdStorage, asked: AskedBy): Promise<StoredDoc[]> {
  const docs = await visibleWinners(store, asked);
  return docs.filter(({ _id }) => !cold.isPurged(_id, asked.account.roles));
}

/** GET /api/v1/replication/get-ids: ids and winning revisions of all that a restricted user should hold. */
export async function getIds(store: Store, cold: ColdStorage, asked: AskedBy): Promise<Answer> {
  needRestricted(asked);
  const docs = await unpurged(store, cold, asked);
  const warnDocs = docs.filter((doc) => doc.type !== 'task').length;
  const { update_seq } = await store.database().info();
  return {
    status: 200,
    body: {
      doc_ids_revs: docs.map((doc) => ({ id: doc._id, rev: doc._rev })),
      warn_docs: warnDocs,
      last_seq: sequence(update_seq),
      warn: warnDocs >= WARN_LIMIT,
      limit: WARN_LIMIT,
    },
  };
}

/**
 * POST /api/v1/replication/get-deletes: which of the ids a phone holds are deleted on the server, purged for the
 * roles of this user, or archived. Nothing is said about which of the three.
 */
export async function getDeletes(store: Store, cold: ColdStorage, asked: AskedBy): Promise<Answer> {
  needRestricted(asked);
  const body = jsonBody(asked);
  if (!isObject(body) || !Array.isArray(body.doc_ids)) throw serverError();
  const given: unknown[] = body.doc_ids;
  const ids = given.filter((id) => typeof id === 'string');
  const deleted: string[] = [];
  for (const id of ids) if (leavesOf(await store.tree(id))[0]?.deleted) deleted.push(id);
  const purged = ids.filter((id) => cold.isPurged(id, asked.account.roles));
  const archived = ids.filter((id) => cold.isArchived(id));
  return { status: 200, body: { doc_ids: [...deleted, ...purged, ...archived] } };
}

/** POST /medic-archive/_all_docs: what was archived, for database admins. */
export function archivedDocs(cold: ColdStorage, asked: AskedBy): Answer {
  if (!isAdmin(asked.account)) throw couchError(403, 'forbidden', 'You are not allowed to access this db.');
  const body = jsonBody(asked);
  const keys: unknown[] = isObject(body) && Array.isArray(body.keys) ? body.keys : [];
  const rows = keys.map((key) => {
    const copy = typeof key === 'string' ? cold.archived(key) : undefined;
    return copy === undefined ? { key, error: 'not_found' } : { id: key, key, value: copy };
  });
  return { status: 200, body: { total_rows: rows.length, offset: 0, rows } };
}

/**
 * GET /api/v1/users-info: how many documents the phone of a restricted user would hold. An online user says of which
 * role and place.
 */
export async function usersInfo(store: Store, cold: ColdStorage, asked: AskedBy): Promise<Answer> {
  let account = asked.account;
  if (isOnline(account)) {
    await needPermission(store, account, 'can_update_users');
    const [role, facility] = [asked.query.get('role'), asked.query.get('facility_id')];
    if (!role || !facility) throw apiError(400, 'Missing required query params: role and/or facility_id');
    account = { ...account, name: 'nobody', roles: [role], facilities: [facility], contact: '' };
  }
  const docs = await unpurged(store, cold, { ...asked, account });
  const warnDocs = docs.filter((doc) => doc.type !== 'task').length;
  return {
    status: 200,
    body: { total_docs: docs.length, warn_docs: warnDocs, warn: warnDocs >= WARN_LIMIT, limit: WARN_LIMIT },
  };
}
