/**
 * DevTools of the practice phone's web view: the commands that the station says to it, answered as Chromium answers them
 * (https://chromedevtools.github.io/devtools-protocol/). Any other command is unknown, as in an old web view.
 */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { isObject } from '../http.ts';
import type { AppPage, HeldRequest } from './page.ts';

const PAGE = 'PRACTICE-PAGE';
const FRAME = 'PRACTICE-FRAME';

type Params = Readonly<Record<string, unknown>>;
type Result = Readonly<Record<string, unknown>>;

/** What Chromium says of what it does not have. */
class NotThere extends Error {}

/** Answers what listens on a web view's socket: given a stream that was opened to it, it serves it. */
export function devtoolsOf(page: AppPage): {
  readonly serve: (stream: Duplex) => void;
  readonly close: () => void;
} {
  const server = createServer((asked, answer) => {
    const said =
      asked.url === '/json/list'
        ? [{ id: PAGE, type: 'page', url: page.url, title: 'CHT' }]
        : asked.url === '/json/version'
          ? { Browser: 'Practice', 'Android-Package': 'org.medicmobile.webapp.mobile' }
          : null;
    answer.writeHead(said === null ? 404 : 200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(said));
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (asked, stream, head) => {
    if (asked.url !== `/devtools/page/${PAGE}`) stream.destroy();
    else sockets.handleUpgrade(asked, stream, head, (socket) => new Watcher(page, socket));
  });
  return {
    serve: (stream) => void server.emit('connection', stream),
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
    },
  };
}

/** One who watches the page. With the connection all ends that was set for it. */
class Watcher {
  readonly #page: AppPage;
  readonly #socket: WebSocket;
  readonly #objects = new Map<string, unknown>();
  readonly #held = new Map<string, (answer: Response | null) => void>();
  #isHolding = false;
  #isSaying = false;
  #last = 0;

  constructor(page: AppPage, socket: WebSocket) {
    this.#page = page;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => void this.#hear(data.toString('utf8')));
    socket.on('close', () => this.#letGo());
    socket.on('error', () => socket.terminate());
  }

  #letGo(): void {
    this.#objects.clear();
    this.#holdNothing();
    this.#sayNothing();
  }

  async #hear(text: string): Promise<void> {
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params?: Params };
    try {
      this.#send({ id, result: await this.#answer(method, params ?? {}) });
    } catch (error) {
      this.#send({
        id,
        error: { code: -32_000, message: error instanceof Error ? error.message : String(error) },
      });
    }
  }

  #send(message: Params): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #answer(method: string, params: Params): Promise<Result> {
    switch (method) {
      case 'Inspector.enable':
      case 'Network.enable':
      case 'Network.disable':
      case 'Page.enable':
      case 'Page.disable':
        return {};
      case 'Page.getFrameTree':
        return { frameTree: { frame: { id: FRAME, url: this.#page.url } } };
      case 'Runtime.evaluate':
        return this.#result(() => this.#page.evaluate(String(params['expression'])), params);
      case 'Runtime.callFunctionOn':
        return this.#call(params);
      case 'Runtime.releaseObject':
        this.#objects.delete(String(params['objectId']));
        return {};
      case 'Network.getCookies':
        return { cookies: this.#page.cookies };
      case 'Network.emulateNetworkConditions':
        return this.#emulate(params);
      case 'Fetch.enable':
        this.#isHolding = true;
        this.#page.holdRequests((request) => this.#hold(request));
        return {};
      case 'Fetch.disable':
        this.#holdNothing();
        return {};
      case 'Fetch.fulfillRequest':
        return this.#fulfil(params);
      case 'Fetch.failRequest':
      case 'Fetch.continueRequest':
        // What goes on meets the phone's own network, which it has not.
        return this.#settle(params, null);
      default:
        throw new NotThere(`'${method}' wasn't found`);
    }
  }

  #call(params: Params): Promise<Result> {
    const object = this.#objects.get(String(params['objectId']));
    if (object === undefined) throw new NotThere('Could not find object with given id');
    const given = Array.isArray(params['arguments']) ? (params['arguments'] as { value?: unknown }[]) : [];
    return this.#result(() => {
      const called = this.#page.evaluate(`(${String(params['functionDeclaration'])})`) as (
        ...all: unknown[]
      ) => unknown;
      return Reflect.apply(
        called,
        object,
        given.map(({ value }) => value),
      );
    }, params);
  }

  async #result(work: () => unknown, { returnByValue, awaitPromise }: Params): Promise<Result> {
    try {
      const made = work();
      const value = awaitPromise === true ? await made : made;
      if (value === undefined) return { result: { type: 'undefined' } };
      if (returnByValue === true || !isObject(value)) return { result: { type: typeof value, value } };
      const objectId = `object-${(this.#last += 1)}`;
      this.#objects.set(objectId, value);
      return { result: { type: 'object', objectId } };
    } catch (error) {
      // An error of the page is none of this program's.
      const description = String((error as { stack?: unknown } | null)?.stack ?? error);
      return {
        result: { type: 'object', subtype: 'error' },
        exceptionDetails: { text: 'Uncaught', exception: { type: 'object', description } },
      };
    }
  }

  #emulate({ offline, connectionType }: Params): Result {
    // Without a kind of network it is as it is.
    const said = offline === true ? false : connectionType === undefined ? null : true;
    this.#isSaying = said !== null;
    this.#page.sayOnline(said);
    return {};
  }

  #hold({ url, method, headers, body }: HeldRequest): Promise<Response | null> {
    const requestId = `request-${(this.#last += 1)}`;
    const bytes = body === null ? null : Buffer.from(body).toString('base64');
    const request = {
      url,
      method,
      headers,
      ...(bytes === null ? {} : { hasPostData: true, postData: body, postDataEntries: [{ bytes }] }),
    };
    return new Promise((resolve) => {
      this.#held.set(requestId, resolve);
      this.#send({
        method: 'Fetch.requestPaused',
        params: { requestId, request, frameId: FRAME, resourceType: 'Fetch' },
      });
    });
  }

  #fulfil(params: Params): Result {
    const headers = new Headers();
    for (const { name, value } of params['responseHeaders'] as { name: string; value: string }[])
      headers.append(name, value);
    const status = Number(params['responseCode']);
    const isEmpty = [101, 204, 205, 304].includes(status);
    const body = isEmpty ? null : Buffer.from(String(params['body'] ?? ''), 'base64');
    return this.#settle(params, new Response(body, { status, headers }));
  }

  #settle(params: Params, answer: Response | null): Result {
    const requestId = String(params['requestId']);
    const settle = this.#held.get(requestId);
    if (settle === undefined) throw new NotThere('Invalid InterceptionId.');
    this.#held.delete(requestId);
    settle(answer);
    return {};
  }

  #holdNothing(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#page.holdRequests(null);
    for (const settle of this.#held.values()) settle(null);
    this.#held.clear();
  }

  #sayNothing(): void {
    if (!this.#isSaying) return;
    this.#isSaying = false;
    this.#page.sayOnline(null);
  }
}
