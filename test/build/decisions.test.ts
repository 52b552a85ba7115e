import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const text = readFileSync(join(import.meta.dirname, '../../docs/decisions.md'), 'utf8');
const [head = '', ...entries] = text.split(/\n(?=## )/);
const titles = entries.map((entry) => entry.slice(3, entry.indexOf('\n')).trim());
const dates = entries.map((entry) => /^## [^\n]+\n\n(\d{4}-\d\d-\d\d)[.,]/.exec(entry)?.[1] ?? null);

test('every decision begins with its date, the newest on top', () => {
  expect(titles.length).toBeGreaterThan(40);
  expect(titles.filter((_, at) => dates[at] === null)).toEqual([]);
  expect(dates).toEqual([...dates].sort().reverse());
});

test('the index names every decision once', () => {
  // Whether a line leads to its heading is looked at with all other links: citations.test.ts.
  const named = [...head.matchAll(/^- \[(.+)\]\(#/gm)].map(([, title = '']) => title);
  expect(titles.filter((title) => !named.includes(title))).toEqual([]);
  expect([...named].sort()).toEqual([...titles].sort());
});
