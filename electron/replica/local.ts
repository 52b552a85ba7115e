/** The replica on this disk: PouchDB over LevelDB, with PouchDB's own merge. */
import PouchDB, { type PouchDocument } from 'pouchdb-node';
import { StationError } from '../../shared/errors.ts';
import { fromPouch, toPouch } from './documents.ts';
import { flush, getMany, putAll, storeFactory, type StoreOperation } from './leveldown.ts';
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

/** @throws Error of LevelDB when the folder is locked or damaged */
export async function openLocalReplica(folder: string): Promise<Replica> {
  let { pouch, store } = await open(folder);
  const lock = new RwLock();

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
    const { operations, gone } = await joins(revisions);
    if (gone !== 0) {
      const count = (await pouch.info()).doc_count - gone;
      operations.push({ type: 'put', key: DOCUMENT_COUNT, value: String(count) });
    }
    await putAll(store, operations);
    if (gone !== 0) {
      // PouchDB keeps the number of documents in memory and would write the old one back.
      await pouch.close();
      try {
        ({ pouch, store } = await open(folder));
      } catch (error) {
        lock.refuse();
        throw error;
      }
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
    lookup: (revisions) =>
      lock.shared(async () => {
        const metadata = await metadataOf(revisions.map((revision) => revision.id));
        return revisions.map((revision, at): Found => {
          const known = metadata[at];
          return known === undefined ? 'new' : lookupTree(known.rev_tree, revision.history);
        });
      }),
    async write(revisions) {
      if (revisions.length === 0) return;
      try {
        const { operations } = await lock.shared(() => joins(revisions));
        // Others may have written before it is its turn, so they are worked out once more.
        if (operations.length > 0) await lock.exclusive(() => join(revisions));
        for (let at = 0; at < revisions.length; at += AT_ONCE)
          await lock.shared(() => bulkDocs(pouch, revisions.slice(at, at + AT_ONCE).map(toPouch)));
      } catch (error) {
        throw storeError(error);
      }
    },
    read: (id, rev, attachments) => lock.shared(() => read(id, rev, attachments)),
    readAll: (revisions) => lock.shared(() => readAll(revisions)),
    attachment: (id, rev, name) =>
      lock.shared(async () => {
        try {
          return await pouch.getAttachment(id, name, { rev });
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),
    sync: () => lock.shared(() => flush(store)),
    close: () => lock.end(() => pouch.close()),
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

function storeError(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const message = error instanceof Error ? error.message : '';
  return new StationError(
    /no space left|ENOSPC/i.test(message) ? 'disk-full' : 'replica-failed',
    undefined,
    error,
  );
}
