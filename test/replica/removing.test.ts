/** Documents that are removed from the store: a stock PouchDB finds what it would have if they had never been written. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { openReplica } from '../../electron/replica/replica.ts';
import { withSpares } from '../../electron/replica/spares.ts';
import { failNextWrite, imageOf, photo, replicaFolders, revision, stockImage } from '../support/replica.ts';

const { folder, remove } = replicaFolders();
afterEach(remove);

const shared = photo('a photo that two have');
const gone = [
  revision('gone-1', ['2-b', '1-a'], { attachments: { one: shared, own: photo('only of one that goes') } }),
  revision('gone-1', ['3-d', '2-c', '1-a'], { attachments: { one: shared } }),
  revision('gone-2', ['2-y', '1-x'], { deleted: true }),
];
const stays = [
  revision('stays-1', ['1-a'], { attachments: { one: shared } }),
  revision('stays-2', ['2-b', '1-a']),
  revision('stays-2', ['2-c', '1-a']),
];

it('leaves a store as if they had never been there', async () => {
  const path = folder();
  const replica = withSpares(await openReplica(path));
  await replica.write([...gone, ...stays]);
  await replica.writeSpares([revision('gone-1', ['1-a'])]);
  const documents = [
    { id: 'gone-1', revs: ['1-a', '3-d'] },
    { id: 'gone-2', revs: ['2-y'] },
    { id: 'never-here', revs: ['1-q'] },
  ];
  await replica.removeAll(documents);
  await replica.removeAll(documents);
  expect(await replica.lookup([revision('gone-1', ['3-d', '2-c', '1-a'])])).toEqual(['new']);
  expect(await replica.read('gone-1', '1-a', 'none')).toBeNull();
  expect(await replica.attachment('gone-1', '3-d', 'one')).toBeNull();
  // What comes afterwards gets numbers of its own.
  await replica.write([revision('later', ['1-l'])]);
  await replica.compact();
  await replica.close();
  expect(await imageOf(path)).toEqual(await stockImage(folder(), [...stays, revision('later', ['1-l'])]));
});

it('takes what it brought once more', async () => {
  const path = folder();
  const replica = await openReplica(path);
  await replica.write([...gone, ...stays]);
  await replica.remove(['gone-1', 'gone-2']);
  await replica.write(gone);
  await replica.close();
  expect(await imageOf(path)).toEqual(await stockImage(folder(), [...stays, ...gone]));
});

it('gives the space back, and leaves no byte of it on the disk', async () => {
  const path = folder();
  const replica = await openReplica(path);
  const text = randomBytes(100).toString('hex');
  for (let at = 0; at < 40; at += 1)
    await replica.write([
      revision(`gone-${at}`, ['1-a'], {
        attachments: { photo: photo(text + randomBytes(100_000).toString('hex')) },
      }),
    ]);
  const files = (): string[] => readdirSync(path).map((name) => join(path, name));
  const size = (): number => files().reduce((sum, file) => sum + statSync(file).size, 0);
  const holding = (): string[] => files().filter((file) => readFileSync(file).includes(text));
  await replica.sync();
  const before = size();
  expect(holding()).not.toEqual([]);
  await replica.remove(Array.from({ length: 40 }, (_, at) => `gone-${at}`));
  await replica.compact();
  expect(holding()).toEqual([]);
  expect(size()).toBeLessThan(before / 10);
  await replica.close();
});

it('removes all of it or nothing', async () => {
  const path = folder();
  const replica = await openReplica(path);
  await replica.write([...gone, ...stays]);
  failNextWrite();
  await expect(replica.remove(['gone-1'])).rejects.toMatchObject({ code: 'disk-full' });
  await replica.close();
  expect(await imageOf(path)).toEqual(await stockImage(folder(), [...gone, ...stays]));
});
