/** Finds files in a folder a person chose, within limits; links are never followed. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';

export interface FoundFile {
  readonly path: string;
  /** Path from the chosen folder, with `/`. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface FindLimits {
  readonly files: number;
  readonly depth: number;
}

/**
 * The files of a folder (or the one file), in the order of their names. Hidden entries and links are passed over.
 * @throws StationError `source-gone`, `link-skipped`, `not-readable`, `too-many-files`
 */
export async function findFiles(path: string, limits: FindLimits): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const look = async (at: string, name: string, depth: number): Promise<void> => {
    const info = await statOf(at);
    if (info.isSymbolicLink()) {
      if (depth === 0) throw new StationError('link-skipped');
      return;
    }
    if (info.isFile()) {
      if (found.length >= limits.files) throw new StationError('too-many-files', String(limits.files));
      found.push({ path: at, name, bytes: info.size, modifiedMs: info.mtimeMs });
    } else if (info.isDirectory() && depth < limits.depth) {
      const entries = (await readdir(at)).filter((entry) => !entry.startsWith('.')).sort();
      for (const entry of entries)
        await look(join(at, entry), depth === 0 ? entry : `${name}/${entry}`, depth + 1);
    }
  };
  await look(path, lastPart(path), 0);
  return found;
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
    throw new StationError(code === 'ENOENT' ? 'source-gone' : 'not-readable', undefined, error);
  }
}

/** The last part of a path of either kind of system. */
export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
