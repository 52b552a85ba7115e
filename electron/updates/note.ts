/**
 * The note beside a package, and its signature. The file is JSON of three texts: `note` (itself JSON, of which every byte is
 * signed as it stands), `key` (which key signed it) and `signature`. Of what is not signed by a key of this program nothing is
 * read but these three.
 */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { StationError } from '../../shared/errors.ts';
import { PACKAGE_KINDS, type PackageKind } from '../../shared/updates.ts';
import { isVersion } from './version.ts';

/** Sizes in bytes. */
export const NOTE_LIMITS = {
  /** The note's file. */
  file: 64 * 1024,
  /** A package; those of today have about 120 MB. */
  package: 1024 * 1024 * 1024,
  /** What is different, in one language; in characters. */
  changes: 4000,
} as const;

const FORMAT = 1;
/** Stands before what is signed, so that a signature for anything else is none for a note. */
const SIGNED_FOR = `CHT aggregation station, update note ${FORMAT}\n`;

/** One part of a path on every system: no folder, no device of Windows, no hidden file, no ending that another character hides. */
const FILE_NAME = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)\.)[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){0,118}$/i;

const changes = v.pipe(v.string(), v.minLength(1), v.maxLength(NOTE_LIMITS.changes));

const NOTE = v.pipe(
  v.strictObject({
    version: v.pipe(v.string(), v.check(isVersion)),
    platform: v.picklist(['linux', 'win32', 'darwin']),
    arch: v.picklist(['x64', 'arm64']),
    kind: v.picklist(PACKAGE_KINDS),
    /** The package's own name; it lies in the same folder. */
    file: v.pipe(v.string(), v.regex(FILE_NAME)),
    bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(NOTE_LIMITS.package)),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    date: v.pipe(v.string(), v.isoDate()),
    changes: v.strictObject({ en: changes, fr: changes, sw: changes }),
  }),
  v.check(({ file, kind }) => file.endsWith(`.${kind}`)),
);
export type UpdateNote = v.InferOutput<typeof NOTE>;

const SIGNED = v.strictObject({
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  signature: v.pipe(v.string(), v.regex(/^[0-9A-Za-z+/]{86}==$/)),
  note: v.string(),
});

/** Which computer a package has to be for. */
export interface ForComputer {
  readonly platform: string;
  readonly arch: string;
  readonly kinds: readonly PackageKind[];
}

/**
 * The public keys of a PEM file, one or several: a new one can be given before the old one is given up.
 * @throws Error where one of them is private or not of ed25519, or there is none
 */
export function publicKeys(pem: string): Map<string, KeyObject> {
  if (/PRIVATE KEY/.test(pem)) throw new Error('a private key must not get into the program');
  const keys = [...pem.matchAll(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g)].map(([one]) =>
    createPublicKey(one),
  );
  if (keys.length === 0) throw new Error('there is no public key (PEM) in it');
  if (keys.some(({ asymmetricKeyType }) => asymmetricKeyType !== 'ed25519'))
    throw new Error('a key for updates is one of ed25519');
  return new Map(keys.map((key) => [keyName(key), key]));
}

/** Half of the sha256 of the public key, in hex. */
function keyName(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/**
 * The file of a note, as it lies beside the package.
 * @param key private, of ed25519
 * @throws Error where the note is not one that a station would read
 */
export function signNote(note: UpdateNote, key: KeyObject): string {
  const checked = v.safeParse(NOTE, note);
  if (!checked.success)
    throw new Error(
      checked.issues.map((issue) => `${v.getDotPath(issue) ?? 'note'}: ${issue.message}`).join('\n'),
    );
  const text = JSON.stringify(checked.output, null, 2);
  const signed = {
    key: keyName(createPublicKey(key)),
    signature: sign(null, Buffer.from(SIGNED_FOR + text), key).toString('base64'),
    note: text,
  };
  const file = `${JSON.stringify(signed, null, 2)}\n`;
  if (Buffer.byteLength(file) > NOTE_LIMITS.file) throw new Error('the note is too long');
  return file;
}

/**
 * @param bytes of the file, of any size and with anything in it
 * @throws StationError `update-unreadable`: it is no note. `update-wrong-signature`: no key of this program signed it as it is
 */
export function readNote(bytes: Uint8Array, keys: ReadonlyMap<string, KeyObject>): UpdateNote {
  if (bytes.length > NOTE_LIMITS.file) throw new StationError('update-unreadable');
  const outer = v.safeParse(SIGNED, parse(bytes));
  if (!outer.success) throw new StationError('update-unreadable');
  const { key, signature, note } = outer.output;
  const known = keys.get(key);
  if (
    known === undefined ||
    !verify(null, Buffer.from(SIGNED_FOR + note), known, Buffer.from(signature, 'base64'))
  )
    throw new StationError('update-wrong-signature');
  // Signed, and still looked at: what a later program signs may say more than this one understands.
  const inner = v.safeParse(NOTE, parse(Buffer.from(note)));
  if (!inner.success) throw new StationError('update-unreadable');
  return inner.output;
}

/** Whether a package is one for this computer, as the program was installed here. */
export function isForComputer({ platform, arch, kind }: UpdateNote, here: ForComputer): boolean {
  return platform === here.platform && arch === here.arch && here.kinds.includes(kind);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
