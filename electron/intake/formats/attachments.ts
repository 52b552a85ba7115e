/** The attachments of one document: base64 to bytes, checked against their digest. */
import { hash } from 'node:crypto';
import type { AttachmentData } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Base64, Lifted } from './parse-record.ts';

export interface Refusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** For people; no field values. */
  readonly message: string;
}

/** What a document says about an attachment whose bytes do not stand with it. */
export interface AwaitedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly revpos: number | undefined;
  readonly digest: string | undefined;
  /** `follows: true`: the writer promised the bytes. A `stub` promises nothing. */
  readonly promised: boolean;
}

export interface ReadAttachments {
  readonly kind: 'attachments';
  readonly attachments: Record<string, AttachmentData>;
  readonly awaited: readonly AwaitedAttachment[];
}

export interface AttachmentRules {
  readonly limits: Limits;
  /**
   * A CouchDB server stores text compressed and gives the digest of the compressed bytes, so that a
   * difference proves nothing there (CouchDB: `attachments/compressible_types`).
   */
  readonly digestOfCompressed: boolean;
}

const COMPRESSIBLE = /^(?:text\/|application\/(?:javascript|json|xml)\b)/i;
/** A multiple of 4: pieces of base64 of this length decode on their own. */
const PIECE = 4 * 1024 * 1024;

export function refuse(code: ErrorCode, message: string): Refusal {
  return { kind: 'refused', code, message };
}

/** Reads `_attachments` of a parsed document. */
export function readAttachments(
  value: unknown,
  lifted: Lifted,
  rules: AttachmentRules,
): ReadAttachments | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('bad-attachment', '_attachments is not an object');
  }
  const { limits } = rules;
  const entries = Object.entries(value);
  if (entries.length > limits.attachments) {
    return refuse('too-many-attachments', `${entries.length} attachments, ${limits.attachments} are taken`);
  }
  const attachments: Record<string, AttachmentData> = {};
  const awaited: AwaitedAttachment[] = [];
  let total = 0;
  for (const [index, [name, entry]] of entries.entries()) {
    const refused = (code: ErrorCode, what: string) => refuse(code, `attachment ${index + 1}: ${what}`);
    const nameProblem = whatIsWrongWithName(name, limits);
    if (nameProblem !== undefined) return refused('bad-attachment', nameProblem);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      return refused('bad-attachment', 'is not an object');
    }
    const described = entry as Record<string, unknown>;
    const contentType = described['content_type'] ?? 'application/octet-stream';
    if (typeof contentType !== 'string' || contentType.length > limits.contentTypeLength) {
      return refused('bad-attachment', 'content_type is not a short text');
    }
    const digest = described['digest'];
    if (digest !== undefined && (typeof digest !== 'string' || !digest.startsWith('md5-'))) {
      return refused('bad-attachment', 'digest is not an md5');
    }
    const revpos = revposOf(described['revpos']);
    const data = lifted.resolve(described['data']);
    if (data === undefined && (described['stub'] === true || described['follows'] === true)) {
      const promised = described['follows'] === true;
      awaited.push({ name, contentType, revpos, digest, promised });
      continue;
    }
    if (typeof data !== 'string' && !Buffer.isBuffer(data)) {
      return refused('attachment-missing', 'carries no data');
    }
    const bytes = decodeBase64(data, limits.attachmentBytes);
    if (bytes === 'too-large') return refused('attachment-too-large', `over ${limits.attachmentBytes} bytes`);
    if (bytes === 'bad') return refused('bad-attachment', 'data is not base64');
    total += bytes.length;
    if (total > limits.documentAttachmentBytes) {
      return refuse('attachment-too-large', `together over ${limits.documentAttachmentBytes} bytes`);
    }
    const computed = `md5-${hash('md5', bytes, 'base64')}`;
    if (digest !== undefined && digest !== computed && !mayDiffer(contentType, rules)) {
      return refused('digest-mismatch', 'differs from its check sum');
    }
    attachments[name] = attachmentOf(contentType, bytes, revpos, computed);
  }
  return { kind: 'attachments', attachments, awaited };
}

export function attachmentOf(
  contentType: string,
  data: Uint8Array,
  revpos: number | undefined,
  digest: string,
): AttachmentData {
  return { content_type: contentType, data, ...(revpos === undefined ? {} : { revpos }), digest };
}

function mayDiffer(contentType: string, rules: AttachmentRules): boolean {
  return rules.digestOfCompressed && COMPRESSIBLE.test(contentType);
}

/** CouchDB and PouchDB refuse a whole write for a name that begins with `_`. */
function whatIsWrongWithName(name: string, limits: Limits): string | undefined {
  if (name === '' || name.length > limits.attachmentNameLength) return 'the name is empty or too long';
  if (name.startsWith('_')) return 'the name begins with _';
  return name.isWellFormed() ? undefined : 'the name is not valid text';
}

function revposOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

/**
 * Strict base64 (RFC 4648 section 4, padded) to bytes of their own, which may be given to another thread.
 * Node skips what is no base64 and ends at padding; the length then tells.
 */
export function decodeBase64(data: Base64, maximum: number): Buffer | 'bad' | 'too-large' {
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

function paddingOf(data: Base64): number {
  const isPadding = (at: number) => (typeof data === 'string' ? data[at] === '=' : data[at] === 0x3d);
  if (data.length === 0 || !isPadding(data.length - 1)) return 0;
  return isPadding(data.length - 2) ? 2 : 1;
}
