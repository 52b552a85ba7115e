/**
 * Joins of a change with what the server made of the same document meanwhile: which version both went on from,
 * and what comes of it, field by field.
 *
 * That version, the **base**, is the newest revision in the change's history that the server's version contains:
 * because it descends from it, or because a decision or an earlier upload joined it with the server's side.
 * So a phone that goes on from its own version, visit after visit, is joined on what it brought last.
 */
import type { JoinOutcome } from '../../../shared/change-facts.ts';
import { joinVersions, type Joined, type Side, type VersionToJoin } from '../../../shared/three-way-merge.ts';
import { serverBody, serverDocument, type KnownDocument, type ServerBody } from '../../ledger/baseline.ts';
import type { Change } from '../../ledger/changes.ts';
import { conflictsWithServer, settledInto } from '../../ledger/conflicts.ts';
import type { StoredRevision } from '../../replica/types.ts';
import type { Core } from '../core.ts';
import { readVersion } from './versions.ts';

/** Which versions a join is made of: three revisions of one document. */
export interface JoinPlace {
  readonly id: string;
  readonly phone: string;
  readonly server: string;
  readonly base: string;
}

export function keyOf({ id, phone, server, base }: JoinPlace): string {
  return JSON.stringify([id, phone, server, base]);
}

/** A change as its row stands, as far as joins need it. */
type Branch = Pick<Change, 'id' | 'rev' | 'history' | 'deleted'>;

/**
 * With what a change can be joined; `null`: the server has no version, several, or a deleted one, does not
 * show it, or both have no version in common.
 */
export function joinPlace(
  core: Pick<Core, 'db'>,
  { id, rev, history, deleted }: Branch,
  known: KnownDocument | undefined = serverDocument(core.db, id),
): JoinPlace | null {
  const alive = known?.leaves.filter((leaf) => leaf.deleted !== true) ?? [];
  const [leaf] = alive;
  if (leaf === undefined || alive.length > 1 || leaf.deleted !== false || deleted) return null;
  const body = serverBody(core.db, id, leaf.rev);
  if (body === undefined) return null;
  const contained = new Set(body.history);
  for (const settled of settledInto(core.db, id, contained)) contained.add(settled);
  const base = [rev, ...history.slice(1)].find((one) => contained.has(one));
  return base === undefined ? null : { id, phone: rev, server: leaf.rev, base };
}

/**
 * The join itself; `null` where a body is not here.
 * @param choices as in `joinVersions`
 */
export async function joinAt(
  core: Core,
  { id, phone, server, base }: JoinPlace,
  choices?: ReadonlyMap<string, Side>,
): Promise<Joined | null> {
  const [ours, ancestor] = await Promise.all([stored(core, id, phone), stored(core, id, base)]);
  const theirs = serverBody(core.db, id, server);
  const below = ancestor === null ? serverBody(core.db, id, base) : undefined;
  if (ours === null || theirs === undefined || (ancestor === null && below === undefined)) return null;
  return joinVersions(
    {
      ancestor: ancestor === null ? fromServer(below ?? theirs) : fromReplica(ancestor),
      server: fromServer(theirs),
      phone: fromReplica(ours),
    },
    choices,
  );
}

function stored(core: Core, id: string, rev: string): Promise<StoredRevision | null> {
  return readVersion(core, { id, rev }, 'none');
}

function fromReplica({ body, deleted, attachments }: StoredRevision): VersionToJoin {
  return { body: whole(body, deleted, attachments), digestsOf: 'bytes' };
}

/** Its text attachments were compared by their bytes when the server was asked. */
function fromServer({ body, deleted, attachments }: ServerBody): VersionToJoin {
  return { body: whole(body, deleted, attachments), digestsOf: 'bytes' };
}

function whole(
  body: Readonly<Record<string, unknown>>,
  deleted: boolean,
  attachments: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { ...body, ...(deleted ? { _deleted: true } : {}), _attachments: attachments };
}

/** Bodies read at the same time. */
const AT_ONCE = 100;

/**
 * Finds out what comes of joining, for what stands in conflict with the server in these documents and was not
 * looked at yet. Answers the documents whose classes it changes.
 */
export async function findJoins(core: Core, ids: readonly string[]): Promise<string[]> {
  const places = conflictsWithServer(core.db, ids).flatMap((change) => {
    const place = joinPlace(core, change);
    return place === null || core.joins.has(keyOf(place)) ? [] : [place];
  });
  const found = new Set<string>();
  for (let at = 0; at < places.length; at += AT_ONCE) {
    await Promise.all(
      places.slice(at, at + AT_ONCE).map(async (place) => {
        const outcome = place.base === place.phone ? 'nothing' : outcomeOf(await joinAt(core, place));
        core.joins.set(keyOf(place), outcome);
        if (outcome !== 'overlaps') found.add(place.id);
      }),
    );
  }
  return [...found];
}

function outcomeOf(joined: Joined | null): JoinOutcome | 'overlaps' {
  if (joined === null || joined.overlaps.length > 0) return 'overlaps';
  return joined.fields.some(({ from }) => from === 'phone') ? 'clean' : 'nothing';
}
