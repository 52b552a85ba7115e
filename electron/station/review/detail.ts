/** One change as a reviewer sees it: what it is, what it differs from, what may be done with it. */
import type { StoredRevision } from '../../replica/types.ts';
import {
  DECIDED_STATES,
  isOneOf,
  LIVE_STATES,
  UNDECIDABLE_CLASSES,
  UNSENT_STATES,
} from '../../../shared/states.ts';
import { differenceOf, MAX_FIELDS } from '../../../shared/difference.ts';
import { notesOn } from '../../../shared/handover.ts';
import { mayTry } from '../../../shared/refusals.ts';
import { checkDeletions } from '../../../shared/deletions.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Language } from '../../../shared/languages.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { isPicture } from '../../../shared/pictures.ts';
import { contentDigest, madeRevision } from '../../../shared/derived-revisions.ts';
import {
  APPROVABLE_CLASSES,
  type ChangeDetail,
  type Difference,
  type JoinDetail,
} from '../../../shared/review.ts';
import { compareLeaves, isComplete, revisionOf } from '../../../shared/revisions.ts';
import { digest } from '../../host/digest.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody, serverDocument } from '../../ledger/baseline.ts';
import { addChange, findChange, liveChanges, newestChange, type Change } from '../../ledger/changes.ts';
import { findChangeRow } from '../../ledger/change-lists.ts';
import { checkSecondFor } from '../../ledger/four-eyes.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { settleRebase } from '../../ledger/rebase.ts';
import { isBesideApproved } from '../../ledger/one-version.ts';
import { isRetired } from '../../ledger/retention.ts';
import type { Joined } from '../../../shared/three-way-merge.ts';
import { joinAt, joinPlace, type JoinPlace } from './joins.ts';
import { inWords, namedRecord, recordView } from './record-view.ts';
import { readAttachment, readFirst, readVersion } from './versions.ts';
import { classDocuments } from './reclassify.ts';
import type { Core } from '../core.ts';
import { writeMade } from './write-made.ts';
import { missingBody } from '../health/store.ts';

/** @throws StationError `not-found` */
export function changeFor(core: Core, id: string, rev: string | undefined): Change {
  const change = rev === undefined ? newestChange(core.db, id) : findChange(core.db, id, rev);
  if (change === undefined) throw new StationError('not-found');
  return change;
}

async function bodyOf(core: Core, id: string, rev: string): Promise<StoredRevision | null> {
  return readVersion(core, { id, rev }, 'none');
}

/**
 * Field by field against the server's version where it is known, else against the nearest ancestor whose
 * body is here, else against another device's version.
 */
async function difference(core: Core, change: Change): Promise<Difference> {
  const join = await joinOfUpdate(core, change);
  const theirs = join === null ? undefined : serverBody(core.db, change.id, join.place.server);
  if (join !== null && theirs !== undefined) {
    // What is sent is the joined version, so this is what changes on the server.
    const { _attachments: _, ...joined } = join.joined.body;
    return made(
      change,
      { rev: join.place.server, origin: 'server' },
      differenceOf(theirs.body, joined),
      null,
    );
  }
  const stored = await bodyOf(core, change.id, change.rev);
  if (stored === null && isRetired(core.db, change)) return made(change, null, [], 'given-up');
  // Against nothing everything would look as if it were taken away.
  if (stored === null && change.class !== 'broken') throw missingBody(core);
  const after = stored?.body ?? {};
  const known = serverDocument(core.db, change.id);
  const leaves = (known?.leaves ?? []).toSorted(compareLeaves);
  for (const leaf of leaves) {
    if (leaf.rev === change.rev) continue;
    const body = serverBody(core.db, change.id, leaf.rev);
    if (body === undefined) continue;
    return made(change, { rev: leaf.rev, origin: 'server' }, differenceOf(body.body, after), null);
  }
  const ancestor = await readFirst(core, change.id, change.history.slice(1));
  if (ancestor !== null)
    return made(change, { rev: ancestor.rev, origin: 'ancestor' }, differenceOf(ancestor.body, after), null);
  for (const other of liveChanges(core.db, change.id)) {
    if (other.rev === change.rev || other.state === 'closed') continue;
    const body = await bodyOf(core, change.id, other.rev);
    if (body !== null)
      return made(change, { rev: other.rev, origin: 'other-device' }, differenceOf(body.body, after), null);
  }
  const hidden = leaves.some((leaf) => leaf.rev !== change.rev && leaf.content === null);
  const why = hidden
    ? 'server-hides-it'
    : known === undefined && change.history.length > 1
      ? 'server-not-asked'
      : 'no-earlier-version';
  return made(change, null, differenceOf(null, after), why);
}

/** The join of an update that is joined with the server's version; `null` if it is not one. */
async function joinOfUpdate(
  core: Core,
  change: Change,
): Promise<{ readonly place: JoinPlace; readonly joined: Joined } | null> {
  if (change.class !== 'update' || change.reason !== 'joins-server-edit') return null;
  const place = joinPlace(core, change);
  const joined = place === null ? null : await joinAt(core, place);
  return place === null || joined === null ? null : { place, joined };
}

async function joinDetail(core: Core, change: Change): Promise<JoinDetail | null> {
  const join = await joinOfUpdate(core, change);
  if (join === null) return null;
  const { base, phone, server } = join.place;
  const { fields, overlaps } = join.joined;
  return { base, phone, server, fields: fields.slice(0, MAX_FIELDS), overlaps };
}

function made(
  change: Change,
  from: Difference['from'],
  fields: Difference['fields'],
  notCompared: Difference['notCompared'],
): Difference {
  return { id: change.id, from, to: change.rev, fields, notCompared };
}

/** The difference with the labels and choices of the form. */
export async function differenceInWords(core: Core, change: Change, language: Language): Promise<Difference> {
  const found = await difference(core, change);
  const stored = change.class === 'broken' ? null : await bodyOf(core, change.id, change.rev);
  if (stored === null) return found;
  return { ...found, fields: inWords(found.fields, namedRecord(core, change, stored, language)) };
}

export async function changeDetail(
  core: Core,
  id: string,
  rev: string | undefined,
  language: Language,
): Promise<ChangeDetail> {
  const change = changeFor(core, id, rev);
  const row = findChangeRow(core.db, change.id, change.rev);
  if (row === undefined) throw new StationError('not-found');
  const stored = change.class === 'broken' ? null : await bodyOf(core, change.id, change.rev);
  const decidable = !isOneOf(UNDECIDABLE_CLASSES, change.class) && change.resolution === null;
  return {
    ...row,
    notes: change.kind === 'contact' && stored !== null && !stored.deleted ? notesOn(stored.body) : [],
    join: await joinDetail(core, change),
    difference:
      change.class === 'broken'
        ? made(change, null, [], 'no-earlier-version')
        : await differenceInWords(core, change, language),
    shown: stored === null ? null : await recordView(core, change, stored, language),
    attachmentList: Object.entries(stored?.attachments ?? {}).map(([name, attachment]) => ({
      name,
      contentType: attachment.content_type,
      bytes: attachment.length,
      digest: attachment.digest,
    })),
    history: change.history,
    historyComplete: isComplete(change.history),
    raw:
      stored === null
        ? {}
        : {
            _id: change.id,
            _rev: revisionOf(change.rev),
            ...(stored.deleted ? { _deleted: true } : {}),
            ...stored.body,
          },
    may: {
      approve:
        APPROVABLE_CLASSES.includes(change.class) &&
        change.resolution === null &&
        mayApprove(change) &&
        !isBesideApproved(core.db, change),
      try: change.resolution === null && mayTry(row) && !isBesideApproved(core.db, change),
      settle: change.class === 'conflict' && change.resolution === null,
      choose: change.class === 'contradiction' && isOneOf(UNSENT_STATES, change.state),
      checkAgain: change.refused !== null && !change.refusalApproved && isStillHere(change),
      hold: decidable && (change.state === 'open' || change.state === 'approved'),
      release: change.resolution === null && isOneOf(DECIDED_STATES, change.state),
      rebase:
        change.class === 'unplaced' &&
        change.state === 'open' &&
        serverWinner(core, id) !== null &&
        !isBesideApproved(core.db, change),
    },
  };
}

/** Undecided, or approved and kept here by a refusal that somebody may overrule. */
function mayApprove({ state, refused, refusalApproved }: Change): boolean {
  return state === 'open' || (state === 'approved' && refused !== null && !refusalApproved);
}

function isStillHere({ state }: Change): boolean {
  return isOneOf(LIVE_STATES, state);
}

/** The server's version of a document, as far as it was seen: its revision. */
export function serverWinner(core: Core, id: string): string | null {
  const leaves = serverDocument(core.db, id)?.leaves ?? [];
  const [winner] = leaves.toSorted(compareLeaves);
  return winner?.rev ?? null;
}

/**
 * Only what a window shows as a picture.
 * @throws StationError `not-found`, `bad-params` (no picture), `attachment-too-large`
 */
export async function picture(
  core: Core,
  id: string,
  rev: string,
  name: string,
): Promise<{ contentType: string; data: string }> {
  const stored = await bodyOf(core, id, rev);
  const info = stored?.attachments[name];
  if (info === undefined) throw new StationError('not-found');
  if (!isPicture(info.content_type)) throw new StationError('bad-params');
  if (info.length > LIMITS.pictureBytes) throw new StationError('attachment-too-large');
  const data = await readAttachment(core, { id, rev }, name);
  if (data === null) throw new StationError('not-found');
  return { contentType: info.content_type, data: Buffer.from(data).toString('base64') };
}

/**
 * An `unplaced` change becomes a new edit on the server's version that the person looked at (rule 5).
 * @throws StationError `not-found`, `nothing-to-decide`, `newer-arrived`, `other-version-approved`, `would-delete`,
 *   `second-needed`
 */
export async function rebase(
  core: Core,
  which: { readonly id: string; readonly rev: string; readonly on: string; readonly deleting: number },
  by: DecisionMaker,
): Promise<{ rev: string; decision: string }> {
  const { id, rev, on, deleting } = which;
  const change = changeFor(core, id, rev);
  if (change.class !== 'unplaced' || change.state !== 'open') throw new StationError('nothing-to-decide');
  if (serverWinner(core, id) !== on) throw new StationError('newer-arrived');
  if (isBesideApproved(core.db, change)) throw new StationError('other-version-approved');
  checkDeletions(change.deleted ? 1 : 0, deleting);
  checkSecondFor(core.db, by, change);
  const stored = await readVersion(core, { id, rev }, 'bytes');
  const below = serverBody(core.db, id, on)?.history ?? [on];
  if (stored === null) throw missingBody(core);
  const attachments = Object.fromEntries(
    Object.entries(stored.attachments).map(([name, file]) => [
      name,
      { content_type: file.content_type, digest: file.digest, data: Buffer.from(file.data ?? '', 'base64') },
    ]),
  );
  const content = contentDigest(digest, stored.body, stored.deleted, attachments);
  const next = madeRevision(digest, on, content);
  const history = [next, ...below];
  await writeMade(core, [
    { id, rev: next, history, deleted: stored.deleted, body: stored.body, attachments },
  ]);
  const decision = core.db.transaction(() => {
    addChange(
      core.db,
      null,
      change.batch,
      { ...change, rev: next, history, origin: 'rebase', madeHere: false, ordinal: null, content },
      by,
    );
    const settled = settleRebase(core.db, { id, from: rev, to: next, batch: change.batch, by });
    classDocuments(core, [id]);
    audit(core.db, by, 'rebased', {
      batch: change.batch,
      id,
      rev: next,
      detail: {
        decision: settled,
        from: rev,
        on,
        ...(by.second === undefined ? {} : { second: by.second }),
      },
    });
    return settled;
  });
  core.changed('batches', 'outbox');
  return { rev: next, decision: String(decision) };
}
