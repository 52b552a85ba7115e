/** An answer that would lead a phone's app elsewhere, or sign it out, is never given to it, and nothing is sent after it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RequestsOfPhone } from '../../../electron/station/phone-sync/send-on.ts';
import { Gate } from '../../../electron/upload/gate.ts';

let server: Server;
let arrived: string[];
let says: { status: number; headers: Record<string, string> };
beforeEach(async () => {
  arrived = [];
  server = createServer((asked, answer) => {
    arrived.push(asked.url ?? '');
    asked.resume();
    asked.on('end', () => answer.writeHead(says.status, says.headers).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function phone() {
  const requests = new RequestsOfPhone({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'chw1',
    fetch,
    gate: new Gate(() => {}),
    signal: new AbortController().signal,
    mayGo: new Map(),
    leaving: () => {},
    refused: () => {},
    altered: () => {},
    log: () => {},
    changed: () => {},
  });
  const ask = (path: string) =>
    requests.sendOn({ method: 'GET', path, headers: [], body: null, writes: null });
  return { requests, ask };
}

test.each([
  [302, '/medic/login?redirect=x', 'phone-session-ended'],
  [302, 'https://portal.example.org/', 'bad-answer'],
  [307, '/elsewhere', 'bad-answer'],
  [301, undefined, 'bad-answer'],
  [401, undefined, 'phone-session-ended'],
])('%s to %s ends the sync as %s', async (status, location, code) => {
  says = { status, headers: location === undefined ? {} : { location } };
  const { requests, ask } = phone();
  expect(await ask('/dbinfo')).toEqual({ kind: 'close' });
  expect(requests.ended).toBe(code);
  says = { status: 200, headers: {} };
  expect(await ask('/dbinfo')).toEqual({ kind: 'close' });
  expect(arrived).toEqual(['/dbinfo']);
});

test('“not modified” is no redirect', async () => {
  says = { status: 304, headers: { etag: '"1"' } };
  const { requests, ask } = phone();
  expect(await ask('/dbinfo')).toMatchObject({ kind: 'answer', answer: { status: 304 } });
  expect(requests.ended).toBeNull();
});
