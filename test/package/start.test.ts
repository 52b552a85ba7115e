import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/soon.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let started: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-start-'));
});
afterEach(() => {
  started?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  said(): string;
  readonly url: Promise<string>;
  readonly code: Promise<number | null>;
  stop(signal: NodeJS.Signals): void;
}

/** What `npm start` starts, as on a computer without Electron’s program, with a temporary folder of its own. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  return run(process.execPath, ['build/start.mjs', ...args], { ...process.env, ...env });
}

/** `npm start` itself, where `PATH` has node and npm and nothing else: no shell, no Python, no compiler. */
function startByNpm(args: readonly string[]): Started {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, 'npm'));
  symlinkSync(realpathSync(places.find((path) => existsSync(path)) ?? 'npm'), join(bin, 'npm'));
  // The shell of the system, which npm would look for there.
  const env = { PATH: bin, HOME: folder, npm_config_script_shell: '/bin/sh' };
  return run(join(bin, 'npm'), ['start', '--', ...args], env, true);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, detached = false): Started {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...env, CI: 'true', TMPDIR: folder, ELECTRON_OVERRIDE_DIST_PATH: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, to end them all: npm, its shell and what that started.
    detached,
  });
  started = child;
  let said = '';
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        said += part;
        const [address] = /http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+(?=\s)/.exec(said) ?? [];
        if (address !== undefined) resolve(address);
      });
    }
    child.once('close', (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  url.catch(() => undefined);
  return {
    said: () => said,
    url,
    code,
    stop: (signal) => void (detached ? process.kill(-(child.pid ?? 0), signal) : child.kill(signal)),
  };
}

interface Opened {
  readonly origin: string;
  readonly cookie: string;
  /** Of the page. */
  readonly key: string;
}

async function open(url: string): Promise<Opened> {
  const { origin } = new URL(url);
  const first = await fetch(url, { redirect: 'manual' });
  expect(first.status).toBe(303);
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  const key = await fetch(`${origin}/key`, { method: 'POST', headers: { cookie } });
  return { origin, cookie, key: await key.text() };
}

/** One request over the window's socket. */
function ask({ origin, cookie, key }: Opened, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    void import('ws').then(({ WebSocket }) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, ['station', key], {
        headers: { cookie, origin },
      });
      socket.once('error', reject);
      socket.once('open', () => socket.send(JSON.stringify({ id: 1, name, params: {} })));
      socket.on('message', (data: Buffer) => {
        const said = JSON.parse(data.toString()) as { readonly id?: number; readonly answer?: unknown };
        // News of the station may come before its answer.
        if (said.id !== 1) return;
        socket.close();
        resolve(said.answer);
      });
    });
  });
}

describe('npm start without Electron', () => {
  test('says so, serves the window and the station, and ends with Ctrl-C', async () => {
    const station = start([], { STATION_DATA: join(folder, 'data') });
    const opened = await open(await station.url);
    const { origin, cookie } = opened;
    expect(station.said()).toContain('npx install-electron');
    expect(station.said()).toContain('It works once.');
    const page = await fetch(origin, { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="window">');
    expect(await ask(opened, 'desk.get')).toMatchObject({ ok: true, value: { state: 'first' } });
    station.stop('SIGINT');
    expect(await station.code).toBe(0);
    await expect(fetch(origin)).rejects.toThrow();
  });

  test('practises on data of its own, which is gone afterwards', async () => {
    const station = start(['--practice', '--no-open']);
    const opened = await open(await station.url);
    const info = await ask(opened, 'station.info');
    expect(info).toMatchObject({ ok: true, value: { practice: { users: expect.any(Array) } } });
    const made = () => readdirSync(folder).filter((name) => name.startsWith('station-practice-'));
    expect(made()).not.toEqual([]);
    station.stop('SIGINT');
    expect(await station.code).toBe(0);
    await eventually(() => expect(made()).toEqual([]));
  });

  test.skipIf(process.platform === 'win32')('practises where nothing but node and npm is found', async () => {
    const station = startByNpm(['--practice', '--no-open']);
    const info = await ask(await open(await station.url), 'station.info');
    expect(info).toMatchObject({ ok: true, value: { practice: { users: expect.any(Array) } } });
    station.stop('SIGTERM');
    await station.code;
  });

  test('ends when the program that started it is killed, and leaves nothing behind', async () => {
    const station = start(['--no-open'], { npm_config_practice: 'true' });
    const { origin } = await open(await station.url);
    expect(readdirSync(folder)).not.toEqual([]);
    station.stop('SIGKILL');
    await eventually(() => expect(readdirSync(folder)).toEqual([]));
    await expect(fetch(origin)).rejects.toThrow();
  });

  test('explains itself when it is asked for something else', async () => {
    const station = start(['--help']);
    expect(await station.code).toBe(2);
    expect(station.said()).toContain('usage: npm start');
  });
});
