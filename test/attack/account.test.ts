/**
 * Another account of the computer, after a working day and while a station runs: it may go wherever the system lets it, and
 * reads, lists and changes nothing of the station.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { runJson } from '../support/cli.ts';
import { phoneOf, visit } from '../support/harms.ts';

const CLI = fileURLToPath(new URL('../../electron/cli.ts', import.meta.url));
/** `nobody`. */
const OTHER = 65_534;
/** Everybody may go through this folder and those in which it lies. */
const isOpen = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (path === dirname(path) || isOpen(dirname(path)));
const MAY_BECOME_ANOTHER =
  process.platform !== 'win32' &&
  process.getuid?.() === 0 &&
  isOpen(tmpdir()) &&
  spawnSync('/bin/true', { uid: OTHER, gid: OTHER }).status === 0;

let folder: string;
let server: PracticeServer;
let served: ChildProcess | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'station-account-'));
  // As a computer is that several people share: everybody may come as far as the station's own folders.
  const open = { '': 0o755, home: 0o755, temp: 0o1777, stick: 0o777, data: 0o777 };
  for (const [name, mode] of Object.entries(open)) {
    mkdirSync(join(folder, name), { recursive: true });
    chmodSync(join(folder, name), mode);
  }
  // The attacker's own: this one may lie where only its owner comes.
  copyFileSync(process.execPath, join(folder, 'node'));
  chmodSync(join(folder, 'node'), 0o755);
  server = await startPracticeServer();
});
afterEach(async () => {
  served?.kill('SIGKILL');
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const own = (): Record<string, string> => ({
  HOME: join(folder, 'home'),
  XDG_CONFIG_HOME: join(folder, 'home', '.config'),
  TMPDIR: join(folder, 'temp'),
  STATION_DATA: join(folder, 'data'),
  STATION_PIN: 'walnut-kestrel-9041',
});

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const ran = await runJson(args, { env: { ...own(), ...env } });
  expect(ran.code, `${args.join(' ')}: ${JSON.stringify(ran.value)} ${ran.stderr}`).toBe(0);
  return ran.value;
}

/** Browser mode; answers its process once it can be opened. */
async function serve(): Promise<number> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json'], {
    env: { ...process.env, ...own() },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  served = child;
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('"url"')) resolve();
      else if (text.includes('\n')) reject(new Error(`serve said ${text}`));
    });
    child.once('close', (code) => reject(new Error(`serve ended with ${code}`)));
  });
  return child.pid ?? 0;
}

/** Runs as the other account: tries everything with each path, and prints what went. */
const ATTACKER = `
const fs = require('node:fs');
const went = [];
const attempt = (what, path, work) => {
  try { work(); went.push(what + ' ' + path); } catch {}
};
for (const path of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  attempt('list', path, () => fs.readdirSync(path));
  attempt('read', path, () => fs.readSync(fs.openSync(path, 'r'), Buffer.alloc(1)));
  attempt('follow', path, () => fs.readlinkSync(path));
  attempt('write', path, () => fs.openSync(path, 'a'));
  attempt('put into', path, () => fs.mkdirSync(path + '/intruder'));
  attempt('open to all', path, () => fs.chmodSync(path, 0o777));
  attempt('link', path, () => {
    const second = path + '.second';
    fs.linkSync(path, second);
    fs.rmSync(second, { force: true });
  });
  attempt('rename', path, () => fs.renameSync(path, path + '.gone'));
  attempt('remove', path, () => fs.rmSync(path));
}
process.stdout.write(JSON.stringify(went));
`;

async function attack(paths: readonly string[]): Promise<string[]> {
  const child = spawn(join(folder, 'node'), ['-e', ATTACKER], {
    cwd: '/',
    env: {},
    uid: OTHER,
    gid: OTHER,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stdin.end(JSON.stringify(paths));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  return JSON.parse(text) as string[];
}

/** Every file and folder that the station made, wherever it did. */
function made(): string[] {
  return ['data', 'home', 'temp', 'stick'].flatMap((name) =>
    (readdirSync(join(folder, name), { recursive: true }) as string[]).map((path) =>
      join(folder, name, path),
    ),
  );
}

test.skipIf(!MAY_BECOME_ANOTHER)(
  'another account reads, lists and changes nothing of a station, whether it runs or was killed (needs root to play it)',
  async () => {
    const asAdmin = ['--person', 'Amina'];
    await run(['people', 'add', 'Amina', '--role', 'admin'], { STATION_NEW_PIN: 'walnut-kestrel-9041' });
    await run(['server', 'set', server.url, ...asAdmin]);
    const file = join(folder, 'planted.chtdump');
    writeFileSync(file, phoneOf('chw1', [visit('planted-0'), visit('planted-1')]));
    await run(['import', file, ...asAdmin]);
    await run(['compare', '--as', 'chw1', ...asAdmin], { STATION_PASSWORD: 'Mango-tree-1' });
    const { batches } = (await run(['batches', ...asAdmin])) as { batches: readonly { batch: string }[] };
    const batch = batches[0]?.batch ?? '';
    await run(['approve', batch, ...asAdmin]);
    await run(['upload', batch, '--as', 'chw1', ...asAdmin], { STATION_PASSWORD: 'Mango-tree-1' });
    await run(['backup', join(folder, 'stick'), ...asAdmin], {
      STATION_BACKUP_PASSPHRASE: 'a walnut for the kestrel',
    });

    const pid = await serve();
    const paths = made();
    const names = paths.map((path) => relative(folder, path));
    for (const one of [
      /^data\/ledger\.sqlite$/,
      /^data\/dumps\/.+/,
      /^data\/replica\/.+/,
      /^stick\/.+\.chtbackup$/,
    ])
      expect(
        names.some((name) => one.test(name)),
        String(one),
      ).toBe(true);
    const ofProcess = ['environ', 'mem', 'fd', 'cwd', 'root'].map((name) => `/proc/${pid}/${name}`);
    // It may come that far: what it cannot do is not for want of a way.
    expect(await attack([folder])).toEqual([`list ${folder}`]);
    // What lies in the stick's folder may be renamed and removed there by whoever may write to that folder.
    const onStick = paths.filter((path) => path.startsWith(join(folder, 'stick')));
    const others = paths.filter((path) => !onStick.includes(path));
    expect(await attack([join(folder, 'data'), ...others, ...ofProcess])).toEqual([]);
    served?.kill('SIGKILL');
    await new Promise((resolve) => served?.once('close', resolve));
    expect(await attack([join(folder, 'data'), ...made().filter((path) => !onStick.includes(path))])).toEqual(
      [],
    );
    for (const path of onStick) expect((statSync(path).mode & 0o777).toString(8), path).toBe('600');
    // Whether a second name may be given to what is another's, the system's settings say; it opens nothing.
    const took = (await attack(onStick))
      .filter((one) => !one.startsWith('link '))
      .map((one) => one.replace(`${folder}/stick/`, ''));
    expect(took.sort()).toEqual(onStick.map((path) => `rename ${basename(path)}`).sort());
  },
);
