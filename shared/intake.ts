/** Values of the intake: what one import did, in counts that add up. */
import type { Came } from './came.ts';
import type { DocumentKind } from './documents.ts';
import type { FindFacts } from './finding.ts';
import type { OddFacts } from './odd-facts.ts';
import type { AttachmentData, DumpFormat } from './dump.ts';
import type { SignInWay } from './sign-in-ways.ts';
import type { ErrorCode, StationError } from './errors.ts';

export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly id?: string;
  readonly line?: number;
  readonly offset?: number;
}

/**
 * `read` = records seen = `new` + `known` + `skipped` + `broken`: `new` revisions written to the replica,
 * `known` already there, `skipped` on purpose not written (purge stubs, recorded in the ledger only),
 * `broken` unreadable, kept as they came with the reason.
 */
export interface DocumentCounts {
  readonly read: number;
  readonly new: number;
  readonly known: number;
  readonly skipped: number;
  readonly broken: number;
}

export interface ImportResult {
  /** sha256 of the file; empty where the file could not be copied at all. */
  readonly dump: string;
  readonly name: string;
  readonly format: DumpFormat | null;
  readonly user: string | null;
  readonly device: string | null;
  /** The first of `batches`; `null` where nothing of the dump needs a review. */
  readonly batch: string | null;
  readonly batches: readonly string[];
  readonly documents: DocumentCounts;
  /** What is new of it, by person; `null`: not counted, or it does not add up to `documents.new` any more. */
  readonly came: readonly Came[] | null;
  readonly attachments: { readonly read: number; readonly bytes: number };
  /** At most `LIMITS.problemsListed`; all of them stand in the ledger. */
  readonly problems: readonly Problem[];
  readonly problemsTotal: number;
  /** `failed`: nothing could be taken. `again`: this very file was taken before. */
  readonly outcome: 'taken' | 'again' | 'failed';
  /** Of a sealed bundle: its number and size. It is kept byte for byte and cannot be looked into. */
  readonly bundle?: SealedBundle;
  readonly takenAt: string;
  readonly seconds: number;
}

/** A file of which nothing could be taken, and why. `dump`: empty where it could not even be copied. */
export function failedImport(
  { dump, name, takenAt }: Pick<ImportResult, 'dump' | 'name' | 'takenAt'>,
  { code, detail }: StationError,
): ImportResult {
  return {
    dump,
    name,
    format: null,
    user: null,
    device: null,
    batch: null,
    batches: [],
    documents: { read: 0, new: 0, known: 0, skipped: 0, broken: 0 },
    came: null,
    attachments: { read: 0, bytes: 0 },
    problems: [{ code, message: detail ?? code }],
    problemsTotal: 1,
    outcome: 'failed',
    takenAt,
    seconds: 0,
  };
}

/** CHT's own sealed bundle, as its envelope tells of it. */
export interface SealedBundle {
  /** Counts the bundles of one device; gaps are normal. `null`: not said. */
  readonly number: number | null;
  readonly bytes: number;
  /** Do its two files belong together, as far as the envelope says? `null`: it does not say. */
  readonly matches: boolean | null;
}

/** What the intake knows of a revision before it is written to the replica: the row of a change. */
export interface NewChange {
  readonly id: string;
  readonly rev: string;
  /** Position of its record in the dump; `null` where no dump brought it. */
  readonly ordinal: number | null;
  readonly origin: 'dump' | 'closing' | 'merge' | 'rebase';
  /** Newest first, beginning with `rev`; only `rev` itself where the dump carried no history. */
  readonly history: readonly string[];
  /** The dump carried no revision: the station made one from the content. */
  readonly madeHere: boolean;
  readonly deleted: boolean;
  readonly neverSent: string | null;
  readonly kind: DocumentKind;
  readonly label: string;
  readonly form: string | null;
  readonly reportedAt: number | null;
  readonly authorUser: string | null;
  readonly authorContact: string | null;
  readonly needs: readonly string[];
  /** Of a contact: the short code by which reports name it. */
  readonly code?: string | null;
  /** By what it is found and named beside its label; absent: by nothing. */
  readonly finds?: FindFacts;
  /** What the rules about what is unusual look at; absent: nothing. */
  readonly odd?: OddFacts;
  /** Digest of the canonical content: equal digests, equal documents. */
  readonly content: string;
  readonly bytes: number;
  readonly attachments: number;
}

/** A content of a revision that came with several, whole. */
export interface StoredContent {
  readonly id: string;
  readonly rev: string;
  /** Digest, as in `NewChange`. */
  readonly content: string;
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<Record<string, AttachmentData>>;
}

/** A purge stub: recorded, never written, never sent. */
export interface PurgedRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly rev: string | null;
}

/** A revision that a dump names without its content: a deletion, or a row without its document. */
export interface NamedRevision {
  readonly ordinal: number;
  readonly id: string;
  readonly rev: string;
  readonly deleted: boolean;
}

export interface NumberedProblem extends Problem {
  /** Position among the problems of its dump: reading again gives the same number. */
  readonly number: number;
  readonly ordinal?: number;
}

/** Whom a `user-settings` document of the dump speaks of. */
export interface UserSettings {
  readonly user: string;
  readonly contactId: string | null;
  readonly facilityIds: readonly string[];
  /** How the person signs in, as this revision says; `rev` `null`: the record carries none. */
  readonly signsIn: SignInWay;
  readonly rev: string | null;
}
