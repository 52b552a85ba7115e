/**
 * What the phone says about itself: who is signed in, which device it is, which versions run. Sources: CHT
 * webapp (session.service.ts, telemetry.service.ts, db-sync.service.ts) and cht-android's JavaScript bridge.
 */
import {
  appWindow,
  databaseName,
  isOnServer,
  metaDatabase,
  openStored,
  ownDatabase,
  usersOnPhone,
  type PhoneDatabase,
  type PouchDatabase,
} from './database.ts';
import type { Look, Opened } from './protocol.ts';

/** The CHT webapp's `location.service.ts`: the name of the server's database. */
const SERVER_DATABASE = 'medic';

/** Loads the PouchDB that the script carries. */
export type Carried = () => Promise<PouchDatabase>;

/** The name in the cookie `userCtx`, which the server sets at sign-in for scripts to read. */
export function signedInUser(): string | null {
  for (const cookie of document.cookie.split(/;\s*/)) {
    if (!cookie.startsWith('userCtx=')) continue;
    try {
      const context: unknown = JSON.parse(decodeURIComponent(cookie.slice('userCtx='.length)));
      const name = (context as { name?: unknown } | null)?.name;
      return typeof name === 'string' && name !== '' ? name : null;
    } catch {
      return null;
    }
  }
  return null;
}

/** What kind of page this is. Of a page that is not a CHT app nothing else is read. */
export async function look(): Promise<Look> {
  if (/^\/medic\/(?:login|password-reset)(?:\/|$)/.test(location.pathname)) return { kind: 'signed-out' };
  const user = signedInUser();
  const names = user === null ? [] : await usersOnPhone();
  // While the app is still starting, its globals are not there yet; its database is.
  const isApp = typeof appWindow().CHTCore?.DB?.get === 'function' || (user !== null && names.includes(user));
  if (!isApp) return { kind: 'other-page' };
  if (user === null) return { kind: 'signed-out' };
  const own = ownDatabase();
  const users = names.filter((name) => name !== user).map((name) => ({ user: name, signedIn: false }));
  if (own === null || !isOnServer(own) || names.includes(user)) users.unshift({ user, signedIn: true });
  if (users.length === 0) return { kind: 'keeps-nothing', user };
  return { kind: 'app', server: location.origin, users };
}

async function databaseOf(user: string, signedIn: boolean, carried: Carried): Promise<PhoneDatabase> {
  const own = signedIn ? ownDatabase() : null;
  const database = own !== null && !isOnServer(own) ? own : await openStored(databaseName(user), carried);
  if (database === null) throw new Error('no such database');
  return database;
}

/** Opens the database of a person and gathers what the manifest of a dump says. */
export async function open(
  user: string,
  carried: Carried,
): Promise<{ readonly database: PhoneDatabase; readonly facts: Opened }> {
  const signedIn = signedInUser() === user;
  const database = await databaseOf(user, signedIn, carried);
  const info = await database.info();
  const settings = await maybe(() => database.get(`org.couchdb.user:${user}`));
  const facts: Opened = {
    user,
    userContactId: text(settings?.['contact_id']),
    facilityId: text([settings?.['facility_id']].flat()[0]),
    device: stored('medic-telemetry-device-id') ?? (await deviceFromTelemetry(user, signedIn, carried)),
    app: {
      cht: await appVersion(database),
      android: text(await maybe(() => appWindow().medicmobile_android?.getAppVersion?.())),
      pouchdb: text(appWindow().PouchDB?.version),
    },
    server: location.origin,
    database: SERVER_DATABASE,
    databaseId: typeof database.id === 'function' ? text(await maybe(() => database.id?.())) : null,
    sequence: info.update_seq,
    documents: info.doc_count,
    lastReplicatedSeq: signedIn ? stored('medic-last-replicated-seq') : null,
    lastReplicatedAt: signedIn && (await usersOnPhone()).length < 2 ? replicatedAt() : null,
    now: new Date().toISOString(),
  };
  return { database, facts };
}

async function appVersion(database: PhoneDatabase): Promise<string | null> {
  const design = await maybe(() => database.get('_design/medic-client'));
  const of = (name: string) => text((design?.[name] as { version?: unknown } | undefined)?.version);
  return of('build_info') ?? of('deploy_info');
}

/** Telemetry names the device that made it; it is kept in the app's second database. */
async function deviceFromTelemetry(
  user: string,
  signedIn: boolean,
  carried: Carried,
): Promise<string | null> {
  const found = await maybe(async () => {
    const meta = await metaDatabase(user, signedIn, carried);
    const range = { startkey: 'telemetry-\uffff', endkey: 'telemetry-', descending: true };
    return meta?.allDocs({ ...range, include_docs: true, limit: 1 });
  });
  const metadata = found?.rows[0]?.doc?.['metadata'] as { deviceId?: unknown } | undefined;
  return text(metadata?.deviceId);
}

/** `db-sync.service.ts` notes it in milliseconds. */
function replicatedAt(): string | null {
  const at = Number(stored('medic-last-replicated-date'));
  return at > 0 && at < 8.64e15 ? new Date(at).toISOString() : null;
}

function stored(key: string): string | null {
  try {
    return text(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What only adds to the picture may be missing. */
async function maybe<Value>(work: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
