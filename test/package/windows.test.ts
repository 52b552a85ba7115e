/** The program for Windows, packed on whatever computer this is, with the packages as `npm ci --os=win32 --ignore-scripts` lays them. */
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NtExecutable, NtExecutableResource } from 'resedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foreignModules } from '../../build/after-pack.mjs';
import { FUSES } from '../../build/fuses.mjs';
import { listArchive, type ArchivedFile } from './asar.ts';
import { pack, readJson } from './pack.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let project: string;
let unpacked: string;
let program: string;
let files: readonly ArchivedFile[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-windows-package-'));
  project = join(folder, 'project');
  for (const name of [
    'package.json',
    'package-lock.json',
    'electron-builder.yml',
    'LICENSE',
    'NOTICE',
    'build',
    'out',
  ])
    cpSync(join(ROOT, name), join(project, name), { recursive: true });
  const { packages } = readJson(join(ROOT, 'package-lock.json')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    if (path === '' || dev === true || !existsSync(join(ROOT, path))) continue;
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  }
  // What was compiled here; for Windows nothing is.
  rmSync(join(project, 'node_modules/drivelist/build'), { recursive: true, force: true });
  pack('--win', folder, project);
  unpacked = join(folder, 'dist/win-unpacked');
  program = join(unpacked, 'CHT Aggregation Station.exe');
  files = listArchive(join(unpacked, 'resources/app.asar'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('holds the program, its archive, and beside it the script that asks Windows', () => {
  expect(readFileSync(program).subarray(0, 2).toString()).toBe('MZ');
  expect(readdirSync(join(unpacked, 'resources')).toSorted()).toEqual([
    'app.asar',
    'app.asar.unpacked',
    'sbom.cdx.json',
    'windows-devices.ps1',
  ]);
  expect(readFileSync(join(unpacked, 'resources/windows-devices.ps1'), 'utf8')).toBe(
    readFileSync(join(ROOT, 'build/windows-devices.ps1'), 'utf8'),
  );
  const paths = files.map(({ path }) => path);
  expect(new Set(paths.map((path) => path.split('/')[0]))).toEqual(
    new Set(['node_modules', 'out', 'package.json', 'LICENSE', 'NOTICE']),
  );
  for (const name of [
    'out/main/main.js',
    'out/main/device-worker.js',
    'out/preload/preload.cjs',
    'out/renderer/index.html',
  ])
    expect(paths).toContain(name);
});

test('native modules are those of Windows, beside the archive, and nothing was compiled', () => {
  const natives = files.filter(({ path }) => path.endsWith('.node'));
  for (const name of ['leveldown', 'usb'])
    expect(
      natives.some(({ path }) => path.includes(`node_modules/${name}/prebuilds/win32-x64/`)),
      name,
    ).toBe(true);
  for (const { path, unpacked: isBeside } of natives) {
    expect(path).toMatch(/\/prebuilds\/win32-x64\//);
    expect(isBeside, path).toBe(true);
  }
  expect(foreignModules(join(unpacked, 'resources/app.asar.unpacked'), 'win32')).toEqual([]);
});

test('what was compiled for the computer that packs is told, and is no package', () => {
  const elsewhere = join(folder, 'elsewhere');
  cpSync(join(project, 'node_modules/leveldown/prebuilds/linux-x64'), elsewhere, { recursive: true });
  writeFileSync(join(elsewhere, 'own.node'), Buffer.from('MZ and more'));
  const foreign = foreignModules(elsewhere, 'win32');
  expect(foreign.length).toBeGreaterThan(0);
  expect(foreign).not.toContain('own.node');
  expect(foreignModules(elsewhere, 'linux')).toEqual(['own.node']);
});

test('the fuses are flipped in the program for Windows', async () => {
  const wire = await getCurrentFuseWire(program);
  for (const [name, wanted] of Object.entries(FUSES)) {
    if (!/^\d+$/.test(name)) continue;
    const fuse = Number(name) as FuseV1Options;
    expect(wire[fuse], FuseV1Options[fuse]).toBe(wanted === true ? FuseState.ENABLE : FuseState.DISABLE);
  }
});

test('the program knows the check sum of the head of its archive, which it compares at each start', () => {
  const { entries } = NtExecutableResource.from(NtExecutable.from(readFileSync(program)));
  const told = entries.find(({ type }) => type === 'INTEGRITY');
  const [sum] = JSON.parse(Buffer.from(told?.bin ?? new ArrayBuffer(0)).toString('utf8')) as {
    file: string;
    alg: string;
    value: string;
  }[];
  const archive = readFileSync(join(unpacked, 'resources/app.asar'));
  const head = archive.subarray(16, 16 + archive.readUInt32LE(12));
  expect(sum).toMatchObject({
    file: 'resources\\app.asar',
    alg: 'SHA256',
    value: createHash('sha256').update(head).digest('hex'),
  });
});
