/**
 * Whose reports a receipt speaks of, by the author whom each report names. `replaced`: the person of the batch handed
 * the phone on, to the `successor`; both stand in the records themselves.
 */
export interface ReceiptAuthor {
  /** The id of the author's contact; `null`: the person of the batch, and what names no author. */
  readonly contact: string | null;
  /** As the contact is called here; `null`: it is not here. */
  readonly name: string | null;
  readonly is: 'own' | 'replaced' | 'successor' | 'other';
  readonly records: number;
  readonly accepted: number;
}

/** The **receipt**: proof for a health worker, with what was read, approved and accepted counted apart. */
import type { RefusedRecord } from './upload.ts';

/** A record that is listed by itself. */
export interface ReceiptRecord {
  readonly id: string;
  readonly rev: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly reportedAt: number | null;
  /** Of a report: whom it is about, by name where that is known, else by id; `null`: nobody else than its author. */
  readonly about: string | null;
}

export interface Receipt {
  /** Short, to be read out or typed in: the first part for the batch or visit, the second for the counts. */
  readonly code: string;
  /** The first of the `batches`. */
  readonly batch: string;
  /** All that this receipt is about: one batch, or all of the same visit. */
  readonly batches: readonly string[];
  readonly user: string | null;
  /** As the person is called; `null`: not known here. */
  readonly name: string | null;
  /** The place that the person works at, by name; `null`: not known here. */
  readonly facility: string | null;
  readonly device: string | null;
  readonly dump: string;
  readonly takenAt: string;
  readonly printedAt: string;
  /** Who works at the station. */
  readonly clerk: string;
  /** From when to when the reports are dated, milliseconds since 1970; `null`: no date can be true. */
  readonly period: { readonly from: number; readonly to: number } | null;
  readonly station: string;
  readonly server: string | null;
  /**
   * Records read: the sum of `alreadyHere`, `serverHadIt`, `approved`, `accepted`, `open`, `held`, `superseded`,
   * `settled`, `notSent` and `broken`, each record in one of them.
   */
  readonly read: number;
  readonly alreadyHere: number;
  /** What had to reach the server: `approved`, `accepted`, `open` and `held` together. */
  readonly toSend: number;
  readonly approved: number;
  readonly held: number;
  /** The held ones, with the reason that was given; the first five hundred. */
  readonly heldRecords: readonly (ReceiptRecord & { readonly reason: string })[];
  readonly open: number;
  readonly accepted: number;
  /** Among the `accepted` ones: those that the phone's own app sent, through this station. */
  readonly sentByPhone?: number;
  /** The server had it before the station sent anything. */
  readonly serverHadIt: number;
  /** A newer version of the record, or another one with the same content, goes in its place. */
  readonly superseded: number;
  /** The other side of a conflict was kept, or a merge of both. */
  readonly settled: number;
  /** Not for the server: forms, settings, what the phone had cleared away. */
  readonly notSent: number;
  /** Among the `open` ones. */
  readonly refused: readonly (ReceiptRecord & RefusedRecord)[];
  readonly broken: number;
  /**
   * Only where somebody else than the person of the batch is named as an author: each apart. Their `records` and
   * `accepted` add up to what this batch brought (`read` without `alreadyHere` and purge stubs) and to `accepted`.
   */
  readonly authors?: readonly ReceiptAuthor[];
  /** The last entry of the history when it was printed, by its number and the code of its hash; `null`: there is none. */
  readonly history: { readonly entries: number; readonly code: string } | null;
  /** Who approved what is approved or accepted, and who agreed with them where two were asked for. */
  readonly approvedBy: readonly { readonly person: string; readonly second: string | null }[];
  /** Who signed in to send them. */
  readonly sentAs: readonly string[];
  /** Those of them that are station accounts, not the author of the records. */
  readonly stationAccounts?: readonly string[];
}

/** What one health worker brought on one day. */
export interface VisitRow {
  /** The first of its batches, by which its receipt is asked for. */
  readonly batch: string;
  readonly batches: readonly string[];
  readonly user: string | null;
  readonly device: string | null;
  /** When the last of them came, ISO 8601. */
  readonly takenAt: string;
  /** Its records, each once: to decide, approved and not accepted yet, held, accepted. */
  readonly records: Readonly<Record<'open' | 'approved' | 'held' | 'accepted', number>>;
}

export const RECEIPT_FORMATS = ['text', 'html', 'json'] as const;
export type ReceiptFormat = (typeof RECEIPT_FORMATS)[number];
