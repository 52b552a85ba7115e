/** What a failure of LevelDB, as it is or as PouchDB wraps it, means for the station. */
import { StationError } from '../../shared/errors.ts';

/** Of writes and of opening. */
export function storeError(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const words = wordsOf(error);
  if (/no space left|ENOSPC|EDQUOT|quota exceeded/i.test(words))
    return new StationError('disk-full', undefined, error);
  if (/lock hold|\bLOCK\b/.test(words)) return new StationError('data-in-use', undefined, error);
  const isDamaged =
    error instanceof SyntaxError || /corruption|sstable|bad block|checksum|\.(?:ldb|sst)\b/i.test(words);
  return new StationError(isDamaged ? 'replica-damaged' : 'replica-failed', undefined, error);
}

function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, reason, code } = error as { message?: unknown; reason?: unknown; code?: unknown };
  return [message, reason, code].filter((part) => typeof part === 'string').join(' ');
}
