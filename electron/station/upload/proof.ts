/** Proof beyond the single request: the whole upload at its end, samples of what the server holds, and later looks. */
import type { ComparableAttachment } from '../../../shared/content.ts';
import { contentDigest } from '../../../shared/derived-revisions.ts';
import { digest } from '../../host/digest.ts';
import { audit } from '../../ledger/audit.ts';
import { markRefused, recordGone } from '../../ledger/deliveries.ts';
import type { Key } from '../../ledger/keys.ts';
import {
  acceptedChanges,
  acceptedIn,
  recordDisproved,
  recordLost,
  recordRemovedSince,
} from '../../ledger/proofs.ts';
import { hasPacked, withOwnDigests } from '../../review/packed-attachments.ts';
import type { ChtClient } from '../../upload/client.ts';
import { isMissing, missingOf } from '../../upload/proof.ts';
import { refreshDocuments } from '../server/refresh.ts';
import type { Core } from '../core.ts';
import { Removals } from '../server/removals.ts';

const AT_ONCE = 1000;
/** So many of an upload are read back whole. */
const SAMPLES = 20;

/** Asks about everything this upload found accepted. What is missing now goes back; it is returned. */
export async function proveAtTheEnd(core: Core, client: ChtClient, upload: string): Promise<readonly Key[]> {
  const gone = await missingAmong(client, acceptedIn(core.db, upload));
  if (gone.length > 0) {
    recordGone(core.db, upload, gone, core.now());
    core.log(`${gone.length} accepted records were gone at the end of the upload`);
  }
  return gone;
}

/** Which of these revisions the server lacks. */
export async function missingAmong<Revision extends Key>(
  client: ChtClient,
  keys: readonly Revision[],
): Promise<Revision[]> {
  const gone: Revision[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const some = keys.slice(at, at + AT_ONCE);
    const missing = await missingOf(client, some);
    gone.push(...some.filter((key) => isMissing(missing, key)));
  }
  return gone;
}

/**
 * Reads some of an upload back and compares body and attachment digests: the server keeps the first content it
 * got under a revision, whatever comes later. What this user may not see is passed over.
 */
export async function lookAtSamples(core: Core, client: ChtClient, upload: string): Promise<void> {
  const accepted = acceptedIn(core.db, upload);
  const random = core.options.random ?? Math.random;
  const from = Math.floor(random() * Math.max(1, accepted.length - SAMPLES));
  const samples = accepted.slice(from, from + SAMPLES);
  if (samples.length === 0) return;
  const contents = new Map(samples.map(({ id, rev, content }) => [JSON.stringify([id, rev]), content]));
  const at = core.now();
  for (const document of await client.bulkGet(samples)) {
    const { _id: id, _rev: rev } = document;
    if (typeof id !== 'string' || typeof rev !== 'string') continue;
    const content = contents.get(JSON.stringify([id, rev]));
    if (content === undefined || content === contentOf(document)) continue;
    if (hasPacked(document)) {
      // The server's digest of a text is that of the packed bytes: only the bytes themselves tell.
      const whole = await client.withAttachments(id, rev);
      const comparable = whole === null ? null : withOwnDigests(whole);
      if (comparable === null || content === contentOf(comparable)) continue;
    }
    core.db.transaction(() => {
      recordDisproved(core.db, upload, { id, rev }, 'other-content', at);
      audit(core.db, { person: core.person, at }, 'other-content-found', { id, rev, detail: { upload } });
    });
  }
}

function contentOf(document: Readonly<Record<string, unknown>>): string {
  const body = Object.fromEntries(Object.entries(document).filter(([field]) => !field.startsWith('_')));
  const files = (document['_attachments'] ?? {}) as Record<string, ComparableAttachment>;
  return contentDigest(digest, body, document['_deleted'] === true, files);
}

/**
 * A later look at everything that was accepted. What the server lost (it was put back from an older backup)
 * is open again, to be approved and sent from the replica. What it removed stays accepted: it was delivered. Where
 * nobody tells which of the two it is, a person decides. Answers how many the server lost.
 */
export async function lookForLost(core: Core, client: ChtClient): Promise<number> {
  const gone = await missingAmong(client, acceptedChanges(core.db));
  if (gone.length === 0) return 0;
  const at = core.now();
  const removed = await new Removals(core, client).among(gone);
  const lost = gone.filter((change) => removed.get(change) !== 'removed-on-server');
  core.db.transaction(() => {
    for (const change of gone) {
      const { id, rev } = change;
      const reason = removed.get(change);
      if (reason === 'removed-on-server') recordRemovedSince(core.db, change, at);
      else recordLost(core.db, change, at);
      if (reason === 'perhaps-removed') markRefused(core.db, change, reason);
      audit(core.db, { person: core.person, at }, 'gone-from-server', {
        id,
        rev,
        detail: { removed: reason === 'removed-on-server' },
      });
    }
  });
  await refreshDocuments(
    core,
    client,
    lost.map(({ id }) => id),
  );
  return lost.length;
}
