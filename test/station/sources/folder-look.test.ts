/** A chosen folder whose files take long to be listed: nobody waits for the last of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FoundFile } from '../../../electron/sources/files.ts';
import type { Found } from '../../../electron/sources/listing.ts';
import { FolderLook } from '../../../electron/station/sources/folder-look.ts';
import { LookedFiles } from '../../../electron/station/sources/looked-files.ts';
import { StationError } from '../../../shared/errors.ts';
import { report } from '../../support/documents.ts';
import { docsDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { soon } from '../../support/soon.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

function put(name: string, bytes: Uint8Array): FoundFile {
  const path = join(temporary.path, name);
  writeFileSync(path, bytes);
  return { path, name, bytes: bytes.length, modifiedMs: 1 };
}

const foundOf = (...files: readonly FoundFile[]): Found<FoundFile> => ({ files, missed: [] });

/** A look at a folder of which the test tells what is listed, and when. */
function looking() {
  const asked: { signal: AbortSignal; soFar: (found: Found<FoundFile>) => void }[] = [];
  /** Of looks after the first. */
  let later: Promise<Found<FoundFile>> | null = null;
  const { promise, resolve, reject } = Promise.withResolvers<Found<FoundFile>>();
  let more = 0;
  mkdirSync(join(temporary.path, 'own'));
  const look = new FolderLook({
    list: (signal, soFar) => {
      asked.push({ signal, soFar });
      return asked.length === 1 ? promise : (later ?? promise);
    },
    looked: new LookedFiles(join(temporary.path, 'own')),
    ours: false,
    more: () => (more += 1),
  });
  const seen = look.now();
  const [listing] = asked;
  if (listing === undefined) throw new Error('nothing was asked');
  const again = (files: Promise<Found<FoundFile>>): void => void (later = files);
  return { look, seen, listing, asked, again, end: resolve, fail: reject, more: () => more };
}

const namesOf = (dumps: readonly { readonly dump: { readonly name: string } }[]) =>
  dumps.map(({ dump }) => dump.name);

it('offers what was listed so far, and the rest as it comes', async () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => put(`${id}.json`, docsDump([report(id)])));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no files');
  const picture = put('p.jpg', Buffer.from([0xff, 0xd8]));
  const { look, seen, listing, end, more } = looking();
  // Pictures alone are no answer.
  listing.soFar(foundOf(picture));
  listing.soFar(foundOf(a, picture));
  const first = await seen;
  expect([namesOf(first.dumps), first.isWhole]).toEqual([['a.json'], false]);
  listing.soFar(foundOf(a, b, picture));
  await soon(async () => namesOf((await look.now()).dumps)).toEqual(['a.json', 'b.json']);
  expect((await look.now()).isWhole).toBe(false);
  const told = more();
  expect(told).toBeGreaterThan(0);
  end(foundOf(a, b, c, picture));
  await soon(async () => (await look.now()).isWhole).toBe(true);
  expect(namesOf((await look.now()).dumps)).toEqual(['a.json', 'b.json', 'c.json']);
  expect(more()).toBeGreaterThan(told);
});

it('waits for the whole of a second look, which tells nobody to ask again', async () => {
  const [a, b] = ['a', 'b'].map((id) => put(`${id}.json`, docsDump([report(id)])));
  if (a === undefined || b === undefined) throw new Error('no files');
  const { look, seen, listing, asked, again, end, more } = looking();
  listing.soFar(foundOf(a));
  await seen;
  end(foundOf(a));
  await soon(async () => (await look.now()).isWhole).toBe(true);
  const [looks, told] = [asked.length, more()];
  const { promise, resolve } = Promise.withResolvers<Found<FoundFile>>();
  again(promise);
  const second = look.now();
  await soon(() => asked.length).toBe(looks + 1);
  asked.at(-1)?.soFar(foundOf(a));
  resolve(foundOf(a, b));
  expect([namesOf((await second).dumps), (await second).isWhole]).toEqual([['a.json', 'b.json'], true]);
  expect([asked.length, more()]).toEqual([looks + 1, told]);
});

it('takes no file for the chosen one as long as others may come', async () => {
  const odd = put('notes', Buffer.from('no dump at all'));
  const { seen, listing, end } = looking();
  listing.soFar(foundOf(odd));
  end(foundOf(odd, put('p.jpg', Buffer.from([0xff, 0xd8]))));
  expect((await seen).unusable).toEqual([]);
});

it('says why where the folder cannot be listed after all, and lets go of it when nobody wants to know', async () => {
  const { seen, listing, look, fail } = looking();
  look.stop();
  expect(listing.signal.aborted).toBe(true);
  fail(new StationError('source-gone'));
  await expect(seen).rejects.toMatchObject({ code: 'source-gone' });
});
