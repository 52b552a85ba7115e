/**
 * What the desktop part takes from Electron is there in what plays Electron. A name that is not ends the packaged
 * program at its first line, and only the long test of the package would say so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeElectron } from './fake-electron.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The preload runs in the page, where another stand-in plays Electron. */
const OF_THE_PAGE = 'preload.ts';

/** `import { app, type Session } from 'electron'`: the names of values only. */
const namesTaken = (text: string): string[] =>
  [...text.matchAll(/^import \{([^}]*)\} from 'electron';/gm)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type ')),
  );

test('names of values are found, those of types are not', () => {
  expect(
    namesTaken("import { app, type Session } from 'electron';\nimport type { Menu } from 'electron';"),
  ).toEqual(['app']);
});

test('every name that is taken from Electron is played', () => {
  const folder = join(ROOT, 'electron');
  const taken = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== OF_THE_PAGE)
    .flatMap((name) => namesTaken(readFileSync(join(folder, name), 'utf8')));
  expect(taken).toContain('app');

  const standIn = readFileSync(join(ROOT, 'test/package/electron-stand-in.ts'), 'utf8');
  const exported = [...standIn.matchAll(/^export const (?:\{([^}]*)\}|(\w+)) =/gm)].flatMap(([, many, one]) =>
    (many ?? one ?? '').split(',').map((name) => name.trim()),
  );
  expect([...new Set(taken)].filter((name) => !exported.includes(name))).toEqual([]);
  expect([...new Set(taken)].filter((name) => !(name in fakeElectron()))).toEqual([]);
});
