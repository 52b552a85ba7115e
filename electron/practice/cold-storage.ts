/**
 * What a server takes away from phones without deleting it, in two ways.
 *
 * - *Archived* (docs/cht.md §2.7 and §8; the documentation of CHT 5.3, "Archiving"): copied to a database of its own,
 *   `medic-archive`, and taken out of `medic` with its whole history, for everybody. Only contacts, reports, tasks
 *   and targets; other ids are passed over without a word. `get-deletes` names it to whoever asks, whether the
 *   document was theirs or not: the api looks the ids up in the archive and nothing else.
 * - *Purged*: kept in `medic`, and kept away from the phones of one set of roles. `get-ids` leaves it out and
 *   `get-deletes` names it, for those roles alone; it can still be read and written.
 *
 * Assumed, not seen on a real server: only a database admin may read `medic-archive` (what CouchDB does with a
 * database that was given no members). Left out: the queue, the schedule, and the line in the server's audit log.
 */
import { createHash } from 'node:crypto';
import type { Answer, AskedBy } from './http.ts';
import { couchError, notFound } from './http.ts';
import { nextRevision } from './revision-tree.ts';
import type { Store } from './store.ts';

const ARCHIVABLE = [
  'contact',
  'person',
  'clinic',
  'health_center',
  'district_hospital',
  'data_record',
  'task',
  'target',
];

export interface ColdStorage {
  /** From 5.3 on. */
  isOffered(): boolean;
  /** Archives these documents. Throws before 5.3: no such server can. */
  archive(ids: readonly string[]): Promise<void>;
  /** Purges these documents for users with exactly these roles. */
  purge(ids: readonly string[], roles: readonly string[]): void;
  /** The ids purged for the roles with this hash; `undefined` where nothing was ever purged for them. */
  purgedFor(hash: string): Set<string> | undefined;
  /** Makes the empty list of what is purged for the roles with this hash. */
  beginPurge(hash: string): void;
  endPurge(hash: string): boolean;
  isArchived(id: string): boolean;
  isPurged(id: string, roles: readonly string[]): boolean;
  /** The copy in `medic-archive`, as `_all_docs` lists it. */
  archived(id: string): { readonly rev: string; readonly deleted?: true } | undefined;
  /** Deletes the copies of these in `medic-archive`, as is done when they are brought back. */
  takeOut(ids: readonly string[]): void;
}

export function createColdStorage(store: Store, version: () => string): ColdStorage {
  const archive = new Map<string, { readonly rev: string; readonly deleted?: true }>();
  const purged = new Map<string, Set<string>>();
  const isOffered = () => canArchive(version());
  return {
    isOffered,
    async archive(ids) {
      if (!isOffered()) throw new Error(`CHT ${version()} cannot archive`);
      const current = await store.current();
      const going = new Set<string>();
      for (const id of ids) {
        const doc = current.get(id);
        if (doc === undefined || !ARCHIVABLE.includes(String(doc.type))) continue;
        archive.set(id, { rev: doc._rev });
        going.add(id);
      }
      const { leaves, locals } = await store.snapshot();
      await store.restore({ leaves: leaves.filter(({ _id }) => !going.has(_id)), locals });
    },
    purge(ids, roles) {
      const hash = rolesHash(roles);
      purged.set(hash, new Set([...(purged.get(hash) ?? []), ...ids]));
    },
    purgedFor: (hash) => purged.get(hash),
    beginPurge: (hash) => void purged.set(hash, new Set()),
    endPurge: (hash) => purged.delete(hash),
    isArchived: (id) => archive.has(id) && archive.get(id)?.deleted !== true,
    isPurged: (id, roles) => purged.get(rolesHash(roles))?.has(id) === true,
    archived: (id) => archive.get(id),
    takeOut(ids) {
      for (const id of ids) {
        const rev = archive.get(id)?.rev;
        if (rev !== undefined)
          archive.set(id, { rev: nextRevision({ _id: id, _deleted: true }, rev), deleted: true });
      }
    },
  };
}

/** What CHT calls a set of roles by in the name of its purge database. */
function rolesHash(roles: readonly string[]): string {
  return createHash('md5')
    .update(JSON.stringify([...roles].sort()))
    .digest('hex');
}

/** `medic-purged-role-HASH`: made, filled with a `purged:ID` each, and removed, as sentinel does it. */
export function purgeDatabase(cold: ColdStorage, asked: AskedBy, name: string, rest: string[]): Answer {
  const hash = name.slice('medic-purged-role-'.length);
  const list = cold.purgedFor(hash);
  const [id = ''] = rest;
  if (asked.method === 'PUT' && id === '') {
    if (list)
      throw couchError(412, 'file_exists', 'The database could not be created, the file already exists.');
    cold.beginPurge(hash);
    return { status: 201, body: { ok: true } };
  }
  if (!list) throw notFound('Database does not exist.');
  if (asked.method === 'DELETE' && id === '') {
    cold.endPurge(hash);
    return { status: 200, body: { ok: true } };
  }
  if (asked.method !== 'PUT' || !id.startsWith('purged:')) throw notFound();
  list.add(id.slice('purged:'.length));
  return { status: 201, body: { ok: true, id, rev: `1-${createHash('md5').update(id).digest('hex')}` } };
}

function canArchive(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 3);
}
