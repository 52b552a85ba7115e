/** The internet of the phone alone: a proxy that all its requests go through, and that can be cut like a network. */
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface PhoneInternet {
  readonly url: string;
  /** What the phone asked for while it had internet: method and address. */
  readonly asked: readonly string[];
  set(isOn: boolean): void;
  close(): Promise<void>;
}

export async function startPhoneInternet(): Promise<PhoneInternet> {
  const state = { isOn: true };
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((from, answer) => {
    if (!state.isOn) {
      from.socket.destroy();
      return;
    }
    asked.push(`${from.method} ${from.url}`);
    const { method, headers } = from;
    const on = request(from.url ?? '', { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    from.pipe(on);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (!state.isOn) socket.destroy();
  });
  // Nothing encrypted is asked for by the pages of these tests.
  server.on('connect', (_from, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    set(isOn) {
      state.isOn = isOn;
      if (!isOn) for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
