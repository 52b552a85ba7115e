/** Opens files of others: never through a link, and never anything that is no file. */
import { constants, lstat, open, type FileHandle } from 'node:fs/promises';
import { StationError } from '../../shared/errors.ts';
import { asReadError } from '../../shared/read-errors.ts';

/** What differs from system to system; a test has others. */
export interface OpenCalls {
  /** `undefined`: this system (Windows) cannot refuse a link while it opens. */
  readonly noFollow: number | undefined;
  readonly lstat: typeof lstat;
}

const SYSTEM: OpenCalls = { noFollow: constants.O_NOFOLLOW, lstat };

/**
 * Opens a file for reading. Links are not followed: on a stick they could point anywhere on this computer. Pipes
 * and devices are refused before they can block. Where the system does not refuse links itself, the file that was
 * opened is compared with the one that was looked at: by its number in the file system, which a link does not share.
 * @throws StationError `is-folder`, `link-skipped`, `not-a-file`, `not-readable`, `source-gone`, `bad-sector`
 */
export async function openPlain(
  path: string,
  { noFollow, lstat: look }: OpenCalls = SYSTEM,
): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    const seen = await look(path, { bigint: true });
    if (seen.isSymbolicLink()) throw new StationError('link-skipped');
    if (seen.isDirectory()) throw new StationError('is-folder');
    if (!seen.isFile()) throw new StationError('not-a-file');
    // Not on Windows; a pipe that took the file's place must not make us wait for its other end.
    const noWait = (constants.O_NONBLOCK as number | undefined) ?? 0;
    handle = await open(path, constants.O_RDONLY | (noFollow ?? 0) | noWait);
    const opened = await handle.stat({ bigint: true });
    if (opened.isDirectory()) throw new StationError('is-folder');
    if (!opened.isFile()) throw new StationError('not-a-file');
    if (noFollow === undefined && opened.ino !== seen.ino) throw new StationError('link-skipped');
    return handle;
  } catch (error) {
    await handle?.close();
    throw asReadError(error);
  }
}
