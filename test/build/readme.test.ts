/** What the README and the guide for testing by hand call by name is called so in the window. */
import { readFileSync } from 'node:fs';
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
