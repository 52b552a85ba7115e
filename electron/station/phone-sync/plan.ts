/** What the app on a phone would send, by where each record stands here. */
import { StationError } from '../../../shared/errors.ts';
import {
  countGoing,
  goingOf,
  graver,
  TO_AGREE,
  versionsDiffer,
  type Going,
  type SyncPlan,
} from '../../../shared/phone-sync.ts';
import type { Leaves } from '../../../shared/web-view/protocol.ts';
import { digest } from '../../host/digest.ts';
import type { Database } from '../../ledger/database.ts';
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
  for (const leaf of knownLeaves(db, missing)) {
    if (leaf.known === 'unread') return null;
    if (leaf.known === 'never-sent') continue;
    const { id, rev, contents, history, change } = leaf;
    reviewed.push({ id, rev, contents, history });
    going.set(id, graver(going.get(id), goingOf(change)));
  }
  const toAgree = new Map([...going].filter(([, one]) => (TO_AGREE as readonly Going[]).includes(one)));
  const differ =
    versionsDiffer(versions.app, versions.server) && versions.app !== null && versions.server !== null
      ? { app: versions.app, server: versions.server }
      : null;
  const agreedTo = reviewed
    .map(({ id, rev, contents }) => JSON.stringify([id, rev, going.get(id), contents]))
    .sort();
  return {
    reviewed,
    toAgree,
    plan: {
      digest: digest(JSON.stringify([agreedTo, differ])),
      counts: countGoing(going),
      versions: differ,
      asks: toAgree.size > 0 || differ !== null,
    },
  };
}
