import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objection, type Layer } from '../../build/layers.mjs';

const ROOT = join(import.meta.dirname, '../..');

/** [file, what it imports]. Each is an arrow that the layers forbid (docs/rules.md §5). */
const FORBIDDEN = [
  ['shared/a1.ts', "import 'node:fs';"],
  ['shared/a2.ts', "import '../electron/host/failures.ts';"],
  ['shared/a3.ts', "import 'react';"],
  ['shared/a4.ts', "import 'electron';"],
  ['shared/deep/a5.ts', "import '../../renderer/app.tsx';"],
  ['electron/intake/b1.ts', "import '../replica/replica.ts';"],
  ['electron/intake/b2.ts', "import type { Replica } from '../replica/types.ts';\nexport type R = Replica;"],
  ['electron/intake/formats/b3.ts', "export * from '../../ledger/database.ts';"],
  ['electron/disk/b0.ts', "import '../intake/copy.ts';"],
  ['electron/intake/b4.ts', "export { x } from '../station.ts';"],
  ['electron/intake/b5.ts', "import 'pouchdb-node';"],
  ['electron/sources/b6.ts', "import '../intake/copy.ts';"],
  ['electron/replica/b7.ts', "import 'electron';"],
  ['electron/ledger/b8.ts', "import '../practice/server.ts';"],
  ['electron/review/b9.ts', "export const x = await import('../upload/client.ts');"],
  ['electron/upload/b10.ts', "import '../desktop/window.ts';"],
  ['electron/upload/b11.ts', "export type X = import('../ledger/database.ts').Database;"],
  ['electron/updates/b12.ts', "import '../sources/source.ts';"],
  ['electron/updates/b13.ts', "import 'electron';"],
  ['electron/station/c1.ts', "import 'electron';"],
  ['electron/station/c2.ts', "import '../browser/server.ts';"],
  ['electron/cli.ts', "import './practice/server.ts';"],
  ['electron/cli/c3.ts', "import '../ledger/database.ts';"],
  ['electron/browser/server.ts', "import 'electron';"],
  ['electron/main.ts', "import './ledger/database.ts';"],
  ['electron/main.ts', "export const x = await import('./practice/server.ts');"],
  ['electron/practice/c4.ts', "import '../ledger/database.ts';"],
  ['electron/host/c5.ts', "import '../station.ts';"],
  ['electron/workers/c6.ts', "import '../station/core.ts';"],
  ['electron/preload.ts', "import 'node:fs';"],
  ['electron/preload.ts', "import './station.ts';"],
  ['renderer/d1.tsx', "import 'electron';"],
  ['renderer/d2.tsx', "import 'node:fs';"],
  ['renderer/screens/d3.tsx', "import '../../electron/station.ts';"],
  ['renderer/d4.tsx', "import '../electron/practice/server.ts';"],
  ['renderer/d5.tsx', "import 'pouchdb-node';"],
] as const;

const ALLOWED = [
  ['shared/a1.ts', "import 'valibot';\nimport './deep/x.ts';"],
  ['shared/deep/a2.ts', "import '../errors.ts';"],
  ['electron/intake/b1.ts', "import 'node:fs';\nimport './copy.ts';\nimport '../../shared/errors.ts';"],
  ['electron/intake/formats/b2.ts', "import '../copy.ts';"],
  ['electron/intake/b0.ts', "import '../disk/own-disk.ts';"],
  ['electron/replica/b3.ts', "import 'pouchdb-node';\nimport 'leveldown';"],
  ['electron/sources/b4.ts', "import 'usb/dist/index.js';"],
  ['electron/station.ts', "import './ledger/database.ts';\nimport './station/handlers.ts';"],
  ['electron/cli.ts', "import './station.ts';\nexport const x = await import('./practice/server.ts');"],
  ['electron/main.ts', "import 'electron';\nimport './station.ts';"],
  ['electron/preload.ts', "import 'electron';"],
  ['renderer/d1.tsx', "import 'react-dom/client';\nimport '../shared/contract.ts';"],
  ['test/unit/e1.ts', "import '../../electron/ledger/database.ts';\nimport '../../renderer/app.tsx';"],
] as const;

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly filename: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-layers-'));
  cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  mkdirSync(join(folder, 'build'));
  cpSync(join(ROOT, 'build/layers.mjs'), join(folder, 'build/layers.mjs'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the real linter with the real configuration says of these files by one of its rules. */
function lint(files: readonly (readonly [string, string])[], rule = 'station(layers)'): Finding[] {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\n`);
  }
  const run = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '-f', 'json', ...files.map(([name]) => name)],
    { cwd: folder, encoding: 'utf8' },
  );
  const { diagnostics } = JSON.parse(run.stdout) as { readonly diagnostics: readonly Finding[] };
  return diagnostics.filter(({ code }) => code === rule);
}

/** Files of the same name get a folder of their own run. */
function inTurns(rows: readonly (readonly [string, string])[]): (readonly [string, string])[][] {
  const turns: (readonly [string, string])[][] = [];
  for (const row of rows) {
    const turn = turns.find((others) => others.every(([name]) => name !== row[0]));
    if (turn === undefined) turns.push([row]);
    else turn.push(row);
  }
  return turns;
}

describe('the layers', () => {
  test('refuse every arrow that the layers forbid, and say what is allowed', () => {
    for (const turn of inTurns(FORBIDDEN)) {
      const found = lint(turn);
      const refused = found.map(({ filename }) => filename.replaceAll('\\', '/'));
      for (const [name] of turn) expect(refused, name).toContain(name);
      for (const { message } of found) expect(message).toMatch(/may import .+; it may not import /);
    }
  });

  test('allow the others', () => {
    for (const turn of inTurns(ALLOWED)) expect(lint(turn)).toEqual([]);
  });
});

test('renames and removals stand in electron/disk alone', () => {
  const ways = [
    "import { rename } from 'node:fs/promises';",
    "import { unlink as away } from 'node:fs/promises';",
    "import { rmSync } from 'node:fs';",
    "import { promises } from 'node:fs';",
    "import * as fs from 'node:fs';",
    "import fs from 'node:fs';",
    "import fs from 'node:fs/promises';",
  ];
  const rule = 'eslint(no-restricted-imports)';
  const files = ways.map((text, at) => [`electron/station/f${at}.ts`, text] as const);
  const found = lint(files, rule).map(({ filename }) => filename.replaceAll('\\', '/'));
  expect(found.toSorted()).toEqual(files.map(([name]) => name));
  expect(
    lint([['electron/station/g.ts', "import { readFile, mkdir } from 'node:fs/promises';"]], rule),
  ).toEqual([]);
  expect(
    lint(
      ways.map((text, at) => [`electron/disk/h${at}.ts`, text] as const),
      rule,
    ),
  ).toEqual([]);
});

/** A place that ends with `/` must be a folder, any other a file. */
function isThere(place: string): boolean {
  const found = statSync(join(ROOT, place), { throwIfNoEntry: false });
  return place.endsWith('/') ? found?.isDirectory() === true : found?.isFile() === true;
}

describe('the rule', () => {
  const text = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  const config = JSON.parse(text) as {
    readonly rules: { readonly 'station/layers': readonly [string, { readonly layers: readonly Layer[] }] };
  };
  const [severity, { layers }] = config.rules['station/layers'];

  test('is an error, with the layers as its data', () => {
    expect(severity).toBe('error');
    expect(layers.length).toBeGreaterThan(8);
  });

  test('names only places and packages that are there', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'optionalDependencies' | 'devDependencies',
      Record<string, string>
    >;
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const installed = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }));
    const places = layers.flatMap(({ files, mayImport, mayLoad }) => [
      ...files,
      ...mayImport,
      ...(mayLoad ?? []),
    ]);
    expect(places.length).toBeGreaterThan(20);
    expect(places.filter((place) => !isThere(place))).toEqual([]);
    const packages = layers.flatMap((layer) => layer.packages).filter((name) => name !== 'node:');
    expect(packages.filter((name) => !installed.has(name))).toEqual([]);
  });

  test('takes the longest place that fits', () => {
    const two: Layer[] = [
      { files: ['electron/'], mayImport: ['shared/'], packages: [] },
      { files: ['electron/main.ts'], mayImport: [], packages: ['electron'] },
    ];
    expect(objection(two, 'electron/main.ts', 'electron', false)).toBeNull();
    expect(objection(two, 'electron/main.ts', '../shared/a.ts', false)).toContain('shared/a.ts');
    expect(objection(two, 'electron/other.ts', 'electron', false)).toContain('electron/ may import shared/');
  });

  test('does not take a package for another whose name begins alike', () => {
    const one: Layer[] = [{ files: ['renderer/'], mayImport: [], packages: ['react'] }];
    expect(objection(one, 'renderer/a.tsx', 'react/jsx-runtime', false)).toBeNull();
    expect(objection(one, 'renderer/a.tsx', 'react-dom', false)).not.toBeNull();
  });

  test('does not take a folder for a package of the same name', () => {
    const one: Layer[] = [{ files: ['electron/main.ts'], mayImport: [], packages: ['electron'] }];
    expect(objection(one, 'electron/main.ts', 'electron', false)).toBeNull();
    expect(objection(one, 'electron/main.ts', './ledger/database.ts', false)).not.toBeNull();
  });
});
