/**
 * Conflicts: a document with more than one live leaf. One leaf is kept (or a merge of them is made); the
 * others are closed with tombstones that keep their body, and their bodies stay in the ledger.
 */
import type { StoredRevision } from '../../replica/types.ts';
import { isOneOf, LIVE_STATES, NO_SIDE_CLASSES } from '../../../shared/states.ts';
import { randomUUID } from 'node:crypto';
import { kindOf, labelOf } from '../../../shared/documents.ts';
import { fieldsThatDiffer, MAX_FIELDS } from '../../../shared/difference.ts';
import { checkDeletions } from '../../../shared/deletions.ts';
import { StationError } from '../../../shared/errors.ts';
import type { FieldLoss, SideOfConflict } from '../../../shared/losses.ts';
import { pathKey, type Joined, type Path, type Side } from '../../../shared/three-way-merge.ts';
import type { ConflictDetail, ConflictLeaf, ConflictRow } from '../../../shared/review.ts';
import { compareLeaves } from '../../../shared/revisions.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody, serverDocument } from '../../ledger/baseline.ts';
import { addChange, findChange, liveChanges, newestChange, type Change } from '../../ledger/changes.ts';
import { beginDecision } from '../../ledger/undo.ts';
import { moveMade, recordClosedBody, settle, takenOf } from '../../ledger/conflicts.ts';
import { classDocuments } from './reclassify.ts';
import type { Core } from '../core.ts';
import { joinAt, joinPlace, type JoinPlace } from './joins.ts';
import { checkLosses, lossesOf, type Outcome } from './losses.ts';
import { readVersion } from './versions.ts';
import { closingRevision, joinedOf, liftedRevision, mergedRevision, type Made } from './made-revisions.ts';
import { writeMade } from './write-made.ts';
import { missingBody } from '../health/store.ts';

/** A leaf of the conflict with what the station has of it. */
interface Leaf extends ConflictLeaf {
  readonly history: readonly string[];
  readonly change: Change | null;
}

function leavesOf(core: Core, id: string): Leaf[] {
  const known = serverDocument(core.db, id);
  const changes = liveChanges(core.db, id).filter(
    (change) =>
      isOneOf(LIVE_STATES, change.state) &&
      change.resolution === null &&
      !isOneOf(NO_SIDE_CLASSES, change.class) &&
      // Which of its contents is meant has to be chosen first.
      change.class !== 'contradiction' &&
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
  return leaves.sort((a, b) => compareLeaves(a, b) || (a.rev < b.rev ? 1 : -1));
}

export function conflictRow(core: Core, id: string): ConflictRow {
  const leaves = leavesOf(core, id);
  // Where nobody's version waits here, the newest that was brought names the record, or the server's own.
  const change = leaves.find((leaf) => leaf.change !== null)?.change ?? newestChange(core.db, id);
  const body = change === undefined ? serverBody(core.db, id, leaves[0]?.rev ?? '')?.body : undefined;
  return {
    id,
    kind: change?.kind ?? (body === undefined ? 'other' : kindOf(id, body, false)),
    label: change?.label ?? (body === undefined ? id : labelOf(id, body)),
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
  if (leaf.change !== null) return readVersion(core, { id, rev: leaf.rev }, attachments);
  const body = serverBody(core.db, id, leaf.rev);
  // What this station sent need not be shown by the server.
  if (body === undefined) return core.replica.call('read', { id, rev: leaf.rev, attachments });
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
  const join = await joinOf(core, leaves);
  return {
    ...conflictRow(core, id),
    bodies,
    fields: fieldsThatDiffer(bodies),
    ancestor: await ancestorOf(core, id, leaves),
    join:
      join === null
        ? null
        : {
            base: join.place.base,
            phone: join.place.phone,
            server: join.place.server,
            fields: join.joined.fields.slice(0, MAX_FIELDS),
            overlaps: join.joined.overlaps,
          },
  };
}

/** The newest version that all sides went on from and whose body is here. */
async function ancestorOf(
  core: Core,
  id: string,
  leaves: readonly Leaf[],
): Promise<ConflictDetail['ancestor']> {
  const [first, ...others] = leaves.map(({ history }) => history);
  for (const rev of (first ?? []).filter((one) => others.every((history) => history.includes(one)))) {
    const body = serverBody(core.db, id, rev)?.body;
    const found = body ?? (await core.replica.call('read', { id, rev, attachments: 'none' }))?.body;
    if (found !== undefined) return { rev, body: found };
  }
  return null;
}

interface JoinOfSides {
  readonly place: JoinPlace;
  readonly joined: Joined;
}

/** The two sides joined, where they are a phone's and the server's and the version both went on from is here. */
async function joinOf(
  core: Core,
  leaves: readonly Leaf[],
  choices?: ReadonlyMap<string, Side>,
): Promise<JoinOfSides | null> {
  const change = leaves.find((leaf) => leaf.change !== null)?.change ?? null;
  const server = leaves.find((leaf) => leaf.origin === 'server');
  if (leaves.length !== 2 || change === null || server === undefined) return null;
  const place = joinPlace(core, change);
  if (place === null || place.server !== server.rev) return null;
  const joined = await joinAt(core, place, choices);
  return joined === null ? null : { place, joined };
}

/** How a conflict ends: exactly one of them. */
export interface Ending {
  readonly keep?: string | undefined;
  readonly merged?: Readonly<Record<string, unknown>> | undefined;
  /** Whose value of each overlap; all else is joined. */
  readonly choices?: readonly { readonly path: Path; readonly take: Side }[] | undefined;
}

export interface Resolution extends Ending {
  readonly id: string;
  readonly seen: readonly string[];
  /** What the person agreed to lose. */
  readonly losing: readonly Path[];
  /** 1: the person agreed that the record is deleted. */
  readonly deleting: number;
}

/** What this ending would lose. @throws StationError `not-in-conflict`, `newer-arrived`, `bad-params` */
export async function conflictLosses(
  core: Core,
  { id, ...ending }: Ending & { id: string },
): Promise<FieldLoss[]> {
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  return (await lookAtEnding(core, id, leaves, ending)).losses;
}

/** What an ending comes to: the version that its choices make, and what it would lose. */
async function lookAtEnding(
  core: Core,
  id: string,
  leaves: readonly Leaf[],
  { keep, merged, choices }: Ending,
): Promise<{ readonly losses: FieldLoss[]; readonly chosen: JoinOfSides | null }> {
  if ([keep, merged, choices].filter((one) => one !== undefined).length !== 1)
    throw new StationError('bad-params');
  if (keep !== undefined && leaves.every((leaf) => leaf.rev !== keep))
    throw new StationError('newer-arrived');
  const taken = new Map(choices?.map(({ path, take }) => [pathKey(path), take]));
  const join = await joinOf(core, leaves, taken);
  if (choices !== undefined) {
    // What overlaps may have become something else since the person looked.
    if (join === null || join.joined.overlaps.some(({ path }) => !taken.has(pathKey(path))))
      throw new StationError('newer-arrived');
    return { losses: [], chosen: join };
  }
  const sides: SideOfConflict[] = [];
  for (const leaf of leaves) {
    const version = await versionOf(core, id, leaf, 'none');
    if (version === null) continue;
    const files = leaf.change === null ? serverBody(core.db, id, leaf.rev)?.attachments : version.attachments;
    const deleted = version.deleted ? { _deleted: true } : {};
    sides.push({ rev: leaf.rev, body: { ...version.body, ...deleted, _attachments: files ?? {} } });
  }
  const outcome: Outcome =
    merged === undefined ? { kind: 'keep', rev: keep ?? '' } : { kind: 'merged', body: merged };
  return { losses: lossesOf(outcome, sides, join), chosen: null };
}

/**
 * @throws StationError `not-in-conflict`, `newer-arrived`, `bad-params`, `would-lose`, `would-delete`,
 *   `attachment-not-here`, `replica-failed`
 */
export async function resolveConflict(
  core: Core,
  { id, seen, losing, deleting, ...ending }: Resolution,
): Promise<{ kept: string; closed: string[]; decision: string }> {
  const { keep, merged } = ending;
  if (Object.values(ending).filter((one) => one !== undefined).length !== 1)
    throw new StationError('bad-params');
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const looked = new Set(seen);
  if (leaves.some((leaf) => !looked.has(leaf.rev)) || seen.length !== leaves.length)
    throw new StationError('newer-arrived');
  const { losses, chosen: joined } = await lookAtEnding(core, id, leaves, ending);
  checkLosses(losses, losing);

  // What every replica shows as long as nothing is settled: the first in the order of revisions.
  const winner = leaves.find((leaf) => !leaf.deleted) ?? leaves[0];
  const chosen = leaves.find((leaf) => leaf.rev === keep);
  if (winner === undefined || (keep !== undefined && chosen === undefined))
    throw new StationError('newer-arrived');
  checkDeletions(chosen?.change?.deleted === true ? 1 : 0, deleting);
  const isOutranked = chosen !== undefined && !chosen.deleted && chosen !== winner;

  const versions = new Map<string, StoredRevision>();
  for (const leaf of leaves) {
    const wantsBytes = leaf === chosen || isOutranked || merged !== undefined || joined !== null;
    const version = await versionOf(core, id, leaf, wantsBytes ? 'bytes' : 'none');
    // A side that was brought and is gone is not one that the server hides.
    if (version === null && leaf.change !== null) throw missingBody(core);
    if (version !== null) versions.set(leaf.rev, version);
  }

  const made: Made[] = [];
  if (joined !== null) made.push(joinedOf(winner.rev, versions, joined.joined.body));
  if (merged !== undefined) made.push(mergedRevision(core, winner.rev, versions, merged));
  const lifted = isOutranked ? liftedRevision(core, chosen.rev, winner.rev, versions) : null;
  if (lifted !== null) made.push(lifted);
  /** What the made revision continues needs no closing; what was chosen needs none where nothing was made. */
  const continued = made.length > 0 ? winner : chosen;
  /** What is left at the end. */
  const stays = made[0]?.revision.rev ?? keep ?? winner.rev;
  const kept = keep ?? stays;
  const closed: string[] = [];
  for (const leaf of leaves) {
    if (leaf.deleted) continue;
    const version = versions.get(leaf.rev);
    // The server hides this leaf from us: it cannot be closed with its body, so it is left as it is.
    if (version === undefined) continue;
    if (leaf !== continued) made.push(closingRevision(version));
    if (leaf !== (chosen ?? winner)) closed.push(leaf.rev);
  }

  const resolution = randomUUID();
  await writeMade(
    core,
    made.map((one) => one.revision),
  );
  const by = { person: core.person, at: core.now() };
  const batch =
    chosen?.change?.batch ??
    leaves.find((leaf) => leaf.change !== null)?.change?.batch ??
    newestChange(core.db, id)?.batch ??
    null;
  const decision = core.db.transaction(() => {
    // Between the look and now something newer may have come.
    const now = leavesOf(core, id);
    if (now.length !== leaves.length || now.some((leaf) => !looked.has(leaf.rev)))
      throw new StationError('newer-arrived');
    const decided = { id, resolution, seen, by };
    const deciding = beginDecision(core.db, 'settled', batch, by);
    for (const leaf of leaves) {
      const version = versions.get(leaf.rev);
      if (leaf.rev !== kept && version !== undefined) recordClosedBody(core.db, version, by);
      if (leaf.change === null) continue;
      deciding.before({ id, rev: leaf.rev });
      // What is kept as well, for now: a child that is made of it would set an open one aside.
      settle(core.db, { ...decided, rev: leaf.rev, state: 'closed', keeps: stays });
    }
    for (const { change } of made) {
      if (!addChange(core.db, null, batch, change, by)) moveMade(core.db, change, batch);
      settle(core.db, { ...decided, rev: change.rev, state: 'approved', keeps: stays });
    }
    if (findChange(core.db, id, kept) !== undefined)
      settle(core.db, { ...decided, rev: kept, state: 'approved', keeps: kept });
    const touched = new Set([
      ...leaves.filter((leaf) => leaf.change !== null).map((leaf) => leaf.rev),
      ...made.map(({ change }) => change.rev),
    ]);
    for (const rev of touched) deciding.after({ id, rev });
    audit(core.db, by, keep === undefined ? 'conflict-merged' : 'conflict-kept', {
      batch,
      id,
      rev: kept,
      detail: {
        decision: deciding.decision,
        closed: leaves.filter((leaf) => leaf.rev !== kept).map((leaf) => leaf.rev),
        ...(stays === kept ? {} : { as: stays }),
        ...(losses.length === 0 ? {} : { lost: losses.map(({ path }) => path.join('.')) }),
      },
    });
    classDocuments(core, [id]);
    return deciding.decision;
  });
  core.changed('conflicts', 'batches', 'outbox');
  return { kept, closed, decision: String(decision) };
}
