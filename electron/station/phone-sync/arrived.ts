/** What a phone received, by name: known once the phone was read again. */
import { NAMED_OF_PLAN, type NamedRecords } from '../../../shared/phone-sync.ts';
import type { ChangeRow } from '../../../shared/review.ts';
import { findChangeRow } from '../../ledger/change-lists.ts';
import type { Database } from '../../ledger/database.ts';
import type { Key } from '../../ledger/keys.ts';

/** A health worker looks for people and places first; the app's own affairs come last. */
const FIRST: readonly string[] = ['contact', 'report', 'form'];
const rank = ({ kind }: ChangeRow): number => (FIRST.indexOf(kind) + FIRST.length + 1) % (FIRST.length + 1);

/** More are not looked through for who is to be named. */
const LOOKED_AT = 2_000;

/** Each document once, also where several versions of it came. */
export function namedArrived(db: Database, arrived: readonly Key[]): NamedRecords {
  const each = [...new Map(arrived.map((key) => [key.id, key])).values()];
  const rows = each.slice(0, LOOKED_AT).flatMap(({ id, rev }) => findChangeRow(db, id, rev) ?? []);
  return { records: each.length, rows: rows.toSorted((a, b) => rank(a) - rank(b)).slice(0, NAMED_OF_PLAN) };
}
