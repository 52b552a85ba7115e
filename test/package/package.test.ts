import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUSES } from '../../build/fuses.mjs';
import type { makeSbom } from '../../build/sbom.mjs';
import { extractArchive, listArchive, type ArchivedFile } from './asar.ts';
import { pack, readJson } from './pack.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let unpacked: string;
let archive: string;
let files: readonly ArchivedFile[];
/** The program as it lies in the archive, where plain Node can run it. */
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-package-'));
  pack('--linux', folder);
  unpacked = join(
    folder,
    'dist',
    process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`,
  );
  archive = join(unpacked, 'resources/app.asar');
  files = listArchive(archive);
  program = join(folder, 'program');
  extractArchive(archive, program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const paths = () => files.map(({ path }) => path);
const matching = (pattern: RegExp) => paths().filter((path) => pattern.test(path));

describe('the package holds', () => {
  test('the program, its thread, its preload and its window', () => {
    expect(paths()).toEqual(
      expect.arrayContaining([
        'package.json',
        'out/main/main.js',
        'out/main/phone.js',
        'out/main/replica-worker.js',
        'out/main/practice-process.js',
        'out/preload/preload.cjs',
        'out/renderer/index.html',
      ]),
    );
    expect(matching(/^out\/renderer\/assets\/.+\.(js|css)$/).length).toBeGreaterThanOrEqual(2);
  });

  test('the native modules as files beside the archive, for this machine only', () => {
    const natives = files.filter(({ path }) => path.endsWith('.node'));
    // Optional: it is there where it could be compiled.
    const hasDrivelist = existsSync(join(ROOT, 'node_modules/drivelist'));
    for (const name of ['leveldown', 'usb', ...(hasDrivelist ? ['drivelist'] : [])]) {
      expect(natives.map(({ path }) => path).join(' ')).toContain(`node_modules/${name}/`);
    }
    for (const { path, unpacked: isBeside } of natives) {
      expect(isBeside, path).toBe(true);
      expect(existsSync(join(`${archive}.unpacked`, path)), path).toBe(true);
      expect(path).toMatch(new RegExp(`prebuilds/${process.platform}-\\S*${process.arch}|build/Release/`));
    }
  });

  test('the rule by which people may open phones, as it is in the repository', () => {
    const rule = '70-cht-aggregation-station.rules';
    const packed = readFileSync(join(unpacked, 'resources', rule), 'utf8');
    expect(packed).toBe(readFileSync(join(ROOT, 'build', rule), 'utf8'));
    // The .deb puts the same file where udev looks.
    const config = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
    expect(config).toContain(`build/${rule}=/usr/lib/udev/rules.d/${rule}`);
  });

  test('the licence of the station, and the notice of what it contains', () => {
    for (const name of ['LICENSE', 'NOTICE']) {
      expect(readFileSync(join(program, name), 'utf8')).toBe(readFileSync(join(ROOT, name), 'utf8'));
    }
  });

  test('beside it, the list of what it is made of, with each package that was packed', () => {
    const sbom = readJson(join(unpacked, 'resources/sbom.cdx.json')) as unknown as ReturnType<
      typeof makeSbom
    >;
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.[5-9]/) });
    const listed = new Set(sbom.components.map((one) => one['bom-ref']));
    const packed = matching(/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/).map((manifest) => {
      const { name, version } = readJson(join(program, manifest));
      return `${String(name)}@${String(version)}`;
    });
    expect(packed.length).toBeGreaterThan(50);
    expect(packed.filter((one) => !listed.has(one))).toEqual([]);
  });

  test('the licence file of every package that has one', () => {
    const expected = matching(/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/).flatMap((manifest) => {
      const path = dirname(manifest);
      // The packager may lay a package elsewhere than npm does: only the same version says what belongs to it.
      const installed = join(ROOT, manifest);
      const isSame =
        existsSync(installed) &&
        readJson(installed)['version'] === readJson(join(program, manifest))['version'];
      return (isSame ? readdirSync(join(ROOT, path)) : [])
        .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
        .map((name) => `${path}/${name}`);
    });
    expect(expected.filter((path) => path.endsWith('.md')).length).toBeGreaterThan(10);
    expect(paths()).toEqual(expect.arrayContaining(expected));
  });

  test('a check sum of every file', () => {
    expect(files.filter(({ hash }) => hash === null)).toEqual([]);
  });
});

describe('the package does not hold', () => {
  test('anything but the built program and the packages it needs', () => {
    const tops = new Set(paths().map((path) => path.split('/')[0]));
    expect(tops).toEqual(new Set(['node_modules', 'out', 'package.json', 'LICENSE', 'NOTICE']));
    const outs = new Set(matching(/^out\//).map((path) => path.split('/')[1]));
    expect(outs).toEqual(new Set(['main', 'preload', 'renderer']));
  });

  test('sources, maps of sources, or what a compiler left', () => {
    expect(matching(/\.(map|ts|tsx|mts|cts|cc|h|gyp|gypi|o|a|d)$/)).toEqual([]);
    for (const path of matching(/\.md$/)) expect(path).toMatch(/\/licen[cs]e[^/]*\.md$/i);
  });

  test('a package that only development needs', () => {
    const lock = readJson(join(ROOT, 'package-lock.json')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version?: string }>>;
    };
    // By name and version: the packager may lay a package elsewhere than npm does.
    const named = (path: string, version: unknown) =>
      `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} ${String(version)}`;
    const needed = new Set(
      Object.entries(lock.packages)
        .filter(([path, { dev }]) => path !== '' && dev !== true)
        .map(([path, { version }]) => named(path, version)),
    );
    const manifests = matching(/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/);
    expect(manifests.length).toBeGreaterThan(20);
    for (const path of manifests) {
      const { version } = readJson(join(program, path));
      expect(needed).toContain(named(path.replace(/\/package\.json$/, ''), version));
    }
    for (const name of ['electron', 'commander', 'knip', 'vitest', 'typescript', 'react', 'node']) {
      expect(paths()).not.toContain(`node_modules/${name}/package.json`);
    }
  });

  test('browser mode: the packaged program opens no port, and practice one of this computer only', () => {
    const practice = 'out/main/practice-process.js';
    const opened: string[][] = [];
    for (const path of matching(/^out\/main\/.+\.js$/)) {
      const text = readFileSync(join(program, path), 'utf8');
      const calls = text.match(/createServer\$?\d*\(|\.listen\([^)]*\)|new WebSocketServer\([^)]*\)/g);
      opened.push(...(calls ?? []).map((call) => [path, call]));
    }
    expect(opened.filter(([path]) => path !== practice)).toEqual([]);
    const calls = opened.map(([, call = '']) => call).toSorted();
    // The practice server, and the phone's cable, which ends at a path that only this account can open.
    expect(calls.filter((call) => call.startsWith('.listen'))).toEqual([
      '.listen(path, resolve)',
      expect.stringContaining('"127.0.0.1"'),
    ]);
    // Served on that cable alone: it has no port of its own.
    expect(calls.filter((call) => call.includes('WebSocketServer'))).toEqual([
      expect.stringMatching(/\bnoServer: true\b/),
    ]);
  });
});

describe('the packaged binary', () => {
  test('has each fuse as it was decided', async () => {
    const wire = await getCurrentFuseWire(join(unpacked, 'cht-aggregation-station'));
    const said = Object.entries(wire)
      .filter(([key]) => key !== 'version')
      .map(([key, state]) => [FuseV1Options[Number(key)], state === FuseState.ENABLE]);
    expect(Object.fromEntries(said)).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: true,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
      WasmTrapHandlers: true,
    });
  });

  test('leaves no fuse undecided', () => {
    const names = Object.keys(FuseV1Options).filter((key) => /^\d+$/.test(key));
    for (const name of names) expect(FUSES[name], name).toBeTypeOf('boolean');
    expect(FUSES['strictlyRequireAllFuses']).toBe(true);
  });
});

describe('the packaged program', () => {
  test('finds every package it needs, and its native modules work', () => {
    const optional = existsSync(join(ROOT, 'node_modules/drivelist')) ? ['drivelist'] : [];
    const script = join(folder, 'load.mjs');
    writeFileSync(
      script,
      `import { createRequire } from 'node:module';
       const require = createRequire(${JSON.stringify(pathToFileURL(join(program, 'package.json')))});
       for (const name of Object.keys(require('./package.json').dependencies)) require(name);
       const leveldown = require('leveldown')(process.argv[2]);
       await new Promise((resolve, reject) => leveldown.open((error) => (error ? reject(error) : resolve())));
       await new Promise((resolve) => leveldown.close(resolve));
       const { optionalDependencies } = require('./package.json');
       const optional = Object.keys(optionalDependencies).filter((name) => process.argv.includes(name));
       for (const name of optional) require(name);
       console.log(typeof require('usb').getDeviceList, ...optional);`,
    );
    const run = spawnSync(process.execPath, [script, join(folder, 'level'), ...optional], {
      encoding: 'utf8',
      cwd: folder,
    });
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(['function', ...optional].join(' ') + '\n');
  });

  test('starts, opens the station with its thread and its device process, answers its window and ends', () => {
    const userData = join(folder, 'user-data');
    const run = spawnSync(
      process.execPath,
      [
        '--import',
        pathToFileURL(join(import.meta.dirname, 'electron-hook.ts')).href,
        join(program, 'out/main/main.js'),
      ],
      {
        encoding: 'utf8',
        cwd: folder,
        timeout: 300_000,
        env: { ...process.env, STAND_IN_USER_DATA: userData, STATION_DATA: '' },
      },
    );
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({
      exitCode: null,
      errorBoxes: [],
      loaded: ['app://station/'],
      page: 200,
      info: { ok: true, value: { carrier: 'electron', practice: null } },
      status: { ok: true, value: { dumps: 0 } },
      // The device process runs from the package, with its native modules.
      layer: 'running',
    });
    expect(run.status).toBe(0);
    expect(existsSync(join(userData, 'station/ledger.sqlite'))).toBe(true);
  });

  test('practises with a server and phones of its own, and leaves nothing behind', () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const userData = join(folder, 'user-data-of-the-real-station');
    const run = spawnSync(
      process.execPath,
      [
        '--import',
        pathToFileURL(join(import.meta.dirname, 'electron-hook.ts')).href,
        join(program, 'out/main/main.js'),
        '--practice',
      ],
      {
        encoding: 'utf8',
        cwd: folder,
        timeout: 300_000,
        env: { ...process.env, TMPDIR: temporary, STAND_IN_USER_DATA: userData, STATION_DATA: userData },
      },
    );
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({
      exitCode: null,
      errorBoxes: [],
      info: { ok: true, value: { practice: { users: expect.arrayContaining([]) as unknown } } },
      status: { ok: true, value: { dumps: 0 } },
      server: { ok: true, value: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/) as unknown } },
    });
    expect(existsSync(userData)).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
