/**
 * Which requests of the app go through the station: those by which a CHT app of 3.15 to 5.x synchronises, to its own
 * server, and nothing else. A page may ask for anything; what is not on this list is not sent on. Facts: CHT's
 * `db-sync.service.ts`, `replication.service.ts`, `session.service.ts`, and the HTTP adapter of PouchDB 7 and 9.
 */

/**
 * What a request of a sync writes. `records`: the app's records. `meta`: read marks and the like in the database of its
 * own user. `checkpoint`: how far a replication came.
 */
export type Writes = 'records' | 'meta' | 'checkpoint';

/** What was asked for, without a server: method, and path with query as they are sent. */
export interface AppPath {
  readonly method: string;
  readonly path: string;
  /** `null`: it only reads. */
  readonly writes: Writes | null;
}

export interface AppOf {
  /** Origin of the server: `https://cht.example.org`. */
  readonly server: string;
  readonly user: string;
}

const LONGEST = 8192;

/** Of a database: what PouchDB posts to. `_bulk_docs` is the only way by which records are written. */
const POSTED = ['_revs_diff', '_missing_revs', '_bulk_docs', '_bulk_get', '_changes', '_all_docs'];
/** Read by their name below a database; other names with an underscore are for administrators. */
const READ = ['_changes', '_all_docs', '_local', '_design'];
/** Pages that the api serves below the name of the database. */
const NO_DOCUMENTS = ['login', 'password-reset'];

/**
 * The request, where it is one that a sync makes; `null`: it is no business of the station.
 * @param url as the page asked for it
 */
export function appPath(method: string, url: string, { server, user }: AppOf): AppPath | null {
  if (url.length > LONGEST || !url.startsWith(`${server}/`)) return null;
  const path = url.slice(server.length);
  // Printable, and nothing that some server reads as another path than this does.
  if (!/^\/[\x21-\x7e]*$/.test(path) || /[\\#]/.test(path)) return null;
  const parts = segments(path.split('?', 1)[0] ?? '');
  if (parts === null || !isOfSync(method, parts, user)) return null;
  return { method, path, writes: writesOf(method, parts) };
}

function writesOf(method: string, [database, name]: readonly string[]): Writes | null {
  if (method === 'PUT') return 'checkpoint';
  if (name !== '_bulk_docs') return null;
  return database === 'medic' ? 'records' : 'meta';
}

/** Decoded once; `null` where a part could be read in two ways. A slash at the end counts for nothing. */
function segments(path: string): readonly string[] | null {
  const raw = path.slice(1).split('/');
  if (raw.at(-1) === '') raw.pop();
  const parts: string[] = [];
  for (const one of raw) {
    let part: string;
    try {
      part = decodeURIComponent(one);
    } catch {
      return null;
    }
    if (part === '' || part === '.' || part === '..' || /[/\\%?#\p{C}]/u.test(part)) return null;
    parts.push(part);
  }
  return parts.length === 0 ? null : parts;
}

function isOfSync(method: string, [first = '', ...rest]: readonly string[], user: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  if (first === '_session' || first === 'dbinfo') return isRead && rest.length === 0;
  if (first === 'medic' || first === `medic-user-${user}-meta`) return isOfDatabase(method, rest);
  if (first === 'api') return isRead || isPostedToApi(method, rest);
  return false;
}

/** What the app posts to the api when it synchronises: which documents it should drop. */
function isPostedToApi(method: string, rest: readonly string[]): boolean {
  return method === 'POST' && rest.join('/') === 'v1/replication/get-deletes';
}

function isOfDatabase(method: string, rest: readonly string[]): boolean {
  const [name, ...more] = rest;
  if (method === 'POST') return name !== undefined && POSTED.includes(name) && more.length === 0;
  // The app's checkpoints.
  if (method === 'PUT') return name === '_local' && more.length === 1;
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (name === undefined) return true;
  if (NO_DOCUMENTS.includes(name)) return false;
  if (name === '_local' || name === '_design') return more.length === 1;
  return name.startsWith('_') ? READ.includes(name) && more.length === 0 : true;
}
