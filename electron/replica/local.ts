/** The replica on this disk: PouchDB over LevelDB, with PouchDB's own merge. */
import type PouchDB from 'pouchdb-node';
import type { PouchDocument } from 'pouchdb-node';
import pLimit from 'p-limit';
import { StationError } from '../../shared/errors.ts';
import { fromPouch, toPouch } from './documents.ts';
import { compactAll, flush, getMany, putAll, type StoreOperation } from './leveldown.ts';
import { snapshotOf } from './snapshot.ts';
import { openStore } from './pouch-store.ts';
import { hasStore, mend, setAside, type MendOptions } from './mend.ts';
import { storeError } from './store-errors.ts';
import type { Replica, RevisionToStore, Found } from './types.ts';
import { RwLock } from './rw-lock.ts';
import { bodyKey, DOCUMENT_COUNT, DOCUMENTS, LAST_NUMBER } from './keys.ts';
import { historiesOf, joinHistory, lookupIn, metadataText, REVS_LIMIT, type Metadata } from './trees.ts';
import { removalOf } from './removing.ts';
import { oneOfEach } from './waves.ts';
import { directOperations, isDirect, type Coming, type Direct } from './direct.ts';

/** PouchDB copies the list of all writes of a call for each of its documents, so that long calls take ever longer. */
const AT_ONCE = 250;

/**
 * Opens it, mended where that is needed. After a write that failed the store is opened anew before the next use:
 * LevelDB may have a torn entry in its log then, behind which it would lose what it writes later.
 * @throws StationError `data-in-use`, `disk-full`, `replica-failed`, `replica-damaged`
 */
export async function openLocalReplica(folder: string, options: MendOptions = {}): Promise<Replica> {
  const found = await mend(folder, options);
  let { pouch, store, counters } = await openStore(folder);
  const lock = new RwLock();
  /** One write at a time: each counts on from the numbers that the one before it left. */
  const turn = pLimit(1);
  /** Why it is to be opened anew; `null`: it is sound. */
  let failed: StationError | null = null;
  let isOpen = true;

  const reopen = async (isNew = false): Promise<void> => {
    if (isOpen) {
      isOpen = false;
      await pouch.close();
    }
    // An empty one in its place would look as if nothing had ever been here.
    if (!isNew && !(await hasStore(folder))) throw new StationError('replica-damaged');
    ({ pouch, store, counters } = await openStore(folder));
    isOpen = true;
    failed = null;
  };

  /** Work on a store that is open. What LevelDB is asked for while it is closed ends the whole process. */
  const using = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (failed !== null) {
      await lock.exclusive(async () => {
        if (failed !== null) await reopen();
      });
    }
    return lock.shared(() => {
      if (!isOpen) throw failed ?? new StationError('replica-failed');
      return work();
    });
  };

  const reading = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await using(work);
    } catch (error) {
      throw storeError(error);
    }
  };

  const writing = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed = storeError(error);
      throw failed;
    }
  };

  /** A tree that is asked for several times is read once. */
  const metadataOf = async (ids: readonly string[]): Promise<(Metadata | undefined)[]> => {
    const once = [...new Set(ids)];
    const values = await getMany(
      store,
      once.map((id) => DOCUMENTS + id),
    );
    const trees = new Map<string, Metadata>();
    for (const [at, id] of once.entries()) {
      const value = values[at];
      if (value !== undefined) trees.set(id, JSON.parse(value) as Metadata);
    }
    return ids.map((id) => trees.get(id));
  };

  /** Puts what was worked out for the store, together with the numbers that it leaves. */
  const putDirect = async ({ operations, last, more }: Direct): Promise<void> => {
    const [lastBefore, count] = [counters._updateSeq, counters._docCount + more];
    if (last !== lastBefore) operations.push({ type: 'put', key: LAST_NUMBER, value: String(last) });
    if (more !== 0) operations.push({ type: 'put', key: DOCUMENT_COUNT, value: String(count) });
    if (operations.length === 0) return;
    await putAll(store, operations);
    counters._updateSeq = last;
    counters._docCount = count;
  };

  /** Joins longer histories to the trees that are there, before PouchDB merges the rest. Ids must not repeat. */
  const join = async (revisions: readonly RevisionToStore[]): Promise<void> => {
    const told = revisions.filter((revision) => revision.history.length > 1);
    const operations: StoreOperation[] = [];
    let more = 0;
    const metadata = await metadataOf(told.map((revision) => revision.id));
    for (const [at, revision] of told.entries()) {
      const before = metadata[at];
      const after = before === undefined ? null : joinHistory(before, revision.history);
      if (before === undefined || after === null) continue;
      more += Number(before.deleted) - Number(after.deleted);
      operations.push({ type: 'put', key: DOCUMENTS + revision.id, value: metadataText(after) });
    }
    await putDirect({ operations, last: counters._updateSeq, more });
  };

  /** What comes of each document, with what is there of it. */
  const comingOf = async (revisions: readonly RevisionToStore[]): Promise<Coming[]> => {
    const byId = Map.groupBy(revisions, ({ id }) => id);
    const metadata = await metadataOf([...byId.keys()]);
    return [...byId.values()].map((some, at) => ({ before: metadata[at], revisions: some }));
  };

  const write = async (revisions: readonly RevisionToStore[]): Promise<void> => {
    const coming = await comingOf(revisions);
    const direct = coming.filter(isDirect);
    await putDirect(await directOperations(direct, counters._updateSeq, (keys) => getMany(store, keys)));
    const others = coming.filter((one) => !isDirect(one)).flatMap((one) => one.revisions);
    for (const some of oneOfEach(others)) {
      await join(some);
      for (let at = 0; at < some.length; at += AT_ONCE)
        await bulkDocs(
          pouch,
          some.slice(at, at + AT_ONCE).map((one) => toPouch(asKept(one))),
        );
    }
  };

  const read: Replica['read'] = async (id, rev, attachments) => {
    try {
      return fromPouch(await pouch.get(id, { rev, revs: true, attachments: attachments === 'bytes' }));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };

  const readFirst: Replica['readFirst'] = async (id, revs) => {
    const [known] = await metadataOf([id]);
    // Only what has a body has a number.
    for (const rev of revs.filter((one) => known?.rev_map[one] !== undefined)) {
      const stored = await read(id, rev, 'none');
      if (stored !== null) return stored;
    }
    return null;
  };

  const readAll: Replica['readAll'] = async (revisions) => {
    const metadata = await metadataOf(revisions.map(({ id }) => id));
    const bodies = await getMany(
      store,
      revisions.map(({ rev }, at) => bodyKey(metadata[at]?.rev_map[rev])),
    );
    const histories = ofEach((known) => historiesOf(known.rev_tree));
    return Promise.all(
      revisions.map(async ({ id, rev }, at) => {
        const body = bodies[at];
        const known = metadata[at];
        if (body === undefined || known === undefined) return null;
        const document = JSON.parse(body) as PouchDocument;
        if (document._attachments !== undefined) return read(id, rev, 'bytes');
        return {
          ...fromPouch({ ...document, _id: id, _rev: rev }),
          history: histories(known)(rev),
        };
      }),
    );
  };

  return {
    shared: false,
    found,
    lookup: (revisions) =>
      reading(async () => {
        const metadata = await metadataOf(revisions.map((revision) => revision.id));
        const lookups = ofEach((known) => lookupIn(known.rev_tree));
        return revisions.map((revision, at): Found => {
          const known = metadata[at];
          return known === undefined ? 'new' : lookups(known)(revision.history);
        });
      }),
    async write(revisions) {
      if (revisions.length === 0) return;
      await writing(() => turn(() => using(() => write(revisions))));
    },
    read: (id, rev, attachments) => reading(() => read(id, rev, attachments)),
    readFirst: (id, revs) => reading(() => readFirst(id, revs)),
    readAll: (revisions) => reading(() => readAll(revisions)),
    attachment: (id, rev, name) =>
      reading(async () => {
        try {
          return await pouch.getAttachment(id, name, { rev });
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),
    remove: (ids) =>
      writing(() =>
        turn(() =>
          using(async () => {
            const once = [...new Set(ids)];
            const trees = (await metadataOf(once)).filter((known) => known !== undefined);
            const { operations, less } = await removalOf(trees, (keys) => getMany(store, keys));
            // In one write: killed at any instant, all of a document is there or nothing of it.
            await putDirect({ operations, last: counters._updateSeq, more: -less });
          }),
        ),
      ),
    compact: () => writing(() => turn(() => using(() => compactAll(store)))),
    sync: () => writing(() => using(() => flush(store))),
    renew: () =>
      lock.exclusive(async () => {
        if (isOpen) await pouch.close();
        isOpen = false;
        failed = new StationError('replica-failed');
        const aside = await setAside(folder);
        await reopen(true);
        return aside;
      }),
    snapshot: (into) =>
      lock.exclusive(async () => {
        if (failed !== null) throw failed;
        // What LevelDB has in its memory and its log is in its files once it is closed.
        await pouch.close();
        isOpen = false;
        failed = new StationError('replica-failed');
        try {
          await snapshotOf(folder, into);
        } finally {
          await reopen();
        }
      }),
    close: () => lock.end(async () => void (isOpen && (await pouch.close()))),
  };
}

/** What is made of each tree, made once. */
function ofEach<Made>(make: (known: Metadata) => Made): (known: Metadata) => Made {
  const made = new Map<Metadata, Made>();
  return (known) => {
    const before = made.get(known);
    if (before !== undefined) return before;
    const now = make(known);
    made.set(known, now);
    return now;
  };
}

/** PouchDB cuts the history of a document that is new to what it keeps; it takes long over what is cut off. */
function asKept(revision: RevisionToStore): RevisionToStore {
  return { ...revision, history: revision.history.slice(0, REVS_LIMIT) };
}

function bulkDocs(pouch: PouchDB, docs: PouchDocument[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // The documents were made for this call and nobody else holds them, so PouchDB's deep copy is left out;
    // test/replica/writer.test.ts holds the result against the public bulkDocs.
    pouch._bulkDocs({ docs }, { new_edits: false }, (error) => {
      if (error) reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
      else resolve();
    });
  });
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 404;
}
