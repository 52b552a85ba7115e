/**
 * What the station writes into the store itself, held against what PouchDB's public `bulkDocs` makes of the same
 * revisions: everything that a stock PouchDB can be asked afterwards is compared. Seeded: DIRECT_SEEDS=N plays more,
 * DIRECT_FROM=S begins at another seed.
 */
import leveldown from 'leveldown';
import PouchDB, { type PouchDocument } from 'pouchdb-node';
import { afterEach, describe, expect, it } from 'vitest';
import { randomNumbers } from '../../electron/practice/documents.ts';
import { toPouch, withOwnDigests } from '../../electron/replica/documents.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import type { RevisionToStore } from '../../electron/replica/types.ts';
import { imageOf, photo, replicaFolders, revision } from '../support/replica.ts';
import { chain } from '../support/revisions.ts';

const { folder, remove } = replicaFolders();
afterEach(remove);

const SEEDS = Number(process.env['DIRECT_SEEDS'] ?? 6);
const FROM = Number(process.env['DIRECT_FROM'] ?? 1);
const CALLS = 8;
const TEXTS = [
  'é ü',
  '\u0000',
  '\ud800',
  '日本語',
  '"\\',
  '',
  'x'.repeat(5000),
  '__x',
  '\uffff',
  'ÿ',
  '\u2028',
];

/** The calls of one seed. No document stands twice in a call, and no call has attachments of a deletion. */
function callsOf(seed: number): RevisionToStore[][] {
  const random = randomNumbers(seed);
  const int = (most: number): number => Math.floor(random() * most);
  const pick = <Item>(items: readonly Item[]): Item => items[int(items.length)] as Item;
  const name = (): string => Array.from({ length: 32 }, () => '0123456789abcdef'[int(16)]).join('');
  const ids = Array.from({ length: 25 }, (_, n) =>
    n % 5 === 0 ? `é~${n}\u4e2d` : n % 7 === 0 ? `_design/d${n}` : name(),
  );
  const photos = Array.from({ length: 4 }, (_, n) =>
    n === 0 ? '' : pick(TEXTS).toWellFormed() + name().repeat(int(40)),
  );
  const histories = new Map<string, string[][]>();
  const grown = (from: readonly string[], by: number): string[] => {
    const generation = Number.parseInt(from[0] ?? '0', 10);
    return [...Array.from({ length: by }, (_, at) => `${generation + by - at}-${name()}`), ...from];
  };
  const historyOf = (known: readonly string[][]): string[] => {
    if (known.length === 0 || random() < 0.15) {
      const whole = grown([], 1 + int(5));
      return int(3) === 0 ? whole.slice(0, 1) : whole;
    }
    const base = pick(known);
    return random() < 0.2 ? base : grown(base.slice(int(base.length)), 1 + int(3));
  };
  return Array.from({ length: CALLS }, () => {
    const used = new Set(Array.from({ length: 12 }, () => pick(ids)));
    return [...used].map((id) => {
      const known = histories.get(id) ?? [];
      const history = historyOf(known);
      histories.set(id, [...known, history]);
      const deleted = random() < 0.2;
      const files =
        deleted || random() < 0.6
          ? []
          : Array.from({ length: 1 + int(2) }, (_, n) => [`f/${n}`, photo(pick(photos))]);
      const body = {
        type: 'data_record',
        text: pick(TEXTS),
        n: random() * 1e6,
        nested: { a: [1, null, { 10: 1, b: 2 }] },
        7: 'seven',
      };
      return revision(id, history, {
        deleted,
        body,
        attachments: Object.fromEntries(files) as RevisionToStore['attachments'],
      });
    });
  });
}

/** What PouchDB can be asked beyond its documents, made comparable. */
interface Asked extends PouchDB {
  changes(options: object): Promise<{
    last_seq: number;
    results: { id: string; seq: number; changes: { rev: string }[]; doc?: unknown }[];
  }>;
  compact(): Promise<unknown>;
  replicate: { to(other: PouchDB): Promise<unknown> };
}

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** By revision, each once: no two documents of a seed share one. */
function inOrder(answers: readonly ({ ok: PouchDocument } | { error: unknown })[]): unknown[] {
  const all = new Map<string, unknown>();
  for (const one of answers) all.set('ok' in one ? (one.ok._rev ?? '') : '', one);
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The feed without the numbers: PouchDB gives those of documents with attachments after the others of their call. */
async function feedOf(pouch: Asked): Promise<unknown> {
  const { last_seq, results } = await pouch.changes({
    style: 'all_docs',
    include_docs: true,
    conflicts: true,
    attachments: true,
  });
  return {
    last_seq,
    results: byId(
      results.map(({ id, changes, doc }) => ({ id, doc, changes: changes.map(({ rev }) => rev).sort() })),
    ),
  };
}

/** Everything of a store, and how it goes on: reopened by a stock PouchDB, edited, compacted, replicated. */
async function lifeOf(path: string, revisions: readonly RevisionToStore[]): Promise<unknown[]> {
  const seen: unknown[] = [await imageOf(path)];
  const pouch = new PouchDB(path, { adapter: 'leveldb' }) as Asked;
  const { doc_count, update_seq } = await pouch.info();
  const wanted = Object.fromEntries(revisions.map(({ id, history }) => [id, [...history, '9-nothing']]));
  seen.push({ doc_count, update_seq }, await feedOf(pouch), await pouch.revsDiff(wanted));
  // PouchDB answers in the order in which it happened to find them.
  const { results } = await pouch.bulkGet({
    docs: revisions.map(({ id, rev }) => ({ id, rev })),
    revs: true,
  });
  seen.push(inOrder(results.flatMap(({ docs }) => docs)));
  const { rows } = await pouch.allDocs({ include_docs: true });
  await pouch.bulkDocs(
    rows.map(({ doc }) => {
      const start = Number.parseInt(doc?._rev ?? '', 10) + 1;
      const ids = ['e'.repeat(32), doc?._rev?.slice(doc._rev.indexOf('-') + 1) ?? ''];
      return { ...doc, edited: true, _rev: `${start}-${ids[0]}`, _revisions: { start, ids } } as never;
    }),
    { new_edits: false },
  );
  seen.push(await feedOf(pouch));
  await pouch.compact();
  seen.push(await feedOf(pouch));
  const other = new PouchDB(folder(), { adapter: 'leveldb' }) as Asked;
  await pouch.replicate.to(other);
  seen.push(await feedOf(other));
  await other.close();
  await pouch.close();
  return seen;
}

describe('what is written straight into the store', () => {
  it.each(Array.from({ length: SEEDS }, (_, n) => FROM + n))(
    'is what PouchDB’s own bulkDocs makes of it, seed %i',
    async (seed) => {
      const calls = callsOf(seed);
      const [ours, stock] = [folder(), folder()];
      const replica = await openReplica(ours);
      const pouch = new PouchDB(stock, { adapter: 'leveldb' });
      await pouch.info();
      for (const call of calls) {
        await replica.write(call);
        await pouch.bulkDocs(call.map(toPouch), { new_edits: false });
      }
      await replica.sync();
      await replica.close();
      await pouch.close();
      const all = calls.flat();
      expect(await lifeOf(ours, all)).toEqual(await lifeOf(stock, all));
    },
  );

  it('is there whole or not at all, with the numbers that belong to it', async () => {
    const path = folder();
    const replica = await openReplica(path);
    await replica.write([revision('before', chain('ab'))]);
    const store = leveldown.prototype as { _batch: (...all: never[]) => unknown };
    const { _batch } = store;
    let batches = 0;
    store._batch = function (this: unknown, ...all: never[]) {
      batches += 1;
      return _batch.apply(this, all);
    };
    const some = Array.from({ length: 500 }, (_, n) =>
      revision(`d${n}`, chain('abc'), { attachments: n % 50 === 0 ? { file: photo(`of ${n % 100}`) } : {} }),
    );
    await replica.write(some).finally(() => (store._batch = _batch));
    expect(batches).toBe(1);
    await replica.close();
    const pouch = new PouchDB(path, { adapter: 'leveldb' });
    expect(await pouch.info()).toMatchObject({ doc_count: 501, update_seq: 501 });
    await pouch.close();
  });

  it('keeps pictures by the digest of their own bytes, whatever was claimed', async () => {
    const [one, other] = [photo('of Amina'), photo('of Baraka')];
    const claimed = revision('b', chain('b'), { attachments: { picture: { ...other, digest: one.digest } } });
    const replica = await openReplica(folder());
    await replica.write([
      revision('a', chain('a'), { attachments: { picture: one } }),
      withOwnDigests(claimed),
    ]);
    const picture = async (id: string, rev: string | undefined): Promise<string> =>
      String(Buffer.from((await replica.attachment(id, rev ?? '', 'picture')) ?? []));
    expect(await picture('a', chain('a')[0])).toBe('of Amina');
    expect(await picture('b', chain('b')[0])).toBe('of Baraka');
    await replica.close();
  });
});
