/** Pages name buttons as the window does, and the map of the tree names folders that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Every text of a tree of words. */
function textsOf(words: unknown): string[] {
  if (typeof words === 'string') return [words];
  return Object.values(words as Record<string, unknown>).flatMap(textsOf);
}

/** Names in italics, as Markdown writes them. */
const namesIn = (page: string): string[] =>
  [...page.matchAll(/(?<![\w_])_([A-Z][^_\n]+)_(?![\w_])/g)].map(([, name = '']) => name);

const IN_WINDOW = textsOf(JSON.parse(read('shared/words/en/window.json')));
/** A button may say more than its name: "Import 2 exports". */
function isInWindow(name: string): boolean {
  return IN_WINDOW.some((text) => text === name || text.startsWith(`${name} {{`));
}

test('a name in italics is found', () => {
  expect(namesIn('press _Import_; _Read a phone_ says; file_name_here and `_id`')).toEqual([
    'Import',
    'Read a phone',
  ]);
});

test.each(['README.md', 'docs/manual-testing.md', 'CHANGELOG.md'])(
  '%s names what the window shows',
  (page) => {
    const names = namesIn(read(page));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isInWindow(name))).toEqual([]);
  },
);

/** Folders that a tree of folders names, each as the paths that it may mean: in the folder of its line, or beside it. */
function foldersIn(tree: string): string[][] {
  let top = '';
  let current = '';
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', first] = /^( *)([\w-]+)\/ /.exec(line) ?? [];
    if (first !== undefined) {
      if (indent === '') top = first;
      current = indent === '' ? first : `${top}/${first}`;
    }
    const named = [...line.matchAll(/(?<![\w./-])([\w-]+)\/(?=[\s,;)]|$)/g)].map(([, name = '']) => name);
    const inside = named
      .filter((name) => name !== first)
      .map((name) => [`${current}/${name}`, `${top}/${name}`]);
    return first === undefined ? inside : [[current], ...inside];
  });
}

/** The map of the tree, as the page has it. */
function mapOfTree(): string[][] {
  const page = read('docs/architecture.md');
  return foldersIn(page.slice(page.indexOf('## 4. The tree'), page.indexOf('## 5.')));
}

test('the map of the tree names folders that are there', () => {
  expect(foldersIn('a/   b/ and c.ts\n  d/   (e/)')).toEqual([
    ['a'],
    ['a/b', 'a/b'],
    ['a/d'],
    ['a/d/e', 'a/e'],
  ]);
  const folders = mapOfTree();
  expect(folders.length).toBeGreaterThan(30);
  const missing = folders.filter((paths) => !paths.some((path) => existsSync(join(ROOT, path))));
  expect(missing).toEqual([]);
});

/** Of these the map says what kinds of folders are in them. */
const NOT_ONE_BY_ONE = ['renderer/screens', 'shared/words'];

/** The folders in a folder, and those in them, as paths from the top. */
function foldersOf(folder: string): string[] {
  if (NOT_ONE_BY_ONE.includes(folder)) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`)
    .flatMap((inside) => [inside, ...foldersOf(inside)]);
}

test('the map of the tree names every folder of the program', () => {
  const named = new Set(mapOfTree().flat());
  const folders = ['electron', 'shared', 'renderer'].flatMap(foldersOf);
  expect(folders.length).toBeGreaterThan(30);
  expect(folders.filter((folder) => !named.has(folder))).toEqual([]);
});
