/**
 * A working day with planted passwords, PINs and names, as processes: people, imports, a wrong password, an upload, a
 * station that is killed in the middle, and the next start. Then everything it wrote is searched, and what runs: no
 * password and no PIN lies anywhere, and names of records only where docs/security.md says that they do.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { phoneOf, visit } from '../support/harms.ts';
import { runJson } from '../support/cli.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { openTestStation } from '../support/station.ts';

const CLI = fileURLToPath(new URL('../../electron/cli.ts', import.meta.url));
const PASSWORD = 'Mango-tree-1';
const SECRETS = {
  passphrase: 'walnut-kestrel-9041',
  pin: '7391846205',
  givenPin: '5520918374',
  wrongPin: '8086421973',
  wrongPassword: 'Quartz-pelican-77',
  password: PASSWORD,
} as const;
const NAMES = ['Zebulonia Quackenbush', 'Thessaly Umbridgewater'];
/** Where names of records lie until they are delivered, and after that: docs/security.md. */
const NAMED = /^data\/(dumps|replica|backups|made|parts)\/|^data\/ledger\.sqlite/;

let folder: string;
let server: PracticeServer;
let served: ChildProcess | null = null;
/** Milliseconds. */
let serverAhead = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-secrets-'));
  for (const name of ['home', 'temp']) await mkdir(join(folder, name));
  serverAhead = 0;
  server = await startPracticeServer({ clock: () => Date.now() + serverAhead });
});
afterEach(async () => {
  served?.kill('SIGKILL');
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const own = (): Record<string, string> => ({
  HOME: join(folder, 'home'),
  XDG_CONFIG_HOME: join(folder, 'home', '.config'),
  TMPDIR: join(folder, 'temp'),
  STATION_DATA: join(folder, 'data'),
});

async function run(code: number, args: readonly string[], env: Record<string, string> = {}) {
  const ran = await runJson(args, { env: { ...own(), ...env } });
  expect(ran.code, `${args.join(' ')}: ${JSON.stringify(ran.value)} ${ran.stderr}`).toBe(code);
  said += JSON.stringify(ran.value) + ran.stderr;
  return ran.value;
}

/** All that the station said at terminals. */
let said = '';

/** Each as it may lie on a disk. */
function* formsOf(text: string): Generator<Buffer> {
  yield Buffer.from(text);
  yield Buffer.from(text, 'utf16le');
  yield Buffer.from(Buffer.from(text).toString('hex'));
  // Without the last signs, which depend on what follows.
  yield Buffer.from(Buffer.from(text).toString('base64').slice(0, -4));
}

/** The files that hold the text, by their path in the folder of this test. */
async function filesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if ([...formsOf(text)].some((form) => bytes.includes(form))) found.push(relative(folder, path));
  }
  return found;
}

/** Arguments and environment of a process and of all that it started. */
async function shownBy(pid: number): Promise<string> {
  const read = async (of: string, what: string): Promise<string> =>
    readFile(`/proc/${of}/${what}`, 'utf8').catch(() => '');
  const wanted = new Set([String(pid)]);
  const all = (await readdir('/proc').catch(() => [] as string[]))
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b));
  let shown = '';
  for (const one of all) {
    const parent = /^PPid:\s*(\d+)/m.exec(await read(one, 'status'))?.[1] ?? '';
    if (wanted.has(parent)) wanted.add(one);
    if (wanted.has(one)) shown += (await read(one, 'cmdline')) + (await read(one, 'environ'));
  }
  return shown;
}

/** Browser mode, with a page that somebody signed in at. */
async function serve(): Promise<{ pid: number; ask: (name: string, params: unknown) => Promise<unknown> }> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json'], {
    env: { ...process.env, ...own(), STATION_PASSWORD: SECRETS.wrongPassword, STATION_PIN: SECRETS.wrongPin },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  served = child;
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text);
    });
    child.once('close', (code) => reject(new Error(`serve ended with ${code}`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  const { origin } = new URL(url);
  const first = await fetch(url, { redirect: 'manual' });
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  const key = await (await fetch(`${origin}/key`, { method: 'POST', headers: { cookie } })).text();
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, ['station', key], {
    headers: { cookie, origin },
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let id = 0;
  const ask = (name: string, params: unknown): Promise<unknown> => {
    const number = (id += 1);
    return new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id?: number; answer?: unknown };
        if (message.id === number) resolve(message.answer);
      });
      socket.send(JSON.stringify({ id: number, name, params }));
    });
  };
  return { pid: child.pid ?? 0, ask };
}

test('a working day leaves no password and no PIN anywhere, and names only where it is said', async () => {
  said = '';
  const { passphrase, pin, givenPin, wrongPin, wrongPassword, password } = SECRETS;
  const admin = { STATION_PIN: passphrase };
  const clerk = { STATION_PIN: pin };
  const asAdmin = ['--person', 'Amina'];
  const asClerk = ['--person', 'Joseph'];
  await run(0, ['people', 'add', 'Amina', '--role', 'admin'], { STATION_NEW_PIN: passphrase });
  await run(0, ['people', 'add', 'Joseph', '--role', 'clerk', ...asAdmin], {
    ...admin,
    STATION_NEW_PIN: givenPin,
  });
  await run(0, ['people', 'pin', ...asClerk], { STATION_PIN: givenPin, STATION_NEW_PIN: pin });
  await run(1, ['status', ...asClerk], { STATION_PIN: wrongPin });
  await run(0, ['server', 'set', server.url, ...asAdmin], admin);

  const records = NAMES.map((name, n) => ({ ...visit(`planted-${n}`), fields: { patient_name: name } }));
  const file = join(folder, '..', `${folder.split('/').at(-1)}.chtdump`);
  await writeFile(file, phoneOf('chw1', records));
  try {
    await run(0, ['import', file, ...asClerk], clerk);
  } finally {
    await rm(file);
  }
  await run(1, ['compare', '--as', 'chw1', ...asClerk], { ...clerk, STATION_PASSWORD: wrongPassword });
  await run(0, ['compare', '--as', 'chw1', ...asClerk], { ...clerk, STATION_PASSWORD: password });

  // A window, in which somebody works; it is killed while it does.
  const { pid, ask } = await serve();
  expect(await ask('desk.sign-in', { name: 'Joseph', secret: wrongPin })).toMatchObject({ ok: false });
  expect(await ask('desk.sign-in', { name: 'Joseph', secret: pin })).toMatchObject({ ok: true });
  const { value } = (await ask('batches.list', {})) as { value: { rows: { batch: string }[] } };
  const batch = value.rows[0]?.batch ?? '';
  expect(await ask('decide.approve', { batch, ids: ['planted-0'] })).toMatchObject({ ok: true });
  expect(await ask('upload.start', { user: 'chw1', password })).toMatchObject({ ok: true });
  const shown = await shownBy(pid);
  const times = (secret: string): number => shown.split(secret).length - 1;
  for (const secret of [pin, passphrase, password]) expect(times(secret)).toBe(0);
  // What was given to this program alone goes on to none of those that it starts. Only Linux shows it.
  const once = process.platform === 'linux' ? 1 : 0;
  for (const secret of [wrongPin, wrongPassword]) expect(times(secret)).toBe(once);
  served?.kill('SIGKILL');
  await new Promise((resolve) => served?.once('close', resolve));

  await run(0, ['approve', batch, ...asClerk], clerk);
  await run(0, ['upload', batch, '--as', 'chw1', ...asClerk], { ...clerk, STATION_PASSWORD: password });
  await run(0, ['receipt', batch, ...asClerk], clerk);

  for (const secret of Object.values(SECRETS)) {
    expect(await filesWith(secret), secret).toEqual([]);
    expect(said).not.toContain(secret);
  }
  for (const name of NAMES) {
    const files = await filesWith(name);
    // The search finds what is there.
    expect(files.some((path) => path.startsWith('data/dumps/'))).toBe(true);
    expect(files.filter((path) => !NAMED.test(path))).toEqual([]);
  }

  // 91 days on, with nobody there: it goes by itself.
  const DAYS = 91;
  serverAhead = DAYS * 86_400_000;
  const timers = new ManualTimers();
  const later = await openTestStation({
    dataDir: join(folder, 'data'),
    signIn: { name: 'Amina', secret: passphrase },
    timers,
    clock: () => Date.now() + serverAhead,
  });
  try {
    await timers.pass(61_000);
    const find = async () =>
      (await later.ask('jobs.list', {})).jobs.find(({ kind }) => kind === 'retention')?.job;
    await expect.poll(find).toBeDefined();
    expect(await later.wait((await find()) ?? '')).toMatchObject({
      kind: 'given-up',
      records: NAMES.length,
      copies: 1,
    });
  } finally {
    await later.close();
  }
  // Nothing of a name, not even a part of it, as the search of the window would find it.
  for (const name of NAMES)
    for (const part of [name, ...name.split(' '), name.toLowerCase(), ...name.toLowerCase().split(' ')])
      expect(await filesWith(part), part).toEqual([]);
  for (const secret of Object.values(SECRETS)) expect(await filesWith(secret), secret).toEqual([]);
  // What happened is still told, by its ids.
  expect(JSON.stringify(await run(0, ['show', batch, ...asClerk], clerk))).toContain('planted-0');
  expect(await run(0, ['ledger', 'verify', ...asClerk], clerk)).toMatchObject({ brokenAt: null });
}, 600_000);
