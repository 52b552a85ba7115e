/** Finds files in a folder, within limits; links are never followed. */
import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDumpName, inLookingOrder, isKnownFolder, mayBeFolderName } from '../../shared/dump-names.ts';
import { StationError } from '../../shared/errors.ts';
import { asReadError } from '../../shared/read-errors.ts';
import { Listing, type Found } from './listing.ts';

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
  /** A folder that is never looked into: the station's own, where it lies on a second disk. */
  readonly except?: string;
}

/** A folder still to be looked into. */
interface Folder {
  readonly path: string;
  readonly name: string;
  /** Folders from the chosen one down to it. */
  readonly depth: number;
  /** It is, or lies in, one in which exports are kept. */
  readonly known: boolean;
}

/** Entries that were looked at before what was found by then is told; after that each time it has become twice as many. */
const FIRST_TOLD = 200;

/**
 * The files of a folder (or the one file), in the order of their names. Hidden entries are passed over. Known folders and
 * the top are looked into first, and in each folder what has a dump's name, so that where there are more files than the
 * limit, what is left out is what lies deep. What could not be looked at does not keep the rest, and is named.
 * @param soFar told what was found by then, now and then, where there is much: nobody waits for forty thousand pictures
 * @throws StationError `source-gone`, `link-skipped`, `not-readable`, `not-a-file`, `cancelled`: of the chosen file or
 *   folder itself
 */
export async function findFiles(
  path: string,
  limits: FindLimits,
  signal?: AbortSignal,
  soFar?: (found: Found<FoundFile>) => void,
): Promise<Found<FoundFile>> {
  const found = new Listing<FoundFile>(limits.files, byName);
  const info = await statOf(path);
  if (info.isSymbolicLink()) throw new StationError('link-skipped');
  if (info.isFile()) {
    found.add(fileOf(path, lastPart(path), info));
    return found.done();
  }
  if (!info.isDirectory()) throw new StationError('not-a-file');
  const except = limits.except === undefined ? null : await stat(limits.except).catch(() => null);
  // A whole disk may be the station's own folder.
  if (isSame(info, except)) return found.done();
  let looked = 0;
  let told = 0;
  const tellDue = (): void => {
    looked += 1;
    if (looked < Math.max(FIRST_TOLD, 2 * told) || found.files.length === 0) return;
    told = looked;
    soFar?.(found.done());
  };
  const known: Folder[] = [];
  const others: Folder[] = [{ path, name: '', depth: 0, known: false }];
  for (let folder = others.shift(); folder !== undefined; folder = known.shift() ?? others.shift()) {
    if (found.isFull) {
      found.cut();
      break;
    }
    const entries = await entriesIn(folder, found);
    if (entries?.length === 0 && hasDumpName(folder.name)) found.miss(folder.name, 'empty-folder');
    for (const entry of entries ?? []) {
      if (signal?.aborted === true) throw new StationError('cancelled');
      const inside = await lookAt(folder, entry, found, except);
      tellDue();
      if (inside === null) continue;
      if (inside.depth >= limits.depth) found.miss(inside.name, 'folder-too-deep');
      else (inside.known ? known : others).push(inside);
    }
  }
  return found.done();
}

function byName(one: FoundFile, other: FoundFile): number {
  return one.name < other.name ? -1 : 1;
}

/** Notes a file; answers a folder to look into. */
async function lookAt(
  folder: Folder,
  entry: string,
  found: Listing<FoundFile>,
  except: Stats | null,
): Promise<Folder | null> {
  const path = join(folder.path, entry);
  const name = folder.name === '' ? entry : `${folder.name}/${entry}`;
  try {
    const info = await statOf(path);
    if (info.isDirectory()) {
      if (isSame(info, except)) return null;
      const known = folder.known || isKnownFolder(entry);
      return { path, name, depth: folder.depth + 1, known };
    }
    if (info.isFile()) found.add(fileOf(path, name, info));
    else if (info.isSymbolicLink()) {
      // Where it leads to is not looked at: that may be anywhere.
      if (hasDumpName(name) || mayBeFolderName(entry)) found.miss(name, 'link-skipped');
    } else if (hasDumpName(name)) found.miss(name, 'not-a-file');
  } catch (error) {
    recordMissed(found, name, error);
  }
  return null;
}

function isSame(one: Stats, other: Stats | null): boolean {
  return other !== null && one.dev === other.dev && one.ino === other.ino;
}

function fileOf(path: string, name: string, { size, mtimeMs }: Stats): FoundFile {
  return { path, name, bytes: size, modifiedMs: mtimeMs };
}

/** What vanished meanwhile is not missed. */
function recordMissed(found: Listing<FoundFile>, name: string, error: unknown): void {
  const { code } = asReadError(error);
  if (code !== 'source-gone') found.miss(name, code);
}

/**
 * Hidden entries, and what systems keep for themselves on a stick. What a system saved of damaged files (`LOST.DIR`,
 * `FOUND.000`, `lost+found`) may be an export.
 */
const SYSTEMS_OWN: ReadonlySet<string> = new Set(['system volume information', '$recycle.bin']);

/** Of a file or folder, by its own name. */
export function isPassedOver(name: string): boolean {
  return name.startsWith('.') || SYSTEMS_OWN.has(name.toLowerCase());
}

/**
 * The names in a folder, in the order in which they are looked at; `null`: it could not be read. A name that is not UTF-8 could not be opened by what
 * is shown of it.
 */
async function entriesIn({ path, name, depth }: Folder, found: Listing<FoundFile>): Promise<string[] | null> {
  try {
    const names: string[] = [];
    for (const bytes of await readdir(path, { encoding: 'buffer' })) {
      const text = bytes.toString('utf8');
      if (isPassedOver(text)) continue;
      if (Buffer.from(text, 'utf8').equals(bytes)) names.push(text);
      else found.miss(name === '' ? text : `${name}/${text}`, 'bad-name');
    }
    return inLookingOrder(names.sort().map((one) => ({ name: one }))).map((one) => one.name);
  } catch (error) {
    if (depth === 0) throw asReadError(error);
    recordMissed(found, name, error);
    return null;
  }
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    throw asReadError(error);
  }
}

/** The last part of a path of either kind of system. */
export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
