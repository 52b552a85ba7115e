/**
 * Reads a database page by page, oldest change first, every leaf revision with its whole history: winners,
 * losing sides of conflicts, deletions. Between two records the app may work. The database may change while
 * it is read: a document that changed comes again with a later change, so nothing is missed.
 */
import type { Change, PhoneDatabase, PhoneDocument } from './database.ts';
import type { Cursor, Pace, Page, Unfinished } from './protocol.ts';
import { PageUnderWay } from './page-under-way.ts';
import { partCount, partLine, recordLine, type Following } from './record.ts';

/** Documents fetched at once: few enough for the memory, many enough not to wait for each. */
const TOGETHER = 10;

/** Reads the next page. @throws what the database throws */
export async function readPage(database: PhoneDatabase, from: Cursor, pace: Pace): Promise<Page> {
  const page = new PageUnderWay(from, pace);
  for (;;) {
    const { since } = page;
    const { results } = await database.changes({ since, limit: pace.changes, style: 'all_docs' });
    if (results.length === 0) {
      // What was unfinished is not there any more.
      page.drop();
      return page.done(true);
    }
    for (let at = 0; at < results.length; at += TOGETHER) {
      const some = results.slice(at, at + TOGETHER);
      if (page.isFull()) return page.done(false);
      const docs = await leavesOf(database, some);
      for (const change of some) {
        if (page.isFull() || !(await readChange(database, page, change, docs))) return page.done(false);
      }
      await pause();
    }
  }
}

/** Leaves by id and revision. */
type Leaves = ReadonlyMap<string, ReadonlyMap<string, PhoneDocument>>;

/** One change: all leaves of its document. `false`: the page ended in the middle of it. */
async function readChange(
  database: PhoneDatabase,
  page: PageUnderWay,
  change: Change,
  docs: Leaves,
): Promise<boolean> {
  const { id } = change;
  const wanted = page.begin(
    id,
    change.changes.map(({ rev }) => rev),
  );
  for (const rev of wanted) {
    if (page.isFull()) return false;
    const doc = docs.get(id)?.get(rev);
    if (doc !== undefined) {
      if (!(await readLeaf(page, doc))) return false;
    } else if (await isStillLeaf(database, change, rev)) {
      page.drop();
      page.leave(id, rev, 'row-error');
    } else {
      // Compacted away because the document was edited just now: it comes again with a later change.
      page.drop();
      page.skip(rev);
    }
  }
  page.finish(change.seq);
  return true;
}

/** One leaf with the parts of its attachments. `false`: the page ended in the middle of it. */
async function readLeaf(page: PageUnderWay, doc: PhoneDocument): Promise<boolean> {
  const { _id: id, _rev: rev } = doc;
  try {
    const record = await recordLine(doc, page.pace);
    if (typeof record === 'string') {
      page.drop();
      page.leave(id, rev, record);
      return true;
    }
    const at = page.start(rev, record.line, record.attachments);
    if (!(await readParts(page, doc, record.following, at))) return false;
    page.complete(rev);
  } catch {
    // The bytes of a photo may be lost on the phone's disk. The others are not.
    page.drop();
    page.leave(id, rev, 'row-error');
  }
  return true;
}

async function readParts(
  page: PageUnderWay,
  doc: PhoneDocument,
  following: readonly Following[],
  at: Unfinished,
): Promise<boolean> {
  let { attachment, part } = at;
  for (; attachment < following.length; attachment += 1, part = 1) {
    const one = following[attachment] as Following;
    for (const of = partCount(one.bytes, page.pace); part <= of; part += 1) {
      if (page.isFull()) {
        page.stopAt({ rev: doc._rev, attachment, part });
        return false;
      }
      page.add(await partLine(doc, one, part, page.pace));
    }
  }
  return true;
}

/** All leaves of some documents, with history; attachments as handles, so that no photo fills the memory. */
async function leavesOf(database: PhoneDatabase, changes: readonly Change[]): Promise<Leaves> {
  const docs = changes.flatMap(({ id, changes: leaves }) => leaves.map(({ rev }) => ({ id, rev })));
  const { results } = await database.bulkGet({ docs, revs: true, attachments: true, binary: true });
  const found = new Map<string, Map<string, PhoneDocument>>();
  for (const result of results) {
    for (const { ok } of result.docs) {
      if (ok === undefined) continue;
      const leaves = found.get(ok._id) ?? new Map<string, PhoneDocument>();
      found.set(ok._id, leaves.set(ok._rev, ok));
    }
  }
  return found;
}

async function isStillLeaf(database: PhoneDatabase, { id, seq }: Change, rev: string): Promise<boolean> {
  const { results } = await database.changes({ since: seq - 1, limit: 1, style: 'all_docs' });
  const [now] = results;
  return now?.id === id && now.changes.some((change) => change.rev === rev);
}

/** Lets the app work. A message comes back at once; a timer is slowed down while the app is not on the screen. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
