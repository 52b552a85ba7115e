/** The bytes of an attachment, from the ways in which dumps write them. */
import { isBlank } from './blanks.ts';
import { ListedBytes, type Base64, type Lifted } from './lifted.ts';

/** Why there are no bytes. */
export type NoBytes = 'none' | 'bad' | 'too-large';

/** A multiple of 4: pieces of base64 of this length decode on their own. */
const PIECE = 64 * 1024;

/**
 * Bytes of their own, which may be given to another thread. `written` is base64, or what Node's JSON makes of
 * a buffer, `{type: 'Buffer', data: [numbers]}`: that is how `pouchdb-replication-stream` writes attachments.
 */
export function decodeData(written: unknown, lifted: Lifted, maximum: number): Buffer | NoBytes {
  const value = lifted.resolve(written);
  if (typeof value === 'string' || Buffer.isBuffer(value)) return decodeBase64(value, maximum);
  if (typeof value !== 'object' || value === null) return 'none';
  const { type, data: list } = value as { readonly type?: unknown; readonly data?: unknown };
  const data = lifted.resolve(list);
  if (type === 'Buffer' && data instanceof ListedBytes)
    return data.bytes.length > maximum ? 'too-large' : data.bytes;
  if (type !== 'Buffer' || !Array.isArray(data)) return 'none';
  if (data.length > maximum) return 'too-large';
  const bytes = Buffer.allocUnsafeSlow(data.length);
  for (let at = 0; at < data.length; at += 1) {
    const byte: unknown = data[at];
    if (typeof byte !== 'number' || (byte & 0xff) !== byte) return 'bad';
    bytes[at] = byte;
  }
  return bytes;
}

/**
 * Base64 (RFC 4648 section 4, padded). Line ends and blanks in it mean nothing, as for the databases: many encoders
 * write lines of 76 characters. Anything else is damage. Node skips what is no base64 and ends at padding; the length then tells.
 */
export function decodeBase64(text: Base64, maximum: number): Buffer | NoBytes {
  const data = withoutBlanks(text);
  const { length } = data;
  if (length % 4 !== 0) return 'bad';
  const size = (length / 4) * 3 - paddingOf(data);
  if (size > maximum) return 'too-large';
  const bytes = Buffer.allocUnsafeSlow(size);
  let written = 0;
  for (let from = 0; from < length; from += PIECE) {
    const to = Math.min(from + PIECE, length);
    const piece = typeof data === 'string' ? data.slice(from, to) : data.toString('latin1', from, to);
    // Node also takes the alphabet for URLs.
    if (piece.includes('-') || piece.includes('_')) return 'bad';
    written += bytes.write(piece, written, 'base64');
  }
  return written === size ? bytes : 'bad';
}

function withoutBlanks(data: Base64): Base64 {
  if (typeof data === 'string') return /\s/.test(data) ? data.replace(/[ \t\r\n]+/g, '') : data;
  if (!BLANKS.some((blank) => data.includes(blank))) return data;
  const rest = Buffer.allocUnsafe(data.length);
  let length = 0;
  for (const byte of data) {
    if (isBlank(byte)) continue;
    rest[length] = byte;
    length += 1;
  }
  return rest.subarray(0, length);
}

const BLANKS = [0x0a, 0x0d, 0x20, 0x09] as const;

function paddingOf(data: Base64): number {
  const isPadding = (at: number) => (typeof data === 'string' ? data[at] === '=' : data[at] === 0x3d);
  if (data.length === 0 || !isPadding(data.length - 1)) return 0;
  return isPadding(data.length - 2) ? 2 : 1;
}
