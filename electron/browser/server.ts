/**
 * Browser mode: the same window and the same station, in the person's own browser, over this computer's
 * loopback. For machines without Electron's binary, and for tests. Never listens on a network.
 */
import { access } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { startSession, type BrowserSession } from './session.ts';
import { openSockets } from './socket.ts';
import type { OpenStation } from '../station-api.ts';
import { WINDOW_HEADERS, windowFile } from '../host/window-files.ts';

export interface ServeOptions {
  readonly station: Pick<OpenStation, 'ask' | 'on'>;
  /** A free one when left out. */
  readonly port?: number;
  /** The built window, `out/renderer`. */
  readonly rendererDir: string;
  /** Called with the address once it can be opened. */
  readonly open?: (url: string) => void;
  /** The computer's own, unless a test makes time pass. */
  readonly timers?: Timers;
}

export interface ServedWindow {
  /** The address that works once. */
  readonly url: string;
  close(): Promise<void>;
}

const SOCKET_PATH = '/ws';
/** Where the page asks for its key. */
const KEY_PATH = '/key';
const NOT_FROM_HERE = 'Copy the address that the station printed into the address bar of this browser.\n';
const NOT_YOURS =
  'This address is used up, or it was opened in another browser. Stop the station, start it again, ' +
  'and open the new address that it prints.\n';

/** Serves the window on 127.0.0.1 until it is closed. Rejects where the window is not built or the port is taken. */
export async function serveWindow({
  station,
  port,
  rendererDir,
  open,
  timers = SYSTEM_TIMERS,
}: ServeOptions): Promise<ServedWindow> {
  await access(join(rendererDir, 'index.html')).catch((cause: unknown) => {
    throw new Error('the window is not built yet: run "npm run build"', { cause });
  });
  const http = createServer();
  const session = startSession(await listen(http, port ?? 0), timers, () => sockets.end());
  const sockets = openSockets({
    ask: (...asked) => {
      session.used();
      return station.ask(...asked);
    },
    on: (name, listener) => station.on(name, listener),
  });

  http.on('request', (request, response) => void answer(session, rendererDir, request, response));
  http.on('upgrade', (request, socket, head) => {
    const { headers, url } = request;
    // A page always sends its origin with a WebSocket; whatever does not is no page of ours.
    const ours = headers.origin === session.origin && session.isFromHere(headers);
    if (url !== SOCKET_PATH || !ours || !session.isOpenFor(headers) || !session.isKeyOf(headers)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.server.handleUpgrade(request, socket, head, (accepted) =>
      sockets.server.emit('connection', accepted, request),
    );
  });

  const url = session.origin + session.openPath;
  open?.(url);
  return {
    url,
    close: async () => {
      session.end();
      sockets.close();
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  session: BrowserSession,
  rendererDir: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (!session.isFromHere(request.headers)) return refuse(response, NOT_FROM_HERE);
  const cookie = request.method === 'GET' ? session.exchange(path, request.headers) : null;
  if (cookie !== null) {
    // The browser goes on to `/`, so that the address with the token is not kept in its history.
    response.writeHead(303, { ...WINDOW_HEADERS, 'set-cookie': cookie, location: '/' }).end();
    return;
  }
  if (!session.isOpenFor(request.headers)) return refuse(response, NOT_YOURS);
  if (path === KEY_PATH) {
    const key = request.method === 'POST' ? session.key() : null;
    if (key === null) return refuse(response, NOT_YOURS);
    response.writeHead(200, { ...WINDOW_HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(key);
    return;
  }
  const { status, headers, body } = await windowFile(rendererDir, request.method ?? '', path);
  response.writeHead(status, headers).end(body);
}

function refuse(response: ServerResponse, why: string): void {
  response.writeHead(403, { ...WINDOW_HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(why);
}

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', () => {
      http.off('error', reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}
