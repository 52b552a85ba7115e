/**
 * Looks at the server with the phone's own session: before its app synchronises, at what would go; afterwards, at what
 * the two have. What the server gave to the phone is known to be there before the phone is read again, so it is nobody's
 * new work.
 */
import { StationError } from '../../../shared/errors.ts';
import type { Key } from '../../ledger/keys.ts';
import { seePerson } from '../../ledger/people.ts';
import { approvedAmong } from '../../ledger/found-there.ts';
import { knownLeaves, recordFirstCompared, uncheckedDocuments } from '../../ledger/phone-syncs.ts';
import type { PhoneSession } from '../../upload/phone-session.ts';
import type { Core } from '../core.ts';
import { ruleBatches } from '../review/unusual.ts';
import { settleFoundThere } from '../server/found-there.ts';
import { refreshDocuments } from '../server/refresh.ts';
import { goingKey } from './writing.ts';

/** Each document's id, then its revisions. */
export type LeafList = readonly (readonly string[])[];

const AT_ONCE = 500;

/** What is approved here and the phone has brought to the server itself, by its own internet, is not to be sent any more. */
export async function lookForApproved(
  core: Core,
  session: PhoneSession,
  { leaves }: { readonly leaves: LeafList },
  signal: AbortSignal,
): Promise<void> {
  const approved = approvedAmong(
    core.db,
    leaves.map(([id = '']) => id),
  );
  for (const some of parts(approved, signal)) {
    await refreshDocuments(core, session, some);
    settleFoundThere(core, some);
  }
}

/**
 * Brings what is known of the server's side up to date: of what would go, so that a conflict is known as it is now, and
 * of what else is on the phone and was never compared.
 */
export async function compareNow(
  core: Core,
  session: PhoneSession,
  phone: { readonly user: string; readonly leaves: LeafList; readonly missing: readonly Key[] },
  signal: AbortSignal,
): Promise<void> {
  const { db } = core;
  const onPhone = new Set(phone.leaves.map(([id = '']) => id));
  const unchecked = uncheckedDocuments(db).filter((id) => onPhone.has(id));
  const ids = [...new Set([...phone.missing.map(({ id }) => id), ...unchecked])];
  for (const some of parts(ids, signal)) await refreshDocuments(core, session, some);
  await lookForApproved(core, session, phone, signal);
  const at = core.now();
  db.transaction(() => {
    // Who is signed in exists.
    seePerson(db, { user: phone.user, contact: null, how: 'server', at });
    recordFirstCompared(db, phone.user, at);
    ruleBatches(core);
  });
  core.changed('batches', 'conflicts', 'outbox');
}

function* parts(ids: readonly string[], signal: AbortSignal): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    if (signal.aborted) throw new StationError('cancelled');
    yield ids.slice(at, at + AT_ONCE);
  }
}

/** What came of a sync, as the leaves of phone and server show it. */
export interface Afterwards {
  /** Records of which the phone has a version that it had not before, and the server has it. */
  readonly arrived: readonly Key[];
  /** Records that the server listed for the person and of which the phone lacks the version; `null`: it listed none. */
  readonly lacking: number | null;
  /** What came to the phone meanwhile and the server lacks: written by the person, or dropped by the app. */
  readonly unsent: readonly Key[];
}

/**
 * @param phone `before`: its leaves before the sync, `missing`: those of them that the server lacked; `after`: as they
 * are now
 * @param listed what the server listed for the person while the app synchronised: the winning revision of each
 */
export async function lookAfterwards(
  core: Core,
  session: PhoneSession,
  phone: { readonly before: LeafList; readonly missing: readonly Key[]; readonly after: LeafList },
  listed: ReadonlyMap<string, string> | null,
  signal: AbortSignal,
): Promise<Afterwards> {
  const fresh = freshLeaves(phone);
  const unsent = await session.missing(fresh);
  const isUnsent = new Set(unsent.map(goingKey));
  const arrived = fresh.flatMap(([id = '', ...revs]): Key[] =>
    revs.filter((rev) => !isUnsent.has(goingKey({ id, rev }))).map((rev) => ({ id, rev })),
  );
  await knowArrived(core, session, arrived, signal);
  // What the app never sends: above all what it dropped to save space.
  const kept = knownLeaves(core.db, phone.missing).filter(({ known }) => known === 'never-sent');
  return {
    arrived,
    lacking: listed === null ? null : lackingOf(listed, phone.after, [...kept, ...unsent]),
    unsent,
  };
}

function freshLeaves({ before, after }: { readonly before: LeafList; readonly after: LeafList }): LeafList {
  const had = new Map(before.map(([id = '', ...revs]) => [id, new Set(revs)]));
  return after.flatMap(([id = '', ...revs]) => {
    const fresh = revs.filter((rev) => had.get(id)?.has(rev) !== true);
    return fresh.length === 0 ? [] : [[id, ...fresh]];
  });
}

/** What was not read here yet is known as the server's before it is read. */
async function knowArrived(
  core: Core,
  session: PhoneSession,
  arrived: readonly Key[],
  signal: AbortSignal,
): Promise<void> {
  const unread = new Map<string, string[]>();
  for (const { id, rev, known } of knownLeaves(core.db, arrived)) {
    if (known !== 'unread') continue;
    const revs = unread.get(id) ?? [];
    unread.set(id, [...revs, rev]);
  }
  for (const some of parts([...unread.keys()], signal)) {
    const beside = new Map(some.map((id) => [id, unread.get(id) ?? []]));
    await refreshDocuments(core, session, some, 'all', beside);
  }
}

/** A record that the person wrote on, or that the app dropped, is none that did not arrive. */
function lackingOf(listed: ReadonlyMap<string, string>, after: LeafList, phones: readonly Key[]): number {
  const leaves = new Map(after.map(([id = '', ...revs]) => [id, revs]));
  const own = new Set(phones.map(({ id }) => id));
  let lacking = 0;
  for (const [id, rev] of listed) if (!own.has(id) && leaves.get(id)?.includes(rev) !== true) lacking += 1;
  return lacking;
}
