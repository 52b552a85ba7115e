/**
 * Conflicts: a document with more than one live leaf. What its sides are, what the station has of each, and how a person
 * sees them. How one is ended is in settle-conflict.ts.
 */
import type { StoredRevision } from '../../replica/types.ts';
import { isOneOf, LIVE_STATES, NO_SIDE_CLASSES } from '../../../shared/states.ts';
import { kindOf, labelOf } from '../../../shared/documents.ts';
import { fieldsThatDiffer, MAX_FIELDS } from '../../../shared/difference.ts';
import { StationError } from '../../../shared/errors.ts';
import { pathKey, type Joined, type Side } from '../../../shared/three-way-merge.ts';
import { likeOf } from '../../../shared/conflict-likes.ts';
import type { ConflictDetail, ConflictLeaf, ConflictRow, ToDecide } from '../../../shared/review.ts';
import { compareLeaves } from '../../../shared/revisions.ts';
import { serverBody, serverDocument } from '../../ledger/baseline.ts';
import { liveChanges, newestChange, type Change } from '../../ledger/changes.ts';
import { takenOf } from '../../ledger/conflicts.ts';
import type { Language } from '../../../shared/languages.ts';
import type { Core } from '../core.ts';
import { joinAt, joinPlace, type JoinPlace } from './joins.ts';
import { fieldInWords, namedRecord } from './record-view.ts';
import { readVersion } from './versions.ts';

/** A leaf of the conflict with what the station has of it. */
export interface Leaf extends ConflictLeaf {
  readonly history: readonly string[];
  readonly change: Change | null;
}

/** The sides of the conflict, the one that every replica shows first. */
export function leavesOf(core: Core, id: string): Leaf[] {
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
      exportedAt: null,
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
    leaves: leaves.map(({ rev, origin, user, device, takenAt, exportedAt, deleted }) => ({
      rev,
      origin,
      user,
      device,
      takenAt,
      exportedAt,
      deleted,
    })),
    winner: leaves[0]?.rev ?? '',
  };
}

/** What the station has of a side; `null`: the server hides it, or its content is gone. */
export async function versionOf(
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

/** Labels named in a list. */
const NAMED = 3;

/** Reads the bodies of all sides. */
export async function toDecide(
  core: Core,
  { id, leaves }: ConflictRow,
  language: Language,
): Promise<ToDecide> {
  if (leaves.length < 2) return { differs: [], differing: 0, like: null };
  const { fields, bodies, join } = await conflictDetail(core, id, language);
  const overlaps = new Set(join?.overlaps.map(({ path }) => pathKey(path)));
  const open = join === null ? fields : fields.filter(({ path }) => overlaps.has(pathKey(path)));
  // What cannot be seen, or is deleted on one side, is nothing to be settled with others.
  const isPlain = bodies.every((body) => body !== null) && leaves.every(({ deleted }) => !deleted);
  return {
    differs: open.slice(0, NAMED).map(({ label, path }) => label ?? path.join(' › ')),
    differing: open.length,
    like: isPlain ? likeOf(open) : null,
  };
}

export async function conflictDetail(core: Core, id: string, language: Language): Promise<ConflictDetail> {
  const leaves = leavesOf(core, id);
  if (leaves.length < 2) throw new StationError('not-in-conflict');
  const bodies = await Promise.all(
    leaves.map(async (leaf) => (await versionOf(core, id, leaf, 'none'))?.body ?? null),
  );
  const join = await joinOf(core, leaves);
  const row = conflictRow(core, id);
  const fields = fieldsThatDiffer(bodies);
  const body = bodies.find((one) => one !== null);
  // What one side's own export calls things goes for both: they are versions of one record.
  const dump = leaves.find((leaf) => leaf.change !== null)?.change?.dump ?? null;
  const record =
    body === undefined
      ? null
      : namedRecord(core, { kind: row.kind, dump }, { body, attachments: {} }, language);
  return {
    ...row,
    bodies,
    fields:
      record === null
        ? fields
        : fields.map((field) => ({ ...field, ...fieldInWords(field.path, field.values, record) })),
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

export interface JoinOfSides {
  readonly place: JoinPlace;
  readonly joined: Joined;
}

/** The two sides joined, where they are a phone's and the server's and the version both went on from is here. */
export async function joinOf(
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
