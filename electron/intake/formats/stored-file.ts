/** The stored file of a dump: opened without following links, read in chunks. */
import type { FileHandle } from 'node:fs/promises';
import { StationError } from '../../../shared/errors.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import { openPlain } from '../../disk/plain-file.ts';

export interface StoredFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/**
 * Opens a file for reading. Pipes and devices are refused before they can block.
 * @throws StationError `is-folder`, `link-skipped`, `not-a-file`, `source-gone`, `not-readable`
 */
export async function openStored(path: string): Promise<StoredFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await openPlain(path);
    const { size } = await handle.stat();
    return { handle, size };
  } catch (error) {
    await handle?.close();
    throw asReadError(error);
  }
}

/**
 * The file's bytes from the beginning. While one chunk is used the next one is read; a chunk is valid until
 * the next is asked for.
 * @throws StationError `not-readable`, `source-gone`, `cancelled`
 */
export async function* blocksOf(
  file: StoredFile,
  blockBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const buffers = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)] as const;
  let offset = 0;
  const read = async (into: Buffer) => {
    try {
      return await file.handle.read(into, 0, blockBytes, offset);
    } catch (error) {
      throw asReadError(error);
    }
  };
  let pending: Promise<Awaited<ReturnType<typeof read>>> | undefined = read(buffers[0]);
  try {
    for (let turn = 1; ; turn += 1) {
      if (signal?.aborted === true) throw new StationError('cancelled');
      const { bytesRead, buffer } = await pending;
      pending = undefined;
      if (bytesRead === 0) return;
      offset += bytesRead;
      pending = read(turn % 2 === 0 ? buffers[0] : buffers[1]);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    // Nobody may close the file under a read that is still going on.
    await pending?.catch(() => undefined);
  }
}
