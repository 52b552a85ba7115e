/**
 * Copies a dump to the station's own disk while hashing it, and makes sure of it, before anything is read.
 * The copy is named by its sha256: the same bytes twice are the same file. A copy from a device that can be
 * known again is kept when the device goes away, and goes on from where it stopped.
 */
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ErrorCode, StationError } from '../../shared/errors.ts';
import { asReadError } from '../../shared/read-errors.ts';
import { unlessStopped, type StopSignal } from '../../shared/stopping.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { OWN_DISK, removeHere, syncFolder, type OwnDisk } from '../disk/own-disk.ts';
import { openLocal, type FileToCopy } from './file-to-copy.ts';
import { partFile, partKey, readPart, removePart, writePart, type PartRecord } from './parts.ts';

export interface Copied {
  /** sha256 in hex; of a sealed bundle, of both its halves (`copy-bundle.ts`). */
  readonly dump: string;
  readonly file: string;
  readonly bytes: number;
}

export interface CopyOptions {
  /** Called after each piece with the bytes copied so far and the size of the file. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Where and as what the beginning is kept when the device goes away. */
  readonly resume?: ResumeKey;
  /** Hashed after the bytes of the file: what else makes this dump another than one with the same bytes. */
  readonly identityAfter?: Uint8Array;
  /** Where the copy gets its place; a test has another. */
  readonly disk?: OwnDisk;
}

export interface ResumeKey {
  readonly folder: string;
  readonly medium: string;
  readonly name: string;
  readonly mediumName: string;
  readonly kind: string;
  readonly user: string | null;
  readonly phone: string | null;
  readonly now: () => string;
}

const PIECE = 4 * 1024 * 1024;
/** What is copied is made sure of so often; as much may have to be read again after a power cut. */
const SYNC_EVERY = 32 * 1024 * 1024;
/** So much of the end of a part, and of its beginning, is compared with the file before it goes on. */
const COMPARED = 1024 * 1024;

/** After these the device may come back; what is wrong with the file will stay wrong. */
const MAY_COME_BACK: ReadonlySet<ErrorCode> = new Set(['source-gone', 'device-stuck', 'devices-ended']);

export function mayComeBack(code: ErrorCode): boolean {
  return MAY_COME_BACK.has(code);
}

/**
 * @param source a path on this computer, or an open file, which is closed in the end
 * @param folder where copies are kept (made by the caller)
 * @throws StationError `is-folder`, `link-skipped`, `not-readable`, `source-gone`, `bad-sector`, `empty-file`, `file-changed`, `disk-full`, `cancelled`, `internal` (this computer's own disk)
 */
export async function copyDump(
  source: string | FileToCopy,
  folder: string,
  options: CopyOptions = {},
): Promise<Copied> {
  const file = typeof source === 'string' ? await openLocal(source) : source;
  try {
    const before = await file.stat();
    if (before.bytes === 0) throw new StationError('empty-file');
    const part = await beginPart(file, before, folder, options.resume);
    try {
      const dump = await copyRest(file, part, before.bytes, options);
      const after = await file.stat();
      if (after.bytes !== before.bytes || after.modifiedMs !== before.modifiedMs)
        throw new StationError('file-changed');
      await part.close();
      const disk = options.disk ?? OWN_DISK;
      // A safe copy that is whole stays: somebody may be reading it, and Windows lets nobody take its place then.
      if (await isWhole(dumpFile(folder, dump), dump, before.bytes, options)) await disk.remove(part.path);
      else await onOwnDisk(disk.rename(part.path, dumpFile(folder, dump)));
      await onOwnDisk(syncFolder(folder));
      await part.forget();
      return { dump, file: dumpFile(folder, dump), bytes: before.bytes };
    } catch (error) {
      await part.leave(asReadError(error));
      throw error;
    }
  } catch (error) {
    throw asReadError(error);
  } finally {
    await file.close();
  }
}

/** Whether the copy is there already with the bytes that its name says; a damaged one is to be replaced. */
async function isWhole(
  file: string,
  dump: string,
  bytes: number,
  { identityAfter }: CopyOptions,
): Promise<boolean> {
  try {
    if ((await stat(file)).size !== bytes) return false;
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash, { end: false });
    if (identityAfter !== undefined) hash.update(identityAfter);
    return hash.digest('hex') === dump;
  } catch {
    return false;
  }
}

/** Where the copy of a dump is kept. */
export function dumpFile(folder: string, dump: string): string {
  return join(folder, `${dump}.dump`);
}

/** A copy that has been begun. */
interface Part {
  readonly path: string;
  readonly target: FileHandle;
  /** Of the bytes before `from`. */
  readonly hash: Hash;
  readonly from: number;
  /** The bytes up to here are on the disk: says so for the next time. */
  sync(copied: number): Promise<void>;
  close(): Promise<void>;
  /** The copy has its place: nothing is left to come. */
  forget(): Promise<void>;
  /** It did not come to its end. */
  leave(why: StationError): Promise<void>;
}

async function beginPart(
  file: FileToCopy,
  { bytes, modifiedMs }: { readonly bytes: number; readonly modifiedMs: number },
  folder: string,
  resume: ResumeKey | undefined,
): Promise<Part> {
  if (resume === undefined) {
    const path = join(folder, `${randomUUID()}.part`);
    const target = await onOwnDisk(open(path, 'wx', 0o600));
    return {
      path,
      target,
      hash: createHash('sha256'),
      from: 0,
      sync: () => Promise.resolve(),
      close: () => target.close(),
      forget: () => Promise.resolve(),
      leave: async () => {
        await target.close().catch(() => undefined);
        await removeHere(path);
      },
    };
  }
  const { folder: parts, now, ...whose } = resume;
  const is = { medium: resume.medium, name: resume.name, bytes, modifiedMs: Math.floor(modifiedMs) };
  const key = partKey(is);
  const path = partFile(parts, key);
  const known = await readPart(parts, key);
  // What no record speaks of may be anything.
  if (known === null) await removeHere(path);
  const target = await onOwnDisk(open(path, 'r+').catch(() => open(path, 'wx+', 0o600)));
  const record = (copied: number): PartRecord => ({ version: 1, ...whose, ...is, copied, at: now() });
  let syncedBytes = 0;
  try {
    const { hash, from } = await resumeCopy(file, target, Math.min(known?.copied ?? 0, bytes));
    syncedBytes = from;
    // From here on it is known to be wanted, whatever happens to this program.
    await writePart(parts, record(from));
    return {
      path,
      target,
      hash,
      from,
      sync: async (copied) => {
        await onOwnDisk(target.sync());
        syncedBytes = copied;
        await writePart(parts, record(copied));
      },
      close: () => target.close(),
      forget: () => removePart(parts, key),
      leave: async (why) => {
        const { size } = await target.stat().catch(() => ({ size: syncedBytes }));
        const isSynced = await target.sync().then(
          () => true,
          () => false,
        );
        await target.close().catch(() => undefined);
        if (mayComeBack(why.code))
          await writePart(parts, record(isSynced ? size : syncedBytes)).catch(() => undefined);
        else await removePart(parts, key);
      },
    };
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Hashes what is there already, after making sure that it is the beginning of this file. */
async function resumeCopy(
  file: FileToCopy,
  target: FileHandle,
  copied: number,
): Promise<{ hash: Hash; from: number }> {
  const hash = createHash('sha256');
  await onOwnDisk(target.truncate(copied));
  const isSame =
    (await isEqual(file, target, 0, Math.min(copied, COMPARED))) &&
    (await isEqual(file, target, Math.max(0, copied - COMPARED), copied));
  if (!isSame) {
    await onOwnDisk(target.truncate(0));
    return { hash, from: 0 };
  }
  const piece = Buffer.allocUnsafe(PIECE);
  let from = 0;
  while (from < copied) {
    const { bytesRead } = await onOwnDisk(target.read(piece, 0, Math.min(PIECE, copied - from), from));
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    from += bytesRead;
  }
  return { hash, from };
}

async function isEqual(file: FileToCopy, target: FileHandle, from: number, to: number): Promise<boolean> {
  if (to <= from) return true;
  const own = Buffer.alloc(to - from);
  const { bytesRead } = await onOwnDisk(target.read(own, 0, own.length, from));
  return bytesRead === own.length && own.equals(await file.read(from, own.length));
}

async function copyRest(
  source: FileToCopy,
  { target, hash, from, sync }: Part,
  total: number,
  { signal, onProgress, identityAfter }: CopyOptions,
): Promise<string> {
  let done = from;
  let syncedBytes = from;
  for (;;) {
    if (signal?.aborted === true) throw stopped(signal);
    // A device that does not answer must not keep the person who stops it waiting.
    const read = await unlessStopped(source.read(done, PIECE), signal, stopped);
    if (read.length === 0) break;
    hash.update(read);
    for (let written = 0; written < read.length;) {
      const writing = target.write(read, written, read.length - written, done + written);
      written += (await onOwnDisk(writing)).bytesWritten;
    }
    done += read.length;
    onProgress?.(Math.min(done, total), total);
    if (done - syncedBytes >= SYNC_EVERY && done < total) {
      await sync(done);
      syncedBytes = done;
    }
  }
  if (done !== total) throw new StationError('file-changed');
  await onOwnDisk(target.sync());
  if (identityAfter !== undefined) hash.update(identityAfter);
  return hash.digest('hex');
}

/** The station that closes stops with a reason of its own: then the rest comes after the next start. */
function stopped({ reason }: StopSignal): StationError {
  return reason instanceof StationError ? reason : new StationError('cancelled');
}
