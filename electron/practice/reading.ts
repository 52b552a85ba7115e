/** What gives several documents at once (docs/cht.md §2.1, docs/cht-exchanges.md §5). */
import { currentScope, defaultIds, sightOf } from './access.ts';
import { checkedRev } from './doc-checks.ts';
import type { Answer, AskedBy } from './http.ts';
import { Refusal, couchError, isObject, jsonBody, jsonParameter } from './http.ts';
import type { StoredDoc } from './pouch.ts';
import { ancestorsOf, leavesOf, missingRevisions } from './revision-tree.ts';
import type { Store } from './store.ts';
import { isOnline } from './users.ts';
import { isContact, isVisible, lineage } from './visibility.ts';

/** How CouchDB says that it did not think of this. */
function functionClause(): Refusal {
  const body = { error: 'unknown_error', reason: 'function_clause', ref: 1_234_567_890 };
  return new Refusal({ status: 500, body });
}

/** POST /medic/_revs_diff: for anybody who is signed in, about any document, unfiltered. */
export async function revsDiff(store: Store, asked: AskedBy): Promise<Answer> {
  const body = jsonBody(asked);
  if (!isObject(body)) throw couchError(400, 'bad_request', 'Request body must be a JSON object');
  await store.current();
  const answer: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const toRead: [string, string[]][] = [];
  for (const [id, given] of Object.entries(body)) {
    if (!Array.isArray(given)) throw functionClause();
    const revs = given.map(checkedRev);
    if (store.isKnown(id)) toRead.push([id, revs]);
    else if (revs.length > 0) answer[id] = { missing: revs };
  }
  await Promise.all(
    toRead.map(async ([id, revs]) => {
      const missing = missingRevisions(await store.tree(id), revs);
      if (missing) answer[id] = missing;
    }),
  );
  return { status: 200, body: answer };
}

/** POST /medic/_missing_revs: as `_revs_diff`, in its older shape. */
export async function missingRevs(store: Store, asked: AskedBy): Promise<Answer> {
  const { body } = await revsDiff(store, asked);
  const rows = Object.entries(body as Record<string, { missing: string[] }>);
  return {
    status: 200,
    body: { missing_revs: Object.fromEntries(rows.map(([id, row]) => [id, row.missing])) },
  };
}

/** One revision for `_bulk_get`, without a revision all leaves; with `latest` the leaves that came of it. */
async function wanted(store: Store, asked: AskedBy, id: string, rev: string | undefined): Promise<unknown[]> {
  const options = {
    revs: asked.query.get('revs') === 'true',
    attachments: asked.query.get('attachments') === 'true',
  };
  // Restricted users' `latest` is ignored (docs/cht.md §2).
  const latest = asked.query.get('latest') === 'true' && isOnline(asked.account);
  const tree = await store.tree(id);
  const leaves = leavesOf(tree).map((leaf) => leaf.rev);
  const descends = (leaf: string) => leaf === rev || ancestorsOf(tree, leaf).includes(rev ?? '');
  const revs = rev === undefined ? leaves : latest ? leaves.filter(descends) : [rev];
  const found: unknown[] = [];
  for (const one of revs) {
    const ok = await store.read(id, { ...options, rev: one });
    found.push(ok ? { ok } : { error: { id, rev: one, error: 'not_found', reason: 'missing' } });
  }
  if (revs.length > 0) return found;
  return [{ error: { id, rev: 'undefined', error: 'not_found', reason: 'missing' } }];
}

/** POST /medic/_bulk_get: restricted users get what they may see; the rest is absent. */
export async function bulkGet(store: Store, asked: AskedBy): Promise<Answer> {
  const body = jsonBody(asked);
  if (!isObject(body) || !Array.isArray(body.docs)) {
    throw couchError(400, 'bad_request', 'Missing JSON list of `docs`.');
  }
  const filtered = !isOnline(asked.account);
  const sees = await sightOf(store, asked.account);
  const results = [];
  for (const row of body.docs as unknown[]) {
    const { id, rev } = isObject(row) ? row : {};
    if (typeof id !== 'string') throw couchError(400, 'bad_request', 'Document id missed');
    const docs = await wanted(store, asked, id, rev === undefined ? undefined : checkedRev(rev));
    const shown = filtered
      ? docs.filter((doc) => isObject(doc) && doc.ok && sees(doc.ok as StoredDoc))
      : docs;
    if (shown.length > 0) results.push({ id, docs: shown });
  }
  return { status: 200, body: { results } };
}

/** GET and POST /medic/_all_docs: restricted users only ever list the default documents. */
export async function allDocs(store: Store, asked: AskedBy): Promise<Answer> {
  const body = asked.method === 'POST' ? jsonBody(asked) : {};
  const flag = (name: string) => asked.query.get(name) === 'true' || (isObject(body) && body[name] === true);
  const options: Record<string, unknown> = {
    include_docs: flag('include_docs'),
    conflicts: flag('conflicts'),
    attachments: flag('attachments'),
  };
  if (!isOnline(asked.account)) {
    return listed(store, { ...options, keys: defaultIds(asked.account) });
  }
  options.descending = flag('descending');
  const value = (name: string) =>
    jsonParameter(asked.query, name) ?? (isObject(body) ? body[name] : undefined);
  const names = { start_key: 'startkey', end_key: 'endkey' } as const;
  for (const name of [
    'key',
    'keys',
    'startkey',
    'endkey',
    'start_key',
    'end_key',
    'limit',
    'skip',
  ] as const) {
    const given = value(name);
    if (given !== undefined) options[name in names ? names[name as keyof typeof names] : name] = given;
  }
  if (asked.query.get('inclusive_end') === 'false') options.inclusive_end = false;
  return listed(store, options);
}

/** Rows as CouchDB writes them: no offset where ids are asked for, no `doc` where none is wanted. */
async function listed(store: Store, options: Record<string, unknown>): Promise<Answer> {
  const { total_rows, offset, rows } = await store.database().allDocs(options);
  const shown = rows.map(({ doc, ...row }) => {
    if (options.include_docs !== true) return row;
    return { ...row, ...(doc === undefined ? {} : { doc: doc === null ? null : store.shown(doc) }) };
  });
  return {
    status: 200,
    body: { total_rows, offset: options.keys === undefined ? offset : null, rows: shown },
  };
}

/** The view `medic/contacts_by_depth`: contacts by a place above them, alone or with the levels between. */
export async function contactsByDepth(store: Store, asked: AskedBy): Promise<Answer> {
  const body = asked.method === 'POST' ? jsonBody(asked) : {};
  const keys = isObject(body) && Array.isArray(body.keys) ? (body.keys as unknown[]) : null;
  const asking = keys === null ? null : new Set(keys.map((key) => JSON.stringify(key)));
  const contacts = [...(await store.current()).values()].filter(isContact);
  const rows = contacts.flatMap((doc) =>
    lineage(doc).flatMap(({ id, depth }) =>
      [[id], [id, depth]]
        .filter((key) => asking?.has(JSON.stringify(key)) ?? true)
        .map((key) => ({
          id: doc._id,
          key,
          value: doc.patient_id ?? doc.place_id ?? null,
          ...(asked.query.get('include_docs') === 'true' ? { doc: store.shown(doc) } : {}),
        })),
    ),
  );
  return { status: 200, body: { total_rows: rows.length, offset: 0, rows } };
}

const LONGPOLL_STEP = 50;

/** CouchDB's sequences are text that only it understands. */
export function sequence(seq: number): string {
  return `${seq}-practice`;
}

/**
 * GET and POST /medic/_changes, feeds `normal` and `longpoll`.
 * @param feeds `ofPhones`: restricted users get their share of it, as they did before CHT 4.3
 */
export async function changes(
  store: Store,
  asked: AskedBy,
  { open, ofPhones }: { readonly open: () => boolean; readonly ofPhones: boolean },
): Promise<Answer> {
  const body = asked.method === 'POST' ? jsonBody(asked) : {};
  const { query } = asked;
  const feed = query.get('feed') ?? 'normal';
  if (feed !== 'normal' && feed !== 'longpoll') {
    throw couchError(400, 'bad_request', `The practice server has no feed ${feed}`);
  }
  const filtered = !isOnline(asked.account);
  const ids = isObject(body) && Array.isArray(body.doc_ids) ? body.doc_ids : jsonParameter(query, 'doc_ids');
  const since = query.get('since') ?? '0';
  const from = since === 'now' ? (await store.database().info()).update_seq : Number.parseInt(since, 10) || 0;
  const limit = query.get('limit');
  const share = filtered && ofPhones ? (await visibleWinners(store, asked)).map(({ _id }) => _id) : [];
  const options = {
    since: from,
    style: query.get('style') ?? 'main_only',
    include_docs: query.get('include_docs') === 'true',
    conflicts: query.get('conflicts') === 'true',
    attachments: query.get('attachments') === 'true',
    descending: query.get('descending') === 'true',
    ...(limit === null ? {} : { limit: Math.max(1, Number(limit)) }),
    ...(filtered
      ? { doc_ids: [...new Set([...defaultIds(asked.account), ...share])] }
      : Array.isArray(ids)
        ? { doc_ids: ids }
        : {}),
  };
  const until = Date.now() + Math.min(Number(query.get('timeout') ?? 60_000), 60_000);
  for (;;) {
    const { results, last_seq } = await store.database().changes(options);
    if (feed === 'normal' || results.length > 0 || Date.now() >= until || !open()) {
      const rest = limit === null ? [] : (await store.database().changes({ since: last_seq })).results;
      const rows = results.map(({ doc, ...row }) => ({
        ...row,
        ...(doc ? { doc: store.shown(doc) } : {}),
        seq: sequence(row.seq),
      }));
      const pending = filtered ? {} : { pending: rest.length };
      return { status: 200, body: { results: rows, last_seq: sequence(last_seq), ...pending } };
    }
    await new Promise((resolve) => setTimeout(resolve, LONGPOLL_STEP));
  }
}

/** Ids and winning revisions of everything the account sees, itself included. */
export async function visibleWinners(store: Store, asked: AskedBy): Promise<StoredDoc[]> {
  const current = await store.current();
  const scope = await currentScope(store, asked.account);
  return [...current.values()].filter((doc) => isVisible(scope, doc));
}
