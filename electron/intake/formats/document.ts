/**
 * From one parsed value to a valid document, or the reason why it is not one. What a database would
 * refuse, or take and break on, ends here, so that one bad record never spoils the write of the others.
 */
import type { AttachmentData } from '../../../shared/dump.ts';
import { historyFrom, isRevision } from '../../../shared/revisions.ts';
import type { AttachmentRules, AwaitedAttachment, Refusal } from './attachments.ts';
import { readAttachments, refuse } from './attachments.ts';
import { usesForbiddenKey } from './forbidden-keys.ts';
import { historyOfInfo } from './revs-info.ts';
import { otherDatabaseOf } from './other-database.ts';
import type { Lifted } from './lifted.ts';

export interface DocumentRules extends AttachmentRules {
  /** `optional`: the format may carry documents without any revision. */
  readonly revision: 'required' | 'optional';
}

export interface ReadDocument {
  readonly kind: 'document';
  readonly id: string;
  readonly rev: string | undefined;
  readonly history: readonly string[] | undefined;
  /** The history that came contradicts the revision, so that it is not used. */
  readonly hasOddHistory: boolean;
  /** Other leaves of the document that `_conflicts` names. */
  readonly otherLeaves: readonly string[];
  readonly deleted: boolean;
  readonly body: Record<string, unknown>;
  readonly attachments: Record<string, AttachmentData>;
  /** Attachments whose bytes do not stand with the document. */
  readonly awaited: readonly AwaitedAttachment[];
}

export type RefusedDocument = Refusal & { readonly id?: string };

/** What a database adds for its reader; it is no part of the document. */
const DROPPED = new Set(['_conflicts', '_deleted_conflicts', '_local_seq', '_revs_info']);

/**
 * Reads a document. `text` is the JSON it was parsed from, or a part of a dump that contains it.
 * Here only `_attachments` is bounded. The caller, who saw the bytes, bounds depth and length.
 */
export function readDocument(
  value: unknown,
  text: string,
  lifted: Lifted,
  rules: DocumentRules,
): ReadDocument | RefusedDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('not-a-document', 'not an object');
  }
  const fields = value as Record<string, unknown>;
  const id = readId(fields['_id'], rules.limits.idLength);
  if (typeof id !== 'string') return id;
  if (usesForbiddenKey(fields, text)) return { ...refuse('forbidden-key', 'forbidden key'), id };
  const rev = fields['_rev'];
  if (rev === undefined ? rules.revision === 'required' : typeof rev !== 'string' || !isRevision(rev)) {
    return { ...refuse('bad-rev', rev === undefined ? 'no _rev' : '_rev is not a revision'), id };
  }
  const read = readHistory(fields['_revisions'], rev as string | undefined, rules.limits.historyLength);
  if (read !== undefined && 'kind' in read && read.kind === 'refused') return { ...read, id };
  const hasOddHistory = read !== undefined && 'kind' in read;
  const history = hasOddHistory
    ? undefined
    : (read ?? historyOfInfo(fields['_revs_info'], rev, rules.limits));
  const deleted = fields['_deleted'];
  if (deleted !== undefined && typeof deleted !== 'boolean') {
    return { ...refuse('reserved-field', '_deleted is not true or false'), id };
  }
  const body: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    if (key.charCodeAt(0) !== 0x5f) body[key] = fields[key];
    else if (!OWN.has(key) && !DROPPED.has(key)) {
      return { ...refuse('reserved-field', 'a field that begins with _'), id };
    }
  }
  const other = otherDatabaseOf(id, body);
  if (other !== null) return { ...refuse('other-database', other), id };
  let attachments: Record<string, AttachmentData> = {};
  let awaited: readonly AwaitedAttachment[] = [];
  if (fields['_attachments'] !== undefined) {
    const files = readAttachments(fields['_attachments'], lifted, rules);
    if (files.kind === 'refused') return { ...files, id };
    ({ attachments, awaited } = files);
  }
  return {
    kind: 'document',
    id,
    rev: rev as string | undefined,
    history,
    hasOddHistory,
    otherLeaves: revisionsIn(fields['_conflicts']),
    deleted: deleted === true,
    body,
    attachments,
    awaited,
  };
}

const OWN = new Set(['_id', '_rev', '_revisions', '_deleted', '_attachments']);

function readId(id: unknown, maximum: number): string | Refusal {
  if (typeof id !== 'string' || id === '') return refuse('bad-id', 'no _id');
  if (id.length > maximum) return refuse('id-too-long', `${id.length} characters`);
  if (id.startsWith('_') && !id.startsWith('_design/')) {
    return refuse('bad-id', id.startsWith('_local/') ? 'a local document' : '_id begins with _');
  }
  // Half a character would be written as another one, and the document would have another id.
  if (!id.isWellFormed() || id.includes('\0')) return refuse('bad-id', '_id is not valid text');
  return id;
}

function revisionsIn(list: unknown): string[] {
  return Array.isArray(list)
    ? list.filter((rev): rev is string => typeof rev === 'string' && isRevision(rev))
    : [];
}

/** The history of `_revisions`, newest first; it has to begin with `rev` (PouchDB once wrote some that do not: apache/pouchdb#5883). */
function readHistory(
  value: unknown,
  rev: string | undefined,
  maximum: number,
): string[] | undefined | Refusal | { readonly kind: 'odd' } {
  if (value === undefined) return undefined;
  const bad = (why: string) => refuse('bad-revisions', why);
  if (rev === undefined) return bad('_revisions without _rev');
  if (typeof value !== 'object' || value === null) return bad('_revisions is not an object');
  const { start, ids } = value as { readonly start?: unknown; readonly ids?: unknown };
  if (!Number.isSafeInteger(start) || !Array.isArray(ids)) return bad('_revisions has no start and ids');
  if (ids.length === 0 || ids.length > (start as number)) return bad('more or fewer ids than generations');
  if (ids.length > maximum) return bad(`${ids.length} revisions, ${maximum} are taken`);
  for (const id of ids as readonly unknown[]) {
    if (typeof id !== 'string' || !isRevision(`1-${id}`)) return bad('an id in _revisions is not valid');
  }
  const history = historyFrom(start as number, ids as readonly string[]);
  return history[0] === rev ? history : { kind: 'odd' };
}
