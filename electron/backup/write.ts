/**
 * Writes a backup beside the one before it, and lets it take its place only when all of it is on the medium: whatever
 * happens on the way, one whole backup is there.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import { removeHere, renameHere, syncFolder } from '../disk/own-disk.ts';

/** What a medium says of writing, by the names of errno(3). A stick that was pulled out says one of the last ones. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'backup-no-room',
  EDQUOT: 'backup-no-room',
  EFBIG: 'backup-file-limit',
  EACCES: 'backup-place-closed',
  EPERM: 'backup-place-closed',
  EROFS: 'backup-place-closed',
  EISDIR: 'backup-place-closed',
  ENOENT: 'backup-place-gone',
  ENOTDIR: 'backup-place-gone',
  EIO: 'backup-place-gone',
  ENODEV: 'backup-place-gone',
  ENXIO: 'backup-place-gone',
  ENOTCONN: 'backup-place-gone',
  ESTALE: 'backup-place-gone',
  EHOSTDOWN: 'backup-place-gone',
  EBADF: 'backup-place-gone',
  UNKNOWN: 'backup-place-gone',
};

/** What is done with the medium; a test has another. */
export interface Medium {
  readonly open: (path: string) => Promise<Pick<FileHandle, 'write' | 'sync' | 'close'>>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly syncFolder: (folder: string) => Promise<void>;
}

const THIS_COMPUTER: Medium = {
  open: (path) => open(path, 'w', 0o600),
  rename: renameHere,
  remove: removeHere,
  syncFolder,
};

/** The name that a backup has until it is whole. */
export function unfinishedName(file: string): string {
  return `${file}.part`;
}

async function onMedium<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    const code = Object.hasOwn(CODES, errno) ? CODES[errno] : undefined;
    throw new StationError(code ?? 'backup-place-gone', undefined, error);
  }
}

/**
 * Writes what comes into a file. Answers how many bytes it has.
 * @param told called with the bytes written so far
 * @throws StationError `backup-no-room`, `backup-file-limit`, `backup-place-gone`, `backup-place-closed`; whatever the
 *   source throws
 */
export async function writeWhole(
  file: string,
  source: AsyncIterable<Uint8Array>,
  told: (bytes: number) => void = () => {},
  medium: Medium = THIS_COMPUTER,
): Promise<number> {
  const next = unfinishedName(file);
  const handle = await onMedium(medium.open(next));
  let bytes = 0;
  let isWhole = false;
  try {
    try {
      for await (const chunk of source) {
        for (let at = 0; at < chunk.length;) {
          const { bytesWritten } = await onMedium(handle.write(chunk, at, chunk.length - at));
          at += bytesWritten;
        }
        bytes += chunk.length;
        told(bytes);
      }
      await onMedium(handle.sync());
      isWhole = true;
    } finally {
      // Where writing failed already, that is what is told.
      const closed = onMedium(handle.close());
      await (isWhole ? closed : closed.catch(() => {}));
    }
    await onMedium(medium.rename(next, file));
  } catch (error) {
    await medium.remove(next).catch(() => {});
    throw error;
  }
  // FAT has no entries that could be synced one by one; some systems refuse it there.
  await medium.syncFolder(dirname(file)).catch(() => {});
  return bytes;
}
