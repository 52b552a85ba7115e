/**
 * Bodies that may not stand in the revision tree of their document, or can not: those of a dump that names another
 * server, which must not change what is known of this server's records, and older versions that came after a newer one
 * of such a dump. They are kept beside the trees, under ids of their own, and are found where the tree has no body.
 */
import type { Replica, RevisionToStore, StoredRevision } from './types.ts';

/** No dump may bring a document with such an id (`isSpareId`). */
const PREFIX = 'station-spare:';

export function isSpareId(id: string): boolean {
  return id.startsWith(PREFIX);
}

function spareId(id: string, rev: string): string {
  return `${PREFIX}${rev}:${id}`;
}

/** Looked for at once, where the first one is wanted. */
const TOGETHER = 200;

export interface ReplicaWithSpares extends Replica {
  /** As `write`, beside the trees. */
  writeSpares(revisions: readonly RevisionToStore[]): Promise<void>;
  /** As `remove`, with what lies of these revisions beside the trees. */
  removeAll(documents: readonly { readonly id: string; readonly revs: readonly string[] }[]): Promise<void>;
}

export function withSpares(replica: Replica): ReplicaWithSpares {
  const backTo = (id: string, stored: StoredRevision | null): StoredRevision | null =>
    stored === null ? null : { ...stored, id };
  return {
    shared: replica.shared,
    found: replica.found,
    lookup: (revisions) => replica.lookup(revisions),
    write: (revisions) => replica.write(revisions),
    writeSpares: (revisions) =>
      replica.write(revisions.map((revision) => ({ ...revision, id: spareId(revision.id, revision.rev) }))),
    read: async (id, rev, attachments) =>
      (await replica.read(id, rev, attachments)) ??
      backTo(id, await replica.read(spareId(id, rev), rev, attachments)),
    readFirst: async (id, revs) => {
      const found = await replica.readFirst(id, revs);
      const before = found === null ? revs : revs.slice(0, revs.indexOf(found.rev));
      for (let at = 0; at < before.length; at += TOGETHER) {
        const some = before.slice(at, at + TOGETHER).map((rev) => ({ id: spareId(id, rev), rev }));
        const spare = (await replica.readAll(some)).find((one) => one !== null);
        if (spare !== undefined) return backTo(id, spare);
      }
      return found;
    },
    readAll: async (revisions) => {
      const found = await replica.readAll(revisions);
      const missing = revisions.filter((_, at) => found[at] === null);
      if (missing.length === 0) return found;
      const spares = await replica.readAll(missing.map(({ id, rev }) => ({ id: spareId(id, rev), rev })));
      let at = 0;
      return found.map((stored, place) => stored ?? backTo(revisions[place]?.id ?? '', spares[at++] ?? null));
    },
    attachment: async (id, rev, name) =>
      (await replica.attachment(id, rev, name)) ?? replica.attachment(spareId(id, rev), rev, name),
    remove: (ids) => replica.remove(ids),
    removeAll: (documents) =>
      replica.remove(documents.flatMap(({ id, revs }) => [id, ...revs.map((rev) => spareId(id, rev))])),
    compact: () => replica.compact(),
    sync: () => replica.sync(),
    renew: () => replica.renew(),
    snapshot: (into) => replica.snapshot(into),
    close: () => replica.close(),
  };
}
