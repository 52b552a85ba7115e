/**
 * What is in a backup: first what it is (`backup.json`), then the files of the data folder, last the list of all files
 * with their sha256 (`manifest.json`). It is written and read as a stream: however large a file is, a piece of it is held.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { StationError } from '../../shared/errors.ts';
import { ARCHIVE_END, headerOf, padding, readHeader, Taking, type ArchiveFile } from './tar.ts';

const ABOUT = 'backup.json';
const MANIFEST = 'manifest.json';

/** The layout of the archive; a newer one is refused. */
const VERSION = 1;

/** Whatever a stranger puts into a backup, it is no more than this. */
const LIMITS = {
  files: 200_000,
  /** Of all files together: more than any disk of a facility. */
  bytes: 4 * 1024 ** 4,
  /** Of `backup.json`. */
  about: 64 * 1024,
  /** Of each file in the list. */
  listed: 300,
};

/**
 * Where a file of a backup may lie, under names that the station itself gives: nothing leads out of the data folder, and
 * Windows takes each of them.
 */
const PLACES = [
  /^ledger\.sqlite$/,
  /^replica\/(?:CURRENT|MANIFEST-\d{1,12}|\d{1,12}\.(?:ldb|sst|log))$/,
  /^dumps\/[\da-f]{64}\.(?:dump|dump\.json|about)$/,
  /^made\/[\da-f]{64}\.json$/,
  /^parcels\/[\da-f]{64}\.parcel$/,
];

/** Whether the station may have a file of this name in its data folder, and in a backup. */
export function isPlace(name: string): boolean {
  return PLACES.some((place) => place.test(name));
}

const text = v.pipe(v.string(), v.maxLength(200));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const AboutSchema = v.object({
  version: v.literal(VERSION),
  /** When it was begun, ISO 8601. */
  at: v.pipe(v.string(), v.isoTimestamp()),
  /** The station's name. */
  station: text,
  /** The last entry of the history, and its hash; `null`: nothing was written yet. */
  head: v.nullable(v.object({ entries: count, hash: v.pipe(v.string(), v.regex(/^[\da-f]{64}$/)) })),
  /** The records are in a replica that several stations share, which is not in the backup. */
  isShared: v.boolean(),
  /** What the files come to, so that it is known whether there is room. */
  files: count,
  bytes: count,
});

/** What a backup says of itself. */
export type About = v.InferOutput<typeof AboutSchema>;

const ManifestSchema = v.object({
  version: v.literal(VERSION),
  files: v.array(v.object({ name: text, bytes: count, sha256: v.string() })),
});

type Manifest = v.InferOutput<typeof ManifestSchema>;

export type { ArchiveFile };

/** The bytes of an archive. @throws Error a file is shorter or longer than it was said to be */
export async function* writeArchive(
  about: Omit<About, 'version'>,
  files: AsyncIterable<ArchiveFile>,
): AsyncGenerator<Uint8Array> {
  // What could not be read again is not written.
  if (about.files > LIMITS.files || about.bytes > LIMITS.bytes) throw new Error('too much for a backup');
  const manifest: Manifest['files'] = [];
  yield* small(ABOUT, { version: VERSION, ...about });
  for await (const { name, bytes, content } of files) {
    if (!isPlace(name)) throw new Error('a file of a name that no backup takes');
    yield headerOf(name, bytes);
    const hash = createHash('sha256');
    let written = 0;
    for await (const chunk of content) {
      hash.update(chunk);
      written += chunk.length;
      yield chunk;
    }
    if (written !== bytes) throw new Error('a file changed while it was copied');
    yield padding(bytes);
    manifest.push({ name, bytes, sha256: hash.digest('hex') });
  }
  const bytes = manifest.reduce((sum, file) => sum + file.bytes, 0);
  if (manifest.length !== about.files || bytes !== about.bytes) throw new Error('other files than were said');
  yield* small(MANIFEST, { version: VERSION, files: manifest });
  yield ARCHIVE_END;
}

function* small(name: string, value: unknown): Generator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(value));
  yield headerOf(name, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

/** What is done with an archive while it is read. */
export interface Receiver {
  /** Called first. What it throws ends the reading. */
  about(about: About): Promise<void>;
  /** Called for each file, with its bytes, all of which have to be taken. */
  file(file: ArchiveFile): Promise<void>;
}

/**
 * Reads an archive to its end. Only when it returns is all of it known to be as it was written.
 * @throws StationError `backup-odd`: more or other than the station writes; `backup-too-new`; `backup-damaged`: a digest is
 *   not that of its file; whatever the source throws
 */
export async function readArchive(source: AsyncIterable<Uint8Array>, receiver: Receiver): Promise<About> {
  const taking = new Taking(source);
  try {
    const about = aboutOf(await smallOf(taking, ABOUT, LIMITS.about));
    await receiver.about(about);
    const seen = new Map<string, { readonly bytes: number; readonly sha256: string }>();
    let all = 0;
    for (;;) {
      const header = readHeader(await taking.block());
      if (header === null) throw new StationError('backup-odd');
      const { name, bytes } = header;
      if (name === MANIFEST) {
        compareWith(seen, await contentOf(taking, bytes, 1024 + LIMITS.listed * seen.size));
        break;
      }
      all += bytes;
      // On Windows and macOS, names that differ in their capitals are one file.
      const isSecond = seen.has(name.toLowerCase());
      if (
        !isPlace(name) ||
        isSecond ||
        seen.size >= LIMITS.files ||
        all > Math.min(about.bytes, LIMITS.bytes)
      )
        throw new StationError('backup-odd');
      const hash = createHash('sha256');
      let left = bytes;
      const content = (async function* () {
        while (left > 0) {
          const chunk = await taking.some(left);
          left -= chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      })();
      await receiver.file({ name, bytes, content });
      if (left > 0) throw new Error('not all of a file was taken');
      await pad(taking, bytes);
      seen.set(name.toLowerCase(), { bytes, sha256: hash.digest('hex') });
    }
    if (!(await taking.exactly(ARCHIVE_END.length)).equals(ARCHIVE_END)) throw new StationError('backup-odd');
    await taking.end();
    if (seen.size !== about.files || all !== about.bytes) throw new StationError('backup-odd');
    return about;
  } finally {
    await taking.release();
  }
}

async function smallOf(taking: Taking, name: string, most: number): Promise<unknown> {
  const header = readHeader(await taking.block());
  if (header?.name !== name) throw new StationError('backup-odd');
  return contentOf(taking, header.bytes, most);
}

async function contentOf(taking: Taking, bytes: number, most: number): Promise<unknown> {
  if (bytes > most) throw new StationError('backup-odd');
  const content = await taking.exactly(bytes);
  await pad(taking, bytes);
  try {
    return JSON.parse(content.toString('utf8')) as unknown;
  } catch (error) {
    throw new StationError('backup-odd', undefined, error);
  }
}

async function pad(taking: Taking, bytes: number): Promise<void> {
  const expected = padding(bytes);
  if (!(await taking.exactly(expected.length)).equals(expected)) throw new StationError('backup-odd');
}

function aboutOf(value: unknown): About {
  const { success, output } = v.safeParse(AboutSchema, value);
  if (success) return output;
  const version = v.safeParse(v.object({ version: v.number() }), value);
  const isNewer = version.success && version.output.version > VERSION;
  throw new StationError(isNewer ? 'backup-too-new' : 'backup-odd');
}

function compareWith(
  seen: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>,
  value: unknown,
): void {
  const { success, output } = v.safeParse(ManifestSchema, value);
  if (!success || output.files.length !== seen.size) throw new StationError('backup-odd');
  for (const { name, bytes, sha256 } of output.files) {
    const file = seen.get(name.toLowerCase());
    if (file?.bytes !== bytes) throw new StationError('backup-odd');
    if (file.sha256 !== sha256) throw new StationError('backup-damaged');
  }
}
