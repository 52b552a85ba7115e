import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveWindow, type ServedWindow } from '../../electron/browser/server.ts';
import { LARGEST_REQUEST } from '../../electron/browser/socket.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { fakeStation, type FakeStation } from '../support/fake-station.ts';

let rendererDir: string;
let station: FakeStation;
let served: ServedWindow;
let origin: string;
let token: string;
const sockets: WebSocket[] = [];

beforeAll(() => {
  rendererDir = mkdtempSync(join(tmpdir(), 'station-renderer-'));
  writeFileSync(join(rendererDir, 'index.html'), '<!doctype html><title>station</title>');
});
afterAll(() => rmSync(rendererDir, { recursive: true, force: true }));

beforeEach(async () => {
  station = fakeStation();
  served = await serveWindow({ station, rendererDir });
  ({ origin, pathname: token } = new URL(served.url));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await served.close();
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request; Node's own `fetch` would not let a test choose its Host. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(origin + path, { headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.once('error', reject).end();
  });
}

/** The session's cookie, as the first browser gets it. */
async function cookieOfFirst(): Promise<string> {
  const { headers } = await get(token);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** The key of the page, as it asks for it. */
const keyOf = async (cookie: string): Promise<string> => (await get('/key', { cookie }, 'POST')).body;

/** A socket that is open, or the status with which it was refused. */
function connect(headers: Record<string, string>, key?: string, path = '/ws'): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const protocols = key === undefined ? [] : ['station', key];
    const socket = new WebSocket(origin.replace('http', 'ws') + path, protocols, { headers });
    sockets.push(socket);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', reject);
  });
}

async function connected(): Promise<WebSocket> {
  const cookie = await cookieOfFirst();
  const socket = await connect({ cookie, origin }, await keyOf(cookie));
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const nextMessage = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))));
const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));

describe('the address', () => {
  test('is on this computer only, with a token that cannot be guessed', () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{43}$/);
  });

  test('opens the session once, and the token is dead', async () => {
    const first = await get(token);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    const [cookie] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^station-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(cookie).not.toContain(token.slice('/open/'.length));
    const second = await get(token);
    expect(second.status).toBe(403);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.body).toContain('start it again');
  });

  test('is not used up by a browser that only looks ahead', async () => {
    expect((await get(token, { 'sec-purpose': 'prefetch;prerender' })).status).toBe(403);
    expect((await get(token, {}, 'HEAD')).status).toBe(403);
    expect((await get(token)).status).toBe(303);
  });

  test('with another token opens nothing', async () => {
    expect((await get('/open/')).status).toBe(403);
    expect((await get(`/open/${'A'.repeat(43)}`)).status).toBe(403);
  });

  test('is given to whoever opens the browser', async () => {
    const open = vi.fn<(url: string) => void>();
    const other = await serveWindow({ station, rendererDir, open });
    expect(open).toHaveBeenCalledWith(other.url);
    await other.close();
  });
});

describe('the page', () => {
  test('is there for the session only', async () => {
    expect((await get('/')).status).toBe(403);
    const cookie = await cookieOfFirst();
    const page = await get('/', { cookie });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>station</title>');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await get('/', { cookie: `${cookie}x` })).status).toBe(403);
    expect((await get('/', { cookie: cookie.replace(/=.*/, '=') })).status).toBe(403);
  });

  test('is not there under another name of this computer', async () => {
    const cookie = await cookieOfFirst();
    const port = new URL(origin).port;
    for (const host of ['attacker.example', `attacker.example:${port}`, `localhost:${port}`, '127.0.0.1']) {
      expect((await get('/', { cookie, host })).status, host).toBe(403);
    }
  });

  test('is not there for another origin', async () => {
    const cookie = await cookieOfFirst();
    expect((await get('/', { cookie, origin: 'https://attacker.example' })).status).toBe(403);
    expect((await get('/', { cookie, origin: 'null' })).status).toBe(403);
    expect((await get('/', { cookie, origin })).status).toBe(200);
  });

  test('is not there for a request that another page made, a program of the same computer included', async () => {
    const cookie = await cookieOfFirst();
    for (const site of ['cross-site', 'same-site']) {
      expect((await get('/', { cookie, 'sec-fetch-site': site })).status, site).toBe(403);
    }
    for (const site of ['none', 'same-origin']) {
      expect((await get('/', { cookie, 'sec-fetch-site': site })).status, site).toBe(200);
    }
  });

  test('a wrong host cannot use up the token', async () => {
    expect((await get(token, { host: 'attacker.example' })).status).toBe(403);
    expect((await get(token)).status).toBe(303);
  });
});

describe('the socket', () => {
  test('needs the cookie, the key of the page, the origin, the host and its path', async () => {
    const cookie = await cookieOfFirst();
    const key = await keyOf(cookie);
    expect(await connect({ origin }, key)).toBe(403);
    expect(await connect({ cookie }, key)).toBe(403);
    expect(await connect({ cookie, origin: 'https://attacker.example' }, key)).toBe(403);
    expect(await connect({ cookie, origin: origin.replace(/\d+$/, '1') }, key)).toBe(403);
    expect(await connect({ cookie, origin, host: 'attacker.example' }, key)).toBe(403);
    expect(await connect({ cookie, origin }, key, '/other')).toBe(403);
    for (const wrong of [undefined, 'A'.repeat(43), cookie.replace(/.*=/, '')])
      expect(await connect({ cookie, origin }, wrong)).toBe(403);
    expect(await connect({ cookie, origin }, key)).toBeInstanceOf(WebSocket);
    expect(station.asked).toEqual([]);
  });

  test('is not opened by a cookie that was copied: the key is told to the page alone', async () => {
    const cookie = await cookieOfFirst();
    expect((await get('/key', {}, 'POST')).status).toBe(403);
    expect((await get('/key', { cookie })).status).toBe(403);
    const key = await keyOf(cookie);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(cookie).not.toContain(key);
    // A page that was loaded anew before it came through asks once more.
    expect(await keyOf(cookie)).toBe(key);
    expect(await connect({ cookie, origin }, key)).toBeInstanceOf(WebSocket);
    expect(await get('/key', { cookie }, 'POST')).toMatchObject({ status: 403 });
    expect((await get('/', { cookie })).body).not.toContain(key);
  });

  test('ends where nothing was asked for hours, and nothing opens it again', async () => {
    const timers = new ManualTimers();
    const idle = await serveWindow({ station, rendererDir, timers });
    ({ origin, pathname: token } = new URL(idle.url));
    const cookie = await cookieOfFirst();
    const key = await keyOf(cookie);
    const socket = await connect({ cookie, origin }, key);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    const hours = (count: number): Promise<void> => timers.pass(count * 60 * 60_000);
    for (let time = 0; time < 3; time += 1) {
      await hours(3);
      const answered = nextMessage(socket);
      socket.send(JSON.stringify({ id: time, name: 'station.info', params: {} }));
      await answered;
    }
    const closed = closeCode(socket);
    await hours(4);
    expect(await closed).toBe(1008);
    expect((await get('/', { cookie })).status).toBe(403);
    expect(await connect({ cookie, origin }, key)).toBe(403);
    await idle.close();
  });

  test('carries a request and its answer, by number', async () => {
    const socket = await connected();
    socket.send(JSON.stringify({ id: 7, name: 'station.info', params: {} }));
    expect(await nextMessage(socket)).toEqual({ id: 7, answer: { ok: true, value: { version: '1.2.3' } } });
  });

  test('answers an unknown request with its code', async () => {
    const socket = await connected();
    socket.send(JSON.stringify({ id: 8, name: 'nobody.knows' }));
    expect(await nextMessage(socket)).toEqual({ id: 8, answer: { ok: false, code: 'unknown-request' } });
  });

  test('tells every page what the station tells', async () => {
    const cookie = await cookieOfFirst();
    const key = await keyOf(cookie);
    const pages = [await connect({ cookie, origin }, key), await connect({ cookie, origin }, key)];
    const told = Promise.all(
      pages.map(async (page) => (typeof page === 'number' ? `refused with ${page}` : nextMessage(page))),
    );
    station.tell('changed', { what: ['batches'] });
    const message = { event: 'changed', value: { what: ['batches'] } };
    expect(await told).toEqual([message, message]);
  });

  test('can be opened again with the same cookie after it was lost', async () => {
    const cookie = await cookieOfFirst();
    const key = await keyOf(cookie);
    for (let time = 0; time < 2; time += 1) {
      const socket = await connect({ cookie, origin }, key);
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
      const gone = closeCode(socket);
      socket.close();
      await gone;
    }
    expect(await connect({ cookie, origin }, key)).toBeInstanceOf(WebSocket);
  });

  test('takes a large part of a file, and ends over a message that is too large', async () => {
    const socket = await connected();
    const params = { transfer: 'x', offset: 0, data: 'A'.repeat(1_500_000) };
    socket.send(JSON.stringify({ id: 1, name: 'transfer.part', params }));
    expect(await nextMessage(socket)).toMatchObject({ id: 1 });
    expect(station.asked).toEqual([{ name: 'transfer.part', params }]);

    const closed = closeCode(socket);
    socket.on('error', () => undefined);
    socket.send('x'.repeat(LARGEST_REQUEST + 1));
    expect(await closed).toBe(1009);
    expect((await get('/')).status).toBe(403);
  });

  test.each(['{', '[]', '{"name":"station.info"}', '{"id":"1","name":"station.info"}', '"x"'])(
    'ends over %s, which is no request',
    async (text) => {
      const socket = await connected();
      const closed = closeCode(socket);
      socket.send(text);
      expect(await closed).toBe(1008);
      expect(station.asked).toEqual([]);
    },
  );

  test('ends over bytes, which are no request', async () => {
    const socket = await connected();
    const closed = closeCode(socket);
    socket.send(Buffer.from(JSON.stringify({ id: 1, name: 'station.info' })));
    expect(await closed).toBe(1008);
  });
});

describe('the end', () => {
  test('says goodbye, stops listening to the station and frees the port', async () => {
    const socket = await connected();
    expect(station.listeners()).toBeGreaterThan(0);
    const closed = closeCode(socket);
    await served.close();
    expect(await closed).toBe(1001);
    expect(station.listeners()).toBe(0);
    const port = Number(new URL(origin).port);
    const again = await serveWindow({ station, rendererDir, port });
    expect(again.url.startsWith(origin)).toBe(true);
    expect(again.url).not.toBe(served.url);
    await again.close();
  });

  test('a port that is taken, or a window that is not built, is said', async () => {
    const port = Number(new URL(origin).port);
    await expect(serveWindow({ station, rendererDir, port })).rejects.toThrow('EADDRINUSE');
    await expect(serveWindow({ station, rendererDir: join(rendererDir, 'none') })).rejects.toThrow(
      'not built',
    );
  });
});
