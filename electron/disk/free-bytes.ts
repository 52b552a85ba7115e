/** How much may still be written to a disk. */
import { statfs } from 'node:fs/promises';

/** In bytes, where a folder lies; `null` where the system does not tell. */
export async function freeBytesIn(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
