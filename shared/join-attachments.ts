/** Joins the attachments of two versions that were both made from a third one, each by itself. */
import { isCompressible } from './content.ts';
import { fieldAt, type Body } from './untrusted.ts';

/**
 * What the digests of a version were made of. `bytes`: of the plain bytes, as PouchDB does, and as the station
 * does where it has read them. `server`: as a CouchDB server names them, where that of a text, JSON, XML or
 * JavaScript attachment is the digest of the packed bytes. For such a type a digest of one kind says nothing about
 * one of the other kind: whether the two are equal is then **unknown**, unless their lengths differ.
 */
export type DigestsOf = 'bytes' | 'server';

export interface Files {
  /** The stubs by name: `digest`, `length` (of the plain bytes), `content_type`. */
  readonly files: Body;
  readonly digestsOf: DigestsOf;
}

/**
 * What becomes of an attachment.
 * - `taken`: the stub of that side, or none where that side has none. `changedBy`: who changed it, `null`
 *   where nobody did. `certain: false`: it may be the same as in the ancestor.
 * - `overlap`: changed on both sides (`both-changed`), or it cannot be told who changed it (`not-comparable`)
 */
export type FileVerdict =
  | {
      readonly kind: 'taken';
      readonly take: 'server' | 'phone';
      readonly changedBy: 'server' | 'phone' | 'both' | null;
      readonly certain: boolean;
    }
  | { readonly kind: 'overlap'; readonly why: 'both-changed' | 'not-comparable' };

/** An attachment in the three versions; `undefined`: it has none of this name. */
export interface JoinedFile {
  readonly name: string;
  readonly verdict: FileVerdict;
  readonly ancestor: unknown;
  readonly server: unknown;
  readonly phone: unknown;
}

export function joinAttachments(versions: {
  readonly ancestor: Files;
  readonly server: Files;
  readonly phone: Files;
}): JoinedFile[] {
  const { ancestor, server, phone } = versions;
  const names = new Set([server, phone, ancestor].flatMap(({ files }) => Object.keys(files)));
  return [...names].map((name) => {
    return {
      name,
      verdict: verdictOn({
        sides: compared(server, phone, name),
        server: compared(ancestor, server, name),
        phone: compared(ancestor, phone, name),
      }),
      ancestor: fieldAt(ancestor.files, name),
      server: fieldAt(server.files, name),
      phone: fieldAt(phone.files, name),
    };
  });
}

type Comparison = 'equal' | 'different' | 'unknown';

/** `sides`: the two with each other; `server`, `phone`: each with the ancestor. */
function verdictOn(is: Readonly<Record<'sides' | 'server' | 'phone', Comparison>>): FileVerdict {
  if (is.sides === 'equal') {
    const isOld = is.server === 'equal' || is.phone === 'equal';
    const certain = isOld || is.server === 'different' || is.phone === 'different';
    return { kind: 'taken', take: 'server', changedBy: isOld ? null : 'both', certain };
  }
  // One side left it alone, so the other one's is right, whether it differs or not.
  if (is.phone === 'equal')
    return { kind: 'taken', take: 'server', changedBy: 'server', certain: is.server === 'different' };
  if (is.server === 'equal')
    return { kind: 'taken', take: 'phone', changedBy: 'phone', certain: is.phone === 'different' };
  const isKnown = Object.values(is).every((comparison) => comparison === 'different');
  return { kind: 'overlap', why: isKnown ? 'both-changed' : 'not-comparable' };
}

/** Whether two versions have the same attachment of this name, or both have none. */
function compared(one: Files, other: Files, name: string): Comparison {
  const [a, b] = [fieldAt(one.files, name), fieldAt(other.files, name)];
  if (a === undefined || b === undefined) return a === b ? 'equal' : 'different';
  const [type, otherType] = [fieldAt(a, 'content_type'), fieldAt(b, 'content_type')];
  if (type !== otherType) return 'different';
  const [length, otherLength] = [fieldAt(a, 'length'), fieldAt(b, 'length')];
  if (typeof length === 'number' && typeof otherLength === 'number' && length !== otherLength)
    return 'different';
  const [digest, otherDigest] = [fieldAt(a, 'digest'), fieldAt(b, 'digest')];
  if (typeof digest !== 'string' || typeof otherDigest !== 'string') return 'unknown';
  if (digest === otherDigest) return 'equal';
  const isPacked = typeof type !== 'string' || isCompressible(type);
  return isPacked && one.digestsOf !== other.digestsOf ? 'unknown' : 'different';
}
