/** The attachments of one document: base64 to bytes, checked against their digest. */
import { hash } from 'node:crypto';
import { isCompressible } from '../../../shared/content.ts';
import type { AttachmentData } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { decodeData } from './attachment-data.ts';
import type { Lifted } from './lifted.ts';

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
}

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
    const read = readAttachment(name, entry, lifted, rules);
    if (read.kind === 'refused') return { ...read, message: `attachment ${index + 1}: ${read.message}` };
    if (read.kind === 'awaited') {
      awaited.push(read.attachment);
      continue;
    }
    attachments[name] = read.attachment;
    total += read.attachment.data.length;
    if (total > limits.documentAttachmentBytes) {
      return refuse('attachment-too-large', `together over ${limits.documentAttachmentBytes} bytes`);
    }
  }
  return { kind: 'attachments', attachments, awaited };
}

type ReadAttachment =
  | { readonly kind: 'read'; readonly attachment: AttachmentData }
  | { readonly kind: 'awaited'; readonly attachment: AwaitedAttachment }
  | Refusal;

function readAttachment(
  name: string,
  entry: unknown,
  lifted: Lifted,
  rules: AttachmentRules,
): ReadAttachment {
  const { limits } = rules;
  const wrongName = whatIsWrongWithName(name, limits);
  if (wrongName !== undefined) return refuse('bad-attachment', wrongName);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return refuse('bad-attachment', 'is not an object');
  }
  const described = entry as Readonly<Record<string, unknown>>;
  // `contentType` is what couchbackup writes: its client library renames the field.
  const contentType = described['content_type'] ?? described['contentType'] ?? 'application/octet-stream';
  if (typeof contentType !== 'string' || contentType.length > limits.contentTypeLength) {
    return refuse('bad-attachment', 'content_type is not a short text');
  }
  const digest = described['digest'];
  if (digest !== undefined && (typeof digest !== 'string' || !digest.startsWith('md5-'))) {
    return refuse('bad-attachment', 'digest is not an md5');
  }
  const revpos = revposOf(described['revpos']);
  const promised = described['follows'] === true;
  if (described['data'] === undefined && (promised || described['stub'] === true)) {
    return { kind: 'awaited', attachment: { name, contentType, revpos, digest, promised } };
  }
  const bytes = decodeData(described['data'], lifted, limits.attachmentBytes);
  if (bytes === 'none') return refuse('attachment-missing', 'carries no data');
  if (bytes === 'bad') return refuse('bad-attachment', 'data is not base64');
  if (bytes === 'too-large') return refuse('attachment-too-large', `over ${limits.attachmentBytes} bytes`);
  const computed = `md5-${hash('md5', bytes, 'base64')}`;
  if (digest !== undefined && digest !== computed && !mayDiffer(contentType, described['encoding'])) {
    return refuse('digest-mismatch', 'differs from its check sum');
  }
  return { kind: 'read', attachment: attachmentOf(contentType, bytes, revpos, computed) };
}

export function attachmentOf(
  contentType: string,
  data: Uint8Array,
  revpos: number | undefined,
  digest: string,
): AttachmentData {
  return { content_type: contentType, data, ...(revpos === undefined ? {} : { revpos }), digest };
}

/**
 * A CouchDB server stores text packed and gives the digest of the packed bytes, so that a difference proves nothing
 * there (CouchDB: `attachments/compressible_types`; `encoding` says so for other types). Such digests travel: a phone, a
 * listing and a script pass on what a server once gave them.
 */
export function mayDiffer(contentType: string, encoding?: unknown): boolean {
  return isCompressible(contentType) || encoding === 'gzip';
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
