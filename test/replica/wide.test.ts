import fc from 'fast-check';
import leveldown from 'leveldown';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openReplica } from '../../electron/replica/replica.ts';
import { addRevisions, joinHistory, metadataText, REVS_LIMIT } from '../../electron/replica/trees.ts';
import type { Metadata, PouchRoot } from '../../electron/replica/trees.ts';
import type { RevisionToStore } from '../../electron/replica/types.ts';
import { independent } from '../../electron/replica/waves.ts';
import { imageOf, photo, replicaFolders, revision, stockImage } from '../support/replica.ts';
import { chain, rev } from '../support/revisions.ts';

const { folder, remove } = replicaFolders();
afterEach(() => {
  vi.restoreAllMocks();
  remove();
});

async function written(...calls: readonly (readonly RevisionToStore[])[]): Promise<unknown> {
  const path = folder();
  const replica = await openReplica(path);
  for (const call of calls) await replica.write(call);
  await replica.sync();
  await replica.close();
  return imageOf(path);
}

/** Conflicting versions of a document, made from one parent. */
function versions(count: number, of = 'many'): RevisionToStore[] {
  return Array.from({ length: count }, (_, n) => revision(of, [rev(2, `v${n}`), rev(1, 'a')]));
}

/** A history of so many generations. */
function long(generations: number, name = 'g'): string[] {
  return Array.from({ length: generations }, (_, at) => rev(generations - at, `${name}${generations - at}`));
}

describe('many versions of one document', () => {
  it('in one call give the same database as PouchDB’s public bulkDocs gives one by one', async () => {
    const entry = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom(null, 'one', 'two', ''),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { minLength: 21, maxLength: 40, selector: ([names]) => names }),
        fc.array(entry, { maxLength: 4 }),
        fc.boolean(),
        async (entries, others, isTwice) => {
          // PouchDB's public call drops the attachments of a deletion; CouchDB and the station keep them.
          const made = (id: string, [names, deleted, file]: (typeof entries)[number]): RevisionToStore =>
            revision(id, chain(names), {
              deleted,
              attachments: file === null || deleted ? {} : { 'user-file/photo': photo(file) },
            });
          const wide = entries.map((one) => made('wide', one));
          const beside = others.map((one, n) => made(`beside-${n}`, one));
          const all = [...wide, ...beside];
          const calls = isTwice ? [wide.slice(0, 15), [...wide.slice(10), ...beside], all] : [all];
          expect(await written(...calls)).toEqual(await stockImage(folder(), all));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('goes on counting: what PouchDB writes afterwards takes no number of a body that is here', async () => {
    const all = versions(30);
    const other = revision('later', chain('abc'));
    const edit = revision('many', [rev(3, 'x'), ...(all[4]?.history ?? [])]);
    expect(await written(all, [other], [edit])).toEqual(await stockImage(folder(), [...all, other, edit]));
  });

  it('are written with bytes that grow with their number alone', async () => {
    const bytes = async (count: number): Promise<number> => {
      const path = folder();
      const replica = await openReplica(path);
      let sum = 0;
      const batch = vi.spyOn(leveldown.prototype as { _batch: (...all: unknown[]) => unknown }, '_batch');
      await replica.write(versions(count));
      for (const [operations] of batch.mock.calls)
        for (const { value } of operations as { value: string | Buffer }[]) sum += value.length;
      batch.mockRestore();
      await replica.close();
      return sum;
    };
    const few = await bytes(500);
    expect(few).toBeGreaterThan(50_000);
    expect((await bytes(1500)) / few).toBeLessThan(3.1);
  });

  it('that join a history told in pieces are the same in any order', async () => {
    const piece = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 21, maxLength: 30 }), async (pieces) => {
        const revisions = pieces.map(([names, known]) => revision('d', chain(names).slice(0, known)));
        const leaves = (image: unknown): unknown => (image as { leaves: unknown }).leaves;
        expect(leaves(await written(revisions))).toEqual(leaves(await written(revisions.toReversed())));
      }),
      { numRuns: 8 },
    );
  });
});

describe('histories longer than PouchDB keeps', () => {
  it('of a new document give what PouchDB makes of them', async () => {
    const one = revision('old', long(1500));
    expect(await written([one])).toEqual(await stockImage(folder(), [one]));
  });

  it('that come to a shorter one of the same branch, or beside another branch, give the leaves of PouchDB', async () => {
    const [first, second] = [long(2500), [rev(1001, 'other'), ...long(1000)]];
    const all = [
      revision('one', first.slice(-3)),
      revision('one', first),
      revision('two', second),
      revision('two', first),
      revision('three', [rev(4, 'loose')]),
      revision('three', first, { deleted: true }),
    ];
    const named = (image: unknown): unknown =>
      Object.entries(
        (image as { leaves: Record<string, { _rev: string; _revisions: { ids: string[] } }[]> }).leaves,
      ).map(([id, leaves]) => [id, leaves.map(({ _rev, _revisions }) => [_rev, _revisions.ids.length])]);
    const calls = all.map((one) => [one]);
    expect(named(await written(...calls))).toEqual(named(await stockImage(folder(), all)));
  });

  it('of 10,000 generations are told of a revision that came without one', async () => {
    const history = long(10_000);
    const replica = await openReplica(folder());
    await replica.write([revision('d', history.slice(0, 1))]);
    expect(await replica.lookup([revision('d', history)])).toEqual(['longer']);
    await replica.write([revision('d', history)]);
    const found = await replica.read('d', history[0] ?? '', 'none');
    expect(found?.history).toEqual(history.slice(0, REVS_LIMIT));
    await replica.close();
  });
});

describe('a tree', () => {
  it('of any depth is written as JSON that reads as the same tree', () => {
    const forest = addRevisions([], [{ rev: 'x', history: long(1000), deleted: false }]).rev_tree;
    let tree: PouchRoot['ids'] = ['leaf', { status: 'available' }, []];
    for (let n = 0; n < 20_000; n += 1)
      tree = [`n${n}`, { status: 'missing' }, [tree, ['b', { status: 'missing' }, []]]];
    const deep: Metadata = { ...EMPTY, rev_tree: [...forest, { pos: 7, ids: tree }] };
    const read = JSON.parse(metadataText(deep)) as Metadata;
    expect(metadataText(read)).toBe(metadataText(deep));
    const flat: Metadata = { ...EMPTY, rev_tree: addRevisions([], versions(5)).rev_tree };
    expect(JSON.parse(metadataText(flat))).toEqual(flat);
  });

  it('takes no second parent of a revision, and has no leaf without a body', () => {
    const { rev_tree } = addRevisions([], [{ rev: '2-b', history: ['2-b', '1-a'], deleted: false }]);
    const other = addRevisions(rev_tree, [{ rev: '3-c', history: ['3-c', '2-b', '1-z'], deleted: false }]);
    expect(other.rev_tree).toEqual(
      addRevisions(
        [],
        [
          { rev: '2-b', history: ['2-b', '1-a'], deleted: false },
          { rev: '3-c', history: ['3-c', '2-b', '1-a'], deleted: false },
        ],
      ).rev_tree,
    );
    const loose = addRevisions(rev_tree, [{ rev: '3-c', history: ['3-c'], deleted: true }]);
    const joined = joinHistory({ ...EMPTY, ...loose }, ['3-c', '2-b', '1-z']);
    expect(joined?.rev_tree).toEqual(
      addRevisions(rev_tree, [{ rev: '3-c', history: ['3-c', '2-b', '1-a'], deleted: true }]).rev_tree,
    );
  });
});

const EMPTY: Metadata = {
  id: 'd',
  rev: '',
  rev_tree: [],
  rev_map: {},
  winningRev: '',
  deleted: false,
  seq: 0,
};

describe('parts of which nothing hangs on another', () => {
  const parts = (...all: readonly (readonly string[])[]): string[][] =>
    independent(
      all.map(([id = '', ...history]) => ({ id, rev: history[0] ?? '', history })),
      (one) => one,
    ).map((part) => part.map(({ id, rev: own }) => `${id} ${own}`));

  it('versions that conflict stay together, however many', () => {
    expect(parts(...versions(300).map(({ id, history }) => [id, ...history]))).toHaveLength(1);
  });

  it('the same revision again, and an ancestor of one before it, wait for a part of their own', () => {
    expect(parts(['d', '2-b', '1-a'], ['d', '2-b', '1-a'], ['e', '1-a'], ['d', '2-c'])).toEqual([
      ['d 2-b', 'e 1-a'],
      ['d 2-b', 'd 2-c'],
    ]);
    expect(parts(['d', '2-b', '1-a'], ['d', '1-a'])).toEqual([['d 2-b'], ['d 1-a']]);
    expect(parts(['d', '1-a'], ['d', '2-b', '1-a'])).toEqual([['d 1-a', 'd 2-b']]);
  });
});
