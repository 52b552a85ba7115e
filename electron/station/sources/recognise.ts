/**
 * What a file on a device is, before it is copied: its beginning is put into the station's own folder and
 * recognised there, as a dump is. Files that cannot be one by their first bytes are not read any further.
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDumpName } from '../../../shared/dump-names.ts';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { DumpOnSource, Glimpse, SourceInfo } from '../../../shared/sources.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { halvesOf } from '../../intake/formats/bundle.ts';
import { glimpse, piecesOf } from '../../intake/formats/glimpse.ts';
import type { Piece } from '../../intake/formats/reckon.ts';
import { recognise, type RecognisedDump } from '../../intake/formats/recognise.ts';
import { sniff, SNIFFED, type Sniffed } from '../../intake/sniff.ts';
import type { FileToCopy } from '../../intake/file-to-copy.ts';
import type { SourceFile } from '../../sources/source.ts';

export type FoundDump = Omit<DumpOnSource, 'taken'>;

/**
 * A file that might well be a dump and cannot be used: said, so that nobody wonders where it is. So is one that has a
 * dump's name, or begins like one.
 */
export type UnusableFile = SourceInfo['unusable'][number];
const SAID: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'encrypted',
  'bad-gzip',
  'packed-7z',
  'packed-rar',
  'packed-xz',
  'packed-bzip2',
  'packed-zstd',
  'packed-tar',
  'bad-zip',
  'packed-in-packed',
  'bundle-half',
  'bad-sector',
  'not-readable',
]);

/** Said of any file, whatever it is called and however it begins. */
export function isSaid(code: ErrorCode): boolean {
  return SAID.has(code);
}

export type OpenNamed = (file: SourceFile) => Promise<FileToCopy>;

/** What is still glimpsed at of one source. */
export interface Glimpses {
  left: number;
  /** A few pieces behind the beginning may be read, too: never of a phone, where each read is slow, and no more once one failed. */
  pieces: boolean;
}

/**
 * @param others all files of the source: a sealed bundle has two halves
 * @param glimpses `null`: what it says of itself is not looked for
 * @returns `null` where it is no dump
 * @throws StationError `source-gone`, `devices-ended`, `device-stuck`: then nothing can be said of the other files either
 */
export async function recogniseOn(
  file: SourceFile,
  others: readonly SourceFile[],
  openFile: OpenNamed,
  folder: string,
  glimpses: Glimpses | null,
): Promise<FoundDump | UnusableFile | null> {
  let isLikeADump = hasDumpName(file.name);
  try {
    return await recogniseOne(
      file,
      { others, openFile, folder, glimpses },
      (seen) => (isLikeADump ||= seen === 'dump'),
    );
  } catch (error) {
    if (!(error instanceof StationError) || endsLooking(error.code)) throw error;
    return isLikeADump || isSaid(error.code) ? { name: file.name, code: error.code } : null;
  }
}

const ENDS: ReadonlySet<ErrorCode> = new Set(['source-gone', 'devices-ended', 'device-stuck', 'disk-full']);

/** After this nothing can be said of the other files either. */
export function endsLooking(code: ErrorCode): boolean {
  return ENDS.has(code);
}

interface Around {
  readonly others: readonly SourceFile[];
  readonly openFile: OpenNamed;
  readonly folder: string;
  readonly glimpses: Glimpses | null;
}

async function recogniseOne(
  file: SourceFile,
  around: Around,
  saw: (seen: Sniffed) => void,
): Promise<FoundDump | null> {
  const { others, openFile } = around;
  if (file.bytes === 0) throw new StationError('empty-file');
  const opened = await openFile(file);
  let head: Uint8Array;
  try {
    const first = await readHead(opened, Math.min(SNIFFED, file.bytes));
    const seen = sniff(first);
    saw(seen);
    if (seen === 'no' && !hasDumpName(file.name)) return null;
    head =
      first.length < file.bytes ? await readHead(opened, Math.min(LIMITS.recogniseBytes, file.bytes)) : first;
  } finally {
    await opened.close();
  }
  const { found, said } = await recogniseHeads(file, head, otherHalf(file, others), around);
  return found.isEnvelope === true ? null : foundDump(file, found, said);
}

/** The other file of the pair, where this may be half of a sealed bundle. */
export function otherHalf(file: SourceFile, others: readonly SourceFile[]): SourceFile | null {
  const { sealed, envelope } = halvesOf(file.name);
  const name = file.name === sealed ? envelope : file.name === envelope ? sealed : null;
  return others.find((other) => other.name === name) ?? null;
}

export function foundDump(
  file: SourceFile,
  { format, bundle }: RecognisedDump,
  said: Glimpse | null,
): FoundDump {
  return {
    file: file.file,
    name: file.name,
    bytes: file.bytes,
    modifiedAt: new Date(file.modifiedMs).toISOString(),
    format,
    ...(bundle === undefined
      ? {}
      : {
          bundle: {
            user: bundle.user ?? null,
            device: bundle.device ?? null,
            number: bundle.number ?? null,
            bytes: bundle.bytes,
            matches: bundle.matches ?? null,
          },
        }),
    ...(said === null ? {} : { glimpse: said }),
  };
}

async function recogniseHeads(
  file: SourceFile,
  head: Uint8Array,
  other: SourceFile | null,
  { openFile, folder, glimpses }: Around,
): Promise<{ readonly found: RecognisedDump; readonly said: Glimpse | null }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await mkdtemp(join(folder, 'head-'));
  try {
    const path = join(place, nameOf(file));
    await writeFile(path, head, { mode: 0o600 });
    if (other !== null && other.bytes > 0) {
      const opened = await openFile(other);
      try {
        const most = Math.min(LIMITS.bundleEnvelopeBytes, other.bytes);
        await writeFile(join(place, nameOf(other)), await readHead(opened, most), { mode: 0o600 });
      } finally {
        await opened.close();
      }
    }
    const found = await recognise(path);
    const said = await glimpseOnce(path, found, file, glimpses, () => openFile(file));
    return { found, said };
  } finally {
    await removeFolderHere(place);
  }
}

/**
 * What a recognised file says of itself, as long as there is something left to glimpse at.
 * @param path the file, or its beginning
 */
export async function glimpseOnce(
  path: string,
  found: RecognisedDump,
  file: Pick<SourceFile, 'name' | 'bytes'>,
  glimpses: Glimpses | null,
  open: () => Promise<FileToCopy>,
): Promise<Glimpse | null> {
  if (glimpses === null || glimpses.left <= 0) return null;
  glimpses.left -= 1;
  const pieces = glimpses.pieces ? await readPieces(piecesOf(found, file.bytes), open) : [];
  if (pieces === 'failed') glimpses.pieces = false;
  try {
    return await glimpse(path, found, { ...file, pieces: pieces === 'failed' ? [] : pieces });
  } catch (error) {
    // Why it cannot be read is said when it is imported.
    if (error instanceof StationError) return null;
    throw error;
  }
}

/** That a piece cannot be read is said when the file is imported; here it is only not seen. */
async function readPieces(
  wanted: readonly Piece[],
  open: () => Promise<FileToCopy>,
): Promise<readonly Uint8Array[] | 'failed'> {
  if (wanted.length === 0) return [];
  try {
    const opened = await open();
    try {
      const pieces: Uint8Array[] = [];
      for (const { offset, length } of wanted) pieces.push(await opened.read(offset, length));
      return pieces;
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof StationError) return 'failed';
    throw error;
  }
}

/** The halves of a bundle find each other by their names; a name from a device need not be one on this computer. */
function nameOf({ name }: SourceFile): string {
  return `head${/\.(?:bundle|json)$/i.exec(name)?.[0].toLowerCase() ?? ''}`;
}

async function readHead(file: FileToCopy, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let have = 0;
  while (have < length) {
    const part = await file.read(have, length - have);
    if (part.length === 0) break;
    parts.push(part);
    have += part.length;
  }
  return Buffer.concat(parts);
}
