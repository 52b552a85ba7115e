/** How a package is given to the system: by a script in the place of the system's installer, and by a real AppImage's file. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installedProgram, installPackage } from '../../electron/host/install-update.ts';
import { runProgram, type Run } from '../../electron/sources/real/run.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let file: string;
let opened: string[];
/** Stands where `pkexec` is: notes what it was asked for, and ends as the test says. */
let run: Run;
let endsWith: number;
const asked = () => readFileSync(join(temporary.path, 'asked'), 'utf8').trim().split('\n');
const calls = () => ({ run, open: async (path: string) => void opened.push(path) });

beforeEach(() => {
  temporary = temporaryFolder();
  file = join(temporary.path, 'station 1.2.0.package');
  writeFileSync(file, 'the new program');
  opened = [];
  endsWith = 0;
  run = (program, args, ms) => {
    const script = join(temporary.path, program);
    writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" > '${temporary.path}/asked'\nexit ${endsWith}\n`);
    chmodSync(script, 0o755);
    return runProgram(script, args, ms);
  };
});
afterEach(() => temporary.remove());

describe('what the program was installed as', () => {
  const none = () => false;
  it('is told by the system, and on Linux by who installed it', () => {
    expect(installedProgram('win32', '', none)).toEqual({ kind: 'exe', appImage: null });
    expect(installedProgram('darwin', '', none)).toEqual({ kind: 'dmg', appImage: null });
    expect(installedProgram('linux', '/home/a/station.AppImage', none)).toEqual({
      kind: 'AppImage',
      appImage: '/home/a/station.AppImage',
    });
    const dpkg = (path: string) => path === '/var/lib/dpkg/info/cht-aggregation-station.list';
    expect(installedProgram('linux', '', dpkg)).toEqual({ kind: 'deb', appImage: null });
    expect(installedProgram('linux', '', (path) => path === '/var/lib/rpm')).toEqual({
      kind: 'rpm',
      appImage: null,
    });
    expect(installedProgram('linux', '', none)).toBe(null);
    expect(installedProgram('freebsd', '', none)).toBe(null);
  });
});

describe.skipIf(process.platform === 'win32')('a package', () => {
  it('.deb and .rpm are installed by the system’s own program, as an administrator', async () => {
    expect(await installPackage({ kind: 'deb', appImage: null }, file, calls())).toBe('installed');
    expect(asked()).toEqual(['--disable-internal-agent', '/usr/bin/dpkg', '--install', file]);
    expect(await installPackage({ kind: 'rpm', appImage: null }, file, calls())).toBe('installed');
    expect(asked()).toEqual(['--disable-internal-agent', '/usr/bin/rpm', '--upgrade', file]);
    expect(opened).toEqual([]);
  });

  it.each([
    ['nobody gave the password', 126],
    ['the installer failed', 1],
  ])('where %s, it is not installed', async (_why, code) => {
    endsWith = code;
    await expect(installPackage({ kind: 'deb', appImage: null }, file, calls())).rejects.toThrow(
      String(code),
    );
  });

  it('where the system cannot ask for the password, it is not installed', async () => {
    const missing: Run = async () => ({ code: null, stdout: '', stderr: '', missing: true });
    await expect(
      installPackage({ kind: 'rpm', appImage: null }, file, { ...calls(), run: missing }),
    ).rejects.toThrow('installer');
  });

  it.each(['exe', 'dmg'] as const)('.%s is opened as a person opens it', async (kind) => {
    expect(await installPackage({ kind, appImage: null }, file, calls())).toBe('opened');
    expect(opened).toEqual([file]);
    const broken = { run, open: () => Promise.reject(new Error('no program for it')) };
    await expect(installPackage({ kind, appImage: null }, file, broken)).rejects.toThrow('no program');
  });

  it('.AppImage takes the place of the one that runs, and may be started', async () => {
    const folder = join(temporary.path, 'apps');
    mkdirSync(folder);
    const appImage = join(folder, 'station.AppImage');
    writeFileSync(appImage, 'the old program');
    expect(await installPackage({ kind: 'AppImage', appImage }, file, calls())).toBe('installed');
    expect(readFileSync(appImage, 'utf8')).toBe('the new program');
    expect(statSync(appImage).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder)).toEqual(['station.AppImage']);
    // A package that is gone, or a place that is none: the program stays.
    await expect(installPackage({ kind: 'AppImage', appImage }, `${file}x`, calls())).rejects.toThrow(
      'ENOENT',
    );
    expect(readFileSync(appImage, 'utf8')).toBe('the new program');
    mkdirSync(join(temporary.path, 'x.AppImage', 'full'), { recursive: true });
    const folderThere = { kind: 'AppImage', appImage: join(temporary.path, 'x.AppImage') } as const;
    await expect(installPackage(folderThere, file, calls())).rejects.toThrow();
    expect(existsSync(join(temporary.path, 'x.AppImage.new'))).toBe(false);
  });
});
