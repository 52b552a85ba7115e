/**
 * What may stand between the values of a dump without meaning anything. JSON knows four blanks; what editors,
 * shells and joined files put there are more: byte order marks, Ctrl-Z (the old end of a text file), form feeds,
 * the separator of RFC 7464, and the blanks of Unicode. Bytes of zero are no blanks: they are a hole in the file.
 */
import { NEWLINE } from './json-bytes.ts';

/** JSON's white space. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE;
}

/** Vertical tab, form feed, Ctrl-Z, record separator. */
const OF_ONE_BYTE: ReadonlySet<number> = new Set([0x0b, 0x0c, 0x1a, 0x1e]);
/** No-break space and next line; the spaces, joiners and marks of direction of U+2000; ideographic space; byte order mark. */
const OF_MORE = new RegExp(
  '^(?:\\xc2[\\x85\\xa0]|\\xe2\\x80[\\x80-\\x8f\\xa8\\xa9\\xaf]|\\xe2\\x81[\\x9f\\xa0]|\\xe3\\x80\\x80|\\xef\\xbb\\xbf)',
);
const FIRST_OF_MORE: ReadonlySet<number> = new Set([0xc2, 0xe2, 0xe3, 0xef]);
const LONGEST = 3;

/** The position of the first byte from `from` on that is no blank of any kind; `to` where there is none. */
export function skipBlanks(view: Buffer, from: number, to: number): number {
  let at = from;
  for (;;) {
    while (at < to && isBlank(view[at])) at += 1;
    const length = at < to ? oddBlankAt(view, at, to) : 0;
    if (length === 0) return at;
    at += length;
  }
}

/** As `skipBlanks`, and over holes as well: before its first value a file may hold nothing else. */
export function skipBlanksAndZeros(view: Buffer, from: number, to: number): number {
  let at = skipBlanks(view, from, to);
  while (at < to && view[at] === 0) {
    while (at < to && view[at] === 0) at += 1;
    at = skipBlanks(view, at, to);
  }
  return at;
}

/** Whether a blank of several bytes may begin at the position, of which the rest has not come yet. */
export function mayBeBlank(view: Buffer, at: number, to: number): boolean {
  return at < to && to - at < LONGEST && FIRST_OF_MORE.has(view[at] as number);
}

function oddBlankAt(view: Buffer, at: number, to: number): number {
  const byte = view[at] as number;
  if (OF_ONE_BYTE.has(byte)) return 1;
  if (!FIRST_OF_MORE.has(byte)) return 0;
  return OF_MORE.exec(view.toString('latin1', at, Math.min(at + LONGEST, to)))?.[0].length ?? 0;
}
