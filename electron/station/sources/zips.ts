/** What lies in a zip: each file in it is looked at as one on a stick is. */
import { hasDumpName, inLookingOrder, lookingOrder } from '../../../shared/dump-names.ts';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { StopSignal } from '../../../shared/stopping.ts';
import type { FileToCopy } from '../../intake/file-to-copy.ts';
import { sniff } from '../../intake/sniff.ts';
import { gzipBytes, openZip, type OpenZip, type ZipEntry } from '../../intake/zip/zip.ts';
import { isPassedOver } from '../../sources/files.ts';
import type { SourceFile } from '../../sources/source.ts';
import {
  endsLooking,
  isSaid,
  otherHalf,
  recogniseOn,
  type FoundDump,
  type OpenNamed,
  type UnusableFile,
} from './recognise.ts';

/** A dump in a zip, or what might well have been one. */
export interface FileInZip {
  /** `null`: it is the rest of the zip that was not looked at. */
  readonly entry: ZipEntry | null;
  /** The other half of a sealed bundle. */
  readonly half: ZipEntry | null;
  readonly found: FoundDump | UnusableFile;
}

interface Looking {
  /** So many are looked at more closely than by their first bytes. */
  readonly most: number;
  readonly signal?: StopSignal;
}

/**
 * Everything in a zip that is a dump, is called like one or begins like one; what is surely something else is passed over,
 * as on a stick.
 * @param folder for what is looked at
 * @throws StationError `cancelled`, `disk-full`, `source-gone`, …: then nothing can be said of the rest either
 */
export async function* filesInZip(zip: OpenZip, folder: string, looking: Looking): AsyncGenerator<FileInZip> {
  const entries = new Map(zip.entries.map((entry) => [String(entry.number), entry]));
  const files = zip.entries.map(asSourceFile);
  const open: OpenNamed = ({ file }) => zip.open(entries.get(file) as ZipEntry);
  let looked = 0;
  for (const file of inLookingOrder(files)) {
    if (looking.signal?.aborted === true) throw new StationError('cancelled');
    const entry = entries.get(file.file) as ZipEntry;
    if (isHidden(entry) || !(await isWorthALook(zip, entry))) continue;
    looked += 1;
    if (looked > looking.most) {
      yield { entry: null, half: null, found: { name: '', code: 'too-many-files' } };
      return;
    }
    const found = await lookAt(file, entry, files, open, folder);
    if (found === null) continue;
    const other = 'bundle' in found ? otherHalf(file, files) : null;
    yield { entry, half: (other === null ? null : entries.get(other.file)) ?? null, found };
  }
}

async function lookAt(
  file: SourceFile,
  { refused, name }: ZipEntry,
  files: readonly SourceFile[],
  open: OpenNamed,
  folder: string,
): Promise<FoundDump | UnusableFile | null> {
  if (refused !== null) return { name, code: refused };
  const found = await recogniseOn(file, files, open, folder, null);
  return found !== null && 'format' in found && found.format === 'zip'
    ? { name, code: 'packed-in-packed' }
    : found;
}

/** What is locked may be anything but what its name says is a picture. */
async function isWorthALook(zip: OpenZip, entry: ZipEntry): Promise<boolean> {
  if (hasDumpName(entry.name)) return true;
  if (entry.refused !== null) return entry.refused === 'encrypted' && lookingOrder(entry.name) < 2;
  return sniff(await zip.head(entry)) !== 'no';
}

function isHidden({ name }: ZipEntry): boolean {
  return name.split('/').some((part) => isPassedOver(part) || part === '__MACOSX');
}

/** As gzip, which is how it is read, a small file is longer than it is unpacked. */
function asSourceFile({ number, name, bytes, packed, method, modifiedMs }: ZipEntry): SourceFile {
  const most = Math.max(bytes, gzipBytes(packed, method === 'deflated'));
  return { file: String(number), name, bytes: most, modifiedMs };
}

/** A zip on a source is looked into so far. */
const LOOKED_AT_ON_A_SOURCE = 50;

/** Files that are zips in their make-up and nothing that people pack exports into. */
const PACKAGES: ReadonlySet<string> = new Set([
  '[Content_Types].xml',
  'AndroidManifest.xml',
  'META-INF/MANIFEST.MF',
  'mimetype',
]);

/** Looks whether a file that was recognised as a zip holds a dump. Anything else stays as it was found. */
export async function lookIntoZip<Found extends FoundDump | UnusableFile | null>(
  found: Found,
  isLikeADump: boolean,
  open: () => Promise<FileToCopy>,
  folder: string,
): Promise<Found | UnusableFile | null> {
  if (found === null || !('format' in found) || found.format !== 'zip') return found;
  const code = await whyNoDumpIn(open, folder);
  if (code === null) return found;
  return isLikeADump || isSaid(code) ? { name: found.name, code } : null;
}

async function whyNoDumpIn(open: () => Promise<FileToCopy>, folder: string): Promise<ErrorCode | null> {
  try {
    const zip = await openZip(await open(), LIMITS);
    try {
      if (zip.entries.some(({ name }) => PACKAGES.has(name))) return 'zip-without-dump';
      for await (const { found } of filesInZip(zip, folder, { most: LOOKED_AT_ON_A_SOURCE })) {
        // What cannot be used is named once the zip is taken.
        if (!('code' in found) || hasDumpName(found.name) || isSaid(found.code)) return null;
      }
      return zip.cut ?? 'zip-without-dump';
    } finally {
      await zip.close();
    }
  } catch (error) {
    if (!(error instanceof StationError) || endsLooking(error.code)) throw error;
    return error.code;
  }
}
