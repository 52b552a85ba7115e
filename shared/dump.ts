/**
 * A **dump** is one exported file, identified by the sha256 of its bytes. These are the values that pass
 * between the readers of the formats and the intake. What a format is: docs/formats.md.
 */
import type { ErrorCode } from './errors.ts';

export const FORMATS = [
  'station',
  'all-docs',
  'docs',
  'wrapped-docs',
  'cht-android-300',
  'ndjson',
  'changes',
  'replication-stream',
  'couchbackup',
  'bulk-get',
  'cht-bundle',
  /** Holds other dumps. */
  'zip',
] as const;
export type DumpFormat = (typeof FORMATS)[number];

/** What a dump says about itself. Every field may be missing: most formats say nothing. */
export interface DumpClaims {
  readonly user?: string;
  /** Only the name of the file says so: a proposal. */
  readonly proposedUser?: string;
  readonly userContactId?: string;
  readonly facilityId?: string;
  readonly device?: string;
  /** Versions of the app on the phone. */
  readonly app?: { readonly cht?: string; readonly android?: string; readonly pouchdb?: string };
  /** Address of the server the phone syncs with. */
  readonly server?: string;
  readonly database?: string;
  /** ISO 8601 time at which the phone wrote the dump. */
  readonly exportedAt?: string;
  readonly since?: string;
  readonly lastReplicatedSeq?: string;
}

/** The bytes of an attachment as the replica wants them. */
export interface AttachmentData {
  readonly content_type: string;
  readonly data: Uint8Array;
  readonly revpos?: number;
  /** `md5-` and the base64 of the bytes' md5, computed by the reader. */
  readonly digest: string;
}

/** One valid document of a dump. */
export interface DumpRecord {
  readonly kind: 'record';
  /** 1-based position among the records of the dump. Stable: reading again gives the same number. */
  readonly ordinal: number;
  readonly id: string;
  /** `undefined` only where the format carries no revision at all (`cht-android-300`). */
  readonly rev: string | undefined;
  /** Newest first and beginning with `rev`; `undefined` where the dump carries no history. */
  readonly history: readonly string[] | undefined;
  readonly deleted: boolean;
  /** The document's own fields: without `_id`, `_rev`, `_revisions`, `_deleted`, `_attachments`. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<Record<string, AttachmentData>>;
  /** Size of the record in the dump, in bytes. */
  readonly bytes: number;
}

/** Something that could not be read. The rest goes on. */
export interface DumpProblem {
  readonly kind: 'problem';
  readonly code: ErrorCode;
  /** For people; no field values. */
  readonly message: string;
  /** 1-based among the records, where the problem is one record's; counted in `broken`. */
  readonly ordinal?: number;
  /** Records that it stands for, where that is not one with an ordinal and none without. */
  readonly records?: number;
  readonly id?: string;
  /** The record only names this revision, without its content: later bodies complete it. */
  readonly names?: { readonly rev: string; readonly deleted: boolean };
  /** 1-based line, for formats of lines. */
  readonly line?: number;
  /** Offset in the (uncompressed) bytes. */
  readonly offset?: number;
}

export type DumpItem = DumpRecord | DumpProblem;

/** What the recogniser found. */
export interface Recognised {
  readonly format: DumpFormat;
  readonly compressed: boolean;
}
