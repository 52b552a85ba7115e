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
  readonly read: number;
  readonly alreadyHere: number;
  readonly toSend: number;
  readonly approved: number;
  readonly held: number;
  readonly open: number;
  readonly accepted: number;
  /** The server had it before the station sent anything. */
  readonly serverHadIt: number;
  readonly superseded: number;
  readonly refused: readonly RefusedRecord[];
  readonly broken: number;
  /** Who signed in to send them. */
  readonly sentAs: readonly string[];
}

export const RECEIPT_FORMATS = ['text', 'html', 'json'] as const;
export type ReceiptFormat = (typeof RECEIPT_FORMATS)[number];
