/**
 * Reads a database page by page, oldest change first, every leaf revision with its whole history: winners,
 * losing sides of conflicts, deletions. Between two records the app may work. The database may change while
 * it is read: a document that changed comes again with a later change, so nothing is missed.
 */
import type { Change, PhoneDatabase, PhoneDocument } from './database.ts';
import type { Cursor, Pace, Page, Unfinished } from './protocol.ts';
import { leftLine, partCount, partLine, recordLine, type Following, type LeftWhy } from './record.ts';

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

/** The page as it grows, and the cursor behind it. */
class PageUnderWay {
  readonly pace: Pace;
  since: number;
  readonly #ends: number;
  readonly #lines: string[] = [];
  #length = 0;
  #documents = 0;
  #attachments = 0;
  #notGiven = 0;
  #id: string | null;
  #done: string[];
  #unfinished: Unfinished | null;
  /** Where the record under way begins: a line of this page, an earlier page, or there is none. */
  #open: { readonly line: number; readonly at: number; readonly attachments: number } | 'before' | null;
  #dropUnfinished = false;

  constructor(from: Cursor, pace: Pace) {
    this.pace = pace;
    this.since = from.since;
    this.#id = from.within?.id ?? null;
    this.#done = [...(from.within?.done ?? [])];
    this.#unfinished = from.unfinished;
    this.#open = from.unfinished === null ? null : 'before';
    this.#ends = performance.now() + pace.pageMs;
  }

  /** A page holds something before it is full, however slow the phone is. */
  isFull(): boolean {
    if (this.#lines.length === 0) return false;
    return this.#length >= this.pace.pageBytes || performance.now() >= this.#ends;
  }

  /** The leaves of a document that are still to be read, the unfinished one first. */
  begin(id: string, leaves: readonly string[]): readonly string[] {
    if (this.#id !== id) {
      this.drop();
      this.#id = id;
      this.#done = [];
    }
    const unfinished = this.#unfinished;
    if (unfinished !== null && !leaves.includes(unfinished.rev)) this.drop();
    const rest = leaves.filter((rev) => !this.#done.includes(rev) && rev !== this.#unfinished?.rev);
    return this.#unfinished === null ? rest : [this.#unfinished.rev, ...rest];
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
  }

  /** Begins a record, or goes on with the unfinished one; answers where its parts go on. */
  start(rev: string, line: string, attachments: number): Unfinished {
    if (this.#unfinished?.rev === rev) return this.#unfinished;
    this.#open = { line: this.#lines.length, at: this.#length, attachments };
    this.#documents += 1;
    this.#attachments += attachments;
    this.add(line);
    return { rev, attachment: 0, part: 1 };
  }

  complete(rev: string): void {
    this.#open = null;
    this.#unfinished = null;
    this.#done.push(rev);
  }

  stopAt(unfinished: Unfinished): void {
    this.#unfinished = unfinished;
  }

  /** The record under way cannot be completed: nothing of it stays. */
  drop(): void {
    const open = this.#open;
    if (open === 'before') this.#dropUnfinished = true;
    else if (open !== null) {
      this.#lines.length = open.line;
      this.#length = open.at;
      this.#documents -= 1;
      this.#attachments -= open.attachments;
    }
    this.#open = null;
    this.#unfinished = null;
  }

  /** Says that a record stays on the phone. */
  leave(id: string, rev: string, why: LeftWhy): void {
    this.add(leftLine(id, rev, why));
    this.#documents += 1;
    if (why === 'row-error') this.#notGiven += 1;
    this.skip(rev);
  }

  skip(rev: string): void {
    this.#done.push(rev);
  }

  /** Every leaf of the document of this change was read. */
  finish(sequence: number): void {
    this.since = sequence;
    this.#id = null;
    this.#done = [];
  }

  done(end: boolean): Page {
    const open = this.#unfinished === null ? null : this.#open;
    return {
      lines: this.#lines.join(''),
      documents: this.#documents,
      attachments: this.#attachments,
      unfinishedAt: open === null || open === 'before' ? open : open.at,
      dropUnfinished: this.#dropUnfinished,
      notGiven: this.#notGiven,
      cursor: {
        since: this.since,
        within: this.#id === null ? null : { id: this.#id, done: this.#done },
        unfinished: this.#unfinished,
      },
      end,
    };
  }
}
