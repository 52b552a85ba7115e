/**
 * PouchDB as the practice server and the practice phones use it: in a temporary folder that goes with the process,
 * never compacted by itself unless asked for, with types for the few calls they make. Every database gets a name of its own and is
 * destroyed, not only closed.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { removeFolderNow } from '../disk/own-disk-now.ts';
import { temporaryFolder } from '../disk/temporary.ts';

/** A document as JSON carries it. */
export interface Doc {
  _id: string;
  _rev?: string;
  _deleted?: boolean;
  _revisions?: Revisions;
  _conflicts?: string[];
  _attachments?: Record<string, Attachment>;
  [field: string]: unknown;
}

/** A document that is stored, and so has a revision. */
export interface StoredDoc extends Doc {
  _rev: string;
}

export interface Revisions {
  start: number;
  ids: string[];
}

export interface Attachment {
  content_type?: string;
  data?: string | Buffer;
  stub?: boolean;
  digest?: string;
  length?: number;
  revpos?: number;
}

export interface WriteAnswer {
  ok?: boolean;
  id?: string;
  rev?: string;
  error?: string | boolean;
  name?: string;
  status?: number;
  message?: string;
  reason?: string;
}

export interface Row {
  id?: string;
  key: string;
  value?: { rev: string; deleted?: boolean };
  doc?: StoredDoc | null;
  error?: string;
}

export interface ChangeRow {
  id: string;
  seq: number;
  changes: { rev: string }[];
  deleted?: boolean;
  doc?: StoredDoc;
}

/** A node of PouchDB's revision tree: id, what is known of it, children. */
export type TreeNode = [string, { status: string; deleted?: boolean }, TreeNode[]];

/** One root of a revision tree and the generation it stands at. */
export interface TreeRoot {
  pos: number;
  ids: TreeNode;
}

type Options = Readonly<Record<string, unknown>>;

export interface Database {
  readonly name: string;
  get(id: string, options?: Options): Promise<StoredDoc>;
  put(doc: Doc): Promise<{ ok: true; id: string; rev: string }>;
  bulkDocs(docs: Doc[], options?: Options): Promise<WriteAnswer[]>;
  allDocs(options?: Options): Promise<{ total_rows: number; offset: number; rows: Row[] }>;
  changes(options?: Options): Promise<{ results: ChangeRow[]; last_seq: number; pending?: number }>;
  info(): Promise<{ doc_count: number; update_seq: number }>;
  getAttachment(id: string, name: string, options?: Options): Promise<Buffer>;
  close(): Promise<void>;
  destroy(): Promise<void>;
  _getRevisionTree(id: string, done: (error: Error | null, tree?: TreeRoot[]) => void): void;
}

interface DatabaseClass {
  new (name: string, options: Options): Database;
  setMaxListeners(count: number): void;
}

const require = createRequire(import.meta.url);
const PouchDB = require('pouchdb-node') as DatabaseClass;
// Every open database listens to the class; a test with many phones is no leak.
PouchDB.setMaxListeners(0);

let home: string | undefined;
const open = new Set<Database>();

/** The folder of this process's databases; it goes with the last of them, and at the latest with the process. */
function homeFolder(): string {
  if (home !== undefined) return home;
  home = temporaryFolder('cht-practice-data-');
  return home;
}

function removeHome(): void {
  if (home === undefined) return;
  try {
    removeFolderNow(home);
  } catch {
    // Windows keeps files that are still open; the system tidies its temporary folder itself.
  }
  home = undefined;
}
process.once('exit', removeHome);

/** A new, empty database. `destroy()` it when done. */
export function openDatabase(label: string, options: Options = {}): Database {
  const database = new PouchDB(join(homeFolder(), `${label}-${randomUUID()}`), options);
  const destroy = database.destroy.bind(database);
  open.add(database);
  database.destroy = async () => {
    await destroy();
    open.delete(database);
    if (open.size === 0) removeHome();
  };
  return database;
}

/** The revision tree of a document; `[]` where the database has never seen it. */
export function revisionTree(database: Database, id: string): Promise<TreeRoot[]> {
  return new Promise((resolve, reject) => {
    database._getRevisionTree(id, (error, tree) => {
      if (!error) resolve(tree ?? []);
      else if ((error as Error & { status?: number }).status === 404) resolve([]);
      else reject(error);
    });
  });
}
