/**
 * Copies a dump to the station's own disk while hashing it, and makes sure of it, before anything is read.
 * The copy is named by its sha256: the same bytes twice are the same file.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';

export interface Copied {
  /** sha256 in hex. */
  readonly dump: string;
  readonly file: string;
  readonly bytes: number;
}

export interface CopyOptions {
  /** Called after each piece with the bytes copied so far and the size of the file. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const PIECE = 4 * 1024 * 1024;

/**
 * @param folder where copies are kept (made by the caller)
 * @throws StationError `is-folder`, `link-skipped`, `not-readable`, `source-gone`, `empty-file`, `file-changed`, `disk-full`, `cancelled`, `internal` (this computer's own disk)
 */
export async function copyDump(path: string, folder: string, options: CopyOptions = {}): Promise<Copied> {
  const source = await openSource(path);
  const part = join(folder, `${randomUUID()}.part`);
  try {
    const before = await source.stat();
    if (before.isDirectory()) throw new StationError('is-folder');
    if (!before.isFile()) throw new StationError('not-readable');
    if (before.size === 0) throw new StationError('empty-file');
    const target = await onOwnDisk(open(part, 'wx', 0o600));
    let dump: string;
    try {
      dump = await copyBytes(source, target, before.size, options);
      await onOwnDisk(target.sync());
    } finally {
      await target.close();
    }
    const after = await stat(path);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw new StationError('file-changed');
    const file = dumpFile(folder, dump);
    await onOwnDisk(rename(part, file));
    await onOwnDisk(syncFolder(folder));
    return { dump, file, bytes: before.size };
  } catch (error) {
    await rm(part, { force: true });
    throw asCopyError(error);
  } finally {
    await source.close();
  }
}

/**
 * Copies the envelope of a sealed bundle beside the copy of its sealed half, under the name by which the
 * reader of bundles finds it.
 * @throws StationError as `copyDump` does
 */
export async function copyEnvelope(envelope: string, folder: string, sealed: Copied): Promise<void> {
  const copied = await copyDump(envelope, folder);
  await rename(copied.file, `${sealed.file}.json`);
  await syncFolder(folder);
}

/** Where the copy of a dump is kept. */
export function dumpFile(folder: string, dump: string): string {
  return join(folder, `${dump}.dump`);
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    // Links are never followed: on a stick they could point anywhere on this computer.
    // A pipe must not make us wait for its other end.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return await open(path, flags);
  } catch (error) {
    throw asCopyError(error);
  }
}

async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  total: number,
  options: CopyOptions,
): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  let done = 0;
  for (;;) {
    if (options.signal?.aborted === true) throw new StationError('cancelled');
    const { bytesRead } = await source.read(piece, 0, PIECE, done);
    if (bytesRead === 0) break;
    const read = piece.subarray(0, bytesRead);
    hash.update(read);
    for (let written = 0; written < bytesRead;) {
      const writing = target.write(read, written, bytesRead - written, done + written);
      written += (await onOwnDisk(writing)).bytesWritten;
    }
    done += bytesRead;
    options.onProgress?.(Math.min(done, total), total);
  }
  if (done !== total) throw new StationError('file-changed');
  return hash.digest('hex');
}

/** A new name in a folder survives a power cut only when the folder itself is synced. Not on Windows. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What fails on this computer's disk is not the fault of the stick. */
async function onOwnDisk<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const known = asCopyError(error);
    throw known.code === 'disk-full' ? known : new StationError('internal', undefined, error);
  }
}

function asCopyError(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StationError('disk-full', undefined, error);
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
    case 'EIO':
      return new StationError('source-gone', undefined, error);
    case 'ELOOP':
      return new StationError('link-skipped', undefined, error);
    case 'EISDIR':
      return new StationError('is-folder', undefined, error);
    default:
      return new StationError('not-readable', undefined, error);
  }
}
