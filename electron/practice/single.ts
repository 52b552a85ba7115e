/** One document at a time: /medic/ID, its attachments, and the local documents of /medic/_local. */
import { randomUUID } from 'node:crypto';
import { needPermission, sightOf } from './access.ts';
import { checkedDoc, checkedRev, withHistory } from './doc-checks.ts';
import type { Answer, AskedBy } from './http.ts';
import {
  Refusal,
  apiError,
  couchError,
  insufficient,
  isObject,
  jsonBody,
  jsonParameter,
  notFound,
  serverError,
} from './http.ts';
import type { Doc, StoredDoc } from './pouch.ts';
import { ancestorsOf, leavesOf } from './revision-tree.ts';
import type { Store } from './store.ts';
import { isOnline } from './users.ts';
import { judged, missingStub, withStoredAttachments, writable } from './writing.ts';

const flag = (asked: AskedBy, name: string) => asked.query.get(name) === 'true';

function headerRev(asked: AskedBy): string | undefined {
  const rev = asked.query.get('rev') ?? asked.headers['if-match']?.replaceAll('"', '');
  if (rev === undefined || rev === '') return undefined;
  try {
    return checkedRev(rev);
  } catch (refusal) {
    // What CouchDB answers to the api, which asks it for restricted users, is nothing the api expects.
    throw isOnline(asked.account) ? refusal : serverError();
  }
}

async function openRevs(store: Store, asked: AskedBy, id: string): Promise<Answer> {
  const named = asked.query.get('open_revs') === 'all' ? 'all' : jsonParameter(asked.query, 'open_revs');
  const tree = await store.tree(id);
  const revs = Array.isArray(named) ? named.map(checkedRev) : leavesOf(tree).map((leaf) => leaf.rev);
  const sees = await sightOf(store, asked.account);
  const rows = [];
  for (const rev of revs) {
    const options = { rev, revs: flag(asked, 'revs'), attachments: flag(asked, 'attachments') };
    const ok = await store.read(id, options);
    if (ok && sees(ok)) rows.push({ ok });
    else if (isOnline(asked.account)) rows.push({ missing: rev });
  }
  return { status: 200, body: rows };
}

/** GET /medic/ID with rev, revs, revs_info, conflicts, deleted_conflicts, open_revs, attachments. */
export async function getDoc(store: Store, asked: AskedBy, id: string): Promise<Answer> {
  const restricted = !isOnline(asked.account);
  // Even where GET is answered: the api does not think of it.
  if (restricted && asked.method === 'HEAD') throw insufficient();
  if (asked.query.has('open_revs')) return openRevs(store, asked, id);
  const tree = await store.tree(id);
  const leaves = leavesOf(tree);
  const rev = headerRev(asked) ?? (leaves[0]?.deleted ? undefined : leaves[0]?.rev);
  const doc =
    rev === undefined
      ? undefined
      : await store.read(id, { rev, revs: flag(asked, 'revs'), attachments: flag(asked, 'attachments') });
  if (restricted && !(doc && (await sightOf(store, asked.account))(doc))) throw insufficient();
  if (!doc) throw notFound(leaves[0]?.deleted && !asked.query.has('rev') ? 'deleted' : 'missing');

  const others = leaves.filter((leaf) => leaf.rev !== doc._rev);
  const body: Record<string, unknown> = { ...doc };
  const list = (name: string, revs: string[]) => {
    if (revs.length > 0) body[name] = revs;
  };
  const revsOf = (deleted: boolean) =>
    others.filter((leaf) => leaf.deleted === deleted).map((leaf) => leaf.rev);
  if (flag(asked, 'conflicts') || flag(asked, 'meta')) list('_conflicts', revsOf(false));
  if (flag(asked, 'deleted_conflicts') || flag(asked, 'meta')) list('_deleted_conflicts', revsOf(true));
  if (flag(asked, 'revs_info') || flag(asked, 'meta')) {
    const infos = [];
    for (const one of [doc._rev, ...ancestorsOf(tree, doc._rev)]) {
      infos.push({ rev: one, status: (await store.read(id, { rev: one })) ? 'available' : 'missing' });
    }
    body._revs_info = infos;
  }
  return { status: 200, headers: { etag: `"${doc._rev}"` }, body };
}

/** Sees the account the version that is stored? Throws the 403 otherwise. */
async function needSight(store: Store, asked: AskedBy, doc: Doc | undefined): Promise<void> {
  if (isOnline(asked.account)) return;
  if (!doc || !(await sightOf(store, asked.account))(doc)) throw insufficient();
}

async function storeOne(store: Store, asked: AskedBy, doc: Doc, newEdits: boolean): Promise<Answer> {
  const base = () =>
    newEdits
      ? doc._rev === undefined
        ? Promise.resolve(undefined)
        : store.read(doc._id, { rev: doc._rev })
      : store.nearestAncestor(doc as StoredDoc);
  const refused = await judged(asked.account, doc, base);
  if (refused) throw couchError(403, 'forbidden', refused.reason ?? '');
  const ready = await withStoredAttachments(doc, base);
  if (!ready) throw missingStub(doc);
  const [written] = await store.write([ready], asked.account.name, { newEdits });
  if (written && !written.ok) throw couchError(409, 'conflict', 'Document update conflict.');
  const rev = written?.rev ?? doc._rev;
  return { status: 201, headers: { etag: `"${rev}"` }, body: { ok: true, id: doc._id, rev } };
}

/**
 * PUT /medic/ID and POST /medic, as JSON. The api reads nothing else: what comes in another form (`multipart/related`) is
 * an empty document to it, for whoever sends it (docs/cht-exchanges.md §3).
 */
export async function putDoc(store: Store, asked: AskedBy, id: string | undefined): Promise<Answer> {
  if (asked.tooLarge) throw apiError(413, 'Payload Too Large');
  const body = jsonBody(asked);
  if (!isObject(body)) throw couchError(400, 'bad_request', 'Document must be a JSON object');
  const named = typeof body._id === 'string' && body._id !== '' ? body._id : undefined;
  const given = { ...body, _id: id ?? named ?? randomUUID().replaceAll('-', '') };
  if (id !== undefined && named !== undefined && named !== id) {
    throw couchError(400, 'bad_request', 'Document ID must match the URL');
  }
  if (!(await writable(store, asked.account, [given])).has(0)) throw insufficient();
  await needPermission(store, asked.account, 'can_edit');

  const newEdits = asked.query.get('new_edits') !== 'false';
  const checked = checkedDoc(given);
  const rev = headerRev(asked);
  if (rev !== undefined) checked._rev ??= rev;
  if (newEdits) {
    delete checked._revisions;
    return storeOne(store, asked, checked, true);
  }
  return storeOne(store, asked, withHistory(checked), false);
}

/** DELETE /medic/ID?rev= */
export async function deleteDoc(store: Store, asked: AskedBy, id: string): Promise<Answer> {
  await needSight(store, asked, await store.read(id));
  await needPermission(store, asked.account, 'can_edit');
  const rev = headerRev(asked);
  if ((await store.tree(id)).length === 0) throw notFound();
  const doc: Doc = { _id: id, _deleted: true, ...(rev === undefined ? {} : { _rev: rev }) };
  const { body } = await storeOne(store, asked, doc, true);
  return { status: 200, body };
}

/** GET and PUT /medic/ID/NAME: one attachment as bytes. */
export async function attachment(store: Store, asked: AskedBy, id: string, name: string): Promise<Answer> {
  if (asked.tooLarge) throw apiError(413, 'Payload Too Large');
  const rev = headerRev(asked);
  const stored = await store.read(id, rev === undefined ? {} : { rev });
  // PouchDB tries again with `rev` after this 404 (docs/cht.md §2.1).
  if (!stored && !isOnline(asked.account) && rev === undefined) {
    throw couchError(404, 'bad_request', 'Invalid rev format');
  }
  await needSight(store, asked, stored);
  if (asked.method === 'GET' || asked.method === 'HEAD') {
    const found = stored?._attachments?.[name];
    if (!stored || !found) throw notFound('Document is missing attachment');
    const bytes = await store.database().getAttachment(id, name, { rev: stored._rev });
    const type = found.content_type ?? 'application/octet-stream';
    return { status: 200, headers: { 'content-type': type, etag: `"${found.digest}"` }, body: bytes };
  }
  if (asked.method !== 'PUT' && asked.method !== 'DELETE') throw couchError(405, 'method_not_allowed', '');
  await needPermission(store, asked.account, 'can_edit');
  if (!stored && (await store.tree(id)).length > 0)
    throw couchError(409, 'conflict', 'Document update conflict.');
  if (stored && rev === undefined) throw couchError(409, 'conflict', 'Document update conflict.');
  const doc: Doc = { ...(stored ?? { _id: id }) };
  const attachments = { ...doc._attachments };
  if (asked.method === 'DELETE') delete attachments[name];
  else {
    const type = asked.headers['content-type'] ?? 'application/octet-stream';
    attachments[name] = { content_type: type, data: asked.body };
  }
  doc._attachments = attachments;
  return storeOne(store, asked, doc, true);
}

/** GET, PUT and DELETE /medic/_local/NAME: passed through for anybody who is signed in. */
export async function local(store: Store, asked: AskedBy, id: string): Promise<Answer> {
  const stored = await store.read(id);
  if (asked.method === 'GET') {
    if (!stored) throw notFound();
    return { status: 200, body: stored };
  }
  const body = asked.method === 'DELETE' ? { _deleted: true } : jsonBody(asked);
  if (!isObject(body)) throw couchError(400, 'bad_request', 'Document must be a JSON object');
  const rev = asked.query.get('rev') ?? body._rev;
  const doc: Doc = { ...body, _id: id };
  if (typeof rev === 'string') doc._rev = rev;
  try {
    const written = await store.database().put(doc);
    store.recordLocal(id);
    return { status: asked.method === 'DELETE' ? 200 : 201, body: written };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw couchError(409, 'conflict', 'Document update conflict.');
  }
}
