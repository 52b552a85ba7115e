import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import leveldown from 'leveldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReplica } from '../../electron/replica/replica.ts';
import { tablesIn, tableState } from '../../electron/replica/tables.ts';
import { randomNumbers } from '../../electron/practice/documents.ts';
import { temporaryFolder } from '../support/folder.ts';
import { revision } from '../support/replica.ts';
import { rev } from '../support/revisions.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

/** Tables of a real store: texts that pack well, and noise that does not. */
async function tables(): Promise<string[]> {
  const folder = join(temporary.path, 'replica');
  const random = randomNumbers(7);
  const replica = await openReplica(folder);
  const documents = Array.from({ length: 600 }, (_, n) =>
    revision(`d${n}`, [rev(1, `d${n}`)], {
      body:
        n % 2 === 0 ? { text: 'again '.repeat(80) } : { noise: Array.from({ length: 60 }, () => random()) },
    }),
  );
  await replica.write(documents);
  await replica.close();
  // Its log becomes a table.
  await new Promise<void>((resolve) => {
    leveldown.repair(folder, () => resolve());
  });
  return tablesIn(folder);
}

describe('the tables of a store', () => {
  it('are whole as LevelDB wrote them, packed or not', async () => {
    const all = await tables();
    expect(all.length).toBeGreaterThan(0);
    for (const path of all) {
      expect(statSync(path).size).toBeGreaterThan(4096);
      expect(await tableState(path, false)).toBe('whole');
      expect(await tableState(path, true)).toBe('whole');
    }
  });

  it('are damaged wherever one byte of a block is another', async () => {
    const [path = ''] = await tables();
    const bytes = readFileSync(path);
    const other = join(temporary.path, 'other.ldb');
    // The checksum is of all but the footer, which holds the two handles.
    for (let at = 0; at < bytes.length - 48; at += Math.ceil(bytes.length / 97)) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      writeFileSync(other, changed);
      expect(await tableState(other, true), `byte ${at}`).toBe('damaged');
    }
    for (const [name, from] of [
      ['the index', bytes.length - 48 - 8],
      ['the handles', bytes.length - 47],
    ] as const) {
      const changed = Buffer.from(bytes);
      changed[from] = (changed[from] ?? 0) ^ 0x40;
      writeFileSync(other, changed);
      expect(await tableState(other, false), name).toBe('damaged');
    }
  });

  it('have no end where writing was cut off', async () => {
    const [path = ''] = await tables();
    const other = join(temporary.path, 'other.ldb');
    for (const size of [0, 10, 4096]) {
      copyFileSync(path, other);
      truncateSync(other, size);
      expect(await tableState(other, true)).toBe('unfinished');
    }
  });
});

describe('a store of which a table was damaged', () => {
  it('is opened without it, and the table is kept', async () => {
    const [path = ''] = await tables();
    const bytes = readFileSync(path);
    // In the index, where reading it would end this process.
    for (let at = bytes.length - 48 - 30; at < bytes.length - 48 - 10; at += 1) bytes[at] = 0xff;
    writeFileSync(path, bytes);
    const folder = join(temporary.path, 'replica');
    const replica = await openReplica(folder);
    expect(replica.found).toEqual({ kind: 'repaired' });
    await replica.write([revision('new', [rev(1, 'new')], {})]);
    await replica.close();
    expect(readdirSync(folder).some((name) => name.endsWith('.damaged'))).toBe(true);
  });

  it('that was not closed is looked at closely', async () => {
    const [path = ''] = await tables();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 100, 200);
    writeFileSync(path, bytes);
    const replica = await openReplica(join(temporary.path, 'replica'), { careful: true });
    expect(replica.found).toEqual({ kind: 'repaired' });
    await replica.close();
  });
});
