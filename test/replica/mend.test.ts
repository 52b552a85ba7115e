import { randomBytes } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openReplica } from '../../electron/replica/replica.ts';
import type { Replica, RevisionToStore } from '../../electron/replica/types.ts';
import { failNextWrite, photo, replicaFolders, revision } from '../support/replica.ts';
import { smallDisk } from '../support/small-disk.ts';
import { rev } from '../support/revisions.ts';

const { folder, remove } = replicaFolders();
afterEach(remove);

function some(from: number, to: number): RevisionToStore[] {
  return Array.from({ length: to - from }, (_, n) =>
    revision(`d${from + n}`, [rev(1, `d${from + n}`)], {
      body: { text: `of ${from + n}`, pad: 'x'.repeat(200) },
    }),
  );
}

/** A store with two tables at least, closed. */
async function filled(path: string): Promise<void> {
  const replica = await openReplica(path);
  for (const from of [0, 100]) {
    await replica.write(some(from, from + 100));
    await replica.sync();
  }
  await replica.close();
}

async function countOf(replica: Replica): Promise<number> {
  const found = (await replica.readAll(some(0, 200))).filter((one) => one !== null);
  expect(found.map(({ body }) => body['text'])).toEqual(found.map(({ id }) => `of ${id.slice(1)}`));
  return found.length;
}

function filesOf(path: string, pattern: RegExp): string[] {
  return readdirSync(path)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(path, name));
}

describe('a damaged store', () => {
  it('is opened as it was when nothing is wrong with it', async () => {
    const path = folder();
    await filled(path);
    const replica = await openReplica(path);
    expect(replica.found).toEqual({ kind: 'as-it-was' });
    expect(await countOf(replica)).toBe(200);
    await replica.close();
  });

  it.each([
    ['an empty CURRENT', (path: string) => writeFileSync(join(path, 'CURRENT'), '')],
    ['no CURRENT', (path: string) => rmSync(join(path, 'CURRENT'))],
    ['no MANIFEST', (path: string) => filesOf(path, /^MANIFEST/).forEach((file) => rmSync(file))],
    [
      'an empty MANIFEST',
      (path: string) => filesOf(path, /^MANIFEST/).forEach((file) => truncateSync(file, 0)),
    ],
  ])('with %s is repaired and whole', async (_what, damage) => {
    const path = folder();
    await filled(path);
    damage(path);
    const replica = await openReplica(path);
    expect(replica.found).toEqual({ kind: 'repaired' });
    expect(await countOf(replica)).toBe(200);
    await replica.close();
  });

  it.each([
    ['a table of no bytes', (file: string) => truncateSync(file, 0)],
    ['a table that is cut', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['a table that is gone', (file: string) => rmSync(file)],
  ])('with %s opens again, and gives no body the number of another', async (_what, damage) => {
    const path = folder();
    await filled(path);
    const tables = filesOf(path, /\.ldb$/);
    damage(tables.at(-1) ?? '');
    const replica = await openReplica(path);
    expect(replica.found.kind).toBe('repaired');
    const before = await countOf(replica);
    await replica.write(some(200, 300));
    expect(await countOf(replica)).toBe(before);
    for (const one of await replica.readAll(some(200, 300)))
      expect(one?.body['text']).toBe(`of ${one?.id.slice(1)}`);
    await replica.close();
  });

  it('of which nothing can be opened any more is set aside, and there is a new one', async () => {
    const path = folder();
    await filled(path);
    for (const file of filesOf(path, /./)) if (!file.endsWith('LOCK')) writeFileSync(file, 'x'.repeat(100));
    const replica = await openReplica(path);
    // LevelDB's repair may make an empty store of it, or nothing at all.
    expect(['set-aside', 'repaired']).toContain(replica.found.kind);
    expect(await countOf(replica)).toBe(0);
    await replica.write(some(0, 10));
    expect(await countOf(replica)).toBe(10);
    await replica.close();
  });

  it('that is gone is a new one, and says so', async () => {
    const path = folder();
    await filled(path);
    rmSync(path, { recursive: true });
    const replica = await openReplica(path);
    expect(replica.found).toEqual({ kind: 'new' });
    await replica.close();
  });

  it('is set aside when asked, and begun anew', async () => {
    const path = folder();
    await filled(path);
    const replica = await openReplica(path);
    const aside = await replica.renew();
    expect(existsSync(join(aside, 'CURRENT'))).toBe(true);
    expect(await countOf(replica)).toBe(0);
    await replica.write(some(0, 200));
    expect(await countOf(replica)).toBe(200);
    await replica.close();
    const old = await openReplica(aside);
    expect(await countOf(old)).toBe(200);
    await old.close();
  });

  it('whose folder vanishes while it is open does not become an empty one', async () => {
    const path = folder();
    const replica = await openReplica(path);
    await replica.write(some(0, 10));
    failNextWrite();
    await expect(replica.write(some(10, 20))).rejects.toMatchObject({ code: 'disk-full' });
    rmSync(path, { recursive: true });
    await expect(replica.write(some(10, 20))).rejects.toMatchObject({ code: 'replica-damaged' });
    await replica.renew();
    await replica.write(some(10, 20));
    expect(await countOf(replica)).toBe(10);
    await replica.close();
  });
});

/** Text that LevelDB cannot make smaller. */
function noise(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

describe('a full disk', () => {
  it('is left behind once there is space: nothing that was said to be written is lost', async ({ skip }) => {
    const disk = smallDisk(24);
    if (disk === null) {
      skip('no small disk can be mounted here');
      return;
    }
    try {
      const filler = join(disk.path, 'filler');
      writeFileSync(filler, Buffer.alloc(12 * 1024 * 1024));
      const replica = await openReplica(join(disk.path, 'replica'));
      const written: RevisionToStore[] = [];
      let refusal: unknown;
      for (let n = 0; n < 200 && refusal === undefined; n += 1) {
        const one = revision(`p${n}`, [rev(1, `p${n}`)], {
          body: { n },
          attachments: { photo: photo(noise(100_000)) },
        });
        try {
          await replica.write([one]);
          written.push(one);
        } catch (error) {
          refusal = error;
        }
      }
      expect(refusal).toMatchObject({ code: 'disk-full' });
      expect(written.length).toBeGreaterThan(3);
      // Still full: nothing ends the process.
      const late = revision('late', [rev(1, 'late')], { attachments: { photo: photo(noise(5_000_000)) } });
      const again1 = await replica.write([late]).then(
        () => 'written',
        (error: { code?: unknown }) => error.code,
      );
      expect(['written', 'disk-full']).toContain(again1);
      rmSync(filler);
      // No restart in between.
      const more = some(0, 100);
      await replica.write(more);
      await replica.sync();
      await replica.close();
      const again = await openReplica(join(disk.path, 'replica'));
      expect(again.found).toEqual({ kind: 'as-it-was' });
      for (const one of await again.readAll(written)) expect(one?.body['n']).toBe(Number(one?.id.slice(1)));
      expect((await again.readAll(more)).every((one) => one !== null)).toBe(true);
      await again.close();
      expect(readFileSync(join(disk.path, 'replica', 'CURRENT'), 'utf8')).toContain('MANIFEST');
    } finally {
      disk.remove();
    }
  });
});
