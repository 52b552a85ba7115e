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

export interface Receipt {
  /** Short, to be read out on the phone; the same for the same batch and the same counts. */
  readonly code: string;
  readonly batch: string;
  readonly user: string | null;
  readonly device: string | null;
  readonly dump: string;
  readonly takenAt: string;
  readonly printedAt: string;
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
  readonly refused: readonly RefusedRecord[];
  readonly broken: number;
  /**
   * Only where somebody else than the person of the batch is named as an author: each apart. Their `records` and
   * `accepted` add up to what this batch brought (`read` without `alreadyHere` and purge stubs) and to `accepted`.
   */
  readonly authors?: readonly ReceiptAuthor[];
  /** Who signed in to send them. */
  readonly sentAs: readonly string[];
  /** Those of them that are station accounts, not the author of the records. */
  readonly stationAccounts?: readonly string[];
}

export const RECEIPT_FORMATS = ['text', 'html', 'json'] as const;
export type ReceiptFormat = (typeof RECEIPT_FORMATS)[number];
