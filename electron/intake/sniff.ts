/** A look at the first bytes of a file that is dear to read: phones hold thousands of pictures. */

/** Bytes to look at. */
export const SNIFFED = 4096;

const GZIP = [0x1f, 0x8b];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** `false` only where no reader of dumps would know the file; see `formats/recognise.ts`. */
export function mightBeADump(head: Uint8Array): boolean {
  if (startsWith(head, GZIP)) return true;
  const from = startsWith(head, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const begin = head.subarray(from).find((byte) => byte > 0x20);
  // Nothing but white space so far.
  if (begin === undefined) return true;
  // JSON, or the header of a sealed bundle.
  return (
    begin === 0x7b ||
    begin === 0x5b ||
    Buffer.from(head.subarray(from, from + 20))
      .toString('latin1')
      .startsWith('age-encryption.org')
  );
}

/** Does the text begin as every dump of text does: with an object or an array, whatever its encoding? */
export function beginsLikeADump(head: Uint8Array): boolean {
  const marks = [BYTE_ORDER_MARK, [0xff, 0xfe], [0xfe, 0xff]];
  const mark = marks.find((bytes) => startsWith(head, bytes)) ?? [];
  const begin = head.subarray(mark.length).find((byte) => byte > 0x20);
  return begin === 0x7b || begin === 0x5b;
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => head[at] === byte);
}
