/**
 * Records that the server will not have any more. A deletion is asked about twice, before it is approved and before it is
 * sent, each time with the number and the names; the number that a person agreed to goes with the request.
 */
import { StationError } from './errors.ts';

/** So many are named; of the rest the number is told. */
export const NAMES_TOLD = 10;

export interface Deletions {
  /** Records, each counted once. */
  readonly records: number;
  /** Of the first `NAMES_TOLD`, by the words of the lists. */
  readonly names: readonly string[];
}

/**
 * `agreed`: how many deletions somebody was told of and agreed to.
 * @throws StationError `would-delete`, with how many there are
 */
export function checkDeletions(records: number, agreed: number): void {
  if (records > agreed) throw new StationError('would-delete', String(records));
}
