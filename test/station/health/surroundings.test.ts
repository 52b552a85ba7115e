/** What the station needs around it: the server and its clock, a keyring, a way to phones. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { surroundingsLines, type Surroundings } from '../../../shared/surroundings.ts';
import { phrases, sentenceOf } from '../../../shared/words/index.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const NOW = Date.parse('2026-11-30T08:00:00.500Z');
const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function opened(options: Parameters<typeof openTestStation>[0] = {}): Promise<TestStation> {
  const station = await openTestStation({ clock: () => NOW, ...options });
  ends.push(() => station.close());
  return station;
}

/** A server that answers as CHT's does, in the way that a test says. @returns its address */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_asked, response) => answer(response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  ends.push(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const telling = (date: string | null) => (response: ServerResponse) => {
  response.sendDate = false;
  if (date !== null) response.setHeader('Date', date);
  response.setHeader('Content-Type', 'application/json');
  response.end('{"version":"0.1.0"}');
};

async function around(station: TestStation, url: string): Promise<Surroundings> {
  await station.ask('server.set', { url });
  return station.ask('health.surroundings', {});
}

/** What a person reads, with a mark before what asks for somebody. */
function said(found: Surroundings): string[] {
  const words = phrases('computer', 'en');
  return surroundingsLines(found, '1.2.3').map(
    ({ key, values, code, asks }) =>
      `${asks ? '! ' : ''}${words(key, values)}${code === null ? '' : ` ${sentenceOf(code).sentence}`}`,
  );
}

it('a station without a server says so, and that is not damage', async () => {
  const station = await opened();
  const found = await station.ask('health.surroundings', {});
  expect(found).toMatchObject({ server: { kind: 'none' }, phoneRule: 'not-needed' });
  expect(said(found)).toContain('Server: none is set. An administrator sets it in Settings.');
  expect(said(found)[0]).toBe(`Program 1.2.3 on ${found.system}`);
});

it.each([
  ['Mon, 30 Nov 2026 08:00:00 GMT', 500, 'Clock: it agrees with the server’s.'],
  ['Mon, 30 Nov 2026 07:58:01 GMT', 119_500, 'Clock: it agrees with the server’s.'],
  ['Mon, 30 Nov 2026 07:00:00 GMT', 3_600_500, '! Clock: 60 minutes ahead of the server’s.'],
  ['Tue, 01 Dec 2026 08:00:00 GMT', -86_399_500, '! Clock: 1,440 minutes behind the server’s.'],
  [null, null, 'Clock: the server did not tell its time'],
  ['yesterday', null, 'Clock: the server did not tell its time'],
])('a server whose clock says %s', async (date, aheadMs, line) => {
  const found = await around(await opened(), await serve(telling(date)));
  expect(found.server).toEqual({ kind: 'there', aheadMs });
  expect(said(found)).toContainEqual(expect.stringContaining(line));
  expect(said(found).some((one) => one.startsWith('!'))).toBe(line.startsWith('!'));
});

it('a server that is no CHT server asks for somebody, one out of reach does not', async () => {
  const station = await opened();
  const page = await around(
    station,
    await serve((response) => response.end('<html>Welcome to the hotel</html>')),
  );
  expect(page.server).toEqual({ kind: 'away', code: 'not-a-cht-server' });
  expect(said(page)).toContainEqual(expect.stringMatching(/^! Server: /));
  const nobody = await around(station, 'http://127.0.0.1:9');
  expect(nobody.server).toEqual({ kind: 'away', code: 'offline' });
  expect(said(nobody)).toContain('Server: The server cannot be reached.');
});

it('nothing is noted by looking', async () => {
  const station = await opened();
  await around(station, await serve(telling(null)));
  const before = await station.ask('server.get', {});
  const { rows } = await station.ask('ledger.list', {});
  await station.ask('health.surroundings', {});
  expect(await station.ask('server.get', {})).toEqual(before);
  expect((await station.ask('ledger.list', {})).rows).toEqual(rows);
});

it('says of a keyring and of the rule for phones what they are', async () => {
  const secrets = {
    mayKeep: async () => ({ kind: 'no', why: 'no-keyring' }) as const,
    keep: async () => {},
    read: async () => null,
    forget: async () => {},
  };
  const station = await opened({ secrets, phoneRule: async () => 'missing' });
  const found = await station.ask('health.surroundings', {});
  expect(found).toMatchObject({ keyring: { why: 'no-keyring' }, phoneRule: 'missing', layer: 'off' });
  expect(said(found)).toContain(
    'Keyring: this computer has none, so no login can be saved. Everything else works.',
  );
  expect(said(found)).toContainEqual(expect.stringMatching(/^Phones: .* is not installed\./));
});
