/** No file needs itself, on whatever way: the linter does not follow imports of types. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const IMPORT = /(?:from|import)\s+'(\.\.?\/[^']+\.tsx?)'/g;

/** Circles of a graph, each as the way around it. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) follow(file, []);
  return circles;
}

test('a circle is found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['b']],
    ['d', []],
  ]);
  expect(circlesOf(graph)).toEqual(['b -> c -> b']);
});

test.each(['electron', 'shared', 'renderer'])(
  'files of %s import each other one way only, types too',
  (folder) => {
    const graph = new Map<string, string[]>();
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(name)) continue;
      const file = join(folder, name);
      const text = readFileSync(join(ROOT, file), 'utf8');
      graph.set(
        file,
        [...text.matchAll(IMPORT)].map(([, to = '']) => normalize(join(dirname(file), to))),
      );
    }
    expect(graph.size).toBeGreaterThan(30);
    expect(circlesOf(graph)).toEqual([]);
  },
);
