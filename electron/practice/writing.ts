/**
 * POST /medic/_bulk_docs (docs/cht.md §2, docs/cht-exchanges.md §2 and §3).
 *
 * A request passes four gates, in this order: the api's filter for restricted users, CouchDB's reading of
 * each document, the attachments of which only the name is sent, and the database's own rules. The first and
 * the last refuse single documents; the other two refuse the whole request.
 */
import { randomUUID } from 'node:crypto';
import { currentScope, needPermission } from './access.ts';
import { checkedDoc, withHistory } from './doc-checks.ts';
import type { Answer, AskedBy } from './http.ts';
import { couchError, isObject, jsonBody, serverError } from './http.ts';
import type { Doc, StoredDoc, WriteAnswer } from './pouch.ts';
import { whyRefused } from './refusals.ts';
import { hasRevision } from './revision-tree.ts';
import type { Store } from './store.ts';
import { asStub } from './store.ts';
import type { Account } from './users.ts';
import { isOnline } from './users.ts';
import { isVisible, visibleTogether } from './visibility.ts';

interface Refused {
  readonly id: string;
  readonly rev?: string;
  readonly error: string;
  readonly reason?: string;
}

/** A document as it came, unchecked. */
type Given = Record<string, unknown>;

function requestedDocs(body: unknown): readonly unknown[] {
  if (!isObject(body) || body.docs === undefined) {
    throw couchError(400, 'bad_request', 'POST body must include `docs` parameter.');
  }
  if (!Array.isArray(body.docs)) {
    throw couchError(400, 'bad_request', '`docs` parameter must be an array.');
  }
  return body.docs as unknown[];
}

/**
 * What is no document at all among the documents. The api takes a string or a list for one that nobody may see, and
 * stumbles over `null`; for those it does not filter, CouchDB answers.
 */
function needDocs(account: Account, docs: readonly unknown[]): asserts docs is readonly Given[] {
  if (docs.every(isObject)) return;
  if (!isOnline(account)) {
    if (docs.includes(null)) throw serverError();
    return;
  }
  throw couchError(400, 'bad_request', 'Document must be a JSON object');
}

/**
 * The positions of the documents a restricted user may write: seen afterwards, and, where a version is
 * stored, seen before.
 */
export async function writable(store: Store, account: Account, docs: readonly Doc[]): Promise<Set<number>> {
  if (isOnline(account)) return new Set(docs.keys());
  const scope = await currentScope(store, account);
  const together = visibleTogether(scope, docs);
  const current = await store.current();
  return new Set(
    together.filter((position) => {
      const stored = current.get(docs[position]?._id ?? '');
      return !stored || isVisible(scope, stored);
    }),
  );
}

/**
 * The document with every attachment stub replaced by what is stored. `undefined` where one has no match:
 * it is missing, or stands at another `revpos` (CouchDB `couch_att:merge_stubs`).
 */
export async function withStoredAttachments(
  doc: Doc,
  base: () => Promise<StoredDoc | undefined>,
): Promise<Doc | undefined> {
  const stubs = Object.entries(doc._attachments ?? {}).filter(([, attachment]) => attachment.stub);
  if (stubs.length === 0) return doc;
  const stored = (await base())?._attachments ?? {};
  const attachments = { ...doc._attachments };
  for (const [name, stub] of stubs) {
    const match = stored[name];
    if (!match || (stub.revpos !== undefined && stub.revpos !== match.revpos)) return undefined;
    attachments[name] = asStub(match);
  }
  return { ...doc, _attachments: attachments };
}

/**
 * A CouchDB keeps documents in shards by id, and a bad stub only stops its own: the rest of the batch is
 * stored though the answer is 412 (docs/cht-exchanges.md §3).
 */
function shardOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % 8;
}

export function missingStub(doc: Doc): ReturnType<typeof couchError> {
  const name = Object.keys(doc._attachments ?? {}).find((key) => doc._attachments?.[key]?.stub);
  return couchError(412, 'missing_stub', `Invalid attachment stub in ${doc._id} for ${name}`);
}

/** One document ready to be stored, or why the database refuses it. */
export async function judged(
  account: Account,
  doc: Doc,
  base: () => Promise<StoredDoc | undefined>,
): Promise<Refused | undefined> {
  const stored = doc.type === 'user-settings' ? await base() : undefined;
  const reason = whyRefused(doc, stored, account);
  if (reason === undefined) return undefined;
  return { id: doc._id, ...(doc._rev === undefined ? {} : { rev: doc._rev }), error: 'forbidden', reason };
}

function asCouchAnswer(answer: WriteAnswer): unknown {
  if (answer.ok) return { ok: true, id: answer.id, rev: answer.rev };
  const conflict = answer.status === 409;
  return {
    id: answer.id,
    error: conflict ? 'conflict' : (answer.name ?? 'unknown_error'),
    reason: conflict ? 'Document update conflict.' : (answer.message ?? ''),
  };
}

/** CouchDB cannot read half a character, as in an emoji that was cut in two, wherever in a document it stands. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, field]) => name.isWellFormed() && isWellFormed(field));
}

/** Answers POST /medic/_bulk_docs. */
export async function bulkDocs(store: Store, asked: AskedBy): Promise<Answer> {
  const { account } = asked;
  const body = jsonBody(asked);
  const given = requestedDocs(body);
  const newEdits = !(isObject(body) && body.new_edits === false);
  await needPermission(store, account, 'can_edit');
  needDocs(account, given);
  for (const { _id: id, _rev: rev } of given as readonly unknown[] as Doc[])
    if (typeof rev === 'string') store.offered.push({ user: account.name, id, rev });

  const allowed = await writable(store, account, given as readonly unknown[] as Doc[]);
  // Only what the api lets through reaches CouchDB.
  if (!given.every((doc, position) => !allowed.has(position) || isWellFormed(doc))) throw serverError();
  const docs = given
    .filter((_, position) => allowed.has(position))
    .map((doc) => {
      const checked = checkedDoc(doc);
      if (checked._id === '') checked._id = randomUUID().replaceAll('-', '');
      if (newEdits) {
        delete checked._revisions;
        return checked;
      }
      return withHistory(checked);
    });

  await store.current();
  const prepared = await Promise.all(docs.map((doc) => prepare(store, account, doc, newEdits)));
  const stuck = new Set(prepared.filter(({ ready }) => !ready).map(({ doc }) => shardOf(doc._id)));
  const ready = prepared
    .filter(({ doc, refused }) => !refused && !stuck.has(shardOf(doc._id)))
    .map(({ doc, ready: complete }) => complete ?? doc);
  const written = await store.write(ready, account.name, { newEdits });
  const bad = prepared.find((entry) => !entry.ready);
  if (bad) throw missingStub(bad.doc);

  // For interactive writes one answer a document, in order; for replicated ones the failures only.
  const answers = prepared.map(({ refused }) => refused as unknown);
  let next = 0;
  prepared.forEach((entry, position) => {
    if (entry.refused || !newEdits) return;
    answers[position] = asCouchAnswer(written[next++] ?? {});
  });
  const results = newEdits ? answers : [...answers.filter(Boolean), ...written.map(asCouchAnswer)];
  return { status: 201, body: withStubs(given, allowed, results) };
}

async function prepare(store: Store, account: Account, doc: Doc, newEdits: boolean) {
  let base: Promise<StoredDoc | undefined> | undefined;
  const load = () => (base ??= newEdits ? currentBase(store, doc) : store.nearestAncestor(doc as StoredDoc));
  // A revision that is there already counts as stored, whatever else the document says.
  const isThere = !newEdits && store.isKnown(doc._id) && hasRevision(await store.tree(doc._id), doc._rev);
  if (isThere) return { doc, ready: doc, refused: undefined };
  const ready = await withStoredAttachments(doc, load);
  return { doc, ready, refused: await judged(account, doc, load) };
}

function currentBase(store: Store, doc: Doc): Promise<StoredDoc | undefined> {
  return doc._rev === undefined ? Promise.resolve(undefined) : store.read(doc._id, { rev: doc._rev });
}

/**
 * CouchDB's answers with the refused documents put between, by the api's own reckoning: it takes the n-th
 * answer for the n-th allowed document though replicated writes only answer failures, so their order is not
 * the request's (docs/cht.md §2.2). Read answers by id.
 */
function withStubs(given: readonly Given[], allowed: Set<number>, results: unknown[]): unknown[] {
  let nth = 0;
  return given
    .map((doc, position) => (allowed.has(position) ? results[nth++] : { id: doc._id, error: 'forbidden' }))
    .filter((answer) => answer !== undefined);
}
