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
import type { StoredDoc } from './pouch.ts';
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
  isArchived(id: string): boolean;
  isPurged(id: string, roles: readonly string[]): boolean;
  /** The copy in `medic-archive`. */
  archived(id: string): StoredDoc | undefined;
}

export function createColdStorage(store: Store, version: () => string, clock: () => number): ColdStorage {
  const archive = new Map<string, StoredDoc>();
  const purged = new Map<string, Set<string>>();
  const group = (roles: readonly string[]) => JSON.stringify([...roles].sort());
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
        archive.set(id, { ...doc, archive_date: clock() });
        going.add(id);
      }
      const { leaves, locals } = await store.snapshot();
      await store.restore({ leaves: leaves.filter(({ _id }) => !going.has(_id)), locals });
    },
    purge(ids, roles) {
      const key = group(roles);
      purged.set(key, new Set([...(purged.get(key) ?? []), ...ids]));
    },
    isArchived: (id) => archive.has(id),
    isPurged: (id, roles) => purged.get(group(roles))?.has(id) === true,
    archived: (id) => archive.get(id),
  };
}

function canArchive(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 3);
}
