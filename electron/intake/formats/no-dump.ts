/** What a file is that is no dump: by its first bytes, so that a person is told the one thing to do about it. */
import type { ErrorCode } from '../../../shared/errors.ts';

/** Packings that the station does not open, by how they begin (each format's own specification). */
const PACKINGS: readonly (readonly [magic: string, code: ErrorCode])[] = [
  ['7z\xbc\xaf\x27\x1c', 'packed-7z'],
  ['Rar!\x1a\x07', 'packed-rar'],
  ['\xfd7zXZ\0', 'packed-xz'],
  ['BZh', 'packed-bzip2'],
  ['\x28\xb5\x2f\xfd', 'packed-zstd'],
  ['\x1f\x8b', 'packed-twice'],
];
/** Files of other kinds that are met on sticks and phones, by how they begin. */
const OTHERS: readonly string[] = [
  '\xff\xd8\xff',
  '\x89PNG\r\n\x1a\n',
  'GIF8',
  'RIFF',
  'ID3',
  'OggS',
  '%PDF-',
  '{\\rtf',
  '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
  'SQLite format 3\0',
  'MZ',
  '\x7fELF',
  '\x1aE\xdf\xa3',
];
/** The box with which films and pictures of phones begin (ISO 14496-12). */
const FTYP = { at: 4, magic: 'ftyp' } as const;

const TAR = { at: 257, magic: 'ustar' } as const;
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
/** A zip without entries. */
const EMPTY_ZIP = 'PK\x05\x06';

/** Do these first bytes begin a zip file that holds something? */
export function isZip(head: Buffer): boolean {
  return head.subarray(0, ZIP.length).equals(ZIP);
}

/** The packing of these first bytes; `undefined` where they are none that is known. */
export function packingOf(head: Buffer): ErrorCode | undefined {
  const text = head.toString('latin1', 0, TAR.at + TAR.magic.length);
  if (text.startsWith(EMPTY_ZIP)) return 'zip-without-dump';
  if (text.slice(TAR.at) === TAR.magic) return 'packed-tar';
  return PACKINGS.find(
    ([magic]) => text.startsWith(magic) && (magic !== 'BZh' || /^BZh[1-9]1AY&SY/.test(text)),
  )?.[1];
}

/** Do these first bytes begin a picture, a film, a document, a program, its data? */
export function isOtherKind(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 32);
  return OTHERS.some((magic) => text.startsWith(magic)) || text.slice(FTYP.at).startsWith(FTYP.magic);
}

const LOCKED = ['-----BEGIN AGE ENCRYPTED FILE-----', '-----BEGIN PGP MESSAGE-----'];

/** Why a text is no dump, whose first byte is no blank; `undefined` where it is only unknown. */
export function whyNoDump(text: string): ErrorCode | undefined {
  if (LOCKED.some((mark) => text.startsWith(mark))) return 'encrypted';
  if (/^<(?:!doctype html|html|head|body)\b/i.test(text)) return 'web-page';
  // The answer of CouchDB and of CHT to a request that failed.
  if (/^\{\s*"error"\s*:\s*"/.test(text) || /^\{\s*"code"\s*:\s*\d+\s*,\s*"error"\s*:/.test(text))
    return 'error-answer';
  if (/^"[\s[{]*[[{][\s[{]*\\"/.test(text)) return 'quoted-text';
  return undefined;
}
