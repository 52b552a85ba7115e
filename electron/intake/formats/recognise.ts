/**
 * What kind of dump is this? Found by content, never by name or extension. Only the beginning is read, so
 * that a folder full of large files is looked through quickly.
 */
import type { DumpFormat, Recognised } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import { AGE_HEADER, type Bundle, halvesOf, isEnvelopeHalf, readBundle } from './bundle.ts';
import { skipBlanksAndZeros } from './blanks.ts';
import { dumpBytes } from './dump-bytes.ts';
import { isOtherKind, isZip, packingOf, whyNoDump } from './no-dump.ts';
import { peek, type Peek } from './peek.ts';
import type { Header } from './reader.ts';
import { isFields } from './fields.ts';
import { encodingOf, Transcoder, type Encoding } from './transcode.ts';
import { openStored, type StoredFile } from './stored-file.ts';

/** How the records of a format lie in the bytes, where one format has several ways. */
export type Layout = 'object' | 'lines';

export interface RecognisedDump extends Recognised {
  readonly layout: Layout;
  readonly encoding: Encoding;
  /** Bytes before the first that counts: a byte order mark. In UTF-16 it is passed over before anything is counted. */
  readonly skip: number;
  /** The first line of formats that have one. */
  readonly header?: Header;
  /** Who sent it, for `cht-bundle`. */
  readonly bundle?: Bundle;
  /** The small half of a `cht-bundle`: the dump is the other file beside it. */
  readonly isEnvelope?: true;
}

/** The version of our own format that this station reads. */
const STATION_VERSION = 1;
const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Recognises a file.
 * @throws StationError why it is no dump: `empty-file`, `only-zeros`, `web-page`, `packed-7z` … (`no-dump.ts`), `encrypted`,
 *   `bundle-half`, `bad-gzip`, `bad-utf16`, `not-a-dump`; or `is-folder`, `link-skipped`, `source-gone`, `not-readable`,
 *   `bad-sector`
 */
export async function recognise(path: string, limits: Limits = LIMITS): Promise<RecognisedDump> {
  const file = await openStored(path);
  try {
    return await recogniseStored(path, file, limits);
  } catch (error) {
    throw isOfSystem(error) ? asReadError(error) : error;
  } finally {
    await file.handle.close();
  }
}

/** What the system says of a file by a number of errno(3), not what we or Node find wrong. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}

export async function recogniseStored(
  path: string,
  file: StoredFile,
  limits: Limits,
  signal?: AbortSignal,
): Promise<RecognisedDump> {
  if (file.size === 0) throw new StationError('empty-file');
  const first = Buffer.alloc(GZIP.length);
  await file.handle.read(first, 0, first.length, 0);
  const compressed = first.equals(GZIP);
  const { head, isCut } = await headOf(file, compressed, limits, signal);
  if (isZip(head)) {
    if (compressed) throw new StationError('packed-in-packed');
    return { ...PACKED, format: 'zip', compressed };
  }
  const isBundle = !compressed && head.toString('latin1', 0, AGE_HEADER.length) === AGE_HEADER;
  if (isBundle) {
    const bundle = await readBundle(path, head, file.size, limits);
    return { ...PACKED, format: 'cht-bundle', compressed, bundle };
  }
  const recognised = orCut(isCut, () => recogniseHead(head));
  if (recognised !== 'bundle-envelope') return { ...recognised, compressed };
  const sealed = await openStored(halvesOf(path).sealed).catch((error: unknown) => {
    throw new StationError('bundle-half', undefined, error);
  });
  await sealed.handle.close();
  return { ...PACKED, format: 'cht-bundle', compressed, isEnvelope: true };
}

/** What was cut before it could be recognised is first of all cut. */
function orCut<Value>(isCut: boolean, recognised: () => Value): Value {
  try {
    return recognised();
  } catch (error) {
    const isUnknown =
      error instanceof StationError && (error.code === 'not-a-dump' || error.code === 'empty-file');
    throw isCut && isUnknown ? new StationError('cut-gzip', undefined, error) : error;
  }
}

/** A file that is no text. */
const PACKED = { layout: 'object', encoding: 'utf-8', skip: 0 } as const;

/** `isCut`: the packed bytes end in the middle, before so much of the dump came as is looked at. */
async function headOf(
  file: StoredFile,
  compressed: boolean,
  limits: Limits,
  signal?: AbortSignal,
): Promise<{ readonly head: Buffer; readonly isCut: boolean }> {
  const parts: Buffer[] = [];
  let length = 0;
  let isCut = false;
  const small = { ...limits, blockBytes: Math.min(limits.blockBytes, 64 * 1024) };
  const bytes = dumpBytes(file, { compressed, encoding: 'utf-8', skip: 0 }, small, signal);
  try {
    while (length < limits.recogniseBytes) {
      const step = await bytes.next();
      if (step.done === true) {
        if (step.value === 'bad-gzip' && length === 0) throw new StationError('bad-gzip');
        isCut = step.value === 'cut-off';
        break;
      }
      parts.push(Buffer.from(step.value.bytes));
      length += step.value.bytes.length;
    }
  } finally {
    await bytes.return('whole');
  }
  return { head: Buffer.concat(parts).subarray(0, limits.recogniseBytes), isCut };
}

/**
 * Recognises the first bytes of a dump, unpacked.
 * @throws StationError why it is no dump
 */
export function recogniseHead(head: Buffer): Omit<RecognisedDump, 'compressed'> | 'bundle-envelope' {
  const packing = packingOf(head);
  if (packing !== undefined) throw new StationError(packing);
  if (isOtherKind(head)) throw new StationError('other-kind');
  const { encoding, mark } = encodingOf(head);
  if (encoding === 'utf-8') {
    const recognised = recogniseText(head, mark);
    return recognised === 'bundle-envelope' ? recognised : { ...recognised, encoding, skip: mark };
  }
  const text = new Transcoder(encoding).push(head.subarray(mark));
  try {
    const recognised = recogniseText(text, 0);
    return recognised === 'bundle-envelope' ? recognised : { ...recognised, encoding, skip: mark };
  } catch (error) {
    throw new StationError(
      error instanceof StationError && error.code !== 'not-a-dump' ? error.code : 'bad-utf16',
    );
  }
}

function recogniseText(head: Buffer, from: number): Found | 'bundle-envelope' {
  const begin = skipBlanksAndZeros(head, from, head.length);
  if (begin === head.length)
    throw new StationError(head.indexOf(0, from) === -1 ? 'empty-file' : 'only-zeros');
  const rest = head.toString('latin1', begin);
  const why = whyNoDump(rest);
  if (why !== undefined) throw new StationError(why);
  if (rest[0] !== '{' && rest[0] !== '[') throw new StationError('not-a-dump');
  const seen = peek(rest);
  const after = seen.end === undefined ? '' : rest.slice(seen.end).trimStart();
  if (isBundleEnvelope(rest, seen)) return 'bundle-envelope';
  const found = rest[0] === '[' ? formatOfArray(seen, after) : formatOfObject(rest, seen);
  if (found === undefined) throw new StationError('not-a-dump');
  if (found.format === 'station') checkVersion(rest.slice(0, seen.end));
  const header = HEADED.has(found.format) ? headerOf(rest.slice(0, seen.end)) : undefined;
  return header === undefined ? found : { ...found, header };
}

/** Formats whose first line is a header that matters while the rest is read. */
const HEADED: ReadonlySet<DumpFormat> = new Set(['replication-stream', 'couchbackup']);

function headerOf(line: string): Header | undefined {
  const value = parse(line);
  return isFields(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type Found = Pick<RecognisedDump, 'format' | 'layout' | 'header'>;

function formatOfArray({ paths, compact, end }: Peek, after: string): Found | undefined {
  if (paths.has('0.doc') && paths.has('0.value')) return { format: 'wrapped-docs', layout: 'object' };
  if (paths.has('0.ok') || paths.has('0.missing')) return { format: 'bulk-get', layout: 'object' };
  const isDocument = ['_id', '_rev', '_attachments'].some((key) => paths.has(`0.${key}`));
  // An empty array is an empty list of documents; one of anything else is no dump.
  if (!isDocument && (paths.has('0') || end === undefined)) return undefined;
  // One array a line. A single such line is only known by the histories that couchbackup always asks for.
  const lines = after.startsWith('[') || (compact && end === undefined && paths.has('0._revisions'));
  return lines ? { format: 'couchbackup', layout: 'lines' } : { format: 'docs', layout: 'object' };
}

function formatOfObject(text: string, { paths, compact, plainSlash, end }: Peek): Found | undefined {
  const has = (...wanted: readonly string[]) => wanted.every((path) => paths.has(path));
  // A document may have any other field, also one called `docs` or `rows`; what is around documents has no id.
  if (has('_id')) return { format: 'ndjson', layout: 'lines' };
  if (has('format') && /"format"\s*:\s*"station"/.test(text.slice(0, end))) {
    return { format: 'station', layout: 'lines' };
  }
  if (has('name', 'version') && text.slice(0, 200).includes('@cloudant/couchbackup')) {
    return { format: 'couchbackup', layout: 'lines' };
  }
  if (has('db_type', 'db_info')) return { format: 'replication-stream', layout: 'lines' };
  if (has('rows')) return { format: 'all-docs', layout: 'object' };
  if (has('docs')) {
    if (has('docs.0.doc', 'docs.0.value')) return { format: 'wrapped-docs', layout: 'object' };
    const fromAndroid = has('docs.0._id', 'docs.end') && !has('docs.0._rev') && compact && !plainSlash;
    return { format: fromAndroid ? 'cht-android-300' : 'docs', layout: 'object' };
  }
  if (has('results')) {
    if (has('results.0.id', 'results.0.docs')) return { format: 'bulk-get', layout: 'object' };
    const isChanges = has('results.0.changes') || has('results.0.seq') || !has('results.0');
    return isChanges ? { format: 'changes', layout: 'object' } : undefined;
  }
  if (has('changes') && (has('id') || has('seq'))) return { format: 'changes', layout: 'lines' };
  if (has('last_seq')) return { format: 'changes', layout: 'lines' };
  if (has('id', 'key', 'value')) return { format: 'ndjson', layout: 'lines' };
  // A first document so large that its id was not seen yet.
  if (end === undefined && (has('_rev') || has('_attachments'))) return { format: 'ndjson', layout: 'lines' };
  return undefined;
}

/** A damaged manifest is met by the reader; a version that is not known must not be guessed at. */
function checkVersion(manifest: string): void {
  const version = /"version"\s*:\s*("[^"]{0,20}"|[\d.]{1,20})/.exec(manifest)?.[1];
  if (version !== undefined && version !== String(STATION_VERSION)) {
    throw new StationError('not-a-dump', `station format, version ${version}`);
  }
}

function isBundleEnvelope(text: string, { paths, end }: Peek): boolean {
  if (!paths.has('envelope') || !paths.has('signature') || end === undefined || paths.has('_id'))
    return false;
  return isEnvelopeHalf(parse(text.slice(0, end)));
}
