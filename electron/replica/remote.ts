/** The replica as a CouchDB that several stations share, reached by URL. */
import PouchDB from 'pouchdb-node';
import { StationError } from '../../shared/errors.ts';
import { fromPouch, toPouch } from './documents.ts';
import type { Replica, Found } from './types.ts';

/** Revisions of a document in one request. */
const ASKED_AT_ONCE = 100;

/** @throws StationError `replica-unreachable` */
export async function openRemoteReplica(url: string): Promise<Replica> {
  const pouch = new PouchDB(url);
  const reach = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      throw new StationError('replica-unreachable', undefined, error);
    }
  };
  await reach(() => pouch.info());

  const orNull = async <Value>(work: () => Promise<Value>): Promise<Value | null> => {
    try {
      return await work();
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'status' in error && error.status === 404)
        return null;
      throw new StationError('replica-unreachable', undefined, error);
    }
  };

  const read: Replica['read'] = (id, rev, attachments) =>
    orNull(async () =>
      fromPouch(await pouch.get(id, { rev, revs: true, attachments: attachments === 'bytes' })),
    );

  return {
    shared: true,
    found: { kind: 'as-it-was' },
    async lookup(revisions) {
      const question: Record<string, string[]> = {};
      for (const { id, history } of revisions) question[id] = [...(question[id] ?? []), ...history];
      const answer = await reach(() => pouch.revsDiff(question));
      const lacking = new Map(Object.entries(answer).map(([id, { missing }]) => [id, new Set(missing)]));
      return revisions.map((revision): Found => {
        const missing = lacking.get(revision.id) ?? new Set();
        if (missing.has(revision.rev)) return 'new';
        // CouchDB joins a longer history by itself when the revision is written again.
        return revision.history.some((rev) => missing.has(rev)) ? 'longer' : 'known';
      });
    },
    async write(revisions) {
      if (revisions.length === 0) return;
      const answers = await reach(() => pouch.bulkDocs(revisions.map(toPouch), { new_edits: false }));
      const refused = answers.find((answer) => answer.error !== undefined);
      if (refused !== undefined)
        throw new StationError('replica-failed', String(refused.name ?? refused.error));
    },
    read,
    readFirst: async (id, revs) => {
      for (let at = 0; at < revs.length; at += ASKED_AT_ONCE) {
        const docs = revs.slice(at, at + ASKED_AT_ONCE).map((rev) => ({ id, rev }));
        const { results } = await reach(() => pouch.bulkGet({ docs, revs: true }));
        const found = results.flatMap((result) => result.docs).find((one) => 'ok' in one);
        if (found !== undefined && 'ok' in found) return fromPouch(found.ok);
      }
      return null;
    },
    readAll: (revisions) => Promise.all(revisions.map(({ id, rev }) => read(id, rev, 'bytes'))),
    attachment: (id, rev, name) => orNull(() => pouch.getAttachment(id, name, { rev })),
    // CouchDB answers a write when it is on its disk.
    sync: async () => {},
    // It is other stations', too.
    remove: async () => {},
    compact: async () => {},
    renew: () => Promise.reject(new StationError('not-allowed')),
    snapshot: () => Promise.reject(new StationError('not-allowed')),
    close: () => pouch.close(),
  };
}
