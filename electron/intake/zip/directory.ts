/**
 * The directory of a zip file, read by yauzl: what lies in it, without unpacking anything. Names are text for people and
 * never paths. What the directory says is not believed further than it can be checked: entries that lie over each other
 * (a small file that unpacks to petabytes is made so) make the whole file a damaged one.
 */
import { fromRandomAccessReaderPromise, getFileNameLowLevel, type Entry, type ZipFile } from 'yauzl';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { cleanText } from '../../../shared/labels.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { StopSignal } from '../../../shared/stopping.ts';
import type { ZipReader } from './zip-reader.ts';

/** One file in a zip. */
export interface ZipEntry {
  /** Its place in the directory. */
  readonly number: number;
  /** Cleaned, with `/` between folders, and no other entry's. */
  readonly name: string;
  readonly modifiedMs: number;
  /** Sizes as the directory says, packed and unpacked. */
  readonly packed: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly method: 'stored' | 'deflated';
  /** Where its local header begins. */
  readonly at: number;
  /** Why it cannot be used. */
  readonly refused: ErrorCode | null;
}

export interface Directory {
  readonly entries: readonly ZipEntry[];
  /** Why there may be more: `bad-zip`, `encrypted`, `too-many-files`. */
  readonly cut: ErrorCode | null;
}

const STORED = 0;
const DEFLATED = 8;
/** Bytes of a local header without its name. */
const LOCAL_HEADER = 30;
/** How many characters of a name are kept. */
const NAME_LENGTH = 200;

/** @throws StationError `bad-zip`, `encrypted`, `cancelled`, or what reading the file throws */
export async function openDirectory(reader: ZipReader, size: number): Promise<ZipFile> {
  try {
    // Names are decoded here: to yauzl, one that could be a path outside of a folder is the end of the whole file.
    return await fromRandomAccessReaderPromise(reader, size, { autoClose: false, decodeStrings: false });
  } catch (error) {
    throw asZipError(reader, error);
  }
}

/** @throws StationError `bad-zip`, `cancelled`, or what reading the file throws */
export async function readDirectory(
  zip: ZipFile,
  reader: ZipReader,
  limits: Limits,
  signal?: StopSignal,
): Promise<Directory> {
  const entries: ZipEntry[] = [];
  const names = new Map<string, number>();
  let cut: ErrorCode | null = null;
  try {
    for await (const entry of zip.eachEntry()) {
      if (signal?.aborted === true) throw new StationError('cancelled');
      if (entries.length >= limits.sourceFiles) {
        cut = 'too-many-files';
        break;
      }
      const found = entryOf(entry, entries.length, names);
      if (found !== null) entries.push(found);
    }
  } catch (error) {
    const failure = asZipError(reader, error);
    if (failure.code !== 'bad-zip' && failure.code !== 'encrypted') throw failure;
    cut = failure.code;
  }
  if (doOverlap(entries)) throw new StationError('bad-zip', 'entries lie over each other');
  return { entries, cut };
}

function entryOf(entry: Entry, number: number, names: Map<string, number>): ZipEntry | null {
  const raw = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  if (raw.endsWith('/')) return null;
  const name = nameOf(raw, names);
  return {
    number,
    name,
    modifiedMs: timeOf(entry),
    packed: entry.compressedSize,
    bytes: entry.uncompressedSize,
    crc32: entry.crc32,
    method: entry.compressionMethod === STORED ? 'stored' : 'deflated',
    at: entry.relativeOffsetOfLocalHeader,
    refused: whyNot(entry),
  };
}

function whyNot(entry: Entry): ErrorCode | null {
  if (entry.isEncrypted()) return 'encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) return 'bad-zip';
  return entry.uncompressedSize === 0 ? 'empty-file' : null;
}

/** Two entries may have one name, in a zip that was added to: both are people's work. */
function nameOf(raw: string, names: Map<string, number>): string {
  const parts = raw
    .slice(-NAME_LENGTH)
    .split('/')
    .map(cleanText)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const name = parts.join('/') || '?';
  let count = (names.get(name) ?? 0) + 1;
  while (count > 1 && names.has(`${name} (${count})`)) count += 1;
  names.set(name, count);
  if (count === 1) return name;
  const own = `${name} (${count})`;
  names.set(own, 1);
  return own;
}

function timeOf(entry: Entry): number {
  const time = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  return Number.isFinite(time) ? time : 0;
}

function doOverlap(entries: readonly ZipEntry[]): boolean {
  const inOrder = entries.toSorted((a, b) => a.at - b.at);
  return inOrder.some(({ at }, place) => {
    const before = inOrder[place - 1];
    return before !== undefined && before.at + LOCAL_HEADER + before.packed > at;
  });
}

/** What the file itself could not give is not the zip's fault. */
export function asZipError(reader: ZipReader, error: unknown): StationError {
  if (reader.failure !== null) return reader.failure;
  if (error instanceof StationError) return error;
  const isLocked = error instanceof Error && error.message.includes('encryption');
  return new StationError(isLocked ? 'encrypted' : 'bad-zip', undefined, error);
}
