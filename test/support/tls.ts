/** A server behind TLS and a proxy in front of it, over real sockets. */
import { createServer as createHttpServer, request as ask } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface Listening {
  readonly port: number;
  /** Requests that came through, or connections that were asked for. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** Takes TLS off and hands each request to the server at `target`. */
export async function startTls(certificate: Certificate, target: string): Promise<Listening> {
  const seen: string[] = [];
  const server = createServer({ ...certificate }, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const forward = ask(
      new URL(request.url ?? '/', target),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  });
  return listening(server, seen);
}

/** A proxy that opens every tunnel to one port of this computer, whatever host is named: the name is not looked up here. */
export async function startConnectProxy(port: number, refuse?: number): Promise<Listening> {
  const seen: string[] = [];
  const server = createHttpServer((_, response) => response.writeHead(400).end());
  server.on('connect', (request, socket: Socket) => {
    seen.push(request.url ?? '');
    socket.on('error', () => {});
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('close', () => there.destroy());
  });
  return listening(server, seen);
}

async function listening(server: Server, seen: readonly string[]): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
