/**
 * A proxy that does bad things to requests, one fault to one request, over real sockets. A *fault* happens to
 * the next request that it fits; what is left of a list is dropped with `clear`.
 */
import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Fault =
  /** Ends the connection after so many bytes of the request's body; the server gets that much or nothing. */
  | { readonly kind: 'cut-request'; readonly after: number; readonly reachesServer: boolean }
  /** The server does it all; of its answer come so many bytes, headers counted. */
  | { readonly kind: 'cut-answer'; readonly after: number }
  /** Nothing comes back, ever. `stored`: the server got it. */
  | { readonly kind: 'half-open'; readonly stored: boolean }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Bytes pass at so many a second, there and back, in the proxy's own time. */
  | { readonly kind: 'slow-line'; readonly bytesPerSecond: number }
  /** The answer's body comes in drops. */
  | { readonly kind: 'drops'; readonly ms: number }
  | { readonly kind: 'twice' }
  /** An answer that is not the server's. `stored`: the server did it nevertheless. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly form: 'json' | 'html' | 'empty';
      readonly stored: boolean;
    }
  /** Something else happens first, for instance the server is put back to an older state. */
  | { readonly kind: 'first'; readonly what: () => Promise<void> };

export interface FaultProxy {
  readonly url: string;
  /** Faults by the number of the request, counted from now: 0 is the next one. */
  plan(faults: ReadonlyMap<number, Fault>): void;
  /** No more faults; connections that hang are ended. */
  clear(): void;
  /** What was asked, with the fault it met. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

interface Passed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const HTML = '<!doctype html><html><title>Sign in to the network</title><form></form></html>';

export interface ProxyOptions {
  readonly target: string;
  /** How long a second of the line lasts here, in milliseconds: 300 baud need not be waited for. */
  readonly secondMs?: number;
  /** Added to each request, as by a server that is far away. */
  readonly everyRequestMs?: number;
  /** A request will never be answered. */
  readonly onHang?: () => void;
}

export async function startFaultProxy({
  target,
  secondMs = 1000,
  everyRequestMs = 0,
  onHang = () => {},
}: ProxyOptions): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const hanging = new Set<Socket>();
  const seen: string[] = [];
  let faults = new Map<number, Fault>();
  let count = 0;

  const pass = (request: IncomingMessage, body: Buffer): Promise<Passed> =>
    new Promise((resolve, reject) => {
      const forward = ask(
        new URL(request.url ?? '/', target),
        { method: request.method, headers: { ...request.headers, 'content-length': body.length }, agent },
        (answer) => {
          collect(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: bytes }),
            reject,
          );
        },
      );
      forward.on('error', reject);
      forward.end(body);
    });

  /** The server meets a request that breaks off: it must not believe a part of it. */
  const passPart = (request: IncomingMessage, body: Buffer, length: number): void => {
    const forward = ask(new URL(request.url ?? '/', target), {
      method: request.method,
      headers: { ...request.headers, 'content-length': length },
    });
    forward.on('error', () => {});
    forward.write(body, () => setImmediate(() => forward.destroy()));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = faults.get(count);
    faults.delete(count);
    count += 1;
    seen.push(`${request.method} ${request.url}${fault === undefined ? '' : ` <- ${JSON.stringify(fault)}`}`);
    const { socket } = request;
    if (everyRequestMs > 0) await wait(everyRequestMs);
    if (fault?.kind === 'cut-request') {
      const length = Number(request.headers['content-length'] ?? 0);
      const part = await collect(request, fault.after);
      if (fault.reachesServer && part.length < length) passPart(request, part, length);
      socket.destroy();
      return;
    }
    const pace = fault?.kind === 'slow-line' ? fault.bytesPerSecond : null;
    const body = await collect(request);
    if (pace !== null) await wait((body.length / pace) * secondMs);
    switch (fault?.kind) {
      case 'first':
        await fault.what();
        break;
      case 'delay':
        await wait(fault.ms);
        break;
      case 'twice':
        await pass(request, body);
        break;
      case 'half-open':
        if (fault.stored) await pass(request, body);
        hanging.add(socket);
        onHang();
        return;
      case 'status': {
        if (fault.stored) await pass(request, body);
        answerInstead(response, fault);
        return;
      }
      default:
    }
    const passed = await pass(request, body);
    if (fault?.kind === 'cut-answer') {
      socket.end(rawAnswer(passed).subarray(0, fault.after), () => socket.destroy());
      return;
    }
    response.writeHead(passed.status, { ...passed.headers, 'content-length': passed.body.length });
    if (fault?.kind === 'drops') {
      const size = Math.max(1, Math.ceil(passed.body.length / 4));
      for (let at = 0; at < passed.body.length; at += size) {
        response.write(passed.body.subarray(at, at + size));
        await wait(fault.ms);
      }
      response.end();
      return;
    }
    if (pace !== null) await wait((passed.body.length / pace) * secondMs);
    response.end(passed.body);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clear = (): void => {
    faults = new Map();
    for (const socket of hanging) socket.destroy();
    hanging.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan: (next) => {
      faults = new Map(next);
      count = 0;
      seen.length = 0;
    },
    clear,
    seen,
    close: () =>
      new Promise((resolve) => {
        clear();
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

/** Everything that comes, or its first bytes. */
async function collect(stream: IncomingMessage, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(parts).subarray(0, most);
}

function rawAnswer({ status, headers, body }: Passed): Buffer {
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).flatMap(
    ([name, value]) => (Array.isArray(value) ? value : [value ?? '']).map((one) => `${name}: ${one}`),
  );
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Cut\r\n${lines.join('\r\n')}\r\n\r\n`), body]);
}

function answerInstead(response: ServerResponse, fault: Extract<Fault, { kind: 'status' }>): void {
  const { status, form } = fault;
  const json = JSON.stringify({ code: status, error: 'fault' });
  const [type, text] =
    form === 'html' ? ['text/html', HTML] : ['application/json', form === 'json' ? json : ''];
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
