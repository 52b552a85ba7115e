import { rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import fc from 'fast-check';
import leveldown from 'leveldown';
import { afterEach, describe, expect, it } from 'vitest';
import type { StationError } from '../../shared/errors.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import type { RevisionToStore } from '../../electron/replica/types.ts';
import { failNextWrite, imageOf, photo, replicaFolders, revision, stockImage } from '../support/replica.ts';
import { chain, rev } from '../support/revisions.ts';

type Done = (error: Error | null) => void;
/** What the package's types do not know. */
interface RawStore {
  open(done: Done): void;
  del(key: string, done: Done): void;
  close(done: Done): void;
}

const { folder, remove } = replicaFolders();
afterEach(remove);

async function written(revisions: readonly RevisionToStore[]): Promise<unknown> {
  const path = folder();
  const replica = await openReplica(path);
  for (const one of revisions) await replica.write([one]);
  await replica.sync();
  await replica.close();
  return imageOf(path);
}

describe('the writer against PouchDB’s public bulkDocs', () => {
  it('gives the same database for edits, conflicts, deletions and attachments', async () => {
    const abc = chain('abc');
    const abd = chain('abd');
    const revisions = [
      revision('edited', abc),
      revision('conflict', abc),
      revision('conflict', abd),
      revision('deleted', abc, { deleted: true }),
      revision('half-deleted', abc, { deleted: true }),
      revision('half-deleted', abd),
      revision('photo', abc, { attachments: { 'user-file/photo': photo('one') } }),
      revision('same-photo', abd, { attachments: { a: photo('one'), b: photo('two') } }),
      revision('no-history', [rev(4, 'x')]),
      revision('edited', chain('abce')),
    ];
    expect(await written(revisions)).toEqual(await stockImage(folder(), revisions));
  });

  it('gives the same database for random trees that arrive with their whole history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('p', 'q'),
            fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
            fc.boolean(),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        async (entries) => {
          const revisions = entries.map(([id, names, deleted]) => revision(id, chain(names), { deleted }));
          // The same revision is always the same document.
          const once = [...new Map(revisions.map((one) => [`${one.id} ${one.rev}`, one])).values()];
          expect(await written(once)).toEqual(await stockImage(folder(), once));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('closing', () => {
  it('waits for what is under way and refuses what comes later, instead of ending the process', async () => {
    const replica = await openReplica(folder());
    const revisions = Array.from({ length: 600 }, (_, n) => revision(`d${n}`, chain('abc')));
    await replica.write(revisions.slice(0, 300));
    const key = { id: 'd0', rev: chain('abc')[0] ?? '' };
    const begun = [
      replica.lookup(revisions),
      replica.read(key.id, key.rev, 'none'),
      replica.readAll([key]),
      replica.sync(),
    ];
    // Whoever takes a dump hears that not all of it was written.
    const cut = replica.write(revisions).then(
      () => 'written',
      (error: StationError) => error.code,
    );
    await Promise.all([replica.close(), replica.close()]);
    await Promise.all(begun);
    expect(await cut).toBe('replica-failed');
    for (const late of [
      () => replica.lookup(revisions),
      () => replica.read(key.id, key.rev, 'none'),
      () => replica.readAll([key]),
      () => replica.attachment(key.id, key.rev, 'x'),
      () => replica.write(revisions),
      () => replica.sync(),
    ])
      await expect(late()).rejects.toMatchObject({ code: 'replica-failed' });
  });

  it('a store that opens again after a write that failed answers those who ask meanwhile', async () => {
    const replica = await openReplica(folder());
    const key = { id: 'd2', rev: rev(1, 'x') };
    await replica.write([revision(key.id, [key.rev])]);
    failNextWrite();
    const one = revision('d', chain('abc'));
    await expect(replica.write([one])).rejects.toMatchObject({ code: 'disk-full' });
    const again = replica.write([one]);
    const asked = [];
    for (let n = 0; n < 50; n += 1) {
      asked.push(replica.read(key.id, key.rev, 'none'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await again;
    expect((await Promise.all(asked)).every((found) => found?.id === key.id)).toBe(true);
    expect(await replica.lookup([one])).toEqual(['known']);
    await replica.close();
  });

  it('a store that cannot be opened again after a write that failed refuses, instead of ending the process', async () => {
    const path = folder();
    const replica = await openReplica(path);
    const one = revision('d', chain('abc'));
    await replica.write([one]);
    failNextWrite();
    await expect(replica.write([revision('e', chain('abc'))])).rejects.toMatchObject({ code: 'disk-full' });
    // The disk is gone.
    rmSync(path, { recursive: true });
    writeFileSync(path, '');
    const failed = { code: 'replica-damaged' };
    await expect(replica.write([one])).rejects.toMatchObject(failed);
    await expect(replica.readAll([one])).rejects.toMatchObject(failed);
    await expect(replica.lookup([one])).rejects.toMatchObject(failed);
    await replica.close();
  });

  it('closed twice, it is closed when the second says so, too', async () => {
    const path = folder();
    const replica = await openReplica(path);
    const revisions = Array.from({ length: 300 }, (_, n) => revision(`d${n}`, chain('abc')));
    await replica.write(revisions);
    const asked = replica.readAll(revisions);
    void replica.close();
    await replica.close();
    expect(await asked).toHaveLength(300);
    await (await openReplica(path)).close();
  });
});

describe('reading', () => {
  it('gives the same many at once as one by one: edits, conflicts, deletions, photos, short histories', async () => {
    const replica = await openReplica(folder());
    const abc = chain('abc');
    const abd = chain('abd');
    const revisions = [
      revision('edited', abc),
      revision('conflict', abc),
      revision('conflict', abd),
      revision('deleted', abc, { deleted: true }),
      revision('half-deleted', abc, { deleted: true }),
      revision('half-deleted', abd),
      revision('photo', abc, { attachments: { 'user-file/photo': photo('one') } }),
      revision('no-history', [rev(4, 'x')]),
      revision('\u0000 ÿ/%', abc),
    ];
    for (const one of revisions) await replica.write([one]);
    await replica.write([revision('edited', chain('abce'))]);
    const keys = [
      ...revisions.map(({ id, rev: own }) => ({ id, rev: own })),
      // An ancestor of which only the name is there, a leaf that is not there, a document that is not there.
      { id: 'edited', rev: abc[2] ?? '' },
      { id: 'edited', rev: rev(9, 'x') },
      { id: 'never', rev: rev(1, 'x') },
    ];
    const singly = [];
    for (const key of keys) singly.push(await replica.read(key.id, key.rev, 'bytes'));
    expect(singly.slice(0, -3).every((one) => one !== null)).toBe(true);
    expect(singly.slice(-3)).toEqual([null, null, null]);
    expect(await replica.readAll(keys)).toEqual(singly);
    await replica.close();
  });
});

describe('reading many at once', () => {
  it('gives the same as one by one for random trees, also while longer histories are joined', async () => {
    const piece = fc.tuple(
      fc.constantFrom('d', 'constructor', 'org.couchdb.user:x', 'e\u0301 \ud83d\ude00', ' '),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        const replica = await openReplica(folder());
        const revisions = pieces.map(([id, names, known]) =>
          // The same revision is always the same document.
          revision(id, chain(names).slice(0, known), {
            deleted: names.endsWith('b'),
            attachments: names.length % 2 === 0 ? { 'a/b': photo(names) } : {},
          }),
        );
        const keys = revisions.map(({ id, rev: own }) => ({ id, rev: own }));
        const meanwhile = [];
        for (const one of revisions) {
          const isWritten = replica.write([one]);
          meanwhile.push(replica.readAll(keys));
          await isWritten;
        }
        for (const found of await Promise.all(meanwhile)) {
          const others = found.filter((one, at) => one !== null && one.rev !== keys[at]?.rev);
          expect(others).toEqual([]);
        }
        const singly = [];
        for (const key of keys) singly.push(await replica.read(key.id, key.rev, 'bytes'));
        expect(await replica.readAll(keys)).toEqual(singly);
        await replica.close();
      }),
      { numRuns: 30 },
    );
  });

  it('a body that is gone from the disk is not there, and the others are', async () => {
    const path = folder();
    const before = await openReplica(path);
    for (const id of ['a', 'b', 'c']) await before.write([revision(id, chain('a'))]);
    await before.close();
    const raw = leveldown(path) as unknown as RawStore;
    await promisify(raw.open.bind(raw))();
    await promisify(raw.del.bind(raw))('\u00ffby-sequence\u00ff0000000000000002');
    await promisify(raw.close.bind(raw))();
    const replica = await openReplica(path);
    const keys = ['a', 'b', 'c'].map((id) => ({ id, rev: rev(1, 'a') }));
    expect((await replica.readAll(keys)).map((one) => one?.id ?? null)).toEqual(['a', null, 'c']);
    expect(await replica.read('b', rev(1, 'a'), 'bytes')).toBeNull();
    await replica.close();
  });
});

describe('the order of arrival', () => {
  it('PouchDB alone keeps a short history for ever, and doubles a branch that joins two loose roots', async () => {
    const short = revision('d', [chain('abc')[0] ?? '']);
    const long = revision('d', chain('abc'));
    expect(await stockImage(folder(), [short, long])).not.toEqual(await stockImage(folder(), [long]));
  });

  it('makes no difference to the replica: a short history is lengthened, loose roots are joined', async () => {
    const [c = '', b = ''] = chain('abc');
    const whole = await written([revision('d', chain('abc')), revision('d', chain('abcd'))]);
    const pieces = [revision('d', [b]), revision('d', [c]), revision('d', chain('abcd'))];
    const later = await written([...pieces, revision('d', chain('abc'))]);
    expect(leavesOf(later)).toEqual(leavesOf(whole));
  });

  it('counts documents rightly when a join shows that a deletion was the only leaf', async () => {
    const [c = '', b = ''] = chain('abc');
    const image = (await written([
      revision('d', [b]),
      revision('other', chain('a')),
      revision('d', [c], { deleted: true }),
      revision('d', chain('abc'), { deleted: true }),
      revision('more', chain('a')),
    ])) as { total: number; rows: { id: string }[] };
    expect(image.rows.map((row) => row.id)).toEqual(['more', 'other']);
    expect(image.total).toBe(2);
  });

  it('gives the same leaves and histories for random pieces of random trees in any order', async () => {
    const piece = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 2, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        async (pieces, dice) => {
          const revisions = pieces.map(([names, known]) => revision('d', chain(names).slice(0, known)));
          const shuffled = revisions
            .map((one) => ({ one, at: dice.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
          expect(leavesOf(await written(shuffled))).toEqual(leavesOf(await written(revisions)));
        },
      ),
      { numRuns: 30 },
    );
  });
});

/** Leaves with their histories and winners; bodies of what was no leaf at the time may be there or not. */
function leavesOf(image: unknown): unknown {
  const { rows, leaves } = image as { rows: unknown; leaves: unknown };
  return { rows, leaves };
}

describe('lookup', () => {
  it('tells new, known, longer and a mere name apart', async () => {
    const replica = await openReplica(folder());
    const [c = '', b = ''] = chain('abc');
    await replica.write([revision('full', chain('abc')), revision('short', [c]), revision('two', [b])]);
    expect(
      await replica.lookup([
        revision('full', chain('abc')),
        revision('short', chain('abc')),
        revision('two', [c]),
        revision('nowhere', [c]),
      ]),
    ).toEqual(['known', 'longer', 'new', 'new']);
    expect(await replica.lookup([revision('full', [b])])).toEqual(['ancestor']);
    await replica.close();
  });

  it('a second station on the same folder is refused', async () => {
    const path = folder();
    const replica = await openReplica(path);
    await expect(openReplica(path)).rejects.toMatchObject({ code: 'data-in-use' });
    await replica.close();
  });
});
