/** What a document of a server has to be like to go into a parcel. */
import { kindOf, needsOf } from '../../../shared/documents.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { isProgram, type LeftOut } from '../../../shared/parcel.ts';
import { historyFrom } from '../../../shared/revisions.ts';
import type { Sendable } from '../../../shared/sending-order.ts';
import { fieldAt, isObject, type Body } from '../../../shared/untrusted.ts';
import { usesForbiddenKey } from '../../intake/formats/forbidden-keys.ts';

/** Sizes in bytes. */
export const PARCEL_LIMITS = {
  /** A document with the bytes of its attachments, as JSON. CHT's own limit for a report's files is 30 MiB. */
  documentBytes: 44 * 1024 * 1024,
  /** A whole parcel. */
  bytes: 1024 * 1024 * 1024,
  /** Documents of one. A phone with ten thousand is told to be too full. */
  documents: 200_000,
} as const;
export type ParcelLimits = { readonly [Name in keyof typeof PARCEL_LIMITS]: number };

export interface CheckedDocument extends Sendable {
  readonly rev: string;
  readonly history: readonly string[];
}

/** The document as it goes into a parcel, or why it does not. @param text its JSON */
export function checkDocument(doc: Body, text: string, limits: ParcelLimits): CheckedDocument | LeftOut {
  if (Buffer.byteLength(text) > limits.documentBytes) return 'too-large';
  const [id, rev] = [doc['_id'], doc['_rev']];
  if (typeof id !== 'string' || typeof rev !== 'string' || id === '' || isProgram(id)) return 'odd';
  if (id.length > LIMITS.idLength || isDeep(doc, LIMITS.depth) || usesForbiddenKey(doc, text)) return 'odd';
  // Only what stands is listed; what was dropped on a phone to save space is no document.
  if (doc['_deleted'] === true || Boolean(doc['purged'])) return 'odd';
  const history = historyOf(doc);
  if (history === null || history[0] !== rev || !hasBytes(doc['_attachments'])) return 'odd';
  return { id, rev, history, kind: kindOf(id, doc, false), needs: needsOf(id, doc) };
}

function historyOf(doc: Body): string[] | null {
  const [start, ids] = [fieldAt(doc, '_revisions', 'start'), fieldAt(doc, '_revisions', 'ids')];
  if (!Number.isSafeInteger(start) || !Array.isArray(ids) || ids.length > LIMITS.historyLength) return null;
  if (!(ids as unknown[]).every((one) => typeof one === 'string' && one !== '')) return null;
  return historyFrom(start as number, ids as string[]);
}

/** An attachment without its bytes would keep the phone from storing the document and those beside it. */
function hasBytes(attachments: unknown): boolean {
  if (attachments === undefined) return true;
  if (!isObject(attachments)) return false;
  return Object.values(attachments).every((one) => typeof fieldAt(one, 'data') === 'string');
}

/** Whether objects and arrays stand inside each other more than so many times. Without recursion. */
export function isDeep(value: unknown, most: number): boolean {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > most) return true;
    for (const inner of Object.values(next.value) as unknown[])
      waiting.push({ value: inner, depth: next.depth + 1 });
  }
  return false;
}
