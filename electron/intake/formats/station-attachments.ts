/**
 * Attachments that follow their document in lines of their own (format `station`): a document waits here
 * until all parts have come, or until something shows that they will not.
 */
import { createHash, type Hash } from 'node:crypto';
import type { AttachmentData } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { AwaitedAttachment } from './attachments.ts';
import { decodeData } from './attachment-data.ts';
import { attachmentOf, mayDiffer } from './attachments.ts';
import type { ReadDocument } from './document.ts';
import type { Place } from './frame.ts';
import type { Lifted } from './lifted.ts';
import { isFields } from './fields.ts';

/** Why a document cannot be completed. */
export interface Lost {
  readonly kind: 'lost';
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface Complete {
  readonly kind: 'complete';
  readonly attachments: Readonly<Record<string, AttachmentData>>;
}

interface Coming {
  readonly described: AwaitedAttachment;
  readonly parts: Buffer[];
  readonly md5: Hash;
  bytes: number;
  of: number | undefined;
}

export class WaitingDocument {
  readonly document: ReadDocument;
  readonly place: Place;
  readonly #limits: Limits;
  readonly #coming = new Map<string, Coming>();
  readonly #done: Record<string, AttachmentData> = {};
  #total: number;
  /** Size of its lines in the dump. */
  bytes: number;
  lost: Lost | undefined;

  constructor(document: ReadDocument, place: Place, bytes: number, limits: Limits) {
    this.document = document;
    this.place = place;
    this.bytes = bytes;
    this.#limits = limits;
    this.#total = Object.values(document.attachments).reduce((sum, { data }) => sum + data.length, 0);
    for (const described of document.awaited) {
      this.#coming.set(described.name, {
        described,
        parts: [],
        md5: createHash('md5'),
        bytes: 0,
        of: undefined,
      });
    }
  }

  /** Whether a line's `{id, rev, name, part, of, data}` is for this document. */
  owns(line: Readonly<Record<string, unknown>>): boolean {
    return line['id'] === this.document.id && line['rev'] === this.document.rev;
  }

  /** Takes one part. After anything wrong the document is lost, and its further parts are ignored. */
  take(line: Readonly<Record<string, unknown>>, lifted: Lifted, bytes: number): void {
    this.bytes += bytes;
    if (this.lost !== undefined) return;
    const { name, part, of } = line;
    const coming = typeof name === 'string' ? this.#coming.get(name) : undefined;
    if (coming === undefined) {
      this.lose('attachment-part-lost', 'a part of an attachment that was not announced');
      return;
    }
    const expected = coming.parts.length + 1;
    const last = coming.of ?? of;
    if (part !== expected || of !== last || !Number.isSafeInteger(of) || (of as number) < expected) {
      this.lose('attachment-part-lost', `part ${expected} of an attachment is missing`);
      return;
    }
    if ((of as number) > this.#limits.attachmentParts) {
      this.lose('attachment-too-large', `${String(of)} parts`);
      return;
    }
    coming.of = of as number;
    const room = Math.min(
      this.#limits.attachmentBytes - coming.bytes,
      this.#limits.documentAttachmentBytes - this.#total,
    );
    const decoded = decodeData(line['data'], lifted, room);
    if (decoded === 'too-large') {
      this.lose('attachment-too-large', `over ${room + coming.bytes} bytes`);
      return;
    }
    if (decoded === 'bad' || decoded === 'none') {
      this.lose('bad-attachment', 'a part is not base64');
      return;
    }
    coming.parts.push(decoded);
    coming.md5.update(decoded);
    coming.bytes += decoded.length;
    this.#total += decoded.length;
    if (part === of) this.#finish(coming);
  }

  /** From now on it cannot be completed; what it held is let go. */
  lose(code: ErrorCode, detail: string): void {
    this.lost ??= { kind: 'lost', code, detail };
    this.#coming.clear();
  }

  /** Nothing more comes for it. The attachments, or why it cannot be completed. */
  settle(): Complete | Lost {
    if (this.lost !== undefined) return this.lost;
    const [first] = this.#coming.values();
    if (first === undefined) {
      return { kind: 'complete', attachments: { ...this.document.attachments, ...this.#done } };
    }
    if (first.parts.length === 0 && !first.described.promised) {
      return { kind: 'lost', code: 'attachment-missing', detail: `${this.#coming.size} without data` };
    }
    const detail = `part ${first.parts.length + 1} of an attachment is missing`;
    return { kind: 'lost', code: 'attachment-part-lost', detail };
  }

  #finish({ described, parts, md5, bytes }: Coming): void {
    const { name, contentType, revpos, digest } = described;
    const computed = `md5-${md5.digest('base64')}`;
    if (digest !== undefined && digest !== computed && !mayDiffer(contentType)) {
      this.lose('digest-mismatch', 'an attachment differs from its check sum');
      return;
    }
    const data = parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts, bytes);
    this.#done[name] = attachmentOf(contentType, data, revpos, computed);
    this.#coming.delete(name);
  }
}

/** The inside of a line `{"attachment": {…}}`. */
export function attachmentLine(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isFields(value) && isFields(value['attachment']) ? value['attachment'] : undefined;
}

function joined(parts: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
