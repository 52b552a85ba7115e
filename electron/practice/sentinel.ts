/**
 * Sentinel: what a CHT server does to documents by itself, some seconds after they arrived, in the order in which they
 * came (docs/cht.md §2). What it writes is an ordinary new revision, which the phone that sent the document does not have.
 *
 * What it does to a document is in `transitions/`; here is when. With a delay it works by itself, that long after a write;
 * without one only when it is told to.
 */
import type { InfoDocs } from './info-docs.ts';
import { convertForm } from './forms.ts';
import type { StoredDoc } from './pouch.ts';
import { randomNumbers } from './documents.ts';
import type { Store } from './store.ts';
import { createTransitions } from './transitions/index.ts';
import type { Accounts } from './users.ts';

export interface Sentinel {
  /** Does all that there is to do now, and all that comes of it. */
  settle(): Promise<void>;
  /** Resolves once nothing is half done: what it began before is through. */
  idle(): Promise<unknown>;
  /** Takes what is in the database now as done, such as after a backup was put in place. */
  skip(): Promise<void>;
  stop(): void;
}

export interface SentinelOptions {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly infoDocs: InfoDocs;
  readonly clock: () => number;
  readonly seed: number;
  /** Milliseconds after a write; `undefined` only works when it is told to. */
  readonly delay?: number | undefined;
}

export function createSentinel(options: SentinelOptions): Sentinel {
  const { store, infoDocs, delay } = options;
  const transitions = createTransitions({ ...options, random: randomNumbers(options.seed + 2) });
  let since = 0;
  let working: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async (doc: StoredDoc, seq: string) => {
    if (doc.type === 'form') return convertForm(store, doc);
    if (doc._id.startsWith('_design/')) return;
    const done = await transitions(doc);
    infoDocs.looked(doc._id, doc._rev, seq, done);
  };

  /** Looks at what changed since the last time; answers whether there was anything. */
  const pass = async (): Promise<boolean> => {
    // The documents of one request are seen together.
    await store.written();
    if (stopped) return false;
    const { results, last_seq } = await store.database().changes({ since });
    for (const { id, seq, deleted } of results) {
      if (stopped) return false;
      const doc = deleted ? undefined : (await store.current()).get(id);
      if (doc !== undefined) await look(doc, `${seq}-practice`);
    }
    since = last_seq;
    return results.length > 0;
  };

  const settle = () => {
    const turn = working.then(async () => {
      for (let more = true; more;) more = await pass();
    });
    working = turn.catch(() => undefined);
    return turn;
  };

  store.onWrite(() => {
    if (delay === undefined || stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      // What went wrong is tried again with the next write.
      settle().catch(() => undefined);
    }, delay);
    timer.unref();
  });

  return {
    settle,
    idle: () => working,
    async skip() {
      since = (await store.database().info()).update_seq;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
