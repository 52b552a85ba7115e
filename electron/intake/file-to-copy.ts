/** A file that is to be copied, wherever it is: on this computer, on a stick, in a phone. */
import { stat } from 'node:fs/promises';
import { asReadError, asReadingError } from '../../shared/read-errors.ts';
import { openPlain } from '../disk/plain-file.ts';

export interface FileToCopy {
  /** As it is now, not as it was when it was opened. */
  stat(): Promise<{ readonly bytes: number; readonly modifiedMs: number }>;
  /** Up to `length` bytes from `offset`; none behind the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Never throws. */
  close(): Promise<void>;
}

/**
 * A file that this computer's own file system shows.
 * @throws StationError `is-folder`, `not-a-file`, `link-skipped`, `not-readable`, `source-gone`, `bad-sector`
 */
export async function openLocal(path: string): Promise<FileToCopy> {
  const handle = await openPlain(path);
  return {
    stat: async () => {
      const info = await stat(path).catch(asFailure);
      return { bytes: info.size, modifiedMs: info.mtimeMs };
    },
    read: async (offset, length) => {
      const { bytesRead, buffer } = await handle
        .read(Buffer.allocUnsafe(length), 0, length, offset)
        .catch((error: unknown) => goneOrDamaged(path, error));
      return buffer.subarray(0, bytesRead);
    },
    close: async () => {
      await handle.close().catch(() => undefined);
    },
  };
}

function asFailure(error: unknown): never {
  throw asReadError(error);
}

/** A stick that was pulled out reads like a damaged one at first: the file system is asked whether the file is there. */
async function goneOrDamaged(path: string, error: unknown): Promise<never> {
  await stat(path).catch(asFailure);
  throw asReadingError(error);
}
