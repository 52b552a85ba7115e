/**
 * How a conflict ends: one leaf is kept, or a version is made of several. The others are closed with tombstones that keep
 * their body, and their bodies stay in the ledger.
 */
import { randomUUID } from 'node:crypto';
import { checkDeletions } from '../../../shared/deletions.ts';
import { StationError } from '../../../shared/errors.ts';
import type { FieldLoss, SideOfConflict } from '../../../shared/losses.ts';
import type { Language } from '../../../shared/languages.ts';
import type { RecordView } from '../../../shared/record-view.ts';
import { pathKey, type Joined, type Path, type Side } from '../../../shared/three-way-merge.ts';
import type { Body } from '../../../shared/untrusted.ts';
import { withValue } from '../../../shared/with-value.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody } from '../../ledger/baseline.ts';
import { addChange, findChange, newestChange } from '../../ledger/changes.ts';
import { moveMade, recordClosedBody, settle } from '../../ledger/conflicts.ts';
import { beginDecision } from '../../ledger/deciding.ts';
import { checkSecondFor } from '../../ledger/four-eyes.ts';
import type { StoredRevision } from '../../replica/types.ts';
import type { Core } from '../core.ts';
import { missingBody } from '../health/store.ts';
import { joinOf, leavesOf, versionOf, type JoinOfSides, type Leaf } from './conflicts.ts';
import { checkLosses, lossesOf, type Outcome } from './losses.ts';
import { closingRevision, joinedOf, liftedRevision, mergedRevision, type Made } from './made-revisions.ts';
import { recordView } from './record-view.ts';
import { classDocuments } from './reclassify.ts';
import { writeMade } from './write-made.ts';

/** How a conflict ends: exactly one of them. */
export interface Ending {
  readonly keep?: string | undefined;
  readonly merged?: Readonly<Record<string, unknown>> | undefined;
  /** Whose value of each overlap; all else is joined. */
  readonly choices?:
    readonly { readonly path: Path; readonly take: Side; readonly typed?: string | undefined }[] | undefined;
}

export interface Resolution extends Ending {
  readonly id: string;
  readonly seen: readonly string[];
  /** What the person agreed to lose. */
  readonly losing: readonly Path[];
  /** 1: the person agreed that the record is deleted. */
  readonly deleting: number;
  /** Another person of the station, who agreed. */
  readonly second?: string;
}

/** What this ending would lose. @throws StationError `not-in-conflict`, `newer-arrived`, `bad-params` */
export async function conflictLosses(
  core: Core,
  { id, ...ending }: Ending & { id: string },
  language: Language,
): Promise<{ readonly losses: FieldLoss[]; readonly shown: RecordView | null }> {
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const { losses, chosen } = await lookAtEnding(core, id, leaves, ending);
  return { losses, shown: await asItWouldBe(core, id, leaves, { ...ending, joined: chosen }, language) };
}

/** The record as it would be at the end, in the words of its form. */
async function asItWouldBe(
  core: Core,
  id: string,
  leaves: readonly Leaf[],
  { keep, merged, joined }: Ending & { readonly joined: JoinOfSides | null },
  language: Language,
): Promise<RecordView | null> {
  const kept = leaves.find(({ rev }) => rev === keep);
  if (kept?.deleted === true) return null;
  const body =
    joined?.joined.body ??
    merged ??
    (kept === undefined ? null : (await versionOf(core, id, kept, 'none'))?.body);
  const change = leaves.find((leaf) => leaf.change !== null)?.change ?? newestChange(core.db, id);
  if (body == null || change === undefined || body['_deleted'] === true) return null;
  return recordView(core, change, { body, attachments: {} }, language);
}

/** A text that a person typed stands in place of what both sides say; only where they overlap, and nowhere in a list. */
function withTyped(joined: Joined, choices: NonNullable<Ending['choices']>): Joined {
  const open = new Set(joined.overlaps.map(({ path }) => pathKey(path)));
  const typed = choices.filter(
    ({ path, typed: text }) =>
      text !== undefined &&
      open.has(pathKey(path)) &&
      path.length > 0 &&
      path.every((step) => typeof step === 'string'),
  );
  const body = typed.reduce<Body>((so, { path, typed: text }) => withValue(so, path, text), joined.body);
  return { ...joined, body };
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
    return { losses: [], chosen: { ...join, joined: withTyped(join.joined, choices) } };
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

/** What is to be written to end a conflict. */
interface Plan {
  /** What the station has of each side, by revision. */
  readonly versions: ReadonlyMap<string, StoredRevision>;
  /** The revisions to make; the first one is what stays, where it is none of the sides. */
  readonly made: readonly Made[];
  /** The side that the person chose, or what is made. */
  readonly kept: string;
  /** What is left at the end. */
  readonly stays: string;
  readonly closed: readonly string[];
  /** In which batch this stands. */
  readonly batch: string | null;
}

/** @throws StationError `newer-arrived`, `would-delete`, `attachment-not-here`, `replica-failed` */
async function planOf(
  core: Core,
  id: string,
  leaves: readonly Leaf[],
  { keep, merged }: Ending,
  { joined, deleting }: { readonly joined: JoinOfSides | null; readonly deleting: number },
): Promise<Plan> {
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
  const batch =
    chosen?.change?.batch ??
    leaves.find((leaf) => leaf.change !== null)?.change?.batch ??
    newestChange(core.db, id)?.batch ??
    null;
  return { versions, made, kept, stays, closed, batch };
}

/**
 * @throws StationError `not-in-conflict`, `newer-arrived`, `bad-params`, `would-lose`, `would-delete`,
 *   `attachment-not-here`, `replica-failed`, `second-needed`
 */
export async function resolveConflict(
  core: Core,
  { id, seen, losing, deleting, second, ...ending }: Resolution,
): Promise<{ kept: string; closed: readonly string[]; decision: string }> {
  const { keep } = ending;
  if (Object.values(ending).filter((one) => one !== undefined).length !== 1)
    throw new StationError('bad-params');
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const looked = new Set(seen);
  if (leaves.some((leaf) => !looked.has(leaf.rev)) || seen.length !== leaves.length)
    throw new StationError('newer-arrived');
  const { losses, chosen: joined } = await lookAtEnding(core, id, leaves, ending);
  checkLosses(losses, losing);
  const { versions, made, kept, stays, closed, batch } = await planOf(core, id, leaves, ending, {
    joined,
    deleting,
  });

  const by = { person: core.person, at: core.now(), ...(second === undefined ? {} : { second }) };
  const settled = findChange(core.db, id, kept);
  if (settled?.deleted === true) checkSecondFor(core.db, by, settled);
  const resolution = randomUUID();
  await writeMade(
    core,
    made.map((one) => one.revision),
  );
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
        ...(second === undefined ? {} : { second }),
        ...(losses.length === 0 ? {} : { lost: losses.map(({ path }) => path.join('.')) }),
      },
    });
    classDocuments(core, [id]);
    return deciding.decision;
  });
  core.changed('conflicts', 'batches', 'outbox');
  return { kept, closed, decision: String(decision) };
}
