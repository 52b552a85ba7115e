/** Whether a record is more than the station takes, seen while its end is still being looked for: then it is not held. */
import type { Limits } from '../../../shared/limits.ts';
import type { ValueScanner } from './value-scanner.ts';

export type TooMuch = 'too-large' | 'too-deep' | 'too-many-values';

/** @param bytes of the record so far */
export function tooMuch(scanner: ValueScanner, bytes: number, limits: Limits): TooMuch | undefined {
  // Many brackets inside each other are first of all deep.
  if (scanner.values > limits.recordValues)
    return scanner.deepest > limits.depth + 1 ? 'too-deep' : 'too-many-values';
  return bytes > limits.recordBytes ? 'too-large' : undefined;
}
