/**
 * Reads phones that run the ordinary CHT app: finds the app over the debugging cable, has its database handed
 * over page by page, and leaves a dump on this computer's disk. Nothing on the phone is changed.
 */
import { mkdir } from 'node:fs/promises';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { Leaves, Opened, PhoneUser } from '../../../shared/web-view/protocol.ts';
import { sinceOf, type KnownRead, type Since } from '../../../shared/web-view/since.ts';
import type { AdbHub } from '../adb/hub.ts';
import type { Link } from '../adb/link.ts';
import type { PhoneFound } from '../source.ts';
import { PageReader, READER_TIMEOUTS, type ReaderTimeouts } from './page-reader.ts';
import { dialTo, findAppPages, unlessLocked, type AppPage } from './pages.ts';
import { PhoneSync } from './phone-sync.ts';
import { readDatabase, type DatabaseRead, type ReadProgress } from './read-database.ts';

export interface LiveOptions {
  readonly hub: AdbHub;
  /** The script for the page, as `build/phone-script.mjs` makes it. */
  readonly script: () => Promise<string>;
  /** Where unfinished dumps lie between two visits. */
  readonly folder: string;
  readonly timeouts?: ReaderTimeouts;
  /** One line for the log; never names or fields of records. */
  readonly log?: (line: string) => void;
}

/** An app on a phone, with the people whose records it holds. */
export interface LiveApp {
  readonly app: string;
  readonly package: string | null;
  readonly server: string;
  readonly users: readonly PhoneUser[];
}

export interface LivePhone {
  readonly phone: PhoneFound;
  readonly apps: readonly LiveApp[];
  /** Why no app of it can be read. */
  readonly trouble: ErrorCode | null;
}

/** A person's records in one app on a phone. */
export interface AppOfPerson {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
  /** Origin of the station's server; `null`: none is set yet. */
  readonly server: string | null;
}

export interface ReadRequest extends AppOfPerson {
  /** What was read of this person's databases before. */
  readonly known: readonly KnownRead[];
  /** Everything, whatever was read before. */
  readonly whole: boolean;
}

export interface LiveRead extends DatabaseRead {
  readonly opened: Opened;
  readonly since: Since;
  /** The ends of the branches of each document that changed since then; `null`: too many for a phone. */
  readonly leaves: Leaves['leaves'] | null;
}

/** More documents are no phone. */
const LEAVES = 200_000;

export class LivePhones {
  readonly #hub: AdbHub;
  readonly #script: () => Promise<string>;
  readonly #folder: string;
  readonly #timeouts: ReaderTimeouts;
  readonly #log: (line: string) => void;
  /** Phones that are being read. */
  readonly #busy = new Set<string>();

  constructor({ hub, script, folder, timeouts = READER_TIMEOUTS, log = () => {} }: LiveOptions) {
    this.#log = log;
    this.#hub = hub;
    this.#script = script;
    this.#folder = folder;
    this.#timeouts = timeouts;
  }

  /** The phones whose debugging is on, and the apps on them. One that hangs does not hold up the others. */
  async list(server: string | null, signal: AbortSignal): Promise<readonly LivePhone[]> {
    const phones = await this.#hub.phones(signal);
    return Promise.all(
      phones.map(async (phone): Promise<LivePhone> => {
        // Old web views let only one look at a page: the reading goes on.
        if (this.#busy.has(phone.key)) return { phone, apps: [], trouble: 'busy' };
        try {
          const apps = await this.#withLink(phone, (link) => this.#find(link, server, signal));
          return { phone, apps: apps.map(appOf), trouble: null };
        } catch (error) {
          if (!(error instanceof StationError) || error.code === 'cancelled') throw error;
          this.#log(`looking at a phone failed: ${error.code} ${causeOf(error)}`);
          return { phone, apps: [], trouble: error.code };
        }
      }),
    );
  }

  /**
   * Reads one person's database to its end; goes on where an earlier reading was broken off.
   * @throws StationError `source-gone`, `app-hung`, `app-failed`, `phone-locked`, `phone-app-closed`, `app-other-server`, `disk-full`, `cancelled`, …
   */
  async read(
    request: ReadRequest,
    signal: AbortSignal,
    tell: (progress: ReadProgress) => void,
  ): Promise<LiveRead> {
    const phone = await this.#take(request.phone, signal);
    try {
      return await this.#readPhone(phone, request, signal, tell);
    } finally {
      this.#busy.delete(phone.key);
    }
  }

  /**
   * Opens the app of the person who is signed in, to let it synchronise. Nobody else has the phone until it is closed.
   * @throws StationError as `read` does; `app-other-person` also where the person's records are there
   */
  async openSync(
    request: AppOfPerson & { readonly server: string },
    signal: AbortSignal,
  ): Promise<PhoneSync> {
    const phone = await this.#take(request.phone, signal);
    const held = await this.#hub.hold(phone).catch((error: unknown) => {
      this.#busy.delete(phone.key);
      throw error;
    });
    const letGo = async (): Promise<void> => {
      this.#busy.delete(phone.key);
      await held.letGo();
    };
    try {
      const { reader, opened, page } = await this.#openApp(held.link, request, signal);
      const isSignedIn = page.look.users.some((one) => one.user === request.user && one.signedIn);
      if (!isSignedIn) {
        await reader.close();
        throw new StationError('app-other-person');
      }
      const explain = (error: unknown): Promise<unknown> => whyItEnded(held.link, error, signal);
      return new PhoneSync({ reader, opened, explain, letGo });
    } catch (error) {
      const why = await whyItEnded(held.link, error, signal);
      await letGo();
      throw why;
    }
  }

  async #take(key: string, signal: AbortSignal): Promise<PhoneFound> {
    const phone = (await this.#hub.phones(signal)).find((one) => one.key === key);
    if (phone === undefined) throw new StationError('source-gone');
    if (this.#busy.has(phone.key)) throw new StationError('busy');
    this.#busy.add(phone.key);
    return phone;
  }

  async #readPhone(
    phone: PhoneFound,
    request: ReadRequest,
    signal: AbortSignal,
    tell: (progress: ReadProgress) => void,
  ): Promise<LiveRead> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return this.#withLink(phone, async (link) => {
      try {
        return await this.#readOver(link, request, signal, tell);
      } catch (error) {
        throw await whyItEnded(link, error, signal);
      }
    });
  }

  async #withLink<Value>(phone: PhoneFound, work: (link: Link) => Promise<Value>): Promise<Value> {
    const { link, letGo } = await this.#hub.hold(phone);
    try {
      return await work(link);
    } finally {
      await letGo();
    }
  }

  async #find(link: Link, server: string | null, signal: AbortSignal): Promise<readonly AppPage[]> {
    return findAppPages(link, { server, script: await this.#script(), timeouts: this.#timeouts, signal });
  }

  async #readOver(
    link: Link,
    request: ReadRequest,
    signal: AbortSignal,
    tell: (progress: ReadProgress) => void,
  ): Promise<LiveRead> {
    const { reader, opened } = await this.#openApp(link, request, signal);
    try {
      const since: Since = request.whole ? { sequence: 0, why: 'asked' } : sinceOf(opened, request.known);
      const read = await readDatabase(reader, { opened, since, folder: this.#folder }, tell);
      return { opened, since, ...read, leaves: await leavesSince(reader, since.sequence) };
    } finally {
      await reader.close();
    }
  }

  /** The script in the app's page, with the person's database open. */
  async #openApp(
    link: Link,
    { server, user, app }: AppOfPerson,
    signal: AbortSignal,
  ): Promise<{ readonly reader: PageReader; readonly opened: Opened; readonly page: AppPage }> {
    const page = chosenPage(await this.#find(link, server, signal), app);
    if (page === undefined) throw new StationError('phone-app-closed');
    if (!page.look.users.some((one) => one.user === user)) throw new StationError('app-other-person');
    const dial = dialTo(link, page.socket);
    const reader = await PageReader.start(dial, page.page, await this.#script(), signal, this.#timeouts);
    try {
      const opened = await reader.open(user);
      if (server !== null && opened.server !== server) throw new StationError('app-other-server');
      if (opened.user !== user) throw new StationError('app-failed');
      return { reader, opened, page };
    } catch (error) {
      await reader.close();
      throw error;
    }
  }
}

async function leavesSince(reader: PageReader, sequence: number): Promise<LiveRead['leaves']> {
  const all: (readonly string[])[] = [];
  for (let after = sequence; all.length <= LEAVES;) {
    const { leaves, next, end } = await reader.leaves(after);
    all.push(...leaves);
    if (end) return all;
    after = next;
  }
  return null;
}

/** An app by what stays the same when it is closed and opened again, then by what does not. */
function appOf({ look, package: name, socket, page }: AppPage): LiveApp {
  const { server, users } = look;
  return { app: `${sameApp(server, name)}${socket}/${page}`, package: name, server, users };
}

function sameApp(server: string, name: string | null): string {
  return `${server} ${name ?? '-'} `;
}

/** The page that was chosen; where it was closed meanwhile, the only one of the same app and server. */
function chosenPage(pages: readonly AppPage[], app: string): AppPage | undefined {
  const exact = pages.find((page) => appOf(page).app === app);
  if (exact !== undefined) return exact;
  const same = pages.filter(({ look, package: name }) => app.startsWith(sameApp(look.server, name)));
  return same.length === 1 ? same[0] : undefined;
}

/** The app's words stand only in the log, and shortened: they may hold anything. */
function causeOf({ cause }: StationError): string {
  return cause instanceof Error ? cause.message.slice(0, 100) : '';
}

/** Says what broke the reading off: the cable, the app, or the lock of the screen. */
async function whyItEnded(link: Link, error: unknown, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof StationError)) return error;
  if (error.code === 'source-gone' && !(await link.isGone())) {
    return new StationError(await unlessLocked(link, 'phone-app-closed', signal), undefined, error);
  }
  if (error.code === 'app-hung') {
    return new StationError(await unlessLocked(link, 'app-hung', signal), undefined, error);
  }
  return error;
}
