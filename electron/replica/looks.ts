/**
 * Which tables of a store are looked at in full when it is opened after a proper end. Bytes rot also while nobody writes,
 * and a table whose bytes were changed can end the whole process. All of a large store would make each start slow, so a
 * start looks at so many bytes: first tables that were never looked at, the newest of them first, then those whose last
 * look is the longest ago.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replaceFile } from '../disk/own-disk.ts';

/** Less than a second of an old disk (80 MB/s), a fifth of one of reckoning: some 50,000 records. */
export const LOOK_BYTES = 64 * 1024 * 1024;

/** Lies with the tables: which start looked at which, by name. LevelDB leaves names alone that are not its own. */
const NOTE = 'looked-at.json';

type Looks = ReadonlyMap<string, number>;

export interface Look {
  /** Of these tables every block is read. */
  readonly due: ReadonlySet<string>;
  /** They were. */
  done(): Promise<void>;
}

/**
 * @param tables the paths of all tables
 * @param bytes how much is looked at; one table at least
 */
export async function nextLook(folder: string, tables: readonly string[], bytes: number): Promise<Look> {
  const looks = await looksIn(folder);
  const lookOf = (path: string): number => looks.get(basename(path)) ?? 0;
  const order = tables.toSorted((a, b) => lookOf(a) - lookOf(b) || numberOf(b) - numberOf(a));
  const due = new Set<string>();
  let left = bytes;
  for (const path of order) {
    const { size } = await stat(path);
    if (size > left && due.size > 0) break;
    due.add(path);
    left -= size;
  }
  const now = Math.max(0, ...looks.values()) + 1;
  return {
    due,
    done: async () => {
      const seen = tables.map((path) => [basename(path), due.has(path) ? now : lookOf(path)] as const);
      // On a full disk, say: then the same ones are looked at once more.
      await replaceFile(join(folder, NOTE), JSON.stringify(Object.fromEntries(seen))).catch(() => {});
    },
  };
}

async function looksIn(folder: string): Promise<Looks> {
  try {
    const note: unknown = JSON.parse(await readFile(join(folder, NOTE), 'utf8'));
    if (typeof note !== 'object' || note === null) return new Map();
    return new Map(
      Object.entries(note).flatMap(([name, look]) => (Number.isSafeInteger(look) ? [[name, look]] : [])),
    );
  } catch {
    // None yet, or it was damaged with the rest: everything is due.
    return new Map();
  }
}

/** Later tables have higher numbers. */
function numberOf(path: string): number {
  return Number.parseInt(basename(path), 10);
}
