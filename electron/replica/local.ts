/** The replica on this disk: PouchDB over LevelDB, with PouchDB's own merge. */
import PouchDB, { type PouchDocument } from 'pouchdb-node';
import { StationError } from '../../shared/errors.ts';
import { fromPouch, toPouch } from './documents.ts';
import { flush, getMany, putAll, storeFactory, type StoreOperation } from './leveldown.ts';
import { hasStore, mend, setAside, type MendOptions } from './mend.ts';
import { storeError } from './store-errors.ts';
import type { Replica, RevisionToStore, Found } from './types.ts';
import { RwLock } from './rw-lock.ts';
import { historyIn, joinHistory, lookupTree, type Metadata } from './trees.ts';

/** PouchDB's document store and meta store are key ranges of one LevelDB, marked off by U+00FF. */
const DOCUMENTS = '\u00ffdocument-store\u00ff';
const BODIES = '\u00ffby-sequence\u00ff';
const DOCUMENT_COUNT = '\u00ffmeta-store\u00ff_local_doc_count';

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

  const metadataOf = async (ids: readonly string[]): Promise<(Metadata | undefined)[]> => {
    const values = await getMany(
      store,
      ids.map((id) => DOCUMENTS + id),
    );
    return values.map((value) => (value === undefined ? undefined : (JSON.parse(value) as Metadata)));
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
      operations.push({ type: 'put', key: DOCUMENTS + revision.id, value: JSON.stringify(after) });
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

  const read: Replica['read'] = async (id, rev, attachments) => {
    try {
      return fromPouch(await pouch.get(id, { rev, revs: true, attachments: attachments === 'bytes' }));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };

  const readAll: Replica['readAll'] = async (revisions) => {
    const metadata = await metadataOf(revisions.map(({ id }) => id));
    const bodies = await getMany(
      store,
      revisions.map(({ rev }, at) => bodyKey(metadata[at]?.rev_map[rev])),
    );
    return Promise.all(
      revisions.map(async ({ id, rev }, at) => {
        const body = bodies[at];
        const known = metadata[at];
        if (body === undefined || known === undefined) return null;
        const document = JSON.parse(body) as PouchDocument;
        if (document._attachments !== undefined) return read(id, rev, 'bytes');
        return {
          ...fromPouch({ ...document, _id: id, _rev: rev }),
          history: historyIn(known.rev_tree, rev),
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
        return revisions.map((revision, at): Found => {
          const known = metadata[at];
          return known === undefined ? 'new' : lookupTree(known.rev_tree, revision.history);
        });
      }),
    async write(revisions) {
      if (revisions.length === 0) return;
      await writing(async () => {
        const { operations } = await using(() => joins(revisions));
        // Others may have written before it is its turn, so they are worked out once more.
        if (operations.length > 0) await lock.exclusive(() => join(revisions));
        for (let at = 0; at < revisions.length; at += AT_ONCE)
          await using(() => bulkDocs(pouch, revisions.slice(at, at + AT_ONCE).map(toPouch)));
      });
    },
    read: (id, rev, attachments) => reading(() => read(id, rev, attachments)),
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

/** Where PouchDB keeps a body; a sequence that there is not names no key. */
function bodyKey(sequence: number | undefined): string {
  return BODIES + String(sequence ?? '').padStart(16, '0');
}

async function open(
  folder: string,
): Promise<{ pouch: PouchDB; store: ReturnType<ReturnType<typeof storeFactory>['store']> }> {
  const { factory, store } = storeFactory();
  const pouch = new PouchDB(folder, {
    adapter: 'leveldb',
    db: factory,
    auto_compaction: false,
    revs_limit: 1000,
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
