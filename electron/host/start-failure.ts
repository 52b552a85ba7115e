/** Why the station cannot start, in words for the person in front of it. */
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import type { Language } from '../../shared/languages.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { writeErrorCode } from '../../shared/write-errors.ts';

export interface StartFailure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly action: string;
  /** A folder, a number: what it is about; `null`: nothing more to say. */
  readonly detail: string | null;
}

/** @param failure whatever was thrown while the program started */
export function startFailure(failure: unknown, language: Language): StartFailure {
  const known = asStartError(failure);
  return { code: known.code, ...sentenceOf(known.code, language), detail: known.detail ?? null };
}

/** What a system error means for a start: everything that the station writes then is its own folder. */
function asStartError(failure: unknown): StationError {
  if (failure instanceof StationError) return failure;
  const { code, path } = failure instanceof Error ? (failure as NodeJS.ErrnoException) : {};
  const isNoFolder = code === 'ENOTDIR' || code === 'EEXIST';
  const meant = isNoFolder ? 'data-not-writable' : writeErrorCode(code);
  return new StationError(meant, meant === 'data-not-writable' ? path : undefined, failure);
}
