/**
 * The file of a parcel: one JSON value a line. First whose it is, then documents with the revisions of them that the phone
 * had, then what it is to drop, then the counts. It is named by the sha256 of its bytes, which the ledger knows.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { fieldAt, isObject, type Body } from '../../../shared/untrusted.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { removeHere, renameHere, syncFolder } from '../../disk/own-disk.ts';
import type { PhoneOf } from '../../ledger/parcels.ts';
import { checkDocument, isDeep, PARCEL_LIMITS, type CheckedDocument, type ParcelLimits } from './document.ts';

const FORMAT = 1;

export interface Manifest extends PhoneOf {
  readonly madeAt: string;
}

export interface Delete {
  readonly id: string;
  /** The one revision that the phone had. */
  readonly rev: string;
}

/** A document of a parcel and where it stands in the file. */
export interface Entry extends CheckedDocument {
  /** Revisions that the phone had of it, all of them proven to be on the server. */
  readonly leaves: readonly string[];
  readonly offset: number;
  readonly length: number;
}

/** Where a parcel lies. */
export function parcelPath(folder: string, sha256: string): string {
  return join(folder, `${sha256}.parcel`);
}

export class ParcelWriter {
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #documents = 0;
  #deletes = 0;

  private constructor(folder: string, path: string, handle: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
  }

  /** @throws StationError `disk-full`, `data-not-writable`, as all of these */
  static async begin(folder: string, manifest: Manifest): Promise<ParcelWriter> {
    const path = join(folder, `${randomUUID()}.part`);
    const writer = new ParcelWriter(folder, path, await onOwnDisk(open(path, 'wx', 0o600)));
    try {
      await writer.#line({ parcel: FORMAT, ...manifest });
      return writer;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param text the document as JSON */
  async document(text: string, leaves: readonly string[]): Promise<void> {
    this.#documents += 1;
    await this.#text(`{"leaves":${JSON.stringify(leaves)},"doc":${text}}`);
  }

  async delete(one: Delete): Promise<void> {
    this.#deletes += 1;
    await this.#line({ delete: one });
  }

  /** The file has its name, and a power cut does not take it. */
  async finish(): Promise<{ sha256: string; bytes: number; documents: number; deletes: number }> {
    const counts = { documents: this.#documents, deletes: this.#deletes };
    await this.#line({ end: counts });
    await onOwnDisk(this.#handle.sync());
    await this.#handle.close();
    const sha256 = this.#hash.digest('hex');
    await onOwnDisk(renameHere(this.#path, parcelPath(this.#folder, sha256)));
    await syncFolder(this.#folder);
    return { sha256, bytes: this.#bytes, ...counts };
  }

  /** Never throws. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await removeHere(this.#path).catch(() => {});
  }

  #line(value: object): Promise<void> {
    return this.#text(JSON.stringify(value));
  }

  async #text(text: string): Promise<void> {
    const bytes = Buffer.from(`${text}\n`);
    await onOwnDisk(this.#handle.writeFile(bytes));
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}

/** A parcel that was found to be what was written. */
export class Parcel {
  readonly manifest: Manifest;
  readonly entries: readonly Entry[];
  readonly deletes: readonly Delete[];
  readonly bytes: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, read: Pick<Parcel, 'manifest' | 'entries' | 'deletes' | 'bytes'>) {
    this.#handle = handle;
    this.manifest = read.manifest;
    this.entries = read.entries;
    this.deletes = read.deletes;
    this.bytes = read.bytes;
  }

  /**
   * Nothing of the file is looked at before its sha256 is the one that the ledger knows.
   * @throws StationError `parcel-damaged`, `parcel-too-large`, `parcel-gone`
   */
  static async open(folder: string, sha256: string, limits: ParcelLimits = PARCEL_LIMITS): Promise<Parcel> {
    const path = parcelPath(folder, sha256);
    const size = await stat(path).then(
      ({ size: bytes }) => bytes,
      () => null,
    );
    if (size === null) throw new StationError('parcel-gone');
    if (size > limits.bytes) throw new StationError('parcel-too-large');
    if ((await sha256Of(path)) !== sha256) throw new StationError('parcel-damaged');
    const read = await readLines(path, limits);
    return new Parcel(await open(path, 'r'), { ...read, bytes: size });
  }

  /** The document as JSON. */
  async document({ offset, length }: Entry): Promise<string> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#handle.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw new StationError('parcel-damaged');
    const line = JSON.parse(bytes.toString('utf8')) as unknown;
    return JSON.stringify(fieldAt(line, 'doc'));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function readLines(
  path: string,
  limits: ParcelLimits,
): Promise<Pick<Parcel, 'manifest' | 'entries' | 'deletes'>> {
  let manifest: Manifest | null = null;
  let ended = false;
  const entries: Entry[] = [];
  const deletes: Delete[] = [];
  let offset = 0;
  for await (const bytes of linesIn(path)) {
    const { length } = bytes;
    const text = bytes.toString('utf8');
    const line = parsed(text);
    if (ended || entries.length + deletes.length > limits.documents) throw damaged();
    if (manifest === null) manifest = manifestIn(line);
    else if (isObject(line['doc'])) entries.push({ ...entryIn(line, text, limits), offset, length });
    else if (isObject(line['delete'])) deletes.push(deleteIn(line['delete']));
    else ended = isEnd(line, entries.length, deletes.length);
    offset += length + 1;
  }
  const ids = [...entries, ...deletes].map(({ id }) => id);
  if (manifest === null || !ended || new Set(ids).size !== ids.length) throw damaged();
  return { manifest, entries, deletes };
}

/** JSON has no line end of its own; other signs that some readers take for one may stand in it. */
async function* linesIn(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const part of createReadStream(path)) {
    let rest = part as Buffer;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield Buffer.concat([...parts, rest.subarray(0, end)]);
      parts = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

function parsed(text: string): Body {
  try {
    const line = JSON.parse(text) as unknown;
    // The line itself, and the document in it.
    if (isObject(line) && !isDeep(line, LIMITS.depth + 1)) return line;
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

function manifestIn(line: Body): Manifest {
  const [user, server, device, databaseId, madeAt] = ['user', 'server', 'device', 'databaseId', 'madeAt'].map(
    (name) => {
      const value = line[name];
      if (typeof value !== 'string') throw damaged();
      return value;
    },
  ) as [string, string, string, string, string];
  if (line['parcel'] !== FORMAT) throw damaged();
  return { user, server, device, databaseId, madeAt };
}

function entryIn(line: Body, text: string, limits: ParcelLimits): Omit<Entry, 'offset' | 'length'> {
  const checked = checkDocument(line['doc'] as Body, text, {
    ...limits,
    documentBytes: limits.documentBytes + text.length,
  });
  const { leaves } = line;
  if (typeof checked === 'string' || !Array.isArray(leaves)) throw damaged();
  if (!(leaves as unknown[]).every((one) => typeof one === 'string')) throw damaged();
  return { ...checked, leaves: leaves as string[] };
}

function deleteIn(one: Body): Delete {
  const { id, rev } = one;
  if (typeof id !== 'string' || typeof rev !== 'string') throw damaged();
  return { id, rev };
}

function isEnd(line: Body, documents: number, deletes: number): boolean {
  if (fieldAt(line, 'end', 'documents') !== documents || fieldAt(line, 'end', 'deletes') !== deletes)
    throw damaged();
  return true;
}

function damaged(cause?: unknown): StationError {
  return new StationError('parcel-damaged', undefined, cause);
}
