/** The sockets of the practice server: reads a request, lets it be answered, writes the answer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Asked } from './http.ts';
import { BODY_LIMIT } from './http.ts';

async function readBody(
  request: IncomingMessage,
): Promise<{ body: Buffer; tooLarge: boolean; bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Past the limit it is read to its end, so that the client hears the answer, and not kept.
    if (bytes <= BODY_LIMIT) chunks.push(chunk);
    else chunks.length = 0;
  }
  return { body: Buffer.concat(chunks), tooLarge: bytes > BODY_LIMIT, bytes };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function send(response: ServerResponse, method: string | undefined, answer: Answer): void {
  const { body } = answer;
  let bytes: Buffer | undefined;
  let type: string | undefined;
  if (Buffer.isBuffer(body)) bytes = body;
  else if (typeof body === 'string') [bytes, type] = [Buffer.from(body), 'text/plain; charset=utf-8'];
  else if (body !== undefined)
    [bytes, type] = [Buffer.from(JSON.stringify(body)), 'application/json; charset=utf-8'];
  if (type !== undefined) response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.statusCode = answer.status;
  response.setHeader('content-length', bytes?.length ?? 0);
  response.end(method === 'HEAD' ? undefined : bytes);
}

export interface Listener {
  readonly url: string;
  /** Resolves once everything that was asked by now is answered, also what nobody waits for any more. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1. `answer` gets each request with its body and the number of bytes the body had;
 * what it throws becomes a plain 500. `clock`: for the `Date` of the answers. `Expect: 100-continue` never gets there: the api answers 500
 * (docs/cht-exchanges.md §3).
 */
export async function listen(
  port: number,
  answer: (asked: Asked, bytes: number) => Promise<Answer>,
  clock: () => number,
): Promise<Listener> {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const server: Server = createServer((request, response) => {
    response.setHeader('date', new Date(clock()).toUTCString());
    underWay += 1;
    void (async () => {
      const { body, tooLarge, bytes } = await readBody(request);
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const asked: Asked = {
        method: request.method ?? 'GET',
        path,
        parts: path.split('/').filter(Boolean).map(decoded),
        query: url.searchParams,
        headers: request.headers,
        body,
        tooLarge,
        address: request.socket.remoteAddress ?? '',
      };
      send(response, request.method, await answer(asked, bytes));
    })()
      .catch((error: unknown) => {
        if (response.headersSent || response.destroyed) return response.destroy();
        const details = error instanceof Error ? error.message : String(error);
        return send(response, request.method, {
          status: 500,
          body: { code: 500, error: 'Server error', details },
        });
      })
      .finally(() => {
        underWay -= 1;
        if (underWay === 0) for (const go of waiting.splice(0)) go();
      });
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    send(response, request.method, { status: 500, body: { code: 500, error: 'Server error' } });
    request.resume();
  });
  // A long upload from a slow test must not be cut off.
  server.requestTimeout = 0;
  // Nor a connection at the moment when a client that was busy for seconds sends on it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    answered: async () => {
      // Connections are taken in their order: with this one, whatever came before it has been read.
      await (await fetch(url)).arrayBuffer();
      if (underWay > 0) await new Promise<void>((resolve) => void waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
