/** A web view's DevTools without a web view: a page that answers commands as a test says, over a real WebSocket. */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { PageSession } from '../../electron/sources/live/devtools.ts';
import { HANGS_MS } from './soon.ts';

/** What Chromium says to a command that it does not know, or that is about an object of a page that is gone. */
const unknown = (method: string): string =>
  method === 'Runtime.callFunctionOn' ? 'Could not find object with given id' : `'${method}' wasn't found`;

type Params = Readonly<Record<string, unknown>>;

/** What a page of a web view says to a command; `null`: this web view does not know it. */
export type Answers = (method: string, params: Params) => Params | null;

export class DevtoolsDouble {
  /** What was asked, in its order. */
  readonly asked: { readonly method: string; readonly params: Params }[] = [];
  readonly session: PageSession;
  readonly #server: Server;
  readonly #socket: WebSocket;

  private constructor(server: Server, socket: WebSocket, session: PageSession, answers: Answers) {
    this.#server = server;
    this.#socket = socket;
    this.session = session;
    socket.on('message', (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString()) as {
        id: number;
        method: string;
        params: Params;
      };
      this.asked.push({ method, params });
      const result = answers(method, params);
      socket.send(
        JSON.stringify(result === null ? { id, error: { message: unknown(method) } } : { id, result }),
      );
    });
  }

  static async open(answers: Answers): Promise<DevtoolsDouble> {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    const connected = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const dial = () => Promise.resolve(connect(port, '127.0.0.1'));
    const session = await PageSession.attach(dial, 'P1', HANGS_MS, new AbortController().signal);
    return new DevtoolsDouble(server, await connected, session, answers);
  }

  /** Something happened in the page. */
  tell(method: string, params: Params): void {
    this.#socket.send(JSON.stringify({ method, params }));
  }

  /** What was asked of one kind. */
  of(method: string): readonly Params[] {
    return this.asked.flatMap((one) => (one.method === method ? [one.params] : []));
  }

  async close(): Promise<void> {
    this.session.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
