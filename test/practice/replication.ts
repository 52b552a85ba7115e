/** The way from the server to a phone (cht-facts §8; cht-exchanges: Signing in, last rows). */
import { needPermission } from './access.ts';
import type { Answer, AskedBy } from './http.ts';
import { isObject, jsonBody, notFound } from './http.ts';
import { sequence, visibleWinners } from './reading.ts';
import { leavesOf } from './revision-tree.ts';
import type { Store } from './store.ts';
import { isOnline } from './users.ts';

const WARN_LIMIT = 10_000;

/** Online users are passed on to CouchDB, which has no database `api`. */
function needRestricted(asked: AskedBy): void {
  if (isOnline(asked.account)) throw notFound('Database does not exist.');
}

/** GET /api/v1/replication/get-ids: ids and winning revisions of all that a restricted user sees. */
export async function getIds(store: Store, asked: AskedBy): Promise<Answer> {
  needRestricted(asked);
  const docs = await visibleWinners(store, asked);
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

/** POST /api/v1/replication/get-deletes: which of the ids a phone holds are deleted on the server. */
export async function getDeletes(store: Store, asked: AskedBy): Promise<Answer> {
  needRestricted(asked);
  const body = jsonBody(asked);
  const ids: unknown[] = isObject(body) && Array.isArray(body.doc_ids) ? body.doc_ids : [];
  const deleted = [];
  for (const id of ids) {
    if (typeof id === 'string' && leavesOf(await store.tree(id))[0]?.deleted) deleted.push(id);
  }
  return { status: 200, body: { doc_ids: deleted } };
}

/** GET /api/v1/users-info: how many documents the phone of a restricted user would hold. */
export async function usersInfo(store: Store, asked: AskedBy): Promise<Answer> {
  if (isOnline(asked.account)) await needPermission(store, asked.account, 'can_update_users');
  const docs = await visibleWinners(store, asked);
  const warnDocs = docs.filter((doc) => doc.type !== 'task').length;
  return {
    status: 200,
    body: { total_docs: docs.length, warn_docs: warnDocs, warn: warnDocs >= WARN_LIMIT, limit: WARN_LIMIT },
  };
}
