/** Writing to the station's own disk so that it survives a power cut. What fails here is not the fault of a stick. */
import { open, rename, writeFile } from 'node:fs/promises';
import { StationError, type ErrorCode } from '../../shared/errors.ts';

/** Of the system's refusals to write. */
const MEANINGS: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'data-not-writable',
  EPERM: 'data-not-writable',
  EROFS: 'data-not-writable',
};

/** @throws StationError `disk-full`, `data-not-writable`, `internal` */
export async function onOwnDisk<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StationError) throw error;
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    throw new StationError(MEANINGS[code] ?? 'internal', undefined, error);
  }
}

/** A new name in a folder survives a power cut only when the folder itself is synced. Not on Windows. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a small file so that it is the old one or the new one, never half of it. */
export async function replaceFile(path: string, text: string | Uint8Array): Promise<void> {
  const next = `${path}.new`;
  await writeFile(next, text, { mode: 0o600, flush: true });
  await rename(next, path);
}
