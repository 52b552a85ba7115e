/**
 * Bodies as the rows of the ledger stand for them. The replica has one body for a revision; where several came, the
 * ledger keeps all of them, and what a row says is its content is what is shown, compared and sent.
 */
import { contentFile, keptContent, type KeptContent } from '../../ledger/contents.ts';
import { findChange } from '../../ledger/changes.ts';
import type { Key } from '../../ledger/keys.ts';
import { sizeOf, toJson } from '../../replica/documents.ts';
import type { StoredAttachment, StoredRevision } from '../../replica/types.ts';
import type { RecordSize } from '../../../shared/record-size.ts';
import { revisionOf } from '../../../shared/revision-names.ts';
import type { Core } from '../core.ts';

type Attachments = 'none' | 'bytes';

/** What the ledger itself keeps of the content of a row; `null`: the replica has it, or nobody. */
function keptOf(
  core: Pick<Core, 'db'>,
  { id, rev }: Key,
): { readonly content: KeptContent; readonly history: readonly string[] } | null {
  const change = findChange(core.db, id, rev);
  if (change === undefined) return null;
  const content = keptContent(core.db, id, rev, change.content);
  return content === undefined ? null : { content, history: change.history };
}

/** `null` where the body is not there. `rev`: the name of a row, or any revision. */
export function readVersion(
  core: Core,
  { id, rev }: Key,
  attachments: Attachments,
): Promise<StoredRevision | null> {
  const kept = keptOf(core, { id, rev });
  if (kept === null) return core.replica.call('read', { id, rev: revisionOf(rev), attachments });
  return Promise.resolve(storedFrom(core, kept.content, kept.history, attachments));
}

/** The first of these revisions whose body is there, without the bytes of its attachments. */
export async function readFirst(
  core: Core,
  id: string,
  revs: readonly string[],
): Promise<StoredRevision | null> {
  const at = revs.findIndex((rev) => keptOf(core, { id, rev }) !== null);
  const before = at === -1 ? revs : revs.slice(0, at);
  const stored = await core.replica.call('readFirst', { id, revs: before.map(revisionOf) });
  const kept = revs[at];
  return stored ?? (kept === undefined ? null : readVersion(core, { id, rev: kept }, 'none'));
}

/** How large it is as it is sent. `null`: its body is not there. */
export async function sizeOfVersion(core: Core, { id, rev }: Key): Promise<RecordSize | null> {
  const kept = keptOf(core, { id, rev });
  if (kept === null) return core.replica.call('size', { id, rev: revisionOf(rev) });
  return sizeOf(storedFrom(core, kept.content, kept.history, 'none'));
}

/** A kept content as the replica gives a revision. */
export function storedFrom(
  core: Pick<Core, 'db'>,
  { id, rev, deleted, body, attachments }: KeptContent,
  history: readonly string[],
  bytes: Attachments,
): StoredRevision {
  const files: Record<string, StoredAttachment> = {};
  for (const [name, file] of Object.entries(attachments)) {
    const data = bytes === 'none' ? null : contentFile(core.db, id, file.digest);
    files[name] = { ...file, ...(data === null ? {} : { data: Buffer.from(data).toString('base64') }) };
  }
  return { id, rev, history, deleted, body, attachments: files };
}

/**
 * Whole documents as they are sent: JSON with history and the bytes of attachments, exactly with the content of their
 * rows; `null` where it is not there.
 */
export async function documentsToSend(
  core: Core,
  changes: readonly (Key & { readonly content: string; readonly history: readonly string[] })[],
): Promise<(string | null)[]> {
  const kept = changes.map(({ id, rev, content }) => keptContent(core.db, id, rev, content));
  const asked = changes.filter((_, at) => kept[at] === undefined);
  const answers = await core.replica.call('documents', {
    // What the disk has changed since it was written here must not leave.
    revisions: asked.map(({ id, rev, content }) => ({ id, rev, content })),
  });
  const byReplica = new Map(asked.map((change, at) => [change, answers[at] ?? null]));
  return changes.map((change, at) => {
    const own = kept[at];
    return own === undefined
      ? (byReplica.get(change) ?? null)
      : toJson(storedFrom(core, own, change.history, 'bytes'));
  });
}

export async function readAttachment(core: Core, { id, rev }: Key, name: string): Promise<Uint8Array | null> {
  const kept = keptOf(core, { id, rev });
  if (kept === null) return core.replica.call('attachment', { id, rev: revisionOf(rev), name });
  const file = kept.content.attachments[name];
  return file === undefined ? null : contentFile(core.db, id, file.digest);
}
