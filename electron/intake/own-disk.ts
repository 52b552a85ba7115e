/** Writing to the station's own disk so that it survives a power cut. */
import { open, rename, writeFile } from 'node:fs/promises';

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
