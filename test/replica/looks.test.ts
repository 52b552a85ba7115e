/** Which tables are looked at in full, and that LevelDB really ends the process over those that are not. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openLocalReplica } from '../../electron/replica/local.ts';
import { nextLook } from '../../electron/replica/looks.ts';
import { tablesIn, tableState } from '../../electron/replica/tables.ts';
import { replicaFolders, revision } from '../support/replica.ts';
import { rev } from '../support/revisions.ts';
import { temporaryFolder } from '../support/folder.ts';

const READER = fileURLToPath(new URL('reading-process.ts', import.meta.url));
const { folder, remove } = replicaFolders();
afterEach(remove);

describe('the looks at the tables of a store', () => {
  it('come to every table over some starts, new ones first, and never to none', async () => {
    const { path, put, remove: removeFiles } = temporaryFolder();
    const tables = [3, 9, 10, 11].map((number) => put(`0000${number}.ldb`, 'x'.repeat(100)));
    const look = async (of: readonly string[], bytes: number): Promise<string[]> => {
      const { due, done } = await nextLook(path, of, bytes);
      await done();
      return [...due].map((one) => basename(one, '.ldb')).map((name) => String(Number(name)));
    };
    expect(await look(tables, 250)).toEqual(['11', '10']);
    expect(await look(tables, 250)).toEqual(['9', '3']);
    expect(await look(tables, 250)).toEqual(['11', '10']);
    // A new one goes before those that were seen; one is gone.
    const later = [...tables.slice(1), put('000012.ldb', 'x'.repeat(100))];
    expect(await look(later, 250)).toEqual(['12', '9']);
    expect(await look(later, 0)).toEqual(['11']);
    expect(await look(later, 1e9)).toHaveLength(4);
    // Whatever became of the note, all are due.
    for (const note of ['', '[]', '{"000012.ldb":"a"}', 'null', '{"000012.ldb":-1e999}']) {
      writeFileSync(join(path, 'looked-at.json'), note);
      expect(await look(later, 250), note).toEqual(['12', '11']);
    }
    removeFiles();
  });
});

/** A store of two tables; the body of the first document lies as it is at the beginning of the first one. */
async function filled(): Promise<{ path: string; first: string }> {
  const path = folder();
  const replica = await openLocalReplica(path);
  for (const id of ['a', 'b']) {
    const noise = (): string => randomBytes(600).toString('base64');
    await replica.write(
      Array.from({ length: 100 }, (_, n) =>
        revision(`${id}${n}`, [rev(1, `${id}${n}`)], { body: { noise: noise() } }),
      ),
    );
    await replica.sync();
  }
  await replica.close();
  const [first = ''] = (await tablesIn(path)).toSorted();
  return { path, first };
}

function overwrite(file: string, at: number, length: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0, at, at + length);
  writeFileSync(file, bytes);
}

describe('a table of which bytes rotted after a proper end', () => {
  it('ends the process that reads it unseen, and is put by where it is looked at', async () => {
    const { path, first } = await filled();
    overwrite(first, 0, 64);
    const read = (...args: string[]) => spawnSync(process.execPath, [READER, path, ...args]);
    // Only the newest table is looked at: LevelDB asserts.
    const { signal, status } = read('0');
    // Windows has no signals.
    expect(process.platform === 'win32' ? status !== 0 : signal === 'SIGABRT').toBe(true);
    const whole = read();
    expect(whole.stderr.toString()).toBe('');
    expect(JSON.parse(whole.stdout.toString())).toEqual({ found: 'repaired', missing: expect.any(Number) });
  });

  it('is seen by its index alone where its filter rotted: that would say of records that they are not there', async () => {
    const { first } = await filled();
    const bytes = readFileSync(first);
    // Behind the blocks of data and before the names of such blocks.
    const filter = bytes.indexOf('filter.leveldb') - 40;
    expect(filter).toBeGreaterThan(0);
    expect(await tableState(first, false)).toBe('whole');
    overwrite(first, filter, 16);
    expect(await tableState(first, false)).toBe('damaged');
    expect(statSync(first).size).toBe(bytes.length);
  });
});
