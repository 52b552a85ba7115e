/**
 * The files in a backup stand one after another as `tar` puts them (POSIX ustar), so that what was unsealed can be read
 * without the station. Only what the station writes is read: plain files, with names of its own folders. A backup comes
 * from whoever hands one over, so each length and name is looked at before anything is done with it.
 */
import { StationError } from '../../shared/errors.ts';

const BLOCK = 512;

/** Up to here a size fits into the eleven octal digits of a header. */
const OCTAL_BYTES = 8 ** 11;

/** Where a field of a header begins, and how long it is. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;

type Field = keyof typeof FIELDS;

/** A file of an archive: what is said of it, and then its bytes. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** @param name of at most 100 signs of ASCII */
export function headerOf(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (field: Field, text: string): void => void header.write(text, FIELDS[field][0], 'latin1');
  put('name', name);
  put('mode', '0000600\0');
  put('uid', '0000000\0');
  put('gid', '0000000\0');
  if (bytes < OCTAL_BYTES) put('size', `${bytes.toString(8).padStart(11, '0')}\0`);
  else {
    // GNU's way for larger ones: the number itself, marked by its first bit.
    header[FIELDS.size[0]] = 0x80;
    header.writeBigUInt64BE(BigInt(bytes), FIELDS.size[0] + 4);
  }
  put('mtime', '00000000000\0');
  put('type', '0');
  put('magic', 'ustar\x0000');
  put('sum', `${sumOf(header).toString(8).padStart(6, '0')}\0 `);
  return header;
}

/** All bytes of a header, its own sum read as blanks. */
function sumOf(header: Buffer): number {
  const [from, length] = FIELDS.sum;
  let sum = length * 0x20;
  for (const [at, byte] of header.entries()) if (at < from || at >= from + length) sum += byte;
  return sum;
}

/** What fills the last block of a file. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

/** What stands behind the last file. */
export const ARCHIVE_END = Buffer.alloc(2 * BLOCK);

/** Name and size; `null`: the end of the archive. @throws StationError `backup-odd`: nothing that the station writes */
export function readHeader(header: Buffer): { readonly name: string; readonly bytes: number } | null {
  if (header.every((byte) => byte === 0)) return null;
  const of = (field: Field): string => {
    const [from, length] = FIELDS[field];
    return header.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  };
  const bytes =
    header[FIELDS.size[0]] === 0x80
      ? Number(header.readBigUInt64BE(FIELDS.size[0] + 4))
      : parseInt(of('size'), 8);
  // Written anew from what was understood, it is the same header, or it holds more than the station writes.
  if (!Number.isSafeInteger(bytes) || !headerOf(of('name'), bytes).equals(header))
    throw new StationError('backup-odd');
  return { name: of('name'), bytes };
}

/** Bytes of a stream, taken in the amounts that are wanted. */
export class Taking {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes as they come, at most `most`. @throws StationError `backup-odd`: there are none any more */
  async some(most: number): Promise<Uint8Array> {
    while (this.#left.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new StationError('backup-odd');
      this.#left = value;
    }
    const some = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(some.length);
    return some;
  }

  /** Exactly so many. */
  async exactly(bytes: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let missing = bytes; missing > 0; missing -= parts.at(-1)?.length ?? 0)
      parts.push(await this.some(missing));
    return Buffer.concat(parts, bytes);
  }

  async block(): Promise<Buffer> {
    return this.exactly(BLOCK);
  }

  /** That nothing follows, and that what was sealed is all there. @throws StationError `backup-odd`, as `unseal` */
  async end(): Promise<void> {
    if (this.#left.length > 0) throw new StationError('backup-odd');
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return;
      if (value.length > 0) throw new StationError('backup-odd');
    }
  }

  /** Lets go of what the bytes come from. */
  async release(): Promise<void> {
    await this.#chunks.return?.();
  }
}
