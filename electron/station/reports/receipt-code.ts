/**
 * The code of a receipt: six signs for the batch or visit, three for what is counted on it, so that a paper is found again
 * and shows whether it still says what the station says.
 */
import { createHash } from 'node:crypto';
import type { Receipt } from '../../../shared/receipt.ts';
import { signsOfBytes, signsTyped } from '../../../shared/signs.ts';

const VISIT_SIGNS = 6;
const COUNT_SIGNS = 3;

/** The first signs of a text's sha256. */
function signsOf(text: string, length: number): string {
  return signsOfBytes(createHash('sha256').update(text).digest(), length);
}

/** The part of the code that stands for a visit, by its first batch. */
export function visitPart(firstBatch: string): string {
  return signsOf(firstBatch, VISIT_SIGNS);
}

/** @param said the name that somebody here gave to a batch which does not say it itself */
export function receiptCode(
  receipt: Pick<Receipt, 'batches' | 'read' | 'approved' | 'accepted' | 'held' | 'refused'>,
  said?: string | null,
): string {
  const { batches, read, approved, accepted, held, refused } = receipt;
  const counted = [batches, read, approved, accepted, held, refused.length, said ?? null];
  return `${visitPart(batches[0] ?? '')}-${signsOf(JSON.stringify(counted), COUNT_SIGNS)}`;
}

/** A code as a person types it or a reader of QR codes sends it; `null`: it is none. `counts` may be empty. */
export function readCode(typed: string): { visit: string; counts: string } | null {
  const signs = signsTyped(typed);
  if (![VISIT_SIGNS, VISIT_SIGNS + COUNT_SIGNS].includes(signs.length)) return null;
  if (!/^[0-9A-HJKMNP-TV-Z]*$/.test(signs)) return null;
  return { visit: signs.slice(0, VISIT_SIGNS), counts: signs.slice(VISIT_SIGNS) };
}
