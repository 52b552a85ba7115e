/** The replica on this disk: PouchDB over LevelDB, with PouchDB's own merge. */
import PouchDB, { type PouchDocument } from 'pouchdb-node';
import { StationError } from '../../shared/errors.ts';
import { fromPouch, toPouch } from './documents.ts';
import { flush, getMany, putAll, storeFactory, type StoreOperation } from './leveldown.ts';
import { hasStore, mend, setAside, type MendOptions } from './mend.ts';
import { storeError } from './store-errors.ts';
import type { Replica, RevisionToStore, Found } from './types.ts';
import { RwLock } from './rw-lock.ts';
import { bodyKey, DOCUMENT_COUNT, DOCUMENTS, LAST_NUMBER } from './keys.ts';
import { historiesOf, joinHistory, lookupIn, metadataText, REVS_LIMIT, type Metadata } from './trees.ts';
import { oneOfEach } from './waves.ts';
import { isWide, wideOperations, type Coming } from './wide.ts';

/** PouchDB copies the list of all writes of a call for each of its documents, so that long calls take ever longer. */
const AT_ONCE = 250;

interface Joins {
  readonly operations: StoreOperation[];
  /** By how many documents there are fewer that are not deleted. */
  readonly gone: number;
}

/**
 * Opens it, mended where that is needed. After a write that failed the store is opened anew before the next use:
 * LevelDB may have a torn entry in its log then, behind which it would lose what it writes later.
 * @throws StationError `data-in-use`, `disk-full`, `replica-failed`, `replica-damaged`
 */
export async function openLocalReplica(folder: string, options: MendOptions = {}): Promise<Replica> {
  const found = await mend(folder, options);
  let { pouch, store } = await open(folder);
  const lock = new RwLock();
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
    ({ pouch, store } = await open(folder));
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

  /** Longer histories to be joined to the trees that are there, before PouchDB merges the rest. */
  const joins = async (revisions: readonly RevisionToStore[]): Promise<Joins> => {
    const told = revisions.filter((revision) => revision.history.length > 1);
    const operations: StoreOperation[] = [];
    let gone = 0;
    const metadata = await metadataOf(told.map((revision) => revision.id));
    for (const [at, revision] of told.entries()) {
      const before = metadata[at];
      const after = before === undefined ? null : joinHistory(before, revision.history);
      if (before === undefined || after === null) continue;
      gone += Number(after.deleted) - Number(before.deleted);
      operations.push({ type: 'put', key: DOCUMENTS + revision.id, value: metadataText(after) });
    }
    return { operations, gone };
  };

  const join = async (revisions: readonly RevisionToStore[]): Promise<void> => {
    if (!isOpen) throw failed ?? new StationError('replica-failed');
    const { operations, gone } = await joins(revisions);
    if (gone !== 0) {
      const count = (await pouch.info()).doc_count - gone;
      operations.push({ type: 'put', key: DOCUMENT_COUNT, value: String(count) });
    }
    await putAll(store, operations);
    if (gone !== 0) {
      // PouchDB keeps the number of documents in memory and would write the old one back.
      await reopen();
    }
  };

  /** What comes of each document, with what is there of it. */
  const comingOf = async (revisions: readonly RevisionToStore[]): Promise<Coming[]> => {
    const byId = Map.groupBy(revisions, ({ id }) => id);
    const metadata = await metadataOf([...byId.keys()]);
    return [...byId.values()].map((some, at) => ({ before: metadata[at], revisions: some }));
  };

  const writeWide = async (revisions: readonly RevisionToStore[]): Promise<void> => {
    if (!isOpen) throw failed ?? new StationError('replica-failed');
    const info = await pouch.info();
    const [last, count] = [Number(info.update_seq), info.doc_count];
    const wide = await wideOperations(await comingOf(revisions), last, (keys) => getMany(store, keys));
    const operations = [...wide.operations];
    if (wide.last !== last) operations.push({ type: 'put', key: LAST_NUMBER, value: String(wide.last) });
    if (wide.more !== 0)
      operations.push({ type: 'put', key: DOCUMENT_COUNT, value: String(count + wide.more) });
    await putAll(store, operations);
    // PouchDB keeps both numbers in memory and would write the old ones back.
    if (wide.last !== last || wide.more !== 0) await reopen();
  };

  /** With PouchDB's own merge. Ids must not repeat. */
  const writeOfEach = async (revisions: readonly RevisionToStore[]): Promise<void> => {
    const { operations } = await using(() => joins(revisions));
    // Others may have written before it is its turn, so they are worked out once more.
    if (operations.length > 0) await lock.exclusive(() => join(revisions));
    for (let at = 0; at < revisions.length; at += AT_ONCE)
      await using(() => bulkDocs(pouch, revisions.slice(at, at + AT_ONCE).map(toPouch)));
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
      await writing(async () => {
        const coming = await using(() => comingOf(revisions));
        const [wide = [], others = []] = [true, false].map((is) =>
          coming.filter((one) => isWide(one) === is).flatMap((one) => one.revisions),
        );
        if (wide.length > 0) await lock.exclusive(() => writeWide(wide));
        for (const some of oneOfEach(others)) await writeOfEach(some.map(asKept));
      });
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

async function open(
  folder: string,
): Promise<{ pouch: PouchDB; store: ReturnType<ReturnType<typeof storeFactory>['store']> }> {
  const { factory, store } = storeFactory();
  const pouch = new PouchDB(folder, {
    adapter: 'leveldb',
    db: factory,
    auto_compaction: false,
    revs_limit: REVS_LIMIT,
  });
  await pouch.info();
  return { pouch, store: store() };
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
