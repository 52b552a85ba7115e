/** Answers without an end, packed or not: what is read of them is bounded, whatever the server says of their length. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { ANSWER_BYTES, request } from '../../electron/upload/http.ts';
import { StationError } from '../../shared/errors.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');

/** Answers with what `write` writes; `ended` when the line is down. */
async function answering(
  headers: Record<string, string>,
  write: (response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly ended: Promise<unknown> }> {
  let down: (value?: unknown) => void = () => undefined;
  const ended = new Promise((resolve) => {
    down = resolve;
  });
  server = createServer((_, response) => {
    response.writeHead(200, headers);
    response.on('close', down);
    write(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ended };
}

const ask = async (url: string): Promise<unknown> => {
  try {
    return await request(fetch, { method: 'GET', url, timeoutMs: 3_600_000 });
  } catch (error) {
    return error instanceof StationError ? error.code : error;
  }
};

test('an answer without an end ends, and the line with it', async () => {
  let written = 0;
  const { url, ended } = await answering({}, (response) => {
    const more = (): void => {
      while (!response.destroyed) {
        written += MEGABYTE.length;
        if (!response.write(MEGABYTE)) return;
      }
    };
    response.on('drain', more);
    more();
  });
  expect(await ask(url)).toBe('bad-answer');
  await ended;
  // What the system keeps between the two is some megabytes.
  expect(written).toBeLessThan(ANSWER_BYTES.small * 4);
});

test('a small packed answer that unpacks to more is the same', async () => {
  const { url } = await answering({ 'content-encoding': 'gzip' }, (response) => {
    const packed = createGzip();
    packed.pipe(response);
    for (let at = 0; at <= ANSWER_BYTES.small; at += MEGABYTE.length) packed.write(MEGABYTE);
    packed.end();
  });
  expect(await ask(url)).toBe('bad-answer');
});

test('signs that are cut apart on the way come whole', async () => {
  const text = JSON.stringify({ name: 'Élodie Ünal 🌍' });
  const bytes = Buffer.from(text);
  const { url } = await answering({}, (response) => {
    void (async () => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    })();
  });
  expect(await ask(url)).toMatchObject({ status: 200, text });
});
