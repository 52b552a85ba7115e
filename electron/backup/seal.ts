/**
 * The seal of a backup: a passphrase, and what comes through in pieces of which none can be changed, left out, moved or
 * cut off unseen. Made of what Node has: scrypt for the passphrase, AES-256-GCM for each piece, its number and whether it
 * is the last in its nonce (the STREAM construction, as the file format `age` uses it). docs/formats.md has the layout.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { StationError } from '../../shared/errors.ts';

/** The first line of each backup; the number is that of the layout. */
const MAGIC = 'cht-station-backup/';
const VERSION = 1;

/** Bytes that are sealed in one piece; only the last may be shorter. */
export const PIECE = 64 * 1024;
const TAG = 16;
const CIPHER = 'aes-256-gcm';

/** 2 to the power of this is what a guess at the passphrase costs: 256 MB and about a second. */
const WORK = 18;
/** What a file may ask of this computer: half a gigabyte for a moment. */
const MOST_WORK = 19;

const BEGINNING = new RegExp(
  String.raw`^${MAGIC}(?<version>\d{1,4})\nscrypt (?<salt>[\w-]{22}) (?<work>\d\d)\n(?<check>[\w-]{43})\n$`,
);

function beginning(salt: Buffer, work: number): string {
  return `${MAGIC}${VERSION}\nscrypt ${salt.toString('base64url')} ${String(work).padStart(2, '0')}\n`;
}

/** As long as each beginning is, with its check. */
const BEGINNING_BYTES = beginning(Buffer.alloc(16), WORK).length + 44;

/** What the passphrase gives for one file: what seals its pieces, and what tells that the passphrase is right. */
async function keysOf(passphrase: string, salt: Buffer, work: number) {
  // The same signs are other bytes on another keyboard or system, unless they are brought to one form.
  const typed = Buffer.from(passphrase.normalize('NFC'));
  const cost = 2 ** work;
  const secret = await new Promise<Buffer>((resolve, reject) => {
    const maxmem = 128 * 8 * cost + 1024 * 1024;
    scrypt(typed, salt, 32, { N: cost, r: 8, p: 1, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
  const of = (what: string): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, `${MAGIC}${what}`, 32));
  const check = createHmac('sha256', of('beginning')).update(beginning(salt, work)).digest();
  return { pieces: of('pieces'), check };
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Gathers what comes into pieces of exactly `size` bytes; the last one is what is left, and may be empty. */
async function* piecesOf(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    length += chunk.length;
    // One more byte than a piece: only then it is known not to be the last.
    if (length <= size) continue;
    const all = Buffer.concat(waiting, length);
    let at = 0;
    for (; length - at > size; at += size) yield { bytes: all.subarray(at, at + size), isLast: false };
    waiting = [all.subarray(at)];
    length -= at;
  }
  yield { bytes: Buffer.concat(waiting, length), isLast: true };
}

/**
 * Seals what comes, as it comes.
 * @param how `work`: the cost of a guess, as a power of two; less only for tests
 */
export async function* seal(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  passphrase: string,
  { work = WORK }: { readonly work?: number } = {},
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(16);
  const keys = await keysOf(passphrase, salt, work);
  yield Buffer.from(`${beginning(salt, work)}${keys.check.toString('base64url')}\n`);
  let number = 0;
  for await (const { bytes, isLast } of piecesOf(source, PIECE)) {
    const cipher = createCipheriv(CIPHER, keys.pieces, nonceOf(number, isLast), { authTagLength: TAG });
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** How many bytes a seal makes of so many. */
export function sealedBytes(bytes: number): number {
  return BEGINNING_BYTES + bytes + TAG * Math.max(1, Math.ceil(bytes / PIECE));
}

/** Whether these are the first bytes of a backup, as far as they go. */
export function isBeginning(first: Uint8Array): boolean {
  const text = Buffer.from(first).toString('latin1', 0, MAGIC.length);
  return text.length > 0 && MAGIC.startsWith(text);
}

/**
 * What was sealed, as it comes. Nothing of a piece is handed on before it is known to be right; that it is all there is
 * known when it ends without an error, and not before.
 * @throws StationError `backup-cut`, `backup-damaged`, `backup-foreign`, `backup-too-new`, `backup-passphrase`
 */
export async function* unseal(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array> {
  const chunks = (async function* () {
    yield* source;
  })();
  try {
    const { head, rest } = await splitBeginning(chunks);
    const { salt, work, check } = readBeginning(head);
    const keys = await keysOf(passphrase, salt, work);
    if (!timingSafeEqual(keys.check, check)) throw new StationError('backup-passphrase');
    let number = 0;
    for await (const { bytes, isLast } of piecesOf(rest, PIECE + TAG)) {
      const opened = openPiece(keys.pieces, bytes, number, isLast);
      // Right or not, the end came where no end was sealed.
      if (opened === null) throw new StationError(isLast ? 'backup-cut' : 'backup-damaged');
      yield opened;
      number += 1;
    }
  } finally {
    // A file stays open else, where it was not read to its end.
    await chunks.return();
  }
}

function openPiece(key: Buffer, bytes: Buffer, number: number, isLast: boolean): Buffer | null {
  if (bytes.length < TAG) return null;
  const end = bytes.length - TAG;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number, isLast), { authTagLength: TAG });
  decipher.setAuthTag(bytes.subarray(end));
  const opened = decipher.update(bytes.subarray(0, end));
  try {
    decipher.final();
    return opened;
  } catch {
    return null;
  }
}

function readBeginning(head: Buffer) {
  const text = head.toString('latin1');
  if (!text.startsWith(MAGIC.slice(0, text.length))) throw new StationError('backup-foreign');
  const version = /^[^\n]*\/(\d{1,4})\n/.exec(text)?.[1];
  if (version !== undefined && Number(version) > VERSION) throw new StationError('backup-too-new');
  if (head.length < BEGINNING_BYTES) throw new StationError('backup-cut');
  const found = BEGINNING.exec(text)?.groups;
  const work = Number(found?.['work']);
  if (found === undefined || !(work > 0 && work <= MOST_WORK) || Number(version) !== VERSION)
    throw new StationError('backup-damaged');
  const bytes = (name: string): Buffer => Buffer.from(found[name] ?? '', 'base64url');
  return { salt: bytes('salt'), work, check: bytes('check') };
}

/** The first bytes, and what follows them. A file that is shorter gives fewer, and nothing behind them. */
async function splitBeginning(
  chunks: AsyncGenerator<Uint8Array>,
): Promise<{ head: Buffer; rest: AsyncGenerator<Uint8Array> }> {
  let head = Buffer.alloc(0);
  while (head.length < BEGINNING_BYTES) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
    // What is no backup need not be read any further.
    if (!isBeginning(head)) break;
  }
  const first = head.subarray(BEGINNING_BYTES);
  return {
    head: head.subarray(0, BEGINNING_BYTES),
    rest: (async function* () {
      yield first;
      yield* chunks;
    })(),
  };
}
