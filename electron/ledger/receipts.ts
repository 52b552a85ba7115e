/** The counts of a receipt, straight from the ledger. */
import type { Receipt } from '../../shared/receipt.ts';
import { DECIDABLE } from './batches.ts';
import { type Database, number, text, textOrNull } from './database.ts';

type Counts = Pick<
  Receipt,
  | 'read'
  | 'alreadyHere'
  | 'toSend'
  | 'approved'
  | 'held'
  | 'open'
  | 'accepted'
  | 'serverHadIt'
  | 'superseded'
  | 'refused'
  | 'broken'
  | 'sentAs'
>;

/** What the dump held counts for the first batch of a dump that was split; the others count their own changes. */
export function receiptCounts(db: Database, batch: string, dump: string): Counts {
  const row = db.get(
    `SELECT count(*) AS brought,
       sum(${DECIDABLE} AND state != 'superseded' OR state = 'accepted') AS to_send,
       sum(state IN ('approved', 'sent')) AS approved, sum(state = 'held') AS held,
       sum(state = 'open' AND ${DECIDABLE}) AS open,
       sum(state = 'accepted' AND server_had_it = 0) AS accepted,
       sum(state = 'accepted' AND server_had_it = 1 OR class IN ('same', 'older')) AS had,
       sum(state = 'superseded') AS superseded, sum(class = 'broken') AS broken
     FROM changes WHERE batch = ?`,
    batch,
  );
  const first = batch === dump.slice(0, 12);
  const taken = first ? db.get('SELECT n_read, n_known FROM dumps WHERE dump = ?', dump) : undefined;
  const refused = db
    .all(
      `SELECT id, rev, label, coalesce(refused, reason) AS reason FROM changes
       WHERE batch = ? AND class = 'refused' AND state NOT IN ('superseded', 'accepted') ORDER BY id`,
      batch,
    )
    .map((entry) => ({
      id: text(entry, 'id'),
      rev: text(entry, 'rev'),
      label: text(entry, 'label'),
      reason: textOrNull(entry, 'reason') ?? '',
    }));
  const sentAs = db
    .all(
      `SELECT DISTINCT u.user FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.id = d.id AND c.rev = d.rev
       WHERE c.batch = ? AND d.state IN ('sent', 'accepted') ORDER BY u.user`,
      batch,
    )
    .map((entry) => text(entry, 'user'));
  return {
    read: taken === undefined ? number(row, 'brought') : number(taken, 'n_read'),
    alreadyHere: number(taken, 'n_known'),
    toSend: number(row, 'to_send'),
    approved: number(row, 'approved'),
    held: number(row, 'held'),
    open: number(row, 'open'),
    accepted: number(row, 'accepted'),
    serverHadIt: number(row, 'had'),
    superseded: number(row, 'superseded'),
    refused,
    broken: number(row, 'broken'),
    sentAs,
  };
}
