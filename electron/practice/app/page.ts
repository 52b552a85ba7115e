/**
 * The page of the CHT app on the practice phone: what the app and the station's script find in a web view, without a
 * browser. Its database is a real PouchDB, its requests are real ones, and it has the session of a person. Without internet of
 * its own a request fails, unless whoever watches the page by DevTools takes it.
 */
import { createContext, runInContext, type Context } from 'node:vm';
import type { Database, StoredDoc } from '../pouch.ts';
import { SYNC_SCRIPT } from './sync-script.ts';

/** A request of the page that is held for whoever watches. */
export interface HeldRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** `null`: it fails, as without a network. */
export type TakeRequest = (request: HeldRequest) => Promise<Response | null>;

interface AskedFor {
  readonly method?: string;
  readonly headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
  readonly body?: string;
}

interface BulkGot {
  results: { docs: { ok?: StoredDoc }[] }[];
}

/** What a browser's PouchDB gives for bytes, and Node's as a `Buffer`. */
interface AppDatabase extends Database {
  bulkGet(options: { readonly binary?: boolean }): Promise<BulkGot>;
}

/** The layout of PouchDB's store in a browser. */
const LAYOUT = 5;
/** As much as such a phone has left. */
const ROOM = 2_000_000_000;

export class AppPage {
  readonly server: string;
  readonly user: string;
  readonly #database: Database;
  readonly #context: Context;
  readonly #events = new EventTarget();
  readonly #stored = new Map<string, string>();
  readonly #cookies = new Map<string, { readonly value: string; readonly hidden: boolean }>();
  /** What is said in place of the truth; `null`: nothing is. */
  #said: boolean | null = null;
  #hasInternet = true;
  #take: TakeRequest | null = null;

  /** @param server its origin */
  constructor({
    server,
    user,
    database,
  }: {
    readonly server: string;
    readonly user: string;
    readonly database: Database;
  }) {
    this.server = server;
    this.user = user;
    this.#database = database;
    this.#context = createContext(this.#globals());
    runInContext('var window = globalThis; var self = globalThis;', this.#context);
    runInContext(`const KIND = 'sync'; const get = CHTCore.DB.get;\n${SYNC_SCRIPT}`, this.#context);
  }

  get url(): string {
    return `${this.server}/#/messages`;
  }

  /** Runs a script in the page. @throws what the script throws */
  evaluate(script: string): unknown {
    return runInContext(script, this.#context);
  }

  /** The cookies that go to the server, as one header. */
  get cookie(): string {
    return [...this.#cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  get cookies(): readonly { readonly name: string; readonly value: string }[] {
    return [...this.#cookies].map(([name, { value }]) => ({ name, value }));
  }

  /** The phone's own internet comes or goes. */
  setInternet(has: boolean): void {
    const before = this.#isOnline;
    this.#hasInternet = has;
    this.#tellApp(before);
  }

  /** Whoever watches says that there is a network; `null`: says nothing any more. */
  sayOnline(said: boolean | null): void {
    const before = this.#isOnline;
    this.#said = said;
    this.#tellApp(before);
  }

  /** From now on requests are held for whoever watches; `null`: nobody does. */
  holdRequests(take: TakeRequest | null): void {
    this.#take = take;
  }

  get #isOnline(): boolean {
    return this.#said ?? this.#hasInternet;
  }

  #tellApp(before: boolean): void {
    if (this.#isOnline !== before) this.#events.dispatchEvent(new Event(before ? 'offline' : 'online'));
  }

  async #fetch(
    input: string | URL,
    { method = 'GET', headers = {}, body }: AskedFor = {},
  ): Promise<Response> {
    const url = new URL(String(input), `${this.server}/`);
    const failed = (): TypeError => new TypeError('Failed to fetch');
    if (url.origin !== this.server) throw failed();
    const given = new Headers(
      Symbol.iterator in headers ? [...headers].map(([a, b]) => [a, b]) : { ...headers },
    );
    given.set('cookie', this.cookie);
    const request: HeldRequest = {
      url: url.href,
      method: method.toUpperCase(),
      headers: Object.fromEntries(given),
      body: body ?? null,
    };
    const answer = this.#take === null ? await this.#send(request) : await this.#take(request);
    if (answer === null) throw failed();
    for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie);
    return answer;
  }

  /** With the phone's own internet. */
  #send({ url, method, headers, body }: HeldRequest): Promise<Response | null> {
    if (!this.#hasInternet) return Promise.resolve(null);
    return fetch(url, { method, headers, redirect: 'manual', ...(body === null ? {} : { body }) });
  }

  #keep(cookie: string): void {
    const [pair = '', ...facts] = cookie.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    const hidden = facts.some((fact) => fact.trim().toLowerCase() === 'httponly');
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, { value, hidden });
  }

  /** The app's connection to its database: as a browser's PouchDB gives bytes. */
  #connection(): AppDatabase {
    const database = this.#database as AppDatabase;
    const bulkGet = async (options: { readonly binary?: boolean }): Promise<BulkGot> => {
      const got = await database.bulkGet(options);
      if (options.binary === true)
        for (const { docs } of got.results) for (const { ok } of docs) if (ok !== undefined) asBlobs(ok);
      return got;
    };
    return Object.assign(Object.create(database) as AppDatabase, { bulkGet });
  }

  #pouch(): unknown {
    const { constructor: Pouch } = this.#database as unknown as {
      constructor: { new (name: string, options: object): unknown; readonly version: string };
    };
    return Object.assign(
      function PouchDB(name: string, options: object) {
        return new Pouch(name, options);
      },
      { version: Pouch.version, fetch: (url: string, options: AskedFor) => this.#fetch(url, options) },
    );
  }

  #globals(): Record<string, unknown> {
    const [page, connection] = [this, this.#connection()] as const;
    const [events, stored] = [this.#events, this.#stored];
    return {
      console,
      setTimeout,
      clearTimeout,
      URL,
      Headers,
      Event,
      Blob,
      FileReader: ReadsBlobs,
      MessageChannel,
      performance,
      atob,
      btoa,
      fetch: (url: string, options?: AskedFor) => this.#fetch(url, options),
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
      dispatchEvent: events.dispatchEvent.bind(events),
      location: { origin: this.server, pathname: '/', hash: '#/messages', href: this.url },
      document: {
        get cookie() {
          const seen = [...page.#cookies].filter(([, { hidden }]) => !hidden);
          return seen.map(([name, { value }]) => `${name}=${value}`).join('; ');
        },
        querySelector: () => null,
      },
      navigator: {
        get onLine() {
          return page.#isOnline;
        },
        storage: { estimate: () => Promise.resolve({ quota: ROOM, usage: 0 }) },
        serviceWorker: { register: () => Promise.resolve() },
      },
      localStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => void stored.set(key, value),
        removeItem: (key: string) => void stored.delete(key),
      },
      indexedDB: {
        databases: () => Promise.resolve([{ name: `_pouch_medic-user-${this.user}`, version: LAYOUT }]),
      },
      PouchDB: this.#pouch(),
      CHTCore: { DB: { get: () => connection } },
    };
  }
}

function asBlobs(doc: StoredDoc): void {
  for (const attachment of Object.values(doc._attachments ?? {})) {
    const { data } = attachment as { data?: unknown };
    if (Buffer.isBuffer(data))
      Object.assign(attachment, {
        data: new Blob([new Uint8Array(data)], { type: attachment.content_type ?? '' }),
      });
  }
}

/** As much of a browser's `FileReader` as is used. */
class ReadsBlobs {
  result: string | null = null;
  error: unknown = null;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;

  readAsDataURL(blob: Blob): void {
    blob.arrayBuffer().then(
      (bytes) => {
        this.result = `data:${blob.type};base64,${Buffer.from(bytes).toString('base64')}`;
        this.onload?.();
      },
      (error: unknown) => {
        this.error = error;
        this.onerror?.();
      },
    );
  }
}
