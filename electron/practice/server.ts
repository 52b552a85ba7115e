/**
 * The practice server: a CHT server for tests and for learning, in this process, its data in a temporary folder. What it
 * answers was written down from a real one (docs/cht-exchanges.md); the contract tests in `test/server` hold it to
 * that, and run against a real server too.
 */
import { createUser } from './admin.ts';
import type { ColdStorage } from './cold-storage.ts';
import { createColdStorage } from './cold-storage.ts';
import { configDocs, designDoc } from './config-docs.ts';
import type { Configuration } from './configurations/configuration.ts';
import type { ConfigurationName } from './configurations/index.ts';
import { CONFIGURATIONS } from './configurations/index.ts';
import type { Answer, Asked } from './http.ts';
import { Refusal, apiError, serverError, wantsJson } from './http.ts';
import { createInfoDocs } from './info-docs.ts';
import { apiInfo, setupPoll } from './info.ts';
import { listen } from './listen.ts';
import { ADMIN, PEOPLE, contactDocs, reportVersions, withoutPassword } from './places.ts';
import type { Database } from './pouch.ts';
import { createRateLimit } from './rate-limit.ts';
import { route } from './routes.ts';
import type { Sentinel } from './sentinel.ts';
import { createSentinel } from './sentinel.ts';
import type { Site } from './site.ts';
import { basicCredentials, createSessions, notLoggedIn } from './sessions.ts';
import type { SignInWay } from '../../shared/sign-in-ways.ts';
import type { AuditEntry, Offered, Snapshot, Store } from './store.ts';
import { createStore } from './store.ts';
import type { NewAccount } from './users.ts';
import { SENTINEL, createAccounts } from './users.ts';

export interface PracticeOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Milliseconds since 1970; moves sessions, the rate limit, the log and the dates of the data. */
  readonly clock?: () => number;
  /** The same seed and clock give the same data, revisions included. */
  readonly seed?: number;
  /** What the deployment looks like; without it like the one that CHT brings along. */
  readonly configuration?: ConfigurationName;
  /**
   * How long after a write sentinel works on it, in milliseconds. Without it sentinel only works when it is told to
   * (`sentinel.settle()`).
   */
  readonly sentinelDelay?: number;
}

export interface PracticeUser {
  readonly user: string;
  readonly password: string;
  readonly facility: string;
  readonly roles: readonly string[];
  readonly contact: string;
  /** Not everybody has a password to sign in with. */
  readonly signsIn: SignInWay;
}

export interface RequestEntry {
  /** ISO 8601. */
  readonly at: string;
  /** Who was recognised; absent for nobody. */
  readonly user?: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
  /** Size of the request's body. */
  readonly bytes: number;
}

export interface PracticeServer {
  /** `http://127.0.0.1:PORT`; the database is at `/medic`. */
  readonly url: string;
  readonly configuration: Configuration;
  readonly admin: { readonly user: string; readonly password: string };
  /** Everybody but the admin, with their current passwords. */
  readonly users: readonly PracticeUser[];
  readonly requests: readonly RequestEntry[];
  readonly audit: readonly AuditEntry[];
  /** What was sent with its revision, by whom, whether the server took it or refused it. */
  readonly offered: readonly Offered[];
  /** The medic database itself. After `restore` it is another one: ask again. */
  database(): Database;
  setPassword(user: string, password: string, options?: { mustChange?: boolean }): void;
  addUser(user: NewAccount): Promise<PracticeUser>;
  /** The token of the magic link that this person was sent and has not used. */
  linkOf(user: string): string | undefined;
  /** A copy of the medic database, as a backup would be. */
  snapshot(): Promise<Snapshot>;
  /** Puts an older copy in place; what was written since is gone, users and audit are not. */
  restore(snapshot: Snapshot): Promise<void>;
  setVersion(version: string): Promise<void>;
  /** Takes documents out of the database, history and all; from 5.3. The database is another one afterwards. */
  archive(ids: readonly string[]): Promise<void>;
  /** Deletes what was archived from the archive, as an administrator does who has brought it back. */
  takeOutOfArchive(ids: readonly string[]): void;
  /** Keeps documents away from the phones of users with exactly these roles. */
  purge: ColdStorage['purge'];
  /** Answers this path with a status from now on, as an older server or what stands before it does. */
  withhold(path: string, status: 403 | 404): void;
  /** Answers larger requests with 413 from now on, as a proxy before the server does. */
  limitBodies(bytes: number): void;
  /** What the server does by itself: `settle()` does all that there is to do now. */
  readonly sentinel: Pick<Sentinel, 'settle'>;
  /** Resolves once everything that was asked of it by now is answered, also what nobody waits for any more. */
  answered(): Promise<void>;
  /** Forgets failed sign-ins, as a restart would. */
  forgetFailures(): void;
  close(): Promise<void>;
}

const FIRST_VERSION = '5.2.0';

async function fill(store: Store, configuration: Configuration, seed: number, now: number): Promise<void> {
  const contacts = contactDocs(configuration, seed, now);
  const builtAt = new Date(now - 86_400_000).toISOString();
  await store.write([...configDocs(configuration, FIRST_VERSION, builtAt), ...contacts], ADMIN.user);
  for (const versions of reportVersions(configuration, seed, now, contacts)) {
    let rev: string | undefined;
    for (const version of versions) {
      const author = PEOPLE.find(({ contact }) => version._id.includes(contact))?.user ?? ADMIN.user;
      const [written] = await store.write(
        [{ ...version, ...(rev === undefined ? {} : { _rev: rev }) }],
        author,
      );
      rev = written?.rev;
    }
  }
}

/** Starts a practice server with fresh data. */
export async function startPracticeServer(options: PracticeOptions = {}): Promise<PracticeServer> {
  const clock = options.clock ?? Date.now;
  const store = createStore(clock);
  const accounts = createAccounts();
  const sessions = createSessions(store, accounts, clock);
  const limit = createRateLimit(clock);
  const requests: RequestEntry[] = [];
  const withheld = new Map<string, number>();
  let mostBytes = Infinity;
  let version = FIRST_VERSION;
  const cold = createColdStorage(store, () => version);
  let isOpen = true;

  const configuration = CONFIGURATIONS[options.configuration ?? 'default'];
  await fill(store, configuration, options.seed ?? 1, clock());
  accounts.add({ user: ADMIN.user, password: ADMIN.password, roles: ['_admin'] });
  for (const person of [...PEOPLE, ...withoutPassword(clock())])
    await createUser(store, accounts, person, ADMIN.user, { known: true });
  const infoDocs = createInfoDocs(clock);
  const sentinel = createSentinel({
    store,
    accounts,
    infoDocs,
    clock,
    seed: options.seed ?? 1,
    delay: options.sentinelDelay,
  });
  // What is there from the start was worked on long ago.
  await sentinel.skip();
  store.onWrite((ids, user) => {
    if (user !== SENTINEL) for (const id of ids) infoDocs.arrived(id);
  });
  const site: Site = {
    store,
    accounts,
    cold,
    infoDocs,
    clock,
    version: () => version,
    open: () => isOpen,
    sentinelIdle: () => sentinel.idle(),
  };

  /** What is answered to everybody. */
  const open = (asked: Asked): Answer | Promise<Answer> | undefined => {
    const [first, second, third, token] = asked.parts;
    if (asked.method === 'POST' && `${first}/${second}/${third}` === 'medic/login/token' && token) {
      return sessions.logInByLink(asked, token);
    }
    switch (`${asked.method} ${asked.path.replace(/\/$/, '')}`) {
      case 'GET /api/info':
        return apiInfo();
      case 'GET /setup/poll':
        return setupPoll();
      case 'GET /medic/login':
        return {
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: SIGN_IN_PAGE,
        };
      case 'GET /medic/login/identity':
        return sessions.renewIdentity(asked);
      case 'POST /medic/login':
        return sessions.logIn(asked);
      case 'POST /medic/password-reset':
        return sessions.resetPassword(asked);
      case 'GET /_session':
      case 'POST /_session':
      case 'DELETE /_session':
        return sessions.session(asked);
      default:
        return undefined;
    }
  };

  const answer = async (asked: Asked, bytes: number): Promise<Answer> => {
    const basic = basicCredentials(asked);
    const form = asked.path === '/medic/login' && asked.method === 'POST' ? loginFields(asked) : undefined;
    const keys = [asked.address, basic?.name, basic?.password, form?.user, form?.password];
    const present = keys.filter((key) => key !== undefined && key !== '') as string[];
    let user: string | undefined;
    let result: Answer;
    const known = async () => {
      const account = sessions.identify(asked)?.account;
      user = account?.name;
      return account ? route(site, { ...asked, account }) : notLoggedIn(asked);
    };
    try {
      if ((basic || form) && limit.refuses(present)) throw tooMany(asked);
      const status = withheld.get(asked.path);
      if (status !== undefined) throw apiError(status, 'Not offered here');
      if (bytes > mostBytes) throw apiError(413, 'Payload Too Large');
      result = await (open(asked) ?? known());
    } catch (error) {
      result = (error instanceof Refusal ? error : serverError(String(error))).answer;
    }
    if (result.status === 401 || result.status === 429) limit.failed(present);
    const at = new Date(clock()).toISOString();
    const search = asked.query.size > 0 ? `?${asked.query.toString()}` : '';
    const who = user === undefined ? {} : { user };
    requests.push({
      at,
      ...who,
      method: asked.method,
      path: asked.path + search,
      status: result.status,
      bytes,
    });
    return result;
  };

  const listener = await listen(options.port ?? 0, answer, clock);
  const describe = (name: string): PracticeUser => {
    const account = accounts.get(name);
    if (!account) throw new Error(`There is no user ${name}`);
    const { password, roles, contact, facilities, signsIn } = account;
    return { user: name, password, facility: facilities[0] ?? '', roles, contact, signsIn };
  };

  return {
    url: listener.url,
    configuration,
    admin: ADMIN,
    get users() {
      const people = accounts.all().filter((account) => account.name !== ADMIN.user);
      return people.map((account) => describe(account.name));
    },
    requests,
    audit: store.audit,
    offered: store.offered,
    database: () => store.database(),
    setPassword: (name, password, change) => accounts.setPassword(name, password, change),
    async addUser(person) {
      const { account } = await createUser(store, accounts, person, ADMIN.user);
      return describe(account.name);
    },
    linkOf: (name) => accounts.get(name)?.link?.token,
    snapshot: () => store.snapshot(),
    async restore(snapshot) {
      await store.restore(snapshot);
      await sentinel.skip();
    },
    sentinel,
    async setVersion(next) {
      version = next;
      for (const name of ['medic', 'medic-client'] as const) {
        const old = await store.read(`_design/${name}`);
        const doc = designDoc(name, next, new Date(clock()).toISOString());
        await store.write([{ ...doc, ...(old ? { _rev: old._rev } : {}) }], ADMIN.user);
      }
    },
    withhold: (path, status) => void withheld.set(path, status),
    limitBodies: (bytes) => void (mostBytes = bytes),
    takeOutOfArchive: (ids) => cold.takeOut(ids),
    async archive(ids) {
      await cold.archive(ids);
      await sentinel.skip();
    },
    purge: (ids, roles) => cold.purge(ids, roles),
    answered: () => listener.answered(),
    forgetFailures: () => limit.forget(),
    async close() {
      isOpen = false;
      sentinel.stop();
      await listener.close();
      await store.destroy();
    },
  };
}

const SIGN_IN_PAGE = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Practice sign-in</title>
  </head>
  <body>
    <h1>Practice server</h1>
    <p>Nothing here is real. People sign in with the practice station, not on this page.</p>
  </body>
</html>
`;

/** As JSON only for who reads that. */
function tooMany(asked: Asked): Refusal {
  if (wantsJson(asked.headers.accept)) return apiError(429, 'Too Many Requests');
  return new Refusal({ status: 429, headers: { 'content-type': 'text/plain' }, body: 'Too Many Requests' });
}

function loginFields(asked: Asked): { user: string; password: string } | undefined {
  try {
    const body = JSON.parse(asked.body.toString('utf8')) as { user?: unknown; password?: unknown };
    const text = (value: unknown) => (typeof value === 'string' ? value : '');
    return { user: text(body.user), password: text(body.password) };
  } catch {
    return undefined;
  }
}
