/** What goes into the replica, what comes out of it, and what it can be asked. */
import type { AttachmentData } from '../../shared/dump.ts';
import type { Found as StoreFound } from './mend.ts';

/** One revision as it goes into the replica. */
export interface RevisionToStore {
  readonly id: string;
  readonly rev: string;
  /** Newest first, beginning with `rev`. Only `rev` where nothing of its history is known. */
  readonly history: readonly string[];
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  /** Their digests are those of their bytes. */
  readonly attachments: Readonly<Record<string, AttachmentData>>;
}

/**
 * What a lookup says of a revision.
 * `new`: not there. `known`: there, with at least this history. `ancestor`: only its name is there, in the history
 * of another. `longer`: there, but this tells more of its history.
 */
export type Found = 'new' | 'known' | 'ancestor' | 'longer';

/** One revision as it comes out of the replica. */
export interface StoredRevision {
  readonly id: string;
  readonly rev: string;
  readonly history: readonly string[];
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<Record<string, StoredAttachment>>;
}

export interface StoredAttachment {
  readonly content_type: string;
  readonly digest: string;
  readonly length: number;
  readonly revpos: number;
  /** Base64, only where it was asked for. */
  readonly data?: string;
}

export interface Replica {
  /** Other stations write to it, too. */
  readonly shared: boolean;
  /** How its store was found when it was opened. */
  readonly found: StoreFound;
  /** Says of each revision whether it is there. Answers in the order of the question. */
  lookup(revisions: readonly Pick<RevisionToStore, 'id' | 'rev' | 'history'>[]): Promise<Found[]>;
  /**
   * Writes revisions (and longer histories of known ones). A process that is killed loses nothing of it; a power
   * cut may take the last writes until `sync` made sure. The same call again changes nothing. Several
   * revisions of a document stand in the tree as if they had come one after another.
   */
  write(revisions: readonly RevisionToStore[]): Promise<void>;
  /** `null` where the revision's body is not there. `bytes`: with the attachments' bytes as base64. */
  read(id: string, rev: string, attachments: 'none' | 'bytes'): Promise<StoredRevision | null>;
  /** As `read` without bytes, of the first of these revisions whose body is there: its tree may be long, and is read once. */
  readFirst(id: string, revs: readonly string[]): Promise<StoredRevision | null>;
  /** As `read` with the attachments' bytes, for many at once, in the order of the question. */
  readAll(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<(StoredRevision | null)[]>;
  attachment(id: string, rev: string, name: string): Promise<Uint8Array | null>;
  /**
   * Removes these documents with all their versions, and attachments that nothing else has: as if they had never been
   * here. The same call again changes nothing. One that several stations share stays as it is.
   */
  remove(ids: readonly string[]): Promise<void>;
  /** Leaves nothing on the disk of what was removed, and gives its space back. */
  compact(): Promise<void>;
  /** Everything written so far survives a power cut once this returns. */
  sync(): Promise<void>;
  /**
   * Sets the store aside and begins a new one. Answers where the old one lies.
   * @throws StationError `not-allowed`: it is not this station's alone
   */
  renew(): Promise<string>;
  /**
   * A copy of the whole store as it stands between two writes, in a folder that is made.
   * @throws StationError `not-allowed`: it is not this station's alone
   */
  snapshot(into: string): Promise<void>;
  close(): Promise<void>;
}
