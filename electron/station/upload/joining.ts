/**
 * Joins approved changes with what the server made of the same documents meanwhile, in the moment in which they go.
 *
 * What is made is one version with both sides' changes, a child of whichever of the two would win, so that every
 * phone shows it after its next sync. The other side is closed by a deletion on top of it, as after a settled
 * conflict: the server then knows the phone's own revision, so the phone does not send it once more, and has one
 * version that is not deleted. The phone's revision itself never stands on the server as a version of its own, not even
 * for a moment: sentinel would work on it.
 */
import { randomUUID } from 'node:crypto';
import type { AttachmentData } from '../../../shared/dump.ts';
import { compareRevisions } from '../../../shared/revisions.ts';
import { isOneOf, OUTBOX_STATES } from '../../../shared/states.ts';
import { fieldAt, isObject, textAt } from '../../../shared/untrusted.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody } from '../../ledger/baseline.ts';
import { addChange, findChange, type Change } from '../../ledger/changes.ts';
import { settle, settleJoin } from '../../ledger/conflicts.ts';
import type { StoredRevision } from '../../replica/types.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Core } from '../core.ts';
import { joinAt, joinPlace, type JoinPlace } from '../review/joins.ts';
import { closingRevision, joinedRevision, type Made } from '../review/made-revisions.ts';
import { readVersion } from '../review/versions.ts';
import { classDocuments, classWithJoins } from '../review/reclassify.ts';
import { writeMade } from '../review/write-made.ts';

/**
 * Makes what is sent for these changes: of each a version and a closing revision. Nothing is made where the server has
 * moved on, or does not show an attachment; such a change is what it is now.
 */
export async function makeJoins(
  core: Core,
  client: Pick<ChtClient, 'withAttachments'>,
  changes: readonly Change[],
): Promise<Change[]> {
  const made: Change[] = [];
  const left: string[] = [];
  for (const change of changes) {
    const revisions = await makeJoin(core, client, change);
    if (revisions === null) left.push(change.id);
    else made.push(...revisions);
  }
  if (left.length > 0) core.db.step(() => classDocuments(core, left));
  await classWithJoins(core, left);
  return made;
}

async function makeJoin(
  core: Core,
  client: Pick<ChtClient, 'withAttachments'>,
  change: Change,
): Promise<Change[] | null> {
  const { id, rev } = change;
  const place = joinPlace(core, change);
  if (place === null || place.base === rev) return null;
  const joined = await joinAt(core, place);
  const phone = await readVersion(core, { id, rev }, 'bytes');
  const known = serverBody(core.db, id, place.server);
  if (joined === null || joined.overlaps.length > 0 || phone === null || known === undefined) return null;
  const files = await filesOf(client, place, fieldAt(joined.body, '_attachments'), phone);
  if (files === null) return null;

  const server: StoredRevision = { ...known, attachments: {} };
  const [winner, loser] = compareRevisions(rev, place.server) < 0 ? [phone, server] : [server, phone];
  const version = joinedRevision(winner, joined.body, files);
  const closing = closingRevision(loser);
  await writeMade(core, [version.revision, closing.revision]);
  return recordJoin(core, change, place, [version, closing]);
}

/** Records what was made, unless something has come in between. */
function recordJoin(
  core: Core,
  change: Change,
  place: JoinPlace,
  [version, closing]: readonly [Made, Made],
): Change[] | null {
  const { db } = core;
  const { id, rev, batch } = change;
  const made = version.change.rev;
  const by = { person: core.person, at: core.now() };
  const about = { id, resolution: randomUUID(), keeps: made, seen: [rev, place.server], by };
  return db.transaction(() => {
    const now = findChange(db, id, rev);
    if (now === undefined || now.resolution !== null || !isOneOf(OUTBOX_STATES, now.state)) return null;
    if (joinPlace(core, now)?.server !== place.server) return null;
    // Settled first: what is made on top of it would set an approved one aside.
    settle(db, { ...about, rev, state: 'closed' });
    for (const one of [version, closing]) {
      addChange(db, null, batch, one.change, by);
      settle(db, { ...about, rev: one.change.rev, state: 'approved' });
    }
    settleJoin(db, { id, rev, made, resolution: about.resolution, seen: about.seen });
    audit(db, by, 'joined', {
      batch,
      id,
      rev,
      detail: { server: place.server, base: place.base, as: made },
    });
    return [version, closing].flatMap((one) => findChange(db, id, one.change.rev) ?? []);
  });
}

/**
 * The attachments of the joined version with their bytes: from the phone's version where they are the same, else
 * from the server. `null`: the server does not show one.
 */
async function filesOf(
  client: Pick<ChtClient, 'withAttachments'>,
  { id, server }: JoinPlace,
  wanted: unknown,
  phone: StoredRevision,
): Promise<Record<string, AttachmentData> | null> {
  const files: [string, AttachmentData][] = [];
  let shown: unknown;
  for (const [name, stub] of Object.entries(isObject(wanted) ? wanted : {})) {
    const here = Object.values(phone.attachments).find((file) => file.digest === fieldAt(stub, 'digest'));
    const type = textAt(stub, 'content_type') ?? '';
    let { data } = here ?? {};
    if (data === undefined) {
      shown ??= fieldAt((await client.withAttachments(id, server)) ?? {}, '_attachments');
      data = textAt(shown, name, 'data');
    }
    if (data === undefined) return null;
    const digest = here?.digest ?? textAt(stub, 'digest') ?? '';
    files.push([name, { content_type: type, digest, data: Buffer.from(data, 'base64') }]);
  }
  return Object.fromEntries(files);
}
