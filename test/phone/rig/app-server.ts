/**
 * The server of the CHT app as a phone sees it: the app's pages, and behind them, on the same address, the practice
 * server. The pages have the globals of CHT's webapp and a real PouchDB; what a page lacks or does wrong is
 * chosen by its address.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { build } from 'vite';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { SERVICE_WORKER, SYNC_SCRIPT } from '../../../electron/practice/app/sync-script.ts';

export type PouchVersion = '7' | '9';

/**
 * `app`: as CHT is. `pouch-only`: no `CHTCore`. `bare`: neither; the script must bring its own PouchDB. `other`: no
 * CHT app. `throws`, `hangs`: what its database does when it is read. `online`: the person works on the server. `sync`: it
 * synchronises by itself; `old`: as CHT 3.15 to 4.2 did it.
 */
export type PageKind =
  'app' | 'pouch-only' | 'bare' | 'other' | 'throws' | 'hangs' | 'online' | 'sync' | 'old';

export interface AppServer {
  readonly url: string;
  page(kind: PageKind, pouch?: PouchVersion): string;
  /** Method and path of each request that was passed on, in their order. */
  readonly passed: readonly string[];
  /** Called before a request is passed on; `passed` ends with it. Tests hold it, or pull a cable. */
  beforePassing: () => void | Promise<void>;
  /** Called with the whole body of each request that was passed on. */
  onBody: (request: string, body: Buffer) => void;
  /** What something before the server answers itself: the status of a request, by method and path; `null`: it goes on. */
  answers: (request: string) => number | null;
  /** Called with the whole body of each answer of the server behind it, before it is packed. */
  onAnswer: (request: string, body: Buffer) => void;
  /** Answers are packed with gzip, as a proxy before the server does, and these cookies are set with each. */
  packed: readonly string[] | null;
  close(): Promise<void>;
}

export async function startAppServer(practice: PracticeServer): Promise<AppServer> {
  const passed: string[] = [];
  const server = createServer((asked, answer) => {
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://127.0.0.1');
    const script = /^\/app\/pouchdb-([79])\.js$/.exec(pathname)?.[1];
    if (script !== undefined) {
      void pouchdbFor(script as PouchVersion).then((text) => send(answer, 'text/javascript', text));
    } else if (pathname === '/service-worker.js') send(answer, 'text/javascript', SERVICE_WORKER);
    else if (pathname === '/' && searchParams.has('kind')) {
      const kind = searchParams.get('kind') as PageKind;
      send(answer, 'text/html', html(kind, (searchParams.get('pouch') ?? '9') as PouchVersion));
    } else {
      const line = `${asked.method} ${asked.url}`;
      passed.push(line);
      const parts: Buffer[] = [];
      asked.on('end', () => app.onBody(line, Buffer.concat(parts)));
      void Promise.resolve(app.beforePassing()).then(() => {
        asked.on('data', (part: Buffer) => parts.push(part));
        const status = app.answers(line);
        const told = (body: Buffer): void => app.onAnswer(line, body);
        if (status === null) pass(practice.url, asked, answer, { packed: app.packed, told });
        else
          asked
            .resume()
            .on('end', () => answer.writeHead(status, { 'content-type': 'text/plain' }).end('proxy'));
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app: AppServer = {
    url,
    passed,
    beforePassing: () => {},
    answers: () => null,
    onBody: () => {},
    onAnswer: () => {},
    packed: null,
    page: (kind, pouch = '9') => `${url}/?kind=${kind}&pouch=${pouch}#/messages`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return app;
}

function send(answer: ServerResponse, type: string, text: string): void {
  answer.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
}

/** Everything that is no page of the app goes to the practice server. */
function pass(
  to: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  { packed, told }: { readonly packed: readonly string[] | null; readonly told: (body: Buffer) => void },
): void {
  const { method, headers } = asked;
  const forwarded = request(new URL(asked.url ?? '/', to), { method, headers }, (response) => {
    const { statusCode = 502, headers: given } = response;
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => told(Buffer.concat(parts)));
    if (packed === null) {
      answer.writeHead(statusCode, given);
      response.pipe(answer);
      return;
    }
    const { 'content-length': _, 'set-cookie': cookies = [], ...others } = given;
    const more = { 'content-encoding': 'gzip', 'set-cookie': [...cookies, ...packed] };
    answer.writeHead(statusCode, { ...others, ...more });
    response.pipe(createGzip()).pipe(answer);
  });
  forwarded.on('error', () => answer.writeHead(502).end());
  asked.pipe(forwarded);
}

const built = new Map<PouchVersion, Promise<string>>();

/** The release that this version of CHT ships, as one script that sets `window.PouchDB`. */
function pouchdbFor(version: PouchVersion): Promise<string> {
  const known = built.get(version);
  if (known !== undefined) return known;
  const name = version === '9' ? 'pouchdb-browser' : 'pouchdb-browser-7';
  const entry = fileURLToPath(new URL(`../../../node_modules/${name}/lib/index.es.js`, import.meta.url));
  const building = build({
    configFile: false,
    logLevel: 'error',
    define: { global: 'globalThis' },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'PouchDB' } },
  }).then((result) => {
    const [output] = [result].flat();
    if (output === undefined || !('output' in output)) throw new Error('nothing was built');
    return output.output[0].code;
  });
  built.set(version, building);
  return building;
}

/** The page, written after CHT's `db.service.ts`, `integration-api.service.ts` and `session.service.ts`. */
function html(kind: PageKind, pouch: PouchVersion): string {
  return `<!doctype html><html><head><meta charset="utf-8"><title>Practice app</title></head><body>
<p id="app">practice app</p>
${kind === 'other' || kind === 'bare' ? '' : `<script src="/app/pouchdb-${pouch}.js"></script>`}
<script>
'use strict';
const KIND = ${JSON.stringify(kind)};
const PouchDB_ = typeof PouchDB === 'undefined' ? undefined : (PouchDB.default ?? PouchDB);
if (PouchDB_) window.PouchDB = PouchDB_;
const userCtx = () => {
  const cookie = document.cookie.split('; ').find((one) => one.startsWith('userCtx='));
  return cookie ? JSON.parse(decodeURIComponent(cookie.slice(8))) : null;
};
const cache = {};
const get = ({ meta = false } = {}) => {
  const remote = KIND === 'online';
  const name = remote ? location.origin + '/medic' : 'medic-user-' + userCtx().name + (meta ? '-meta' : '');
  cache[name] ??= window.PouchDB(name, remote ? { skip_setup: true } : { auto_compaction: true });
  const db = cache[name];
  if (KIND === 'throws') return Object.assign(Object.create(db), { changes: () => { throw new Error('boom'); } });
  if (KIND === 'hangs') return Object.assign(Object.create(db), { changes: () => { for (;;); } });
  return db;
};
if (['app', 'throws', 'hangs', 'online', 'sync', 'old'].includes(KIND)) window.CHTCore = { DB: { get } };
${kind === 'sync' || kind === 'old' ? SYNC_SCRIPT : ''}
</script></body></html>`;
}
