/** Looks at the first bytes of a file that is slow to read: phones hold thousands of pictures. */
import { mayBeBlank, skipBlanksAndZeros } from './formats/blanks.ts';
import { AGE_HEADER } from './formats/bundle.ts';
import { OPEN_ARRAY, OPEN_OBJECT } from './formats/json-bytes.ts';
import { isZip, packingOf } from './formats/no-dump.ts';
import { encodingOf, Transcoder } from './formats/transcode.ts';

/** Bytes to look at. */
export const SNIFFED = 4096;

/**
 * - `dump`: it begins as every dump of text does, with an object or an array, whatever its encoding and whatever blanks
 *   stand before it; the rules are those of the reader
 * - `perhaps`: packed or sealed, or nothing but blanks so far
 * - `no`: no reader of dumps would know the file (`formats/recognise.ts`)
 */
export type Sniffed = 'dump' | 'perhaps' | 'no';

const GZIP = Buffer.from([0x1f, 0x8b]);

export function sniff(bytes: Uint8Array): Sniffed {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (head.subarray(0, GZIP.length).equals(GZIP) || isZip(head)) return 'perhaps';
  // Named, so that it is unpacked and not left behind.
  if (packingOf(head) !== undefined) return 'perhaps';
  if (head.toString('latin1', 0, AGE_HEADER.length) === AGE_HEADER) return 'perhaps';
  const { encoding, mark } = encodingOf(head);
  const text =
    encoding === 'utf-8' ? head.subarray(mark) : new Transcoder(encoding).push(head.subarray(mark));
  const at = skipBlanksAndZeros(text, 0, text.length);
  if (at >= text.length || mayBeBlank(text, at, text.length)) return 'perhaps';
  return text[at] === OPEN_OBJECT || text[at] === OPEN_ARRAY ? 'dump' : 'no';
}
