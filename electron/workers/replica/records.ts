/** A record of a dump in the forms in which the ledger and the replica keep it. */
import { contentDigest } from '../../../shared/derived-revisions.ts';
import type { AttachmentData, DumpRecord } from '../../../shared/dump.ts';
import type { NewChange, StoredContent } from '../../../shared/intake.ts';
import { digest } from '../../host/digest.ts';
import type { Replica, RevisionToStore } from '../../replica/types.ts';

/** As the ledger keeps a content of a revision. */
export function contentOf(
  { id, deleted, body, attachments }: DumpRecord,
  { rev, content }: NewChange,
): StoredContent {
  return { id, rev, content, deleted, body, attachments };
}

/** The content that the replica has of a revision, whole; `null` where it has no body of it. */
export async function contentHere(
  replica: Pick<Replica, 'read'>,
  { id, rev }: Pick<NewChange, 'id' | 'rev'>,
): Promise<StoredContent | null> {
  const stored = await replica.read(id, rev, 'bytes');
  if (stored === null) return null;
  const { deleted, body } = stored;
  const attachments: Record<string, AttachmentData> = {};
  for (const [name, file] of Object.entries(stored.attachments))
    attachments[name] = {
      content_type: file.content_type,
      digest: file.digest,
      revpos: file.revpos,
      data: Buffer.from(file.data ?? '', 'base64'),
    };
  return { id, rev, content: contentDigest(digest, body, deleted, attachments), deleted, body, attachments };
}

/** As the replica stores it. */
export function revisionOf(record: DumpRecord, change: NewChange): RevisionToStore {
  return {
    id: record.id,
    rev: change.rev,
    history: change.history,
    deleted: record.deleted,
    body: record.body,
    attachments: record.attachments,
  };
}
