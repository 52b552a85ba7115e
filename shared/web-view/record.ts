/**
 * One leaf revision as lines of the dump (docs/formats.md): the record with its small attachments, then the
 * parts of the large ones. Sizes are counted in bytes as they will stand in the file, about.
 */
import { base64Of } from './base64.ts';
import type { Attachment, PhoneDocument } from './database.ts';
import type { Pace, Unfinished } from './protocol.ts';

/** Why a record stays on the phone. `row-error` may be cured by reading again, the others not. */
export type LeftWhy = 'row-error' | 'attachment-too-large' | 'record-too-large';

export interface RecordLine {
  readonly line: string;
  /** Entries of its `_attachments`. */
  readonly attachments: number;
  /** The attachments that follow in parts. */
  readonly following: readonly Following[];
}

export interface Following {
  readonly name: string;
  readonly bytes: Blob;
}

export function leftLine(id: string, rev: string, why: LeftWhy): string {
  return `${JSON.stringify({ left: { id, rev, why } })}\n`;
}

/** The line of a record, or why it stays on the phone. @throws where the phone cannot read an attachment */
export async function recordLine(doc: PhoneDocument, pace: Pace): Promise<RecordLine | LeftWhy> {
  const { _attachments: attachments, ...fields } = doc;
  const bare = JSON.stringify(fields);
  if (bare.length > pace.recordBytes) return 'record-too-large';
  if (attachments === undefined) return { line: `{"doc":${bare}}\n`, attachments: 0, following: [] };
  const described: string[] = [];
  const following: Following[] = [];
  let inline = 0;
  for (const [name, attachment] of Object.entries(attachments)) {
    const { content_type, revpos, digest, data } = attachment;
    const facts = { content_type, revpos, digest };
    const bytes = blobOf(attachment);
    // A stub: the phone has the record, and not the bytes.
    if (bytes === null) throw new Error('an attachment without its bytes');
    if (bytes.size > pace.attachmentBytes) return 'attachment-too-large';
    if (bytes.size <= pace.inlineBytes && inline + bytes.size <= pace.inlineTotalBytes) {
      inline += bytes.size;
      described.push(
        entry(name, { ...facts, data: typeof data === 'string' ? data : await base64Of(bytes) }),
      );
    } else {
      following.push({ name, bytes });
      described.push(entry(name, { ...facts, length: bytes.size, follows: true }));
    }
  }
  return {
    line: `{"doc":${bare.slice(0, -1)},"_attachments":{${described.join(',')}}}}\n`,
    attachments: described.length,
    following,
  };
}

/** Written by hand, because a name may be `__proto__`. */
function entry(name: string, value: object): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

/** PouchDB gives a `Blob` where it is asked for bytes; where the web view stores none, base64. */
function blobOf({ data }: Attachment): Blob | null {
  if (data instanceof Blob) return data;
  if (typeof data !== 'string') return null;
  const binary = atob(data);
  return new Blob([Uint8Array.from(binary, (letter) => letter.charCodeAt(0))]);
}

export function partCount(bytes: Blob, pace: Pace): number {
  return Math.max(1, Math.ceil(bytes.size / pace.partBytes));
}

/** The line of one part, from 1. */
export async function partLine(
  doc: PhoneDocument,
  { name, bytes }: Following,
  part: Unfinished['part'],
  pace: Pace,
): Promise<string> {
  const of = partCount(bytes, pace);
  const data = await base64Of(bytes.slice((part - 1) * pace.partBytes, part * pace.partBytes));
  const { _id: id, _rev: rev } = doc;
  return `${JSON.stringify({ attachment: { id, rev, name, part, of, data } })}\n`;
}
