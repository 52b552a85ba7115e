/** Between our revisions and the documents PouchDB and CouchDB know. */
import { hash } from 'node:crypto';
import type { PouchDocument } from 'pouchdb-node';
import type { RecordSize } from '../../shared/record-size.ts';
import { historyFrom, toRevisions } from '../../shared/revisions.ts';
import type { RevisionToStore, StoredAttachment, StoredRevision } from './types.ts';

/** As the databases name an attachment: `md5-` and the base64 of its md5. */
export function attachmentDigest(bytes: Uint8Array): string {
  return `md5-${hash('md5', bytes, 'base64')}`;
}

/**
 * With the digests of the very bytes. The store keeps attachments by digest: one that a server claimed wrongly would
 * put another record's picture in this one's place.
 */
export function withOwnDigests(revision: RevisionToStore): RevisionToStore {
  const attachments = Object.entries(revision.attachments).map(
    ([name, file]) => [name, { ...file, digest: attachmentDigest(file.data) }] as const,
  );
  return attachments.length === 0 ? revision : { ...revision, attachments: Object.fromEntries(attachments) };
}

/** Attachment bytes go in as a Buffer: PouchDB then neither decodes base64 nor copies a string. */
export function toPouch(revision: RevisionToStore): PouchDocument {
  const document: PouchDocument = {
    ...revision.body,
    _id: revision.id,
    _rev: revision.rev,
    _revisions: toRevisions(revision.history),
  };
  if (revision.deleted) document._deleted = true;
  const names = Object.keys(revision.attachments);
  if (names.length > 0) {
    const attachments: Record<string, unknown> = {};
    for (const name of names) {
      const attachment = revision.attachments[name];
      if (attachment === undefined) continue;
      attachments[name] = {
        content_type: attachment.content_type,
        data: Buffer.isBuffer(attachment.data) ? attachment.data : Buffer.from(attachment.data),
      };
    }
    document._attachments = attachments;
  }
  return document;
}

export function fromPouch(document: PouchDocument): StoredRevision {
  const { _id, _rev, _deleted, _revisions, _attachments, ...body } = document;
  for (const field of Object.keys(body)) if (field.startsWith('_')) delete body[field];
  const rev = _rev ?? '';
  return {
    id: _id,
    rev,
    history: _revisions === undefined ? [rev] : historyFrom(_revisions.start, _revisions.ids),
    deleted: _deleted === true,
    body,
    attachments: (_attachments ?? {}) as Record<string, StoredAttachment>,
  };
}

/** How large `toJson` makes a revision that was read without the bytes of its attachments, and which of them is the largest. */
export function sizeOf(stored: StoredRevision): RecordSize {
  const files = Object.entries(stored.attachments);
  // With their bytes PouchDB tells no length.
  const attachments = Object.fromEntries(
    files.map(([name, { content_type, digest, revpos }]) => [
      name,
      { content_type, revpos, digest, data: '' } as StoredAttachment,
    ]),
  );
  const text = Buffer.byteLength(toJson({ ...stored, attachments }));
  const data = files.reduce((sum, [, { length }]) => sum + 4 * Math.ceil(length / 3), 0);
  const [largest] = files.toSorted(([, one], [, other]) => other.length - one.length);
  return {
    bytes: text + data,
    largest: largest === undefined ? null : { name: largest[0], bytes: largest[1].length },
  };
}

/** The whole document as a server takes it: history and attachments inline. */
export function toJson({ id, rev, history, deleted, body, attachments }: StoredRevision): string {
  return JSON.stringify({
    ...body,
    _id: id,
    _rev: rev,
    _revisions: toRevisions(history),
    ...(deleted ? { _deleted: true } : {}),
    ...(Object.keys(attachments).length > 0 ? { _attachments: attachments } : {}),
  });
}
