import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockProblems } from '../../build/lock-check.mjs';

const NPMRC = 'fund=false\nomit-lockfile-registry-resolved=true\n';
const MANIFEST = {
  dependencies: { ws: '8.23.0' },
  devDependencies: { oxlint: '1.89.0' },
  allowScripts: { drivelist: true },
};
const PACKAGES = {
  '': { dependencies: { ws: '8.23.0' }, devDependencies: { oxlint: '1.89.0' } },
  'node_modules/ws': { version: '8.23.0' },
  'node_modules/oxlint': { version: '1.89.0', optionalDependencies: { '@oxlint/win32': '1.89.0' } },
  'node_modules/@oxlint/win32': { version: '1.89.0', optional: true },
  'node_modules/drivelist': { version: '12.0.2', hasInstallScript: true },
};
const problems = (packages: object, manifest: object = MANIFEST, npmrc = NPMRC) =>
  lockProblems({ packages: { ...PACKAGES, ...packages } }, manifest, npmrc);

const without = (path: string) =>
  lockProblems(
    { packages: Object.fromEntries(Object.entries(PACKAGES).filter(([name]) => name !== path)) },
    MANIFEST,
    NPMRC,
  );

describe('the lock file', () => {
  test('of this repository has no problem', () => {
    const read = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
    const lock: unknown = JSON.parse(read('package-lock.json'));
    expect(lockProblems(lock, JSON.parse(read('package.json')), read('.npmrc'))).toEqual([]);
  });

  test('names what may be missing by one exact version, as package.json does', () => {
    const optionalDependencies = { drivelist: '12.0.2' };
    const root = { ...PACKAGES[''], optionalDependencies };
    expect(problems({ '': root }, { ...MANIFEST, optionalDependencies })).toEqual([]);
    expect(problems({}, { ...MANIFEST, optionalDependencies })).toEqual([
      'the lock and package.json differ about drivelist: run npm install',
    ]);
    const loose = { optionalDependencies: { drivelist: '^12.0.2' } };
    expect(problems({ '': { ...PACKAGES[''], ...loose } }, { ...MANIFEST, ...loose })).toEqual([
      'package.json asks for drivelist ^12.0.2: write one exact version',
    ]);
  });

  test('that is complete has none', () => {
    expect(problems({})).toEqual([]);
  });

  test('must have the parts for other systems', () => {
    expect(without('node_modules/@oxlint/win32')).toEqual([
      'node_modules/oxlint may need @oxlint/win32, which has no entry in the lock',
    ]);
  });

  test('may have them where Node looks for them', () => {
    const inner = 'node_modules/a/node_modules/b';
    const b = { version: '1.0.0', optionalDependencies: { c: '1.0.0' } };
    const c = { version: '1.0.0' };
    expect(problems({ [inner]: b })).toHaveLength(1);
    for (const place of [`${inner}/node_modules/c`, 'node_modules/a/node_modules/c', 'node_modules/c']) {
      expect(problems({ [inner]: b, [place]: c }), place).toEqual([]);
    }
    expect(problems({ [inner]: b, 'node_modules/x/node_modules/c': c })).toHaveLength(1);
  });

  test('must not say where a package was downloaded', () => {
    const resolved = 'https://registry.example/ws.tgz';
    expect(problems({ 'node_modules/ws': { version: '8.23.0', resolved } })).toEqual([
      'node_modules/ws names the host it was downloaded from',
    ]);
    expect(problems({}, MANIFEST, 'fund=false\n')).toHaveLength(1);
  });

  test.each(['^8.23.0', '~8.23.0', '8', '*', 'latest', 'github:websockets/ws'])('must not pin %s', (ws) => {
    const root = { ...PACKAGES[''], dependencies: { ws } };
    expect(problems({ '': root }, { ...MANIFEST, dependencies: { ws } })).toEqual([
      `package.json asks for ws ${ws}: write one exact version`,
    ]);
  });

  test('may pin a second release of a package under another name', () => {
    const manifest = (old: string) => ({
      ...MANIFEST,
      devDependencies: { ...MANIFEST.devDependencies, old },
    });
    const root = (old: string) => ({ ...PACKAGES[''], devDependencies: manifest(old).devDependencies });
    const found = (old: string) =>
      problems({ '': root(old), 'node_modules/old': { name: 'oxlint', version: '1.0.0' } }, manifest(old));
    expect(found('npm:oxlint@1.0.0')).toEqual([]);
    expect(found('npm:oxlint@^1.0.0')).toHaveLength(1);
  });

  test('must be of this package.json', () => {
    expect(problems({}, { ...MANIFEST, dependencies: { ws: '8.24.0' } })).toHaveLength(1);
    expect(problems({}, { ...MANIFEST, dependencies: {} })).toHaveLength(1);
  });

  test('must have an answer for every install script, and no other answer', () => {
    expect(problems({ 'node_modules/x/node_modules/new': { hasInstallScript: true } })).toEqual([
      'new wants to run an install script: decide in allowScripts of package.json',
    ]);
    expect(problems({}, { ...MANIFEST, allowScripts: { drivelist: true, ws: true } })).toEqual([
      'allowScripts names ws, which has no install script',
    ]);
  });
});
