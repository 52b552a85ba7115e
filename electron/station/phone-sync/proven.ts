/**
 * Whether the server has everything that a phone's app would ever send of what it holds. Asked for every leaf, just now;
 * what the station remembers of earlier proofs does not count.
 */
import type { Database } from '../../ledger/database.ts';
import type { Key } from '../../ledger/keys.ts';
import { knownLeaves, refusedByServer, withOtherContent } from '../../ledger/phone-syncs.ts';
import { isKeptByApp } from '../../../shared/document-kinds.ts';
import type { LeafList } from './look.ts';
import { goingKey } from './writing.ts';

export interface Proven {
  /** Documents all of whose leaves are there, are refused, or never leave the phone. */
  readonly documents: number;
  /** Of these, those with a leaf that the server refused. */
  readonly refused: number;
  /** Leaves that are not. */
  readonly unproven: readonly Key[];
}

/**
 * @param leaves all that the phone holds; `missing`: those of them that the server said just now that it lacks
 * @param server its origin
 * @returns `null`: some of what is missing was not read here, so nobody knows what it is
 */
export function provenOf(
  db: Database,
  server: string,
  { leaves, missing }: { readonly leaves: LeafList; readonly missing: readonly Key[] },
): Proven | null {
  const known = knownLeaves(db, missing);
  if (known.some((leaf) => leaf.known === 'unread')) return null;
  const lacked = known.filter((leaf) => !(leaf.known === 'never-sent' && isKeptByApp(leaf.id, leaf.why)));
  const refused = refusedByServer(db, server, lacked);
  const isRefused = new Set(refused.map(goingKey));
  // Under one revision the server keeps what it got first.
  const all = leaves.flatMap(([id = '', ...revs]) => revs.map((rev): Key => ({ id, rev })));
  const unproven = new Map<string, Key>();
  for (const { id, rev } of lacked) if (!isRefused.has(goingKey({ id, rev }))) unproven.set(id, { id, rev });
  for (const key of withOtherContent(db, all)) unproven.set(key.id, key);
  const refusedIds = new Set(refused.map(({ id }) => id).filter((id) => !unproven.has(id)));
  return {
    documents: leaves.length - unproven.size,
    refused: refusedIds.size,
    unproven: [...unproven.values()],
  };
}
