/**
 * A record that leaves by the app's own sync is the one that was read and reviewed: under one revision a page can write
 * anything, and the server keeps what it gets first. Body, deletion, the bytes of its attachments and its history count.
 */
import { contentDigest } from '../../../shared/derived-revisions.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { isObject, type Body } from '../../../shared/untrusted.ts';
import { digest } from '../../host/digest.ts';
import { readDocument } from '../../intake/formats/document.ts';
import type { Lifted } from '../../intake/formats/lifted.ts';
import type { PlainBody } from './plainly-written.ts';

/** What was looked at under a revision. */
export interface Reviewed {
  readonly id: string;
  readonly rev: string;
  /** Digests of the contents that were read under it: one, but for a contradiction that nobody has settled. */
  readonly contents: readonly string[];
  /** Newest first. */
  readonly history: readonly string[];
}

/** What of a record is not as it was reviewed. */
export type Altered = 'content' | 'attachments' | 'history';

/** What PouchDB's replication writes beside the record's own fields. */
const WRITTEN = ['_id', '_rev', '_revisions', '_deleted', '_attachments'];
const OF_ATTACHMENT = ['content_type', 'data', 'digest', 'revpos', 'length'];
/** PouchDB and CouchDB keep so many revisions of a history, unless told otherwise. */
const HISTORY_KEPT = 1000;

/**
 * What of it differs; `null`: nothing.
 * @param written the JSON in which it stands
 */
export function alteredFrom(
  doc: Body,
  { text, lifted }: Pick<PlainBody, 'text' | 'lifted'>,
  reviewed: Reviewed,
): Altered | null {
  const { id, rev, contents, history } = reviewed;
  if (Object.keys(doc).some((key) => key.startsWith('_') && !WRITTEN.includes(key))) return 'content';
  if (!areWhole(doc['_attachments'], lifted)) return 'attachments';
  const read = readDocument(doc, text, lifted, { limits: LIMITS, revision: 'required' });
  if (read.kind === 'refused' || read.id !== id || read.rev !== rev) return 'content';
  if (read.hasOddHistory || !isHistory(read.history ?? [rev], history)) return 'history';
  const content = contentDigest(digest, read.body, read.deleted, read.attachments);
  return contents.includes(content) ? null : 'content';
}

/** A stub names bytes that nobody can compare, and the server would take them from another version. */
function areWhole(attachments: unknown, lifted: Lifted): boolean {
  if (attachments === undefined) return true;
  return (
    isObject(attachments) &&
    Object.values(attachments).every(
      (one) =>
        isObject(one) &&
        typeof one['content_type'] === 'string' &&
        typeof one['data'] === 'string' &&
        // Programs read other signs in different ways. What was lifted was looked at for that.
        (lifted.has(one['data']) || /^[A-Za-z0-9+/]*={0,2}$/.test(one['data'])) &&
        Object.keys(one).every((key) => OF_ATTACHMENT.includes(key)),
    )
  );
}

/** The same history; a very long one may have lost its end on the phone. */
function isHistory(written: readonly string[], read: readonly string[]): boolean {
  const isCut = written.length >= HISTORY_KEPT && written.length < read.length;
  return (isCut || written.length === read.length) && written.every((rev, at) => rev === read[at]);
}
