/**
 * The copy of a package in the station's own folder. What is verified, and later installed, is the copy and never what lies on
 * the stick. A copy counts only together with its note, which is written after the copy is whole: whenever the station is
 * killed, the folder holds one whole update or what the next start removes.
 */
import { createHash, randomUUID, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StationError } from '../../shared/errors.ts';
import { noteNameOf } from '../../shared/updates.ts';
import { unlessStopped } from '../../shared/stopping.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { removeFolderHere, removeHere, renameHere, replaceFile, syncFolder } from '../disk/own-disk.ts';
import { NOTE_LIMITS, readNote, type UpdateNote } from './note.ts';

const PIECE = 1024 * 1024;

/** A file that is open, wherever it lies. */
export interface PackageFile {
  /** Up to `length` bytes from `offset`; none behind the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface KeptUpdate {
  readonly note: UpdateNote;
  /** The package on this computer, and its note. */
  readonly path: string;
  readonly notePath: string;
}

/**
 * Copies a package and verifies the copy; then it takes the place of the one that was kept before.
 * @param signed the bytes of its note, read already
 * @throws StationError `update-cut-off`, `update-damaged`, `cancelled`, `disk-full`, `data-not-writable`, whatever reading throws
 */
export async function keepPackage(
  file: PackageFile,
  { note, signed }: { readonly note: UpdateNote; readonly signed: Uint8Array },
  folder: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<void> {
  const part = join(folder, `${randomUUID()}.part`);
  try {
    await copy(file, note, part, { signal, onProgress });
    if ((await sha256Of(part)) !== note.sha256) throw new StationError('update-damaged');
    await onOwnDisk(clear(folder, [part]));
    const path = join(folder, note.file);
    await onOwnDisk(renameHere(part, path));
    await onOwnDisk(replaceFile(noteNameOf(path), signed));
    await onOwnDisk(syncFolder(folder));
  } catch (error) {
    await removeHere(part).catch(() => {});
    throw error;
  }
}

async function copy(
  file: PackageFile,
  { bytes, sha256 }: UpdateNote,
  part: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<void> {
  const hash = createHash('sha256');
  const to = await onOwnDisk(open(part, 'wx', 0o600));
  try {
    let done = 0;
    while (done < bytes) {
      const piece = await unlessStopped(file.read(done, Math.min(PIECE, bytes - done)), signal);
      if (piece.length === 0) throw new StationError('update-cut-off');
      for (let at = 0; at < piece.length;) {
        const { bytesWritten } = await onOwnDisk(to.write(piece, at, piece.length - at));
        at += bytesWritten;
      }
      hash.update(piece);
      done += piece.length;
      onProgress(done);
    }
    // Longer than signed is not what was signed either.
    if ((await unlessStopped(file.read(bytes, 1), signal)).length > 0)
      throw new StationError('update-damaged');
    if (hash.digest('hex') !== sha256) throw new StationError('update-damaged');
    await onOwnDisk(to.sync());
  } finally {
    await to.close();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The update that lies in the folder whole, as far as its signature and its size say; `null`: none does. */
export async function keptUpdate(
  folder: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<KeptUpdate | null> {
  for (const name of await readdir(folder)) {
    const kept = await keptAs(folder, name, keys);
    if (kept !== null) return kept;
  }
  return null;
}

async function keptAs(
  folder: string,
  name: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<KeptUpdate | null> {
  try {
    const path = join(folder, name);
    const [own, beside] = await Promise.all([lstat(path), lstat(noteNameOf(path))]);
    if (!own.isFile() || !beside.isFile() || beside.size > NOTE_LIMITS.file) return null;
    const note = readNote(await readFile(noteNameOf(path)), keys);
    return note.file === name && note.bytes === own.size ? { note, path, notePath: noteNameOf(path) } : null;
  } catch {
    // Half of a copy, or something that somebody put here: it is not offered, and the next start removes it.
    return null;
  }
}

/** @throws StationError `update-damaged`: the copy is not any more what was signed; it is removed then */
export async function verifyKept({ note, path, notePath }: KeptUpdate): Promise<void> {
  const sha256 = await sha256Of(path).catch(() => null);
  if (sha256 === note.sha256) return;
  await removeHere(notePath);
  await removeHere(path);
  throw new StationError('update-damaged');
}

/** Removes what is in the folder, but for what is to stay. @param stays paths */
export async function clear(folder: string, stays: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!stays.includes(path)) await removeFolderHere(path);
  }
}
