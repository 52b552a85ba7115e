/** Sends the exchanges one after the other, and takes from each answer what later ones need. */
import { randomInt } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gzipSync } from 'node:zlib';
import type { Exchange, ExchangeList, Reply, Written } from './exchange.ts';
import { isObject, parsed } from './exchange.ts';
import { Names } from './names.ts';
import { writeDown } from './write-down.ts';

/** The server, and how time passes on it. */
export interface Stage {
  readonly url: string;
  readonly admin: { readonly user: string; readonly password: string };
  /** Lets this much time go by. */
  pause(milliseconds: number): Promise<void>;
  /** Lets sentinel do what it has to do now. Without it (a real server) is asked again and again. */
  settle?(): Promise<void>;
}

const AGAIN_MS = 1_500;
const LONGEST_S = 90;
const BOUNDARY = 'exchange-boundary';

export class Player {
  readonly names: Names;
  readonly #stage: Stage;
  readonly #server: URL;
  readonly #list: ExchangeList;
  /** Refused sign-ins come from addresses of this run's own, where the computer has such. */
  #network: string | undefined;

  constructor(list: ExchangeList, stage: Stage) {
    this.#list = list;
    this.#stage = stage;
    this.#server = new URL(stage.url);
    this.names = new Names(list, stage.admin);
    const isHere = this.#server.hostname === '127.0.0.1' && process.platform === 'linux';
    this.#network = isHere ? `127.0.${randomInt(1, 251)}` : undefined;
  }

  /** Plays one exchange; answers what the server said, as it is compared. */
  async play(exchange: Exchange): Promise<Written> {
    if (exchange.wait !== undefined) await this.#stage.pause(exchange.wait);
    const first = this.#send(exchange);
    const others = Array.from({ length: (exchange.times ?? 1) - 1 }, () => this.#send(exchange));
    await Promise.all(others);
    const reply = await this.#waitedFor(exchange, await first);
    this.#keep(exchange, reply);
    return writeDown(exchange, reply, this.names, this.#server.host);
  }

  async #waitedFor(exchange: Exchange, first: Reply): Promise<Reply> {
    const { until } = exchange;
    if (until === undefined) return first;
    const isThere = (reply: Reply) => {
      if (until.status !== undefined) return reply.status === until.status;
      const found = this.#at(parsed(reply.bytes), until.has ?? '.');
      return until.is === undefined ? found !== undefined : found === until.is;
    };
    if (this.#stage.settle && !isThere(first)) {
      await this.#stage.settle();
      return this.#send(exchange);
    }
    let reply = first;
    const tries = ((until.seconds ?? LONGEST_S) * 1_000) / AGAIN_MS;
    for (let n = 0; n < tries && !isThere(reply); n += 1) {
      await this.#stage.pause(AGAIN_MS);
      reply = await this.#send(exchange);
    }
    return reply;
  }

  #at(node: unknown, path: string | readonly string[]): unknown {
    if (path === '.') return node;
    const keys = typeof path === 'string' ? this.names.fill(path).split('.') : path;
    return keys.reduce<unknown>(
      (inside, key) =>
        isObject(inside) ? inside[key] : Array.isArray(inside) ? (inside[Number(key)] as unknown) : undefined,
      node,
    );
  }

  #keep(exchange: Exchange, reply: Reply): void {
    const body = parsed(reply.bytes);
    for (const [name, path] of Object.entries(exchange.keep ?? {})) {
      const found = this.#at(body, path);
      if (found !== undefined && found !== null) this.names.known.set(name, found);
    }
    for (const [name, cookie] of Object.entries(exchange.keepCookie ?? {})) {
      const lines = reply.headers['set-cookie'] ?? [];
      const line = (Array.isArray(lines) ? lines : [lines]).find((text) => text.startsWith(`${cookie}=`));
      if (line !== undefined) this.names.cookies.set(name, line.slice(cookie.length + 1, line.indexOf(';')));
    }
  }

  #headers({ as = 'nobody', cookie, headers = {} }: Exchange): Record<string, string> {
    const { names } = this;
    const all: Record<string, string> = { accept: 'application/json', 'user-agent': 'contract-tests' };
    if (as !== 'nobody' && cookie === undefined) all.authorization = `Basic ${names.basic(as)}`;
    if (cookie !== undefined) all.cookie = `AuthSession=${names.cookies.get(cookie) ?? names.fill(cookie)}`;
    for (const [name, text] of Object.entries(headers)) {
      if (text === null) delete all[name];
      else all[name] = names.fill(text);
    }
    return all;
  }

  #body(exchange: Exchange, headers: Record<string, string>): Buffer | undefined {
    const { names } = this;
    if (exchange.json !== undefined) {
      headers['content-type'] ??= 'application/json';
      const bytes = Buffer.from(JSON.stringify(names.filled(exchange.json)));
      if (!exchange.gzip) return bytes;
      headers['content-encoding'] = 'gzip';
      return gzipSync(bytes);
    }
    if (exchange.text !== undefined) return Buffer.from(names.fill(exchange.text));
    if (exchange.parts === undefined) return undefined;
    headers['content-type'] ??= `multipart/related;boundary="${BOUNDARY}"`;
    const parts = exchange.parts.map((part) => {
      const lines = Object.entries(part.headers ?? {}).map(
        ([name, text]) => `${name}: ${names.fill(text)}\r\n`,
      );
      const content =
        part.json === undefined ? names.fill(part.text ?? '') : JSON.stringify(names.filled(part.json));
      return `--${BOUNDARY}\r\n${lines.join('')}\r\n${content}\r\n`;
    });
    return Buffer.from(`${parts.join('')}--${BOUNDARY}--`);
  }

  #send(exchange: Exchange): Promise<Reply> {
    const headers = this.#headers(exchange);
    const body = this.#body(exchange, headers);
    if (body !== undefined) headers['content-length'] = String(body.length);
    const { protocol, hostname, port } = this.#server;
    const ask = protocol === 'https:' ? httpsRequest : httpRequest;
    const from =
      this.#network === undefined ? {} : { localAddress: `${this.#network}.${exchange.from ?? 1}` };
    const path = this.names.fill(exchange.path);
    const options = { hostname, port, method: exchange.method, path, headers, agent: false, ...from };
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const asking = ask(options, (response) => {
        isAnswered = true;
        const chunks: Buffer[] = [];
        const { statusCode: status = 0, headers: answered } = response;
        const end = () => resolve({ status, headers: answered, bytes: Buffer.concat(chunks) });
        // A server that answers before the body is through may cut the line.
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', end)
          .on('error', end);
      });
      asking.on('error', (error: NodeJS.ErrnoException) => {
        if (isAnswered) return;
        if (this.#network !== undefined && /EADDRNOTAVAIL|EINVAL/.test(error.code ?? '')) {
          this.#network = undefined;
          resolve(this.#send(exchange));
        } else reject(error);
      });
      asking.end(body);
    });
  }

  /** Takes away what this run made: users, documents, the list of purged ones. */
  async cleanUp(): Promise<void> {
    const { names } = this;
    const ask = (method: string, path: string, json?: unknown) =>
      this.#send({ name: 'clean-up', as: 'admin', method, path, ...(json === undefined ? {} : { json }) });
    const people = [
      ...Object.keys(this.#list.users).map((role) => `{{${role}}}`),
      '{{run}}-user-nopass',
      '{{run}}-user-token',
    ];
    for (const name of people) await ask('DELETE', `/api/v1/users/${name}`);
    await ask('DELETE', '/medic-purged-role-{{purgeHash}}');
    const own = this.#list.made.map((name) => names.known.get(name)).filter((id) => typeof id === 'string');
    // More than once: deleting a conflict's winner brings up the other side.
    for (let round = 0; round < 4; round += 1) {
      const rows: { id: string; value?: { rev: string; deleted?: boolean } }[] = [];
      const list = async (method: string, path: string, json?: unknown) => {
        const body = parsed((await ask(method, path, json)).bytes);
        if (isObject(body) && Array.isArray(body.rows)) rows.push(...(body.rows as typeof rows));
      };
      for (const prefix of ['', 'form:', 'task~', 'target~'].map((kind) => `${kind}${names.run}`)) {
        const keys = [prefix, `${prefix}\ufff0`].map((key) => encodeURIComponent(JSON.stringify(key)));
        await list('GET', `/medic/_all_docs?startkey=${keys[0]}&endkey=${keys[1]}`);
      }
      await list('POST', '/medic/_all_docs', { keys: own });
      const docs = rows.flatMap(({ id, value }) =>
        value && !value.deleted ? [{ _id: id, _rev: value.rev, _deleted: true }] : [],
      );
      if (docs.length === 0) return;
      await ask('POST', '/medic/_bulk_docs', { docs });
    }
  }
}
