/**
 * Brings back what a batch deleted on the server: a new version on top of the deletion, with the body from before it.
 * It is approved and sent like any other change, by the person of the batch.
 */
import { contentDigest, madeRevision } from '../../../shared/derived-revisions.ts';
import { kindOf, labelOf, needsOf, reportedAtOf, shortCodeOf } from '../../../shared/documents.ts';
import { findFactsOf } from '../../../shared/finding.ts';
import type { BroughtBack } from '../../../shared/review.ts';
import { StationError } from '../../../shared/errors.ts';
import type { NewChange } from '../../../shared/intake.ts';
import { digest } from '../../host/digest.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody } from '../../ledger/baseline.ts';
import { deletionsToBringBack, recordBroughtBack, type Deleted } from '../../ledger/bring-back.ts';
import { addChange, findChange } from '../../ledger/changes.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import type { RevisionToStore } from '../../replica/types.ts';
import type { Core } from '../core.ts';
import { classDocuments } from './reclassify.ts';
import { writeMade } from './write-made.ts';

/**
 * A record whose earlier body is not here after all, or has an attachment that is not, is left out and counted.
 * @throws StationError `nothing-to-decide`
 */
export async function bringBack(core: Core, batch: string, by: DecisionMaker): Promise<BroughtBack> {
  const found = deletionsToBringBack(core.db, batch);
  const made: { readonly revision: RevisionToStore; readonly change: NewChange }[] = [];
  for (const deleted of found) {
    const one = await earlierVersion(core, deleted);
    if (one !== null) made.push(one);
  }
  if (made.length === 0) throw new StationError('nothing-to-decide');
  await writeMade(
    core,
    made.map(({ revision }) => revision),
  );
  const decision = core.db.transaction(() => {
    // Somebody may have done the same meanwhile.
    const still = new Set(deletionsToBringBack(core.db, batch).map(({ id }) => id));
    const now = made.filter(({ change }) => still.has(change.id));
    if (now.length === 0) throw new StationError('nothing-to-decide');
    for (const { change } of now) addChange(core.db, null, batch, change, by);
    const recorded = recordBroughtBack(
      core.db,
      batch,
      now.map(({ change }) => change),
      by,
    );
    for (const { change } of now)
      audit(core.db, by, 'brought-back', {
        batch,
        id: change.id,
        rev: change.rev,
        detail: { decision: recorded, deleted: change.history[1] },
      });
    classDocuments(
      core,
      now.map(({ change }) => change.id),
    );
    return recorded;
  });
  core.changed('batches', 'outbox', 'conflicts');
  return { changed: made.length, notHere: found.length - made.length, decision: String(decision) };
}

async function earlierVersion(
  core: Core,
  deleted: Deleted,
): Promise<{ readonly revision: RevisionToStore; readonly change: NewChange } | null> {
  const { id, rev: below, earlier } = deleted;
  const deletion = findChange(core.db, id, below);
  if (deletion === undefined) return null;
  for (const rev of earlier) {
    const stored = await core.replica.call('read', { id, rev, attachments: 'bytes' });
    const known = stored === null ? serverBody(core.db, id, rev) : undefined;
    // The bytes of attachments that were only seen on the server are not here.
    if (known !== undefined && Object.keys(known.attachments).length > 0) continue;
    const body = stored?.body ?? known?.body;
    if (body === undefined) continue;
    const files = Object.entries(stored?.attachments ?? {});
    if (files.some(([, file]) => file.data === undefined)) continue;
    const attachments = Object.fromEntries(
      files.map(([name, { content_type, digest: of, data = '' }]) => [
        name,
        { content_type, digest: of, data: Buffer.from(data, 'base64') },
      ]),
    );
    const content = contentDigest(digest, body, false, attachments);
    const next = madeRevision(digest, below, content);
    const history = [next, ...deleted.history];
    return {
      revision: { id, rev: next, history, deleted: false, body, attachments },
      change: {
        ...deletion,
        rev: next,
        history,
        ordinal: null,
        origin: 'rebase',
        madeHere: false,
        deleted: false,
        neverSent: null,
        kind: kindOf(id, body, false),
        label: labelOf(id, body),
        form: typeof body['form'] === 'string' ? body['form'] : null,
        reportedAt: reportedAtOf(body),
        needs: needsOf(id, body),
        code: shortCodeOf(id, body, false),
        finds: findFactsOf(id, body, false),
        content,
        attachments: files.length,
      },
    };
  }
  return null;
}
