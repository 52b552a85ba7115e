/** The part of PouchDB that the replica uses: the package carries no types of its own. */
declare module 'pouchdb-node' {
  export interface PouchDocument {
    _id: string;
    _rev?: string;
    _deleted?: boolean;
    _revisions?: { start: number; ids: string[] };
    _attachments?: Record<string, unknown>;
    [field: string]: unknown;
  }

  export interface PouchAnswer {
    ok?: boolean;
    id?: string;
    rev?: string;
    error?: boolean | string;
    status?: number;
    name?: string;
    message?: string;
    reason?: string;
  }

  export default class PouchDB {
    constructor(name: string, options?: Record<string, unknown>);
    readonly adapter: string;
    info(): Promise<{ db_name: string; doc_count: number; update_seq: number | string }>;
    bulkDocs(
      docs: { docs: PouchDocument[] } | PouchDocument[],
      options: { new_edits: false },
    ): Promise<PouchAnswer[]>;
    /** The adapter's own write: as `bulkDocs`, without a deep copy of its arguments. Not public. */
    _bulkDocs(
      request: { docs: PouchDocument[] },
      options: { new_edits: false },
      callback: (error: unknown, answers: PouchAnswer[]) => void,
    ): void;
    get(id: string, options: Record<string, unknown>): Promise<PouchDocument>;
    getAttachment(id: string, name: string, options: { rev: string }): Promise<Buffer>;
    allDocs(options: Record<string, unknown>): Promise<{
      total_rows: number;
      rows: { id: string; key: string; value: { rev: string }; doc?: PouchDocument }[];
    }>;
    bulkGet(options: { docs: { id: string; rev: string }[]; revs: boolean }): Promise<{
      results: { docs: ({ ok: PouchDocument } | { error: unknown })[] }[];
    }>;
    revsDiff(
      revisions: Record<string, string[]>,
    ): Promise<Record<string, { missing: string[]; possible_ancestors?: string[] }>>;
    close(): Promise<void>;
    destroy(): Promise<void>;
  }
}

/** The store below; its typed surface is in leveldown.ts. */
declare module 'leveldown' {
  const leveldown: ((location: string) => object) & {
    destroy(location: string, done: (error?: Error) => void): void;
    /** Not in the package's own documentation of types: LevelDB's `RepairDB`. */
    repair(location: string, done: (error?: Error) => void): void;
  };
  export default leveldown;
}
