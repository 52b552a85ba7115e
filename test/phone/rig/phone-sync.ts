/**
 * What the app does when it has internet (CHT's `db-sync.service.ts` and `replication.service.ts`, since 4.3): it *pushes*
 * by PouchDB's replication, and *pulls* what the server lists, comparing winning revisions only.
 */
import type { Page } from 'playwright-core';
import { STAYS_ON_PHONE } from '../../../electron/practice/push-filter.ts';
import type { PracticeServer } from '../../../electron/practice/server.ts';

/** What one sync did. */
export interface PhoneSync {
  /** Revisions that the phone wrote to the server. */
  readonly pushed: number;
  /** Those that the server refused. */
  readonly refused: number;
  /** Ids of what came from the server, and of what was dropped because the server deleted it. */
  readonly pulled: readonly string[];
  readonly dropped: readonly string[];
}

function authorizationOf(practice: PracticeServer, user: string): string {
  const password = practice.users.find((one) => one.user === user)?.password ?? '';
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The app has internet for a moment: it pushes, then pulls. */
export async function goOnline(page: Page, practice: PracticeServer, user: string): Promise<PhoneSync> {
  const pushed = await push(page, authorizationOf(practice, user));
  return { ...pushed, ...(await pull(page, practice, user)) };
}

async function push(page: Page, authorization: string): Promise<Pick<PhoneSync, 'pushed' | 'refused'>> {
  return page.evaluate(
    async ({ auth, types, ids, purgeStub }) => {
      const remote = new window.PouchDB(`${location.origin}/medic`, {
        skip_setup: true,
        fetch: (url: string, options: { headers: Headers }) => {
          options.headers.set('authorization', auth);
          return window.PouchDB.fetch(url, options);
        },
      });
      const isIn = (list: readonly string[], text: unknown) => list.includes(String(text));
      const db = window.CHTCore.DB.get();
      const filter = (doc: Record<string, unknown> & { _id: string }): boolean => {
        if (Object.keys(doc).sort().join() === purgeStub.join()) return false;
        return !isIn(types, doc['type']) && !isIn(ids, doc._id) && !doc._id.startsWith('_design/');
      };
      // As the app does it; what was pushed is noted on both sides since CHT 4.3.
      filter.toString = () => '';
      const { docs_written, doc_write_failures } = await db.replicate.to(remote, { batch_size: 100, filter });
      return { pushed: docs_written, refused: doc_write_failures };
    },
    { auth: authorization, ...STAYS_ON_PHONE },
  );
}

/** Fetches what the server says that this user should hold, with history (docs/cht.md §8). */
export async function pull(
  page: Page,
  practice: PracticeServer,
  user: string,
): Promise<Pick<PhoneSync, 'pulled' | 'dropped'>> {
  return page.evaluate(
    async (auth) => {
      const headers = { accept: 'application/json', 'content-type': 'application/json', authorization: auth };
      const post = async (path: string, asked: object) =>
        (await fetch(path, { method: 'POST', headers, body: JSON.stringify(asked) })).json();
      const db = window.CHTCore.DB.get();
      const listed = await (await fetch('/api/v1/replication/get-ids', { headers })).json();
      const remote = listed.doc_ids_revs as { id: string; rev: string }[];
      const local = new Map((await db.allDocs()).rows.map(({ id, value }) => [id, value.rev]));
      const wanted = remote.filter(({ id, rev }) => local.get(id) !== rev);
      for (let at = 0; at < wanted.length; at += 100) {
        const asked = { docs: wanted.slice(at, at + 100) };
        const { results } = await post('/medic/_bulk_get?attachments=true&revs=true', asked);
        const docs = (results as { docs: { ok?: object }[] }[]).flatMap(({ docs: [first] }) =>
          first?.ok === undefined ? [] : [first.ok],
        );
        await db.bulkDocs(docs, { new_edits: false });
      }
      const there = new Set(remote.map(({ id }) => id));
      const doc_ids = [...local.keys()].filter((id) => !there.has(id));
      const gone =
        doc_ids.length === 0 ? [] : (await post('/api/v1/replication/get-deletes', { doc_ids })).doc_ids;
      const dropped = gone as string[];
      await db.bulkDocs(
        dropped.map((id) => ({ _id: id, _rev: local.get(id), _deleted: true, purged: true })),
      );
      return { pulled: wanted.map(({ id }) => id), dropped };
    },
    authorizationOf(practice, user),
  );
}
