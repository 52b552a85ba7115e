/**
 * Browser mode, over real HTTP and real WebSockets on 127.0.0.1, in front of a real station: whoever has not got the key of
 * the page, or has an old one, or comes from another page, is answered nothing, whatever is asked, and whatever path is
 * tried, only the files of the window come.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveWindow, type ServedWindow } from '../../electron/browser/server.ts';
import { LARGEST_REQUEST } from '../../electron/browser/socket.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { quiet, soon } from '../support/soon.ts';
import { STAFF, staffed, type Staffed } from '../support/staff.ts';
import { rawSocket, textFrame } from './raw-socket.ts';
import { allowedTo, REQUESTS } from './table.ts';

/** Stands in every file that is none of the window. */
const PLANTED = 'planted-4711';
const WINDOW: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>station</title>',
  'assets/index.js': 'export {};',
  'assets/index.css': 'body {}',
};

let folder: string;
let staff: Staffed;
let served: ServedWindow;
let origin: string;
let port: string;
let cookie: string;
let key: string;
let timers: ManualTimers;
/** What reached the station through a carrier. */
let asked: string[];
const sockets: WebSocket[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'station-attack-'));
  staff = await staffed({ carrier: 'browser', dataDir: join(folder, 'data') });
  for (const [name, text] of Object.entries(WINDOW)) put(`window/${name}`, text);
  // Of kinds that are served, so that nothing but their place keeps them.
  for (const place of ['', 'data/', 'data/dumps/', 'window-of-another/', 'window/.hidden/'])
    for (const name of ['planted.html', 'planted.json']) put(`${place}${name}`, PLANTED);
  rmSync(join(folder, 'window', '.hidden'), { recursive: true });
  put('window/index.js.map', PLANTED);
  put('window/planted.sqlite', PLANTED);
});
afterAll(async () => {
  await staff.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  asked = [];
  timers = new ManualTimers();
  await staff.signIn('clerk');
  const { station } = staff.station;
  served = await serveWindow({
    station: {
      ask: (name, params) => {
        asked.push(String(name));
        return station.ask(name, params);
      },
      on: (name, listener) => station.on(name, listener),
    },
    rendererDir: join(folder, 'window'),
    timers,
  });
  ({ origin, port } = new URL(served.url));
  const first = await send('GET', new URL(served.url).pathname);
  cookie = first.cookie;
  key = (await send('POST', '/key', { cookie })).body;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await served.close();
});

function put(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

interface Got {
  readonly status: number;
  readonly cookie: string;
  readonly body: string;
}

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...headers, ...length };
    const sent = request({ host: '127.0.0.1', port, method, path, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
          body: text,
        }),
      );
    });
    sent.once('error', reject).end(body);
  });
}

/** Bytes as they are, which no library would send; what comes back until the station hangs up. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connectTo(Number(port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => (got += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
  });
}

/** A socket that is open, or the status with which it was refused. */
function connect(
  headers: Readonly<Record<string, string>>,
  protocols: string[],
): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, protocols, { headers });
    sockets.push(socket);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', reject);
  });
}

const ours = (): Record<string, string> => ({ cookie, origin, host: `127.0.0.1:${port}` });

/** What somebody of this computer or of another page may send. */
function strangers(): readonly (readonly [string, Readonly<Record<string, string>>, string[]])[] {
  const right = ['station', key];
  const { host: _, ...noHost } = ours();
  return [
    ['without a key', ours(), ['station']],
    ['without any protocol', ours(), []],
    ['with a wrong key', ours(), ['station', 'A'.repeat(43)]],
    ['with a part of the key', ours(), ['station', key.slice(0, -1)]],
    ['with more than the key', ours(), ['station', `${key}A`]],
    ['with the cookie as the key', ours(), ['station', cookie.replace(/.*=/, '')]],
    ['with the key under another protocol', ours(), ['other', key]],
    ['with the key alone', ours(), [key]],
    ['without a cookie', { origin }, right],
    ['with a wrong cookie', { ...ours(), cookie: `station-${port}=${'A'.repeat(43)}` }, right],
    ['with an empty cookie', { ...ours(), cookie: `station-${port}=` }, right],
    ['with the cookie of another port', { ...ours(), cookie: cookie.replace(port, '1') }, right],
    ['without an origin', { cookie }, right],
    ['of another page', { ...ours(), origin: 'https://attacker.example' }, right],
    ['of a page of no origin', { ...ours(), origin: 'null' }, right],
    ['of another port', { ...ours(), origin: 'http://127.0.0.1:1' }, right],
    ['of a name that points here', { ...noHost, host: `attacker.example:${port}` }, right],
    [
      'of a name that points here, which is its origin too',
      { cookie, host: `attacker.example:${port}`, origin: `http://attacker.example:${port}` },
      right,
    ],
    ['of localhost', { ...noHost, host: `localhost:${port}`, origin: `http://localhost:${port}` }, right],
    ['of another page that is read as the same', { ...ours(), 'sec-fetch-site': 'cross-site' }, right],
  ];
}

describe('a WebSocket', () => {
  test('of a stranger is not opened, and no request comes through', async () => {
    for (const [what, headers, protocols] of strangers())
      expect(await connect(headers, protocols), what).toBe(403);
    expect(asked).toEqual([]);
    // That of the page is: the attempts above lacked what they say that they lacked.
    expect(await connect(ours(), ['station', key])).toBeInstanceOf(WebSocket);
  });

  test('of the key of another run, or of one that is over, is not opened', async () => {
    const old = { headers: ours(), key };
    await timers.pass(4 * 60 * 60_000);
    expect(await connect(old.headers, ['station', old.key])).toBe(403);
    expect((await send('GET', '/', { cookie })).status).toBe(403);
    expect((await send('POST', '/key', { cookie })).status).toBe(403);
    await served.close();
    served = await serveWindow({
      station: staff.station.station,
      rendererDir: join(folder, 'window'),
      port: Number(port),
    });
    expect(await connect(old.headers, ['station', old.key])).toBe(403);
    expect(asked).toEqual([]);
  });

  test('of the page is answered what the table says', async () => {
    const socket = await connect(ours(), ['station', key]);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    let id = 0;
    const ask = (name: string): Promise<{ ok: boolean; code?: string }> => {
      const number = (id += 1);
      return new Promise((resolve) => {
        const heard = (data: Buffer): void => {
          const message = JSON.parse(data.toString()) as {
            id?: number;
            answer: { ok: boolean; code?: string };
          };
          if (message.id !== number) return;
          socket.off('message', heard);
          resolve(message.answer);
        };
        socket.on('message', heard);
        socket.send(JSON.stringify({ id: number, name, params: { 'no such parameter': true } }));
      });
    };
    const letThrough = async (): Promise<string[]> => {
      const past: string[] = [];
      for (const name of REQUESTS) {
        const { code } = await ask(name);
        if (code !== 'not-allowed' && code !== 'sign-in-needed') past.push(name);
      }
      return past;
    };
    expect(await letThrough()).toEqual(allowedTo('clerk'));
    await staff.station.ask('desk.lock', {});
    expect(await letThrough()).toEqual(allowedTo('signed out, locked'));
    await staff.station.ask('desk.unlock', { secret: STAFF.clerk.secret });
    const names = Object.getOwnPropertyNames(Object.prototype);
    for (const name of [
      ...names,
      'prototype',
      'then',
      'desk',
      'desk.',
      'DESK.GET',
      'desk.get ',
      'desk.get\0',
      '',
    ])
      expect(await ask(name), name).toEqual({ ok: false, code: 'unknown-request' });
  });
});

/** A request of the page, which would be answered. */
const GOOD = JSON.stringify({ id: 1, name: 'desk.sign-out', params: {} });

describe('a client that keeps no rules', () => {
  test.each([
    ['what is no JSON', '{'],
    ['a list', '[]'],
    ['no number', JSON.stringify({ name: 'desk.sign-out', params: {} })],
    ['names of the language', '{"__proto__":{"id":1,"name":"desk.sign-out"}}'],
  ])('is not heard after %s', async (_what, bad) => {
    const socket = await rawSocket(origin, ours(), key);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(Buffer.concat([textFrame(bad), textFrame(GOOD), textFrame(GOOD)]));
    socket.resume().end();
    await closed;
    expect(asked).toEqual([]);
  });

  test('is not heard after the session has ended, though it does not hang up', async () => {
    const socket = await rawSocket(origin, ours(), key);
    const said: Buffer[] = [];
    socket.on('data', (part: Buffer) => said.push(part));
    socket.write(textFrame(JSON.stringify({ id: 1, name: 'desk.get', params: {} })));
    await soon(() => asked).toEqual(['desk.get']);
    await timers.pass(4 * 60 * 60_000);
    await soon(() => Buffer.concat(said).includes('nobody was there')).toBe(true);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(Buffer.concat([textFrame(GOOD), textFrame(GOOD)]));
    socket.end();
    await closed;
    await quiet();
    expect(asked).toEqual(['desk.get']);
    expect(await staff.station.ask('desk.get', {})).toMatchObject({ state: 'in' });
  });

  test('is not heard after a message that is too large', async () => {
    const socket = await connect(ours(), ['station', key]);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    socket.on('error', () => undefined);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send('x'.repeat(LARGEST_REQUEST + 1));
    socket.send(GOOD);
    expect(await closed).toBe(1009);
    expect(asked).toEqual([]);
  });
});

describe('plain HTTP', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'];

  test('asks the station nothing, with the cookie neither: every request, by every method', async () => {
    for (const name of REQUESTS)
      for (const method of METHODS)
        for (const path of [`/${name}`, `/ws?name=${name}`]) {
          const { status, body } = await send(method, path, ours(), GOOD.replace('desk.sign-out', name));
          expect([status, body], `${method} ${path}`).toEqual([
            method === 'GET' || method === 'HEAD' ? 404 : 405,
            '',
          ]);
        }
    expect(asked).toEqual([]);
  });

  test('of a stranger is answered no file and no key', async () => {
    const paths = ['/', '/assets/index.js', '/key', '/ws', new URL(served.url).pathname];
    for (const [what, headers] of strangers().filter(([, sent]) => !('cookie' in sent) || isForeign(sent)))
      for (const path of paths)
        for (const method of METHODS) {
          const { status, body } = await send(method, path, headers);
          expect(status, `${what}: ${method} ${path}`).toBe(403);
          for (const secret of [key, ...Object.values(WINDOW)]) expect(body).not.toContain(secret);
        }
  });

  test('that is malformed ends, and says nothing', async () => {
    const head = `Host: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n`;
    for (const [text, answer] of [
      [`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${head}\r\n`, ''],
      [`GET / HTTP/1.1\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`, '400 '],
      [`GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`, '403 '],
      [`GET /../data/planted.html HTTP/1.1\r\n${head}\r\n`, '400 '],
      [`GET ../data/planted.html HTTP/1.1\r\n${head}\r\n`, '400 '],
      [`GET http://127.0.0.1:${port}/../data/planted.html HTTP/1.1\r\n${head}\r\n`, '400 '],
      [`GET / HTTP/1.1\r\nX: ${'A'.repeat(100_000)}\r\n${head}\r\n`, '431 '],
      [
        `GET /key HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
        '400 ',
      ],
    ] as const) {
      const got = await sendRaw(text);
      expect(got.split('\r\n')[0], text.slice(0, 60)).toContain(answer);
      for (const secret of [PLANTED, key, ...Object.values(WINDOW)]) expect(got).not.toContain(secret);
    }
  });
});

/** Whether it comes from elsewhere, so that its cookie does not count. */
function isForeign(headers: Readonly<Record<string, string>>): boolean {
  const from = headers['origin'] ?? origin;
  const host = headers['host'] ?? `127.0.0.1:${port}`;
  return (
    from !== origin ||
    host !== `127.0.0.1:${port}` ||
    headers['cookie'] !== cookie ||
    headers['sec-fetch-site'] === 'cross-site'
  );
}

describe('the files', () => {
  /** Ways to write the way to a file, from the folder of the window. */
  function* waysTo(path: string): Generator<string> {
    const way = relative(join(folder, 'window'), path).replaceAll('\\', '/');
    for (const start of ['/', '//', '/./', '/assets/../', '/assets//../../window/'])
      for (const dots of ['..', '%2e%2e', '.%2e', '%252e%252e', '%c0%ae%c0%ae', '..;', '....'])
        for (const slash of ['/', '%2f', '%2F', '\\', '%5c', '%252f', '//', '/%00/'])
          yield start + way.replaceAll('..', dots).replaceAll('/', slash);
    const whole = path.replaceAll('\\', '/');
    for (const start of ['/', '//', 'file://', '/file://', '/%2f', '/C:', `http://127.0.0.1:${port}`])
      yield start + whole;
    yield `/${whole.split('/').at(-1) ?? ''}`;
    yield `/?file=${way}`;
    yield `/index.html/${way}`;
    yield `/index.html%00${way}`;
  }

  test('that come are those of the window, each by its name, and no other', async () => {
    const answered = new Set<string>();
    const all = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(all.filter((path) => path.includes('planted')).length).toBeGreaterThan(8);
    expect(all).toContain(join(folder, 'data', 'ledger.sqlite'));
    for (const path of all)
      for (const way of waysTo(path)) {
        const { status, body } = await send('GET', way, ours());
        expect([200, 400, 404], way).toContain(status);
        // What is refused has no words.
        if (status === 200 || body !== '') answered.add(body);
      }
    expect([...answered].sort()).toEqual(Object.values(WINDOW).sort());
  });
});
