/** Finds files in a folder a person chose, within limits; links are never followed. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { asReadError } from '../../shared/read-errors.ts';

/** How a file is now: when one of the two changes, it is another file. */
export interface FileStat {
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970, as its device says. */
  readonly modifiedMs: number;
}

export interface FoundFile extends FileStat {
  readonly path: string;
  /** Path from the chosen folder, with `/`. */
  readonly name: string;
}

export interface FindLimits {
  readonly files: number;
  readonly depth: number;
}

/**
 * The files of a folder (or the one file), in the order of their names. Hidden entries and links are passed over,
 * and so is a folder inside that cannot be looked into: it must not keep the others.
 * @throws StationError `source-gone`, `link-skipped`, `not-readable`, `too-many-files`, `cancelled`
 */
export async function findFiles(
  path: string,
  limits: FindLimits,
  signal?: AbortSignal,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const look = async (at: string, name: string, depth: number): Promise<void> => {
    if (signal?.aborted === true) throw new StationError('cancelled');
    const info = await statOf(at).catch(within(depth));
    if (info === null) return;
    if (info.isSymbolicLink()) {
      if (depth === 0) throw new StationError('link-skipped');
      return;
    }
    if (info.isFile()) {
      if (found.length >= limits.files) throw new StationError('too-many-files', String(limits.files));
      found.push({ path: at, name, bytes: info.size, modifiedMs: info.mtimeMs });
    } else if (info.isDirectory() && depth < limits.depth) {
      const entries = (await entriesOf(at).catch(within(depth))) ?? [];
      for (const entry of entries.filter((one) => !isPassedOver(one)).sort())
        await look(join(at, entry), depth === 0 ? entry : `${name}/${entry}`, depth + 1);
    }
  };
  await look(path, lastPart(path), 0);
  return found;
}

/** Hidden entries, and what systems keep for themselves on a stick. */
const SYSTEMS_OWN: ReadonlySet<string> = new Set(['system volume information', '$recycle.bin', 'lost.dir']);

function isPassedOver(name: string): boolean {
  return name.startsWith('.') || SYSTEMS_OWN.has(name.toLowerCase());
}

/** A failure counts where it is the chosen file or folder itself that cannot be read. */
function within(depth: number): (error: unknown) => null {
  return (error) => {
    if (depth === 0) throw error;
    return null;
  };
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    throw asReadError(error);
  }
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw asReadError(error);
  }
}

/** The last part of a path of either kind of system. */
export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
