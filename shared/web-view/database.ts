/**
 * Finds and opens the database of a person on the phone. The app's own connection comes first, then the app's
 * PouchDB, then the PouchDB that this script carries. A database that is not there is never made.
 */

export interface Attachment {
  readonly content_type?: string;
  readonly digest?: string;
  readonly revpos?: number;
  readonly length?: number;
  readonly data?: Blob | string;
}

export interface PhoneDocument {
  readonly _id: string;
  readonly _rev: string;
  readonly _attachments?: Readonly<Record<string, Attachment>>;
  readonly [field: string]: unknown;
}

export interface Change {
  readonly id: string;
  readonly seq: number;
  readonly changes: readonly { readonly rev: string }[];
}

/** What is used of PouchDB 7.3 and 9. Only calls that read. */
export interface PhoneDatabase {
  readonly name?: string;
  readonly adapter?: string;
  info(): Promise<{ readonly doc_count: number; readonly update_seq: number }>;
  id?(): Promise<string>;
  get(id: string): Promise<PhoneDocument>;
  allDocs(options: object): Promise<{ rows: readonly { readonly doc?: PhoneDocument }[] }>;
  changes(options: object): Promise<{ readonly results: readonly Change[]; readonly last_seq: number }>;
  bulkGet(options: object): Promise<{
    readonly results: readonly {
      readonly docs: readonly { readonly ok?: PhoneDocument; readonly error?: unknown }[];
    }[];
  }>;
}

export type PouchDatabase = (new (name: string, options: object) => PhoneDatabase) & {
  readonly version?: string;
};

/** The globals of a CHT app: webapp/src/ts/main.ts, integration-api.service.ts, cht-android's bridge. */
export interface AppWindow {
  readonly CHTCore?: { readonly DB?: { readonly get?: (options?: object) => PhoneDatabase } };
  readonly PouchDB?: PouchDatabase;
  readonly medicmobile_android?: { readonly getAppVersion?: () => string };
}

export function appWindow(): AppWindow {
  return window as unknown as AppWindow;
}

/** The names of the databases of this origin as PouchDB knows them: without its prefix. */
const PREFIX = '_pouch_';
/** The layout of PouchDB's store `idb`, the same in 7.3 and 9. Another layout would be changed by opening it. */
const LAYOUT = 5;
const OPTIONS = { auto_compaction: true };

export function databaseName(user: string): string {
  return `medic-user-${user}`;
}

/** Names and layouts of the databases that are there; `null` where the web view cannot tell (before Chrome 71). */
async function stored(): Promise<ReadonlyMap<string, number> | null> {
  if (typeof indexedDB.databases !== 'function') return null;
  const found = new Map<string, number>();
  for (const { name, version } of await indexedDB.databases()) {
    if (name?.startsWith(PREFIX) === true) found.set(name.slice(PREFIX.length), version ?? 0);
  }
  return found;
}

/** Everybody whose records lie on this phone, in the order of their names. */
export async function usersOnPhone(): Promise<readonly string[]> {
  const before = databaseName('');
  return [...((await stored()) ?? new Map<string, number>()).keys()]
    .filter((name) => name.startsWith(before) && !name.endsWith('-meta') && !name.includes('-mrview-'))
    .map((name) => name.slice(before.length))
    .filter((user) => user !== '')
    .sort();
}

/**
 * Whether no records but this person's lie here. Stricter than the list of people: a name that ends like the name of a
 * second database counts as somebody else, and so does a web view that cannot tell.
 */
export async function isAlone(user: string): Promise<boolean> {
  const names = [...((await stored()) ?? new Map<string, number>()).keys()];
  const own = databaseName(user);
  const isOwn = (name: string): boolean =>
    name === own || name === `${own}-meta` || /^(?:-meta)?-mrview-[0-9a-f]+$/.test(name.slice(own.length));
  const all = names.filter((name) => name.startsWith(databaseName('')));
  return all.includes(own) && all.every((name) => name.startsWith(own) && isOwn(name));
}

/** The app's own connection. `null`: the app has none. */
function appDatabase(options?: object): PhoneDatabase | null {
  const { CHTCore: core } = appWindow();
  if (typeof core?.DB?.get !== 'function') return null;
  const found = options === undefined ? core.DB.get() : core.DB.get(options);
  return typeof found?.changes === 'function' && typeof found.bulkGet === 'function' ? found : null;
}

/** The person works online: what the app calls its database is the server itself. */
export function isOnServer(database: PhoneDatabase): boolean {
  return database.adapter === 'http' || database.adapter === 'https' || /^https?:/.test(database.name ?? '');
}

export function ownDatabase(): PhoneDatabase | null {
  return appDatabase();
}

/** The database of this name, or `null` where there is none. `carried` is loaded only when it is needed. */
export async function openStored(
  name: string,
  carried: () => Promise<PouchDatabase>,
): Promise<PhoneDatabase | null> {
  const known = await stored();
  if (known !== null && !known.has(name)) return null;
  const { PouchDB: theirs } = appWindow();
  if (typeof theirs === 'function') return known === null ? null : new theirs(name, OPTIONS);
  if (known?.get(name) !== LAYOUT) return null;
  const ours = await carried();
  return new ours(name, OPTIONS);
}

/** The app's second database, which holds its telemetry. */
export function metaDatabase(
  user: string,
  signedIn: boolean,
  carried: () => Promise<PouchDatabase>,
): Promise<PhoneDatabase | null> {
  const own = signedIn ? appDatabase({ meta: true }) : null;
  if (own !== null) return Promise.resolve(isOnServer(own) ? null : own);
  return openStored(`${databaseName(user)}-meta`, carried);
}
