/**
 * Writes documents of the server into the app's own database, the way its download does: whole revisions with their
 * history, never an edit. What somebody does on the phone meanwhile is looked at before each batch, and stands.
 */
import { appWindow, isOnServer, ownDatabase, type PhoneDatabase, type PhoneDocument } from './database.ts';
import { signedInUser } from './facts.ts';
import type { AppState, ParcelBatch, ParcelWritten, WrittenHow } from './protocol.ts';

/** What else is used of the app's own database: the calls of its own download. */
interface AppDatabase extends PhoneDatabase {
  revsDiff(
    question: Readonly<Record<string, readonly string[]>>,
  ): Promise<Readonly<Record<string, { readonly missing?: readonly string[] }>>>;
  bulkDocs(
    docs: readonly object[],
    options?: object,
  ): Promise<readonly { readonly ok?: boolean; readonly status?: number }[]>;
}

/** What the bootstrapper of CHT asks for before the app starts without a download (`initial-replication.js`). */
const NEEDED = (user: string): readonly string[] => [
  '_design/medic-client',
  'settings',
  `org.couchdb.user:${user}`,
];
const INITIAL = '_local/initial-replication';

/**
 * Routes of forms: of reports (`add`, `edit`), of people and places (`add`, `edit`, `report`), of tasks and of training.
 * Wherever a form stands on the page, it is a form.
 */
const FORM_ROUTES = /\/(?:add|edit|new|report|training-cards)(?:\/|$|\?)|\/tasks\/(?!group(?:\/|$|\?))[^/?]+/;

export function isFormOpen(): boolean {
  const { pathname, hash } = location;
  if (FORM_ROUTES.test(pathname) || FORM_ROUTES.test(hash)) return true;
  return document.querySelector('form.or') !== null;
}

/** Whether the app of this person can be written to now, and how much room there is. */
export async function appState(user: string, databaseId: string): Promise<AppState> {
  const kind = await whyNot(user, databaseId);
  return kind === 'ready'
    ? { kind, room: await room(), sequence: (await own().info()).update_seq }
    : { kind, room: null, sequence: 0 };
}

async function whyNot(user: string, databaseId: string): Promise<AppState['kind']> {
  const database = ownDatabase();
  if (signedInUser() !== user || database === null) return 'other-person';
  if (isOnServer(database)) return 'works-online';
  const id = typeof database.id === 'function' ? await database.id() : null;
  if (id !== databaseId) return 'other-database';
  if (typeof own().revsDiff !== 'function' || typeof own().bulkDocs !== 'function') return 'unfinished';
  if (!(await isComplete(database, user))) return 'unfinished';
  return isFormOpen() ? 'form-open' : 'ready';
}

/** The app has had its first download. */
export async function isComplete(database: PhoneDatabase, user: string): Promise<boolean> {
  for (const id of NEEDED(user)) if ((await found(database, id)) === null) return false;
  const initial = await found(database, INITIAL);
  return initial === null || Boolean(initial['complete']);
}

async function found(database: PhoneDatabase, id: string): Promise<PhoneDocument | null> {
  try {
    return await database.get(id);
  } catch (error) {
    if ((error as { status?: unknown } | null)?.status === 404) return null;
    throw error;
  }
}

/** Bytes that the browser would still let this app store; `null` where it does not tell. */
async function room(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : Math.max(0, Math.floor(quota - usage));
  } catch {
    return null;
  }
}

function own(): AppDatabase {
  return appWindow().CHTCore?.DB?.get?.() as AppDatabase;
}

/** Writes a batch, or says why nothing of it was written. Written twice, it changes nothing the second time. */
export async function writeBatch(batch: ParcelBatch): Promise<ParcelWritten> {
  const kind = await whyNot(batch.user, batch.databaseId);
  if (kind !== 'ready') return { kind, results: [] };
  const database = own();
  // What was decided about these documents was decided for this state of the phone.
  if ((await database.info()).update_seq !== batch.sequence) return { kind: 'moved', results: [] };
  const docs = batch.docs.map((text) => JSON.parse(text) as PhoneDocument);
  const results = new Map<string, WrittenHow>();
  const missing = await missingOf(database, docs);
  for (const doc of docs) if (!missing.includes(doc)) results.set(doc._id, 'already');
  await put(database, missing);
  for (const doc of missing) results.set(doc._id, (await isThere(database, doc)) ? 'written' : 'failed');
  for (const one of batch.deletes) results.set(one.id, await drop(database, one));
  return { kind: 'ready', results: [...results] };
}

async function missingOf(database: AppDatabase, docs: readonly PhoneDocument[]): Promise<PhoneDocument[]> {
  if (docs.length === 0) return [];
  const question = Object.create(null) as Record<string, string[]>;
  for (const { _id, _rev } of docs) question[_id] = [_rev];
  const answer = await database.revsDiff(question);
  return docs.filter(({ _id, _rev }) => answer[_id]?.missing?.includes(_rev) === true);
}

/** One document that cannot be written keeps its whole batch from being written, so then each goes alone. */
async function put(database: AppDatabase, docs: readonly PhoneDocument[]): Promise<void> {
  if (docs.length === 0) return;
  try {
    await database.bulkDocs(docs, { new_edits: false });
  } catch {
    for (const doc of docs) {
      try {
        await database.bulkDocs([doc], { new_edits: false });
      } catch {
        // Seen when it is asked for.
      }
    }
  }
}

async function isThere(database: AppDatabase, { _id: id, _rev: rev }: PhoneDocument): Promise<boolean> {
  const { results } = await database.bulkGet({ docs: [{ id, rev }] });
  return results[0]?.docs.some(({ ok }) => ok?._rev === rev) === true;
}

/**
 * Drops a document as the app does when the server has it no more: exactly these four keys are what its filter knows a
 * stub by. Under the revision that was read: whatever was written since then answers with a conflict, and stays.
 */
async function drop(database: AppDatabase, { id, rev }: ParcelBatch['deletes'][number]): Promise<WrittenHow> {
  const doc = await found(database, id);
  if (doc === null) return 'already';
  if (doc._rev !== rev) return 'changed';
  try {
    const [answer] = await database.bulkDocs([{ _id: id, _rev: rev, _deleted: true, purged: true }]);
    return answer?.ok === true ? 'written' : answer?.status === 409 ? 'changed' : 'failed';
  } catch {
    return 'failed';
  }
}
