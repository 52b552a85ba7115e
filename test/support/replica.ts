/** What is written into a replica, and what can be seen of it afterwards. */
import { isSpareId } from '../../electron/replica/spares.ts';
import leveldown from 'leveldown';
import PouchDB from 'pouchdb-node';
import type { RevisionToStore } from '../../electron/replica/types.ts';
import { toPouch } from '../../electron/replica/documents.ts';
import { md5 } from './documents.ts';
import { temporaryFolder } from './folder.ts';

/** A revision as the replica is given it, with its history newest first. */
export function revision(
  id: string,
  history: readonly string[],
  more: Partial<Pick<RevisionToStore, 'deleted' | 'body' | 'attachments'>> = {},
): RevisionToStore {
  return {
    id,
    rev: history[0] ?? '',
    history,
    deleted: false,
    body: { of: history[0] },
    attachments: {},
    ...more,
  };
}

/** An attachment as the replica is given it. */
export function photo(text: string): RevisionToStore['attachments'][string] {
  const data = Buffer.from(text);
  return {
    content_type: 'image/jpeg',
    data,
    digest: md5(data),
  };
}

/** The next write to a store on this disk fails, as on a full disk; the store is opened anew before its next use. */
export function failNextWrite(): void {
  const store = leveldown.prototype as { _batch: (...all: never[]) => unknown };
  const { _batch } = store;
  store._batch = (_operations: never, _options: never, done: never) => {
    store._batch = _batch;
    (done as (error: Error) => void)(new Error('IO error: No space left on device'));
  };
}

/** New folders for replicas, one for each call of `folder`; `remove` takes all of them away. */
export function replicaFolders(): { readonly folder: () => string; readonly remove: () => void } {
  const made: ReturnType<typeof temporaryFolder>[] = [];
  const folder = (): string => {
    const one = temporaryFolder();
    made.push(one);
    return `${one.path}/replica`;
  };
  return {
    folder,
    remove: () => {
      for (const one of made.splice(0)) one.remove();
    },
  };
}

/** What PouchDB's own public `bulkDocs` makes of the same revisions, one after another, in a new folder. */
export async function stockImage(path: string, revisions: readonly RevisionToStore[]): Promise<unknown> {
  const pouch = new PouchDB(path, { adapter: 'leveldb' });
  for (const one of revisions) await pouch.bulkDocs([toPouch(one)], { new_edits: false });
  await pouch.close();
  return imageOf(path);
}

/** Everything a reader could see of a database: every leaf with its `_revisions`, winners, conflicts, counts. */
export async function imageOf(name: string): Promise<unknown> {
  const pouch = new PouchDB(name, { adapter: 'leveldb' });
  try {
    const all = await pouch.allDocs({ include_docs: true, conflicts: true, attachments: true });
    const changes = await (
      pouch as unknown as { changes: (o: object) => Promise<{ results: { id: string }[] }> }
    ).changes({
      style: 'all_docs',
    });
    const leaves: Record<string, unknown> = {};
    // What is kept beside the trees depends on what came first.
    const rows = all.rows.filter(({ id }) => !isSpareId(id));
    for (const { id } of changes.results
      .filter((one) => !isSpareId(one.id))
      .sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const found = (await pouch.get(id, { open_revs: 'all', revs: true, attachments: true })) as unknown as {
        ok: { _rev: string };
      }[];
      leaves[id] = found.map((entry) => entry.ok).sort((a, b) => (a._rev < b._rev ? -1 : 1));
    }
    // Conflicts are a set: PouchDB names them in the order of its tree.
    for (const { doc } of rows) (doc?.['_conflicts'] as string[] | undefined)?.sort();
    return { total: rows.length, rows, leaves };
  } finally {
    await pouch.close();
  }
}
