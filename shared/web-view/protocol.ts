/**
 * What the script in a phone's web view and the station say to each other: plain values that cross as JSON.
 * What comes from a phone is not trusted; the station checks it (`electron/sources/live/answers.ts`).
 *
 * A **page** is a piece of the dump, about half a megabyte of lines. A **cursor** says where the next page
 * begins; it is all that the script remembers, and the station keeps it, so that a pulled cable costs one page.
 */

/** How a page is cut, and how an attachment is. Sizes in bytes, times in milliseconds. */
export const PACE = {
  /** A page ends after the record with which it reaches this size. */
  pageBytes: 512 * 1024,
  /** A slow phone makes smaller pages, so that its app is never kept waiting for long. */
  pageMs: 400,
  /** Changes asked for at once. */
  changes: 40,
  /** Documents in one list of leaves. */
  leaves: 500,
  /** An attachment up to this size stands in its record; a larger one follows in parts. */
  inlineBytes: 48 * 1024,
  /** All attachments that stand in one record. */
  inlineTotalBytes: 192 * 1024,
  /** One part, before base64; a multiple of three, so that parts can be joined. */
  partBytes: 240 * 1024,
  /** A record without its attachments; larger ones are left on the phone. No form makes such a record. */
  recordBytes: 16 * 1024 * 1024,
  /** An attachment above this is left on the phone: neither the station nor a CHT server takes it. */
  attachmentBytes: 64 * 1024 * 1024,
} as const;
export type Pace = { readonly [Name in keyof typeof PACE]: number };

/** Who works with the app on this phone. */
export interface PhoneUser {
  readonly user: string;
  /** Signed in now; others only left their records here. */
  readonly signedIn: boolean;
}

/** What a look at a page found. */
export type Look =
  /** Not a CHT app: nothing else was looked at. */
  | { readonly kind: 'other-page' }
  /** A CHT app in which nobody is signed in. */
  | { readonly kind: 'signed-out' }
  /** The signed-in person works online: the phone keeps no records. */
  | { readonly kind: 'keeps-nothing'; readonly user: string }
  | { readonly kind: 'app'; readonly server: string; readonly users: readonly PhoneUser[] };

/** The database that was opened, and what the phone says about itself. */
export interface Opened {
  readonly user: string;
  readonly userContactId: string | null;
  readonly facilityId: string | null;
  readonly device: string | null;
  readonly app: {
    readonly cht: string | null;
    readonly android: string | null;
    readonly pouchdb: string | null;
  };
  /** Origin of the page. */
  readonly server: string;
  /** Name of the database on the server. */
  readonly database: string;
  /** The database's own id: another one after the app's data was cleared. `null` where it has none. */
  readonly databaseId: string | null;
  /** The sequence of its latest change. */
  readonly sequence: number;
  /** Documents that are not deleted. */
  readonly documents: number;
  /** Up to where the app has sent its changes; `null`: not known, or not the signed-in person. */
  readonly lastReplicatedSeq: string | null;
  /**
   * When the app last synchronised, by the phone's clock, ISO 8601; `null`: not known, not the signed-in person, or
   * several people use the app, which notes one time for all.
   */
  readonly lastReplicatedAt: string | null;
  /** The phone's clock, ISO 8601. */
  readonly now: string;
}

/** The attachment that is being read. */
export interface Unfinished {
  readonly rev: string;
  /** Position of the attachment among those that follow their record, in the order of the record. */
  readonly attachment: number;
  /** The next part, from 1. */
  readonly part: number;
}

export interface Cursor {
  /** Every change up to this sequence has been read. */
  readonly since: number;
  /** The document of the next change, of which these revisions have been read. */
  readonly within: { readonly id: string; readonly done: readonly string[] } | null;
  readonly unfinished: Unfinished | null;
}

export const BEGIN: Cursor = { since: 0, within: null, unfinished: null };

export interface Page {
  /** Whole lines of the dump, each with its line end. */
  readonly lines: string;
  /** Records in it, and the entries of their `_attachments`. */
  readonly documents: number;
  readonly attachments: number;
  /**
   * A record whose attachments still follow ends this page: where its line begins in `lines`, or `before` when
   * it stands in an earlier page.
   */
  readonly unfinishedAt: number | 'before' | null;
  /** The record that was unfinished before this page changed meanwhile: its lines are to be dropped. */
  readonly dropUnfinished: boolean;
  /** Revisions that the phone could not give: reading them again later may help. */
  readonly notGiven: number;
  readonly cursor: Cursor;
  /** Nothing is left. */
  readonly end: boolean;
}

/** Which revisions stand at the ends of the branches of each document: what a replication of the app offers. */
export interface Leaves {
  /** Each document's id, then its revisions. */
  readonly leaves: readonly (readonly string[])[];
  /** The sequence after which the next list begins. */
  readonly next: number;
  /** Nothing is left. */
  readonly end: boolean;
}

/**
 * Whether the app can be written to.
 * - `other-person`: somebody else is signed in, or nobody
 * - `works-online`: the app of this person works on the server itself, and not on what lies on the phone
 * - `other-database`: the app's data was cleared since the parcel was made
 * - `unfinished`: the app has not had its first download
 * - `form-open`: somebody fills in a form
 */
export type AppReady =
  'ready' | 'other-person' | 'works-online' | 'other-database' | 'unfinished' | 'form-open';

export interface AppState {
  readonly kind: AppReady;
  /** Bytes that the app may still store; `null`: the web view does not tell. */
  readonly room: number | null;
  readonly sequence: number;
}

/** Documents of a return parcel, for the app's own database. Each document stands once. */
export interface ParcelBatch {
  readonly user: string;
  readonly databaseId: string;
  /** The latest change of the database, as it was when this batch was decided. */
  readonly sequence: number;
  /** Documents as JSON: whole, with `_revisions` and the bytes of their attachments. */
  readonly docs: readonly string[];
  /** To be dropped, as long as this is the revision that the phone shows. */
  readonly deletes: readonly { readonly id: string; readonly rev: string }[];
}

/** `already`: it is so on the phone; `changed`: somebody wrote to it meanwhile, and it stays as it is. */
export const WRITTEN_HOW = ['written', 'already', 'changed', 'failed'] as const;
export type WrittenHow = (typeof WRITTEN_HOW)[number];

export interface ParcelWritten {
  /** `moved`: the phone has changed since the batch was decided. Unless it is `ready`, nothing was written. */
  readonly kind: AppReady | 'moved';
  /** Each document's id. */
  readonly results: readonly (readonly [id: string, how: WrittenHow])[];
}

/** What the app is told: that the server has everything up to a sequence. Both values as the app itself notes them. */
export interface Confirmation {
  readonly user: string;
  readonly databaseId: string;
  /** Of `medic-last-replicated-seq`: up to where the phone was read, and everything was proven. */
  readonly sequence: number;
  /** Of `medic-last-replicated-date`: the time of the proof by the phone's clock, in milliseconds since 1970. */
  readonly at: number;
  /** `false`: it is only looked at whether it may be written. */
  readonly write: boolean;
}

/**
 * - `ready`: it may be written, or was
 * - `already`: the app says so, or more, by itself
 * - `several-people`: other people's records lie there too, or the web view cannot tell; the app notes one value for all
 * - `odd-value`: the app's value is none that is understood, or the sequence is none of this database
 */
export const CONFIRMED_HOW = [
  'ready',
  'already',
  'several-people',
  'odd-value',
  'other-person',
  'other-database',
  'unfinished',
] as const;
export type ConfirmedHow = (typeof CONFIRMED_HOW)[number];

/** Where a file of the dump is written on the phone itself: the app's bridge to Android (docs/phone-export.md). */
export interface ExportFile {
  /** Opens a new file of this name. */
  begin(name: string): unknown;
  /** Whole lines. */
  write(lines: string): unknown;
  /** Writes the end line (the bridge knows bytes and hash) and makes the file visible. */
  end(documents: number, attachments: number): unknown;
  /** Removes the unfinished file. */
  fail(message: string): unknown;
}

/** What the script gives to whoever runs it. */
export interface PhoneScript {
  look(): Promise<Look>;
  open(user: string): Promise<Opened>;
  page(cursor: Cursor): Promise<Page>;
  /** The leaves of what changed after a sequence, some hundred documents of them. */
  leaves(after: number): Promise<Leaves>;
  state(user: string, databaseId: string): Promise<AppState>;
  /** Writes to the app's own database. */
  write(batch: ParcelBatch): Promise<ParcelWritten>;
  /** Writes the two values by which the app says what was sent; where anything speaks against it, neither. */
  confirm(confirmation: Confirmation): Promise<ConfirmedHow>;
  /** The whole dump, or what changed since a sequence, into a file on the phone. */
  exportTo(file: ExportFile, user?: string, since?: number): Promise<{ readonly name: string }>;
}
