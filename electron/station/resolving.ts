/**
 * Conflicts: a document with more than one live leaf. One leaf is kept (or a merge of them is made); the
 * others are closed with tombstones that keep their body, and their bodies stay in the ledger.
 */
import { randomUUID } from 'node:crypto';
import type { AttachmentData } from '../../shared/dump.ts';
import { fieldsThatDiffer } from '../../shared/difference.ts';
import { kindOf, labelOf, needsOf } from '../../shared/documents.ts';
import { StationError } from '../../shared/errors.ts';
import type { NewChange } from '../../shared/intake.ts';
import { contentDigest, madeRevision } from '../../shared/made.ts';
import type { ConflictDetail, ConflictLeaf, ConflictRow } from '../../shared/review.ts';
import { compareRevisions } from '../../shared/revisions.ts';
import { digest } from '../digest.ts';
import { audit } from '../ledger/audit.ts';
import { serverBody, serverDocument } from '../ledger/baseline.ts';
import { addChange, findChange, liveChanges, type Change } from '../ledger/changes.ts';
import { noteClosedBody, settle, takenOf } from '../ledger/conflicts.ts';
import type { RevisionToStore, StoredRevision } from '../replica/replica.ts';
import { classDocuments } from './classing.ts';
import type { Core } from './core.ts';

/** A leaf of the conflict with what the station has of it. */
interface Leaf extends ConflictLeaf {
  readonly history: readonly string[];
  readonly change: Change | null;
}

function leavesOf(core: Core, id: string): Leaf[] {
  const known = serverDocument(core.db, id);
  const changes = liveChanges(core.db, id).filter(
    (change) =>
      ['open', 'approved', 'held', 'sent'].includes(change.state) &&
      change.resolution === null &&
      !['never-sent', 'refused', 'same', 'older'].includes(change.class) &&
      !(known?.has.includes(change.rev) ?? false),
  );
  const ancestors = new Set(changes.flatMap((change) => change.history.slice(1)));
  const leaves: Leaf[] = changes
    .filter((change) => !ancestors.has(change.rev))
    .map((change) => ({
      rev: change.rev,
      origin: 'dump',
      ...takenOf(core.db, change.batch),
      deleted: change.deleted,
      history: change.history,
      change,
    }));
  for (const leaf of known?.leaves ?? []) {
    // A deleted leaf beside others is a closed branch; one that ours descends from is no leaf here.
    if (ancestors.has(leaf.rev) || (leaf.deleted === true && (known?.leaves.length ?? 0) > 1)) continue;
    const body = serverBody(core.db, id, leaf.rev);
    leaves.push({
      rev: leaf.rev,
      origin: 'server',
      user: null,
      device: null,
      takenAt: known?.askedAt ?? null,
      deleted: leaf.deleted === true,
      history: body?.history ?? [leaf.rev],
      change: null,
    });
  }
  return leaves.sort(
    (a, b) =>
      Number(a.deleted) - Number(b.deleted) || compareRevisions(a.rev, b.rev) || (a.rev < b.rev ? 1 : -1),
  );
}

export function conflictRow(core: Core, id: string): ConflictRow {
  const leaves = leavesOf(core, id);
  const change = leaves.find((leaf) => leaf.change !== null)?.change;
  return {
    id,
    kind: change?.kind ?? 'other',
    label: change?.label ?? id,
    leaves: leaves.map(({ rev, origin, user, device, takenAt, deleted }) => ({
      rev,
      origin,
      user,
      device,
      takenAt,
      deleted,
    })),
    winner: leaves[0]?.rev ?? '',
  };
}

async function versionOf(
  core: Core,
  id: string,
  leaf: Leaf,
  attachments: 'none' | 'bytes',
): Promise<StoredRevision | null> {
  if (leaf.change !== null) return core.replica.call('read', { id, rev: leaf.rev, attachments });
  const body = serverBody(core.db, id, leaf.rev);
  if (body === undefined) return null;
  return {
    id,
    rev: leaf.rev,
    history: body.history,
    deleted: body.deleted,
    body: body.body,
    attachments: {},
  };
}

export async function conflictDetail(core: Core, id: string): Promise<ConflictDetail> {
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const bodies = await Promise.all(
    leaves.map(async (leaf) => (await versionOf(core, id, leaf, 'none'))?.body ?? null),
  );
  return { ...conflictRow(core, id), bodies, fields: fieldsThatDiffer(bodies) };
}

export interface Resolution {
  readonly id: string;
  readonly seen: readonly string[];
  readonly keep?: string | undefined;
  readonly merged?: Readonly<Record<string, unknown>> | undefined;
}

/** @throws StationError `not-in-conflict`, `newer-arrived`, `bad-params`, `attachment-not-here`, `replica-failed` */
export async function resolveConflict(
  core: Core,
  { id, seen, keep, merged }: Resolution,
): Promise<{ kept: string; closed: string[] }> {
  if ((keep === undefined) === (merged === undefined)) throw new StationError('bad-params');
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const looked = new Set(seen);
  if (leaves.some((leaf) => !looked.has(leaf.rev)) || seen.length !== leaves.length)
    throw new StationError('newer-arrived');

  const versions = new Map<string, StoredRevision>();
  for (const leaf of leaves) {
    const version = await versionOf(
      core,
      id,
      leaf,
      leaf.rev === keep || merged !== undefined ? 'bytes' : 'none',
    );
    if (version !== null) versions.set(leaf.rev, version);
  }
  const base = keep === undefined ? mergeBase(leaves) : leaves.find((leaf) => leaf.rev === keep);
  if (base === undefined) throw new StationError('newer-arrived');

  const resolution = randomUUID();
  const made: { change: NewChange; revision: RevisionToStore; closes: string | null }[] = [];
  const kept = merged === undefined ? base.rev : mergedRevision(core, base, versions, merged, made);
  for (const leaf of leaves) {
    if (leaf.rev === base.rev || leaf.deleted) continue;
    const version = versions.get(leaf.rev);
    // The server hides this leaf from us: it cannot be closed with its body, so it is left as it is.
    if (version === undefined) continue;
    made.push(closingRevision(leaf, version));
  }

  await core.replica.call('write', { revisions: made.map((one) => one.revision) });
  const by = { person: core.person, at: core.now() };
  const batch = base.change?.batch ?? leaves.find((leaf) => leaf.change !== null)?.change?.batch ?? null;
  core.db.transaction(() => {
    // Between the look and now something newer may have come.
    const now = leavesOf(core, id);
    if (now.length !== leaves.length || now.some((leaf) => !looked.has(leaf.rev)))
      throw new StationError('newer-arrived');
    for (const leaf of leaves) {
      const version = versions.get(leaf.rev);
      if (leaf.rev !== kept && version !== undefined) noteClosedBody(core.db, version, by);
      if (leaf.change !== null && leaf.rev !== kept) {
        settle(core.db, { id, rev: leaf.rev, state: 'closed', resolution, keeps: kept, seen, by });
      }
    }
    for (const { change } of made) {
      addChange(core.db, null, batch, change, by);
      settle(core.db, { id, rev: change.rev, state: 'approved', resolution, keeps: kept, seen, by });
    }
    if (findChange(core.db, id, kept) !== undefined) {
      settle(core.db, { id, rev: kept, state: 'approved', resolution, keeps: kept, seen, by });
    }
    audit(core.db, by, merged === undefined ? 'kept one side of a conflict' : 'merged a conflict', {
      batch,
      id,
      rev: kept,
      detail: { closed: leaves.filter((leaf) => leaf.rev !== kept).map((leaf) => leaf.rev) },
    });
    classDocuments(core, [id]);
  });
  core.changed('conflicts', 'batches', 'outbox');
  return { kept, closed: made.filter((one) => one.closes !== null).map((one) => one.closes ?? '') };
}

/** A merge continues the server's version where there is one, else the one that would win. */
function mergeBase(leaves: readonly Leaf[]): Leaf | undefined {
  return leaves.find((leaf) => leaf.origin === 'server' && !leaf.deleted) ?? leaves[0];
}

type Made = { change: NewChange; revision: RevisionToStore; closes: string | null };

function mergedRevision(
  core: Core,
  base: Leaf,
  versions: ReadonlyMap<string, StoredRevision>,
  merged: Readonly<Record<string, unknown>>,
  made: Made[],
): string {
  const version = versions.get(base.rev);
  if (version === undefined) throw new StationError('not-found');
  const body = Object.fromEntries(Object.entries(merged).filter(([field]) => !field.startsWith('_')));
  const attachments = attachmentsOfAll(core, version, [...versions.values()]);
  const one = madeFrom(version.id, base.rev, version, body, attachments, 'merge');
  made.push(one);
  return one.revision.rev;
}

/**
 * The attachments of every side: a merge is of fields, and must not take a picture away. Those of the base come
 * first where two have one name.
 * @throws StationError `attachment-not-here`: the server has one whose bytes no dump brought
 */
function attachmentsOfAll(
  core: Core,
  base: StoredRevision,
  versions: readonly StoredRevision[],
): Record<string, AttachmentData> {
  const all: Record<string, AttachmentData> = {};
  const here = versions.flatMap((version) => Object.values(bytesOf(version)));
  for (const version of [base, ...versions]) {
    const named = serverBody(core.db, version.id, version.rev)?.attachments ?? {};
    for (const [name, file] of Object.entries(named)) {
      const { digest: wanted } = file as { readonly digest?: unknown };
      const found = here.find((one) => one.digest === wanted);
      if (found === undefined) throw new StationError('attachment-not-here');
      all[name] ??= found;
    }
    for (const [name, file] of Object.entries(bytesOf(version))) all[name] ??= file;
  }
  return all;
}

function closingRevision(leaf: Leaf, version: StoredRevision): Made {
  return { ...madeFrom(version.id, leaf.rev, version, version.body, {}, 'closing'), closes: leaf.rev };
}

function madeFrom(
  id: string,
  parent: string,
  version: StoredRevision,
  body: Readonly<Record<string, unknown>>,
  attachments: Readonly<Record<string, AttachmentData>>,
  origin: 'closing' | 'merge',
): Made {
  const deleted = origin === 'closing';
  const content = contentDigest(digest, body, deleted, attachments);
  const rev = madeRevision(digest, parent, content);
  const history = [rev, ...version.history];
  return {
    closes: null,
    revision: { id, rev, history, deleted, body, attachments },
    change: {
      id,
      rev,
      ordinal: null,
      origin,
      history,
      madeHere: false,
      deleted,
      neverSent: null,
      kind: kindOf(id, body, deleted),
      label: labelOf(id, body),
      form: typeof body['form'] === 'string' ? body['form'] : null,
      reportedAt: typeof body['reported_date'] === 'number' ? body['reported_date'] : null,
      authorUser: null,
      authorContact: null,
      needs: needsOf(id, body),
      content,
      bytes: 0,
      attachments: Object.keys(attachments).length,
    },
  };
}

function bytesOf(version: StoredRevision): Record<string, AttachmentData> {
  const attachments: Record<string, AttachmentData> = {};
  for (const [name, stored] of Object.entries(version.attachments)) {
    if (stored.data === undefined) continue;
    attachments[name] = {
      content_type: stored.content_type,
      digest: stored.digest,
      data: Buffer.from(stored.data, 'base64'),
    };
  }
  return attachments;
}
