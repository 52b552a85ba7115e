/**
 * A web view of an old phone, in front of a real Chromium: a part of DevTools is not there, and the browser itself answers
 * so, because that part is asked for by a name that it does not have.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface OldWebView {
  readonly port: number;
  /** What was asked of the part that is not there. */
  readonly lacked: readonly string[];
  close(): Promise<void>;
}

/** @param port of Chromium; `lacks`: the part, as `Fetch` */
export async function startOldWebView(port: number, lacks: string): Promise<OldWebView> {
  const lacked: string[] = [];
  const server = createServer((asked, answer) => {
    const on = request({ host: '127.0.0.1', port, path: asked.url, method: asked.method }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    asked.pipe(on);
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const withoutIt = (message: string): string => {
    const said = JSON.parse(message) as { method?: string };
    if (said.method?.startsWith(`${lacks}.`) !== true) return message;
    lacked.push(said.method);
    return JSON.stringify({ ...said, method: `No${said.method}` });
  };
  server.on('upgrade', (asked, stream, head) => {
    sockets.handleUpgrade(asked, stream, head, (station) => {
      const page = new WebSocket(`ws://127.0.0.1:${port}${asked.url}`, { perMessageDeflate: false });
      const early: string[] = [];
      station.on('message', (data: Buffer) => {
        const message = withoutIt(data.toString());
        if (page.readyState === WebSocket.CONNECTING) early.push(message);
        else page.send(message);
      });
      page.on('open', () => early.forEach((message) => page.send(message)));
      page.on('message', (data: Buffer) => station.send(data.toString()));
      for (const [one, other] of [
        [station, page],
        [page, station],
      ] as const) {
        one.on('close', () => other.close());
        one.on('error', () => other.terminate());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lacked,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
