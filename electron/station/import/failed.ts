/** An import of which nothing came. */
import { StationError } from '../../../shared/errors.ts';
import { failedImport, type ImportResult } from '../../../shared/intake.ts';
import { cleanText } from '../../../shared/labels.ts';
import { describeFailure } from '../../host/failures.ts';
import type { Core } from '../core.ts';

/**
 * @param dump empty where the file could not even be copied
 * @throws StationError `cancelled`: that ends the whole job
 */
export function failed(core: Core, dump: string, name: string, error: unknown): ImportResult {
  const known = error instanceof StationError ? error : new StationError('internal', undefined, error);
  if (known.code === 'cancelled') throw known;
  core.log(`${dump === '' ? 'copy' : 'intake'} failed: ${known.code} ${describeFailure(known.cause)}`);
  return failedImport({ dump, name: cleanText(name), takenAt: core.now() }, known);
}
