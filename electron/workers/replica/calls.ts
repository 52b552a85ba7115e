/** What the station asks of the replica worker, and what the worker asks of the station while it takes a dump. */
import type { DumpClaims, DumpFormat } from '../../../shared/dump.ts';
import type {
  DocumentCounts,
  NamedRevision,
  NewChange,
  NumberedProblem,
  PurgedRecord,
  SealedBundle,
  StoredContent,
  UserSettings,
} from '../../../shared/intake.ts';
import type { RecordSize } from '../../../shared/record-size.ts';
import type { LabelDocument } from '../../../shared/label-documents.ts';
import type { FormTitle } from '../../ledger/label-documents.ts';
import type { KnownRevision } from '../../ledger/second-contents.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Found } from '../../replica/mend.ts';
import type { RevisionToStore, StoredRevision } from '../../replica/types.ts';

export type { KnownRevision };

export interface TakeRequest {
  readonly job: string;
  /** sha256 of the file. */
  readonly dump: string;
  readonly file: string;
  /** The name the file had on its source: some formats carry the user in it. */
  readonly name: string;
  /** The dump was begun before: what the replica has may be what this dump brought. */
  readonly resumed: boolean;
  /** Form titles known from the server and from earlier dumps. */
  readonly titles: readonly FormTitle[];
  /** Every address of the station's server; none while none is set. */
  readonly servers: readonly string[];
  /** What other dumps brought before is recorded too: one of them may turn out to be of another server. */
  readonly recordsAgain: boolean;
  /** The ledger knows of revisions whose trees are not in the replica: dumps were set aside, or records given up. */
  readonly asksAll: boolean;
}

/** What the worker found in a dump once all of it is in the replica and synced. */
export interface Taken {
  readonly format: DumpFormat;
  readonly claims: DumpClaims;
  readonly settings: readonly UserSettings[];
  /** Users whom tasks of the dump name, with how many name them. */
  readonly named: readonly (readonly [user: string, documents: number])[];
  /** There are more people than are told apart: not all of them stand in `settings` and `named`. */
  readonly crowded: boolean;
  /** Users whose phone was handed over, which waits for the phone's own synchronisation. */
  readonly handedOver: readonly string[];
  readonly flags: readonly ('cut-off' | 'maybe-incomplete')[];
  readonly documents: DocumentCounts;
  readonly attachments: { readonly read: number; readonly bytes: number };
  readonly problems: number;
  readonly bundle?: SealedBundle;
}

/** A content of a revision, as a record of a dump brought it. */
export interface BroughtContent {
  readonly id: string;
  readonly rev: string;
  /** Digest of the canonical content. */
  readonly content: string;
  readonly ordinal: number;
}

/** One step of a dump, recorded in the ledger before anything of it is written to the replica. */
export interface ImportStep {
  readonly dump: string;
  readonly changes: readonly NewChange[];
  /** Known revisions which a resumed dump may have brought itself, before it was interrupted. */
  readonly doubtful: readonly BroughtContent[];
  /**
   * What another dump brought before, in a request with `recordsAgain`. `change`: only its name was there, in the
   * history of a newer version.
   */
  readonly again: readonly (BroughtContent & { readonly change?: NewChange })[];
  readonly longer: readonly {
    readonly id: string;
    readonly rev: string;
    readonly history: readonly string[];
  }[];
  /** Second contents of revisions that are here. */
  readonly seconds: readonly NewChange[];
  /** Contents that the replica cannot hold beside the one it has, and those, whole. */
  readonly contents: readonly StoredContent[];
  /** What earlier dumps brought already, by the rows of those. */
  readonly bringers: readonly { readonly change: number; readonly ordinal: number }[];
  /** Revisions without their content, each with what is said where no dump has brought it. */
  readonly named: readonly (NamedRevision & { readonly problem: NumberedProblem })[];
  readonly problems: readonly NumberedProblem[];
  readonly broken: readonly { readonly ordinal: number; readonly id: string; readonly code: string }[];
  readonly purges: readonly PurgedRecord[];
  /** Forms, translations and settings among the records. */
  readonly labels: readonly LabelDocument[];
}

export interface RecordedStep {
  /** How many of the `changes`, the `doubtful` ones and the `seconds` this dump was the first to bring. */
  readonly brought: number;
  /** How many of the `named` no dump has brought. */
  readonly missing: number;
}

export interface Progress {
  readonly job: string;
  /** Bytes of the stored file that were read. */
  readonly bytes: number;
  readonly documents: DocumentCounts;
}

/** A revision with the digest of the content that the ledger says it has. */
export interface HeldRevision {
  readonly id: string;
  readonly rev: string;
  readonly content: string;
}

/** What came of writing the records of a safe copy to the replica once more. */
export interface Restored {
  readonly read: number;
  readonly written: number;
  /** Why it could not be read to its end; `null`: it was. */
  readonly failed: ErrorCode | null;
}

export interface ReplicaWorkerCalls {
  /** Answers how the store was found. `careful`: it was not closed as it should be; `setsAside`: it is not even read. */
  open: {
    params: { readonly replica: string; readonly careful: boolean; readonly setsAside: boolean };
    value: Found;
  };
  /** Answers the places in the list of those that are not there, or not with this content. */
  check: { params: { readonly revisions: readonly HeldRevision[] }; value: readonly number[] };
  /** Looks a backup of the ledger through, which takes a while. */
  checkLedger: { params: { readonly file: string }; value: boolean };
  /** Sets the store aside and begins a new one. Answers where the old one lies. */
  renew: { params: null; value: string };
  /** Copies the store as it stands into a folder that is made. */
  snapshot: { params: { readonly into: string }; value: null };
  /** Writes what the ledger knows of a safe copy, and nothing else of it, to the replica. */
  restore: {
    params: { readonly job: string; readonly file: string; readonly name: string };
    value: Restored;
  };
  /** As `restore`, from the safe copies of the revisions that the station made. */
  restoreMade: { params: { readonly job: string; readonly folder: string }; value: Restored };
  /** As `restore`, from a store that was set aside: only revisions with exactly this content. */
  salvage: {
    params: { readonly job: string; readonly folder: string; readonly revisions: readonly HeldRevision[] };
    value: Restored;
  };
  /** Removes documents, and what lies of these revisions beside their trees. */
  remove: {
    params: { readonly documents: readonly { readonly id: string; readonly revs: readonly string[] }[] };
    value: null;
  };
  /** Leaves nothing on the disk of what was removed. */
  compact: { params: null; value: null };
  take: { params: TakeRequest; value: Taken };
  stop: { params: { readonly job: string }; value: null };
  write: { params: { readonly revisions: readonly RevisionToStore[] }; value: null };
  read: {
    params: { readonly id: string; readonly rev: string; readonly attachments: 'none' | 'bytes' };
    value: StoredRevision | null;
  };
  /** The first of these revisions whose body is there. */
  readFirst: {
    params: { readonly id: string; readonly revs: readonly string[] };
    value: StoredRevision | null;
  };
  /** How large a document is as it is sent, measured without the bytes of its attachments. */
  size: { params: { readonly id: string; readonly rev: string }; value: RecordSize | null };
  /**
   * The documents as they are sent: JSON with history and the bytes of attachments; `null` where one is not there, or
   * not with the content that it must have.
   */
  documents: {
    params: {
      readonly revisions: readonly {
        readonly id: string;
        readonly rev: string;
        readonly content?: string;
      }[];
    };
    value: readonly (string | null)[];
  };
  attachment: {
    params: { readonly id: string; readonly rev: string; readonly name: string };
    value: Uint8Array | null;
  };
  close: { params: null; value: null };
}

export interface StationCalls {
  /** Answers what the ledger knows of each revision, in their order; `null` where it has none. */
  known: {
    params: { readonly revisions: readonly { readonly id: string; readonly rev: string }[] };
    value: readonly (KnownRevision | null)[];
  };
  record: { params: ImportStep; value: RecordedStep };
  /** Contents that the replica cannot hold beside the one it has: the ledger keeps them. */
  keep: { params: { readonly contents: readonly StoredContent[] }; value: null };
  progress: { params: Progress; value: null };
}
