/** What the app on a phone would send, by where each record stands here. */
import { StationError } from '../../../shared/errors.ts';
import {
  countGoing,
  goingOf,
  graver,
  NAMED_OF_PLAN,
  TO_AGREE,
  versionsDiffer,
  type Going,
  type NamedRecords,
  type SyncPlan,
} from '../../../shared/phone-sync.ts';
import type { Leaves } from '../../../shared/web-view/protocol.ts';
import { isOneOf } from '../../../shared/states.ts';
import { digest } from '../../host/digest.ts';
import { findChangeRow } from '../../ledger/change-lists.ts';
import type { Database } from '../../ledger/database.ts';
import { nameOf } from '../../ledger/deletions.ts';
import type { Key } from '../../ledger/keys.ts';
import { knownLeaves } from '../../ledger/phone-syncs.ts';
import type { Reviewed } from './as-reviewed.ts';

/** More leaves are no phone: such a one could not be synchronised either. */
const MOST = 1_000_000;

/** Every leaf on the phone, each document with its revisions. @throws StationError `too-many-records` */
export async function allLeaves(ask: (after: number) => Promise<Leaves>): Promise<(readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (let after = 0; ;) {
    const { leaves, next, end } = await ask(after);
    all.push(...leaves);
    if (end) return all;
    if (all.length > MOST) throw new StationError('too-many-records');
    after = next;
  }
}

export interface WhatGoes {
  readonly plan: SyncPlan;
  /** Every revision that may go, as it was read. */
  readonly reviewed: readonly Reviewed[];
  /** Of the records to which somebody has to agree, by their documents. */
  readonly toAgree: ReadonlyMap<string, Going>;
  /** Documents that are deleted, which was approved. */
  readonly deletions: readonly string[];
}

/**
 * @param missing the leaves of the phone that the server lacks
 * @returns `null`: some of them were not read yet, so nobody could look at them
 */
export function whatGoes(
  db: Database,
  missing: readonly Key[],
  versions: { readonly app: string | null; readonly server: string | null },
): WhatGoes | null {
  const reviewed: Reviewed[] = [];
  const going = new Map<string, Going>();
  /** Of each document the revision for which it stands where it does. */
  const foremost = new Map<string, Key>();
  const deleted = new Map<string, Key>();
  for (const leaf of knownLeaves(db, missing)) {
    if (leaf.known === 'unread') return null;
    if (leaf.known === 'never-sent') continue;
    const { id, rev, contents, history, change } = leaf;
    reviewed.push({ id, rev, contents, history });
    const before = going.get(id);
    const now = graver(before, goingOf(change));
    if (now !== before) foremost.set(id, { id, rev });
    if (change.deleted && goingOf(change) === 'approved') deleted.set(id, { id, rev });
    going.set(id, now);
  }
  const of = (wanted: Going): Key[] => [...foremost.values()].filter(({ id }) => going.get(id) === wanted);
  const asked = TO_AGREE.map((one) => ({ going: one, ...named(db, of(one)) })).filter(
    ({ records }) => records > 0,
  );
  const deletions = named(
    db,
    [...deleted.values()].filter(({ id }) => going.get(id) === 'approved'),
  );
  const differ =
    versionsDiffer(versions.app, versions.server) && versions.app !== null && versions.server !== null
      ? { app: versions.app, server: versions.server }
      : null;
  const agreedTo = reviewed
    .map(({ id, rev, contents }) => JSON.stringify([id, rev, going.get(id), contents]))
    .sort();
  return {
    reviewed,
    toAgree: new Map([...going].filter(([, one]) => isOneOf(TO_AGREE, one))),
    deletions: of('approved').flatMap(({ id }) => (deleted.has(id) ? [id] : [])),
    plan: {
      digest: digest(JSON.stringify([agreedTo, differ])),
      counts: countGoing(going),
      asked,
      deletions,
      versions: differ,
      asks: asked.length > 0 || deletions.records > 0 || differ !== null,
    },
  };
}

export function named(db: Database, keys: readonly Key[]): NamedRecords {
  const rows = keys.slice(0, NAMED_OF_PLAN).flatMap(({ id, rev }) => {
    const row = findChangeRow(db, id, rev);
    return row === undefined ? [] : [row.deleted ? { ...row, label: nameOf(db, id) } : row];
  });
  return { records: keys.length, rows };
}
