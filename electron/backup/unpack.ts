/** Takes a backup apart into a folder that has nothing in it yet. What it leaves is used only when all of it was right. */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { asReadError } from '../../shared/read-errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { syncFolder } from '../disk/own-disk.ts';
import { openPlain } from '../disk/plain-file.ts';
import { readArchive, type About } from './archive.ts';
import { isBeginning, unseal } from './seal.ts';

/** Read at once from the medium. */
const CHUNK = 256 * 1024;

/** Beside the files themselves: what the ledger and the replica write when they are opened. */
const RESERVE = 64 * 1024 * 1024;

/** The bytes of a backup as they lie on its medium. @throws StationError as `openPlain`, while it is read too */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await openPlain(file);
  try {
    for (;;) {
      const { bytesRead, buffer } = await read(handle);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function read(handle: FileHandle) {
  try {
    return await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
  } catch (error) {
    throw asReadError(error);
  }
}

/** Whether the file begins as a backup does. @throws StationError as `openPlain` */
export async function isBackup(file: string): Promise<boolean> {
  for await (const chunk of bytesOf(file)) return chunk.length >= 32 && isBeginning(chunk);
  return false;
}

/**
 * @param source of `bytesOf`
 * @param folder is made; nothing may be there
 * @param how `freeBytes`: room on this disk, `null`: not known. `told`: bytes of files that were written so far, of all
 * @throws StationError `backup-foreign`, `backup-cut`, `backup-damaged`, `backup-odd`, `backup-too-new`,
 *   `backup-passphrase`, `restore-no-room`, `disk-full`, `data-not-writable`, and of the medium
 */
export async function unpack(
  source: AsyncIterable<Uint8Array>,
  passphrase: string,
  folder: string,
  {
    freeBytes,
    told = () => {},
  }: {
    readonly freeBytes: () => Promise<number | null>;
    readonly told?: (bytes: number, of: number) => void;
  },
): Promise<About> {
  const folders = new Set<string>();
  let written = 0;
  let total = 0;
  const about = await readArchive(unseal(source, passphrase), {
    about: async ({ bytes }) => {
      total = bytes;
      const free = await freeBytes();
      if (free !== null && free < bytes + RESERVE) throw new StationError('restore-no-room');
      await onOwnDisk(mkdir(folder, { mode: 0o700 }));
    },
    file: async ({ name, content }) => {
      const path = join(folder, name);
      const into = dirname(path);
      if (!folders.has(into)) await onOwnDisk(mkdir(into, { recursive: true, mode: 0o700 }));
      folders.add(into);
      // Never over something that is there: not even a link that somebody puts there meanwhile is followed.
      const handle = await onOwnDisk(open(path, 'wx', 0o600));
      try {
        for await (const chunk of content) {
          await onOwnDisk(handle.writeFile(chunk));
          written += chunk.length;
          told(written, total);
        }
        await onOwnDisk(handle.sync());
      } finally {
        await handle.close();
      }
    },
  });
  for (const made of folders) await onOwnDisk(syncFolder(made));
  return about;
}
