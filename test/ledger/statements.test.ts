/** Where SQL stands, and that what it repeats has a name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLASSES, STATES } from '../../shared/review.ts';
import { DELIVERY_STATES } from '../../shared/states.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The product's own files under these folders, by their path from the root, with their text. */
function filesIn(...folders: readonly string[]): readonly (readonly [path: string, text: string])[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const),
  );
}

/** How a statement begins, at the beginning of a string. */
const STATEMENT =
  /['"`]\s*(?:SELECT\s[^'"`]*\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(?:TEMP\s+)?(?:TABLE|INDEX|TRIGGER)\s|PRAGMA\s)/;

const product = filesIn('electron', 'shared', 'renderer');
const inLedger = product.filter(([path]) => path.startsWith('electron/ledger/'));
const SCHEMA = 'electron/ledger/migrations.ts';

describe('SQL', () => {
  it('stands in the ledger and nowhere else', () => {
    const holders = product.filter(([, text]) => STATEMENT.test(text)).map(([path]) => path);
    expect(holders.length).toBeGreaterThan(10);
    expect(holders.filter((path) => !path.startsWith('electron/ledger/'))).toEqual([]);
  });

  it('names its sets of states and classes: none is written out twice', () => {
    const written = inLedger
      .filter(([path]) => path !== SCHEMA)
      .flatMap(([path, text]) =>
        [...text.matchAll(/\bIN\s*\(\s*'[^)]*\)/g)].map(([set]) => `${path}: ${set}`),
      );
    expect(written).toEqual([]);
  });

  it('lists the columns of a change once', () => {
    const holders = inLedger
      .filter(([path, text]) => path !== SCHEMA && /SELECT\s+(?:c\.)?\*[^`']*\schanges\b/.test(text))
      .map(([path]) => path);
    expect(holders).toEqual([]);
  });
});

it('sets of states and classes have names in TypeScript too', () => {
  const values = [...new Set<string>([...STATES, ...CLASSES, ...DELIVERY_STATES])].map(
    (value) => `'${value}'`,
  );
  const set = new RegExp(`\\[(?:${values.join('|')})(?:,\\s*(?:${values.join('|')}))+\\]\\s*\\.includes`);
  expect(`['open', 'held'].includes`).toMatch(set);
  expect(
    filesIn('electron')
      .filter(([, text]) => set.test(text))
      .map(([path]) => path),
  ).toEqual([]);
});
