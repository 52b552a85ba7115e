/**
 * Writes revisions that the station makes itself to the replica. No dump has them, so each gets a safe copy of its own
 * first: a file in `made/`, from which a lost replica is written anew (`electron/workers/replica/restore.ts`).
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { replaceFile, syncFolder } from '../../disk/own-disk.ts';
import type { RevisionToStore } from '../../replica/types.ts';
import type { MadeCopy } from '../../workers/replica/restore.ts';
import type { Core } from '../core.ts';

/** @throws StationError `disk-full`, or of the replica */
export async function writeMade(
  core: Pick<Core, 'folders' | 'replica'>,
  revisions: readonly RevisionToStore[],
): Promise<void> {
  for (const revision of revisions) {
    const copy = JSON.stringify(copyOf(revision));
    await onOwnDisk(replaceFile(join(core.folders.made, madeFile(revision)), copy));
  }
  await onOwnDisk(syncFolder(core.folders.made));
  await core.replica.call('write', { revisions });
}

/** The name of its file in `made/`. */
export function madeFile({ id, rev }: Pick<RevisionToStore, 'id' | 'rev'>): string {
  return `${createHash('sha256')
    .update(JSON.stringify([id, rev]))
    .digest('hex')}.json`;
}

function copyOf(revision: RevisionToStore): MadeCopy {
  const attachments = Object.entries(revision.attachments).map(
    ([name, { content_type, digest, data }]) =>
      [name, { content_type, digest, data: Buffer.from(data).toString('base64') }] as const,
  );
  return { ...revision, attachments: Object.fromEntries(attachments) };
}
