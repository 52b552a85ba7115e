/**
 * How CHT's app synchronises by itself (`db-sync.service.ts`, `replication.service.ts` since 4.3): on the event
 * `online` and when the person says so; it pushes by PouchDB's replication with its filter, then fetches what the server
 * lists, then drops what the server deleted. With the cookies of its own session. As a script, since it runs in pages: in
 * that of the practice phone (page.ts), and in those of a browser in tests.
 */
import { STAYS_ON_PHONE } from '../push-filter.ts';

/** As workbox precaches the app: only its own files are answered, all other requests fall through. */
export const SERVICE_WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname.startsWith('/app/')) event.respondWith(fetch(event.request));
});
`;

export const SYNC_SCRIPT = `
const STAYS = ${JSON.stringify(STAYS_ON_PHONE)};
const SEQ = 'medic-last-replicated-seq';
const DATE = 'medic-last-replicated-date';
const headers = { accept: 'application/json', 'content-type': 'application/json' };
const asked = async (path, body) => {
  const options = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  // The app's dbFetch: an ended session leads to the page for signing in.
  if (answer.status === 401) window.seen401 = true;
  if (!answer.ok) throw new Error(path + ' ' + answer.status);
  return answer.json();
};
const filter = (doc) => {
  if (Object.keys(doc).sort().join() === STAYS.purgeStub.join()) return false;
  return !STAYS.types.includes(String(doc.type)) && !STAYS.ids.includes(doc._id) && !doc._id.startsWith('_design/');
};
// The name of the checkpoints hangs on it, and must be the same after each build of the app.
filter.toString = () => '';
// Until CHT 4.2 what was pushed was noted on the phone alone, since then on both sides, with the phone's own id.
const CHECKPOINT = window.PouchDB.version.startsWith('7') ? { checkpoint: 'source' } : {};
const openRemote = async () => {
  const id = await get().id();
  return new window.PouchDB(location.origin + '/medic', {
    skip_setup: true,
    fetch: async (url, options) => {
      if (CHECKPOINT.checkpoint === undefined) options.headers.set('medic-replication-id', id);
      const answer = await window.PouchDB.fetch(url, options);
      if (answer.status === 401) window.seen401 = true;
      return answer;
    },
  });
};
const push = async (since) => {
  const info = await get().replicate.to(await openRemote(), { filter, batch_size: 100, ...CHECKPOINT, ...since });
  localStorage.setItem(SEQ, String(info.last_seq));
  return info.docs_written;
};
const pull = async () => {
  const db = get();
  // Until CHT 4.2 what came was asked of CouchDB's own feed of changes.
  if (KIND === 'old') {
    const { docs_written } = await db.replicate.from(await openRemote(), { heartbeat: 10000, timeout: 600000 });
    return docs_written;
  }
  const listed = (await asked('/api/v1/replication/get-ids')).doc_ids_revs;
  const local = new Map((await db.allDocs()).rows.map(({ id, value }) => [id, value.rev]));
  const wanted = listed.filter(({ id, rev }) => local.get(id) !== rev);
  for (let at = 0; at < wanted.length; at += 100) {
    const { results } = await asked('/medic/_bulk_get?attachments=true&revs=true', { docs: wanted.slice(at, at + 100) });
    await db.bulkDocs(results.flatMap(({ docs: [first] }) => (first && first.ok ? [first.ok] : [])), { new_edits: false });
  }
  const there = new Set(listed.map(({ id }) => id));
  const doc_ids = [...local.keys()].filter((id) => !there.has(id));
  const gone = doc_ids.length === 0 ? [] : (await asked('/api/v1/replication/get-deletes', { doc_ids })).doc_ids;
  await db.bulkDocs(gone.map((id) => ({ _id: id, _rev: local.get(id), _deleted: true, purged: true })));
  return wanted.length;
};
window.syncs = [];
let running = null;
const syncNow = () => {
  running ??= (async () => {
    try {
      const pushed = await push();
      const pulled = await pull();
      localStorage.setItem(DATE, String(Date.now()));
      window.syncs.push({ pushed, pulled });
    } catch (error) {
      window.syncs.push({ error: String(error) });
    } finally {
      running = null;
    }
  })();
  return running;
};
window.syncNow = syncNow;
// After its first download the app only writes where it stands: its push begins there.
window.beginHere = async () => push({ since: (await get().info()).update_seq });
window.addEventListener('online', () => {
  const last = Number(localStorage.getItem(DATE));
  if (!(last > 0 && Date.now() - last < 5 * 60 * 1000)) syncNow();
});
navigator.serviceWorker.register('/service-worker.js');
`;
