/**
 * The medic database of the practice server: a PouchDB, and beside it what a CouchDB keeps and PouchDB does
 * not: the `revpos` a client gave to an attachment, and who wrote which revision. The current documents are
 * also held in memory, brought up to date from the change feed before each use, so that tests may write to
 * the PouchDB directly.
 */
import { generationOf } from '../../shared/revisions.ts';
import type { Attachment, Database, Doc, StoredDoc, TreeRoot, WriteAnswer } from './pouch.ts';
import { openDatabase, revisionTree } from './pouch.ts';
import { createPacking } from './packing.ts';
import { ancestorsOf, hasRevision, leavesOf, nextRevision, revisionsOf } from './revision-tree.ts';

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly user: string;
  readonly id: string;
  readonly rev: string;
}

/** A revision that somebody sent. */
export type Offered = Omit<AuditEntry, 'at'>;

/** A copy of the database: leaves with their history and attachments, and the local documents. */
export interface Snapshot {
  readonly leaves: readonly StoredDoc[];
  readonly locals: readonly StoredDoc[];
}

export interface ReadOptions {
  readonly rev?: string;
  readonly revs?: boolean;
  readonly attachments?: boolean;
  readonly latest?: boolean;
}

export interface Store {
  database(): Database;
  readonly audit: AuditEntry[];
  /** As `audit`, of all that was sent with its revision, whether it was taken or refused. */
  readonly offered: Offered[];
  /** Every document that is not deleted, by id, as its winner stands. */
  current(): Promise<ReadonlyMap<string, StoredDoc>>;
  tree(id: string): Promise<TreeRoot[]>;
  /** Whether there was such a document, deleted ones included, when `current` was last asked. */
  isKnown(id: string): boolean;
  /** One revision (the winner where none is named), or `undefined` where its body is not there. */
  read(id: string, options?: ReadOptions): Promise<StoredDoc | undefined>;
  /** The nearest ancestor whose body is still there, of a revision that need not be stored itself. */
  nearestAncestor(doc: StoredDoc): Promise<StoredDoc | undefined>;
  /** Stores documents as `user`; the answers are PouchDB's, which are CouchDB's. */
  write(docs: readonly Doc[], user: string, options?: { newEdits?: boolean }): Promise<WriteAnswer[]>;
  /** Resolves once everything that is being written is there. */
  written(): Promise<unknown>;
  /** Tells whenever somebody wrote documents through this store. */
  onWrite(listener: (ids: readonly string[], user: string) => void): void;
  /** A document that was read past this store, as CouchDB shows it. */
  shown(doc: StoredDoc): StoredDoc;
  /** Remembers a local document's id, so that a snapshot holds it. */
  recordLocal(id: string): void;
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  destroy(): Promise<void>;
}

/** PouchDB puts an attachment of a replicated revision at that revision; CouchDB believes the client. */
function attachmentKey(id: string, rev: string, name: string): string {
  return JSON.stringify([id, rev, name]);
}

export function createStore(clock: () => number): Store {
  let database = openDatabase('medic');
  let winners = new Map<string, StoredDoc>();
  /** Every document, deleted ones too. PouchDB is slow to say that it has none. */
  let ids = new Set<string>();
  let seen = 0;
  let catchingUp: Promise<unknown> = Promise.resolve();
  let writing: Promise<unknown> = Promise.resolve();
  let positions = new Map<string, number>();
  const locals = new Set<string>();
  const audit: AuditEntry[] = [];
  const offered: Offered[] = [];

  const packing = createPacking();
  const listeners: ((ids: readonly string[], user: string) => void)[] = [];

  /** As CouchDB shows it: where the client put an attachment, and the digest of what lies on the disk. */
  const asCouch = (doc: StoredDoc): StoredDoc => {
    for (const [name, attachment] of Object.entries(doc._attachments ?? {})) {
      const position = positions.get(attachmentKey(doc._id, doc._rev, name));
      if (position !== undefined) attachment.revpos = position;
      packing.show(attachment);
    }
    return doc;
  };

  /** As PouchDB takes it. */
  const asPouch = (doc: Doc): Doc => {
    if (doc._attachments === undefined) return doc;
    const attachments = Object.entries(doc._attachments);
    return {
      ...doc,
      _attachments: Object.fromEntries(attachments.map(([name, one]) => [name, packing.take(one)])),
    };
  };

  const rememberPositions = (doc: Doc) => {
    for (const [name, attachment] of Object.entries(doc._attachments ?? {})) {
      if (attachment.stub || doc._rev === undefined) continue;
      positions.set(attachmentKey(doc._id, doc._rev, name), attachment.revpos ?? 0);
    }
  };

  const catchUp = async () => {
    const from = database;
    if ((await from.info()).update_seq === seen) return;
    const { results, last_seq } = await from.changes({ since: seen, include_docs: true });
    if (from !== database) return;
    for (const change of results) {
      ids.add(change.id);
      if (change.doc && !change.deleted) winners.set(change.id, asCouch(change.doc));
      else winners.delete(change.id);
    }
    seen = last_seq;
  };

  const current = async () => {
    // One after the other: an older answer must not overwrite a newer one.
    const turn = catchingUp.then(catchUp);
    catchingUp = turn.catch(() => undefined);
    await turn;
    return winners;
  };

  const read: Store['read'] = async (id, options = {}) => {
    try {
      return asCouch(await database.get(id, { ...options }));
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  };

  const note = (user: string, id: string, rev: string) =>
    audit.push({ at: new Date(clock()).toISOString(), user, id, rev });

  /** The document as its next revision with the history of that, or `undefined` where it is a conflict. */
  const edited = async (doc: Doc): Promise<StoredDoc | undefined> => {
    const tree = ids.has(doc._id) ? await revisionTree(database, doc._id) : [];
    const leaves = leavesOf(tree);
    const [winner] = leaves;
    // Without a revision a document is new, or goes on from its deletion.
    const parent = doc._rev ?? (winner?.deleted === true && !doc._deleted ? winner.rev : undefined);
    const fits = parent === undefined ? winner === undefined : leaves.some(({ rev }) => rev === parent);
    if (!fits || (doc._deleted && winner === undefined)) return undefined;
    const path = parent === undefined ? [] : [parent, ...ancestorsOf(tree, parent)];
    const rev = nextRevision(doc, parent);
    const history = [rev, ...path].map((one) => one.slice(one.indexOf('-') + 1));
    return { ...doc, _rev: rev, _revisions: { start: generationOf(rev), ids: history } };
  };

  const writeEdits = async (docs: readonly Doc[], user: string): Promise<WriteAnswer[]> => {
    await current();
    const answers: WriteAnswer[] = [];
    const next: Doc[] = [];
    const taken = new Set<string>();
    for (const doc of docs) {
      const revision = taken.has(doc._id) ? undefined : await edited(asPouch(doc));
      if (revision === undefined) {
        answers.push({ id: doc._id, status: 409, name: 'conflict', error: true });
        continue;
      }
      taken.add(doc._id);
      next.push(revision);
      answers.push({ ok: true, id: doc._id, rev: revision._rev });
    }
    const failed = await database.bulkDocs(next, { new_edits: false });
    if (failed.length > 0) throw new Error(`not stored: ${JSON.stringify(failed)}`);
    for (const { _id, _rev } of next) if (_rev) note(user, _id, _rev);
    return answers;
  };

  /** Documents that did not exist and were stored as they came need not be read back, where nobody else wrote. */
  const rememberNew = async (stored: readonly Doc[]) => {
    const different = new Set(stored.map((doc) => doc._id));
    const isAsItCame = (doc: Doc) => !ids.has(doc._id) && !doc._deleted && !doc._attachments;
    const { update_seq } = await database.info();
    const isAlone = update_seq === seen + stored.length && different.size === stored.length;
    if (!isAlone || !stored.every(isAsItCame)) return;
    for (const doc of stored) {
      const winner = { ...doc };
      delete winner._revisions;
      ids.add(doc._id);
      winners.set(doc._id, winner as StoredDoc);
    }
    seen = update_seq;
  };

  const writeReplicated = async (docs: readonly Doc[], user: string) => {
    await current();
    const taken = new Set<string>();
    const fresh: Doc[] = [];
    for (const doc of docs) {
      const key = JSON.stringify([doc._id, doc._rev]);
      // What is there stays as it is, and is no new entry in the audit.
      if (
        taken.has(key) ||
        (ids.has(doc._id) && hasRevision(await revisionTree(database, doc._id), doc._rev))
      )
        continue;
      taken.add(key);
      fresh.push(doc);
      rememberPositions(doc);
    }
    const answers = await database.bulkDocs(fresh.map(asPouch), { new_edits: false });
    const failed = new Set(answers.map((answer) => answer.id));
    const stored = fresh.filter((doc) => !failed.has(doc._id));
    for (const doc of stored) if (doc._rev) note(user, doc._id, doc._rev);
    await rememberNew(stored);
    return answers;
  };

  return {
    audit,
    offered,
    database: () => database,
    read,
    tree: (id) => revisionTree(database, id),
    shown: asCouch,
    written: () => writing,
    onWrite: (listener) => void listeners.push(listener),
    recordLocal: (id) => void locals.add(id),
    current,
    isKnown: (id) => ids.has(id),

    async nearestAncestor(doc) {
      const tree = await revisionTree(database, doc._id);
      const known = new Set([...revisionsOf(tree)].map((revision) => revision.rev));
      const start = doc._revisions?.start ?? generationOf(doc._rev);
      const claimed = (doc._revisions?.ids ?? []).slice(1).map((id, index) => `${start - 1 - index}-${id}`);
      const first = claimed.find((rev) => known.has(rev));
      if (first === undefined) return undefined;
      for (const rev of [first, ...ancestorsOf(tree, first)]) {
        const body = await read(doc._id, { rev });
        if (body) return body;
      }
      return undefined;
    },

    write(docs, user, { newEdits = true } = {}) {
      // One after the other, so that two uploads of the same revision make one entry in the audit.
      const turn = writing.then(() => (newEdits ? writeEdits(docs, user) : writeReplicated(docs, user)));
      writing = turn.catch(() => undefined);
      return turn.then((answers) => {
        const failed = new Set(answers.filter(({ ok }) => !ok).map(({ id }) => id));
        const stored = docs.map(({ _id }) => _id).filter((id) => !failed.has(id));
        if (stored.length > 0) for (const tell of listeners) tell(stored, user);
        return answers;
      });
    },

    async snapshot() {
      const leaves: StoredDoc[] = [];
      const { results } = await database.changes({ style: 'all_docs' });
      for (const { id } of results) {
        for (const { rev } of leavesOf(await revisionTree(database, id))) {
          const leaf = await read(id, { rev, revs: true, attachments: true });
          if (leaf) leaves.push(leaf);
        }
      }
      const kept = [];
      for (const id of locals) kept.push(await read(id));
      return { leaves, locals: kept.filter((doc) => doc !== undefined) };
    },

    async restore(snapshot) {
      const next = openDatabase('medic');
      await next.bulkDocs(structuredClone(snapshot.leaves.map(asPouch)), { new_edits: false });
      for (const { _rev, ...local } of snapshot.locals) await next.put(local);
      const old = database;
      database = next;
      winners = new Map();
      ids = new Set();
      seen = 0;
      positions = new Map();
      for (const leaf of snapshot.leaves) rememberPositions(leaf);
      await old.destroy();
    },

    destroy: () => database.destroy(),
  };
}

/** The attachment of a stored document without its bytes, as PouchDB takes it for another revision. */
export function asStub(attachment: Attachment): Attachment {
  const { content_type, digest, length, revpos } = attachment;
  return {
    stub: true,
    ...(content_type === undefined ? {} : { content_type }),
    ...(digest === undefined ? {} : { digest }),
    ...(length === undefined ? {} : { length }),
    ...(revpos === undefined ? {} : { revpos }),
  };
}
