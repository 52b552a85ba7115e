/** The counts of a receipt, straight from the ledger. */
import {
  AT_SERVER_CLASSES,
  ENDED_AT_SERVER_STATES,
  GIVEN_DELIVERIES,
  OLDER_HERE_REASONS,
  OUTBOX_STATES,
} from '../../shared/states.ts';
import type { Receipt } from '../../shared/receipt.ts';
import { type Database, number, text, textOrNull } from './database.ts';
import { STANDS_FOR } from './counts.ts';
import { REFUSED_UNDECIDED, oneOf } from './states.ts';

type Counts = Omit<
  Receipt,
  'code' | 'batch' | 'user' | 'device' | 'dump' | 'takenAt' | 'printedAt' | 'station' | 'server'
>;

/** In which one place of the receipt a change stands. */
const PLACE = `CASE
  WHEN class = 'broken' THEN 'broken'
  WHEN state = 'accepted' AND server_had_it = 0 THEN 'accepted'
  WHEN state IN ${oneOf(ENDED_AT_SERVER_STATES)} AND server_had_it = 1 THEN 'had'
  WHEN state = 'superseded' THEN 'superseded'
  WHEN state = 'closed' THEN 'settled'
  WHEN class = 'older' AND reason IN ${oneOf(OLDER_HERE_REASONS)} THEN 'superseded'
  WHEN class IN ${oneOf(AT_SERVER_CLASSES)} THEN 'had'
  WHEN class = 'never-sent' THEN 'not-sent'
  WHEN state = 'approved' AND refused IS NOT NULL AND refusal_approved = 0 THEN 'open'
  WHEN state IN ${oneOf(OUTBOX_STATES)} THEN 'approved'
  WHEN state = 'held' THEN 'held'
  ELSE 'open' END`;

/** What the health worker brought; an edit that was put on the server's version counts in place of the old one. */
const BROUGHT = `(origin = 'dump' AND NOT (state = 'closed' AND reason IS 'rebased') OR origin = 'rebase')`;

/** What the dump held counts for the first batch of a dump that was split; the others count their own changes. */
export function receiptCounts(db: Database, batch: string, dump: string): Counts {
  const places = new Map(
    db
      .all(
        `SELECT place, count(*) AS n FROM (
           SELECT ${PLACE} AS place, row_number() OVER (
             PARTITION BY CASE several WHEN 1 THEN id ELSE seq END ORDER BY ${STANDS_FOR('changes')}) AS first
           FROM changes WHERE batch = ? AND ${BROUGHT})
         WHERE first = 1 GROUP BY place`,
        batch,
      )
      .map((row) => [text(row, 'place'), number(row, 'n')]),
  );
  const count = (place: string): number => places.get(place) ?? 0;
  const brought = [...places.values()].reduce((sum, n) => sum + n, 0);
  const first = batch === dump.slice(0, 12);
  const taken = first ? db.get('SELECT n_known, n_skipped FROM dumps WHERE dump = ?', dump) : undefined;
  const known = number(taken, 'n_known');
  const skipped = number(taken, 'n_skipped');
  const refused = db
    .all(
      `SELECT c.id, c.rev, c.label, c.refused AS reason FROM changes c
       WHERE c.batch = ? AND ${BROUGHT} AND ${REFUSED_UNDECIDED} ORDER BY c.id`,
      batch,
    )
    .map((entry) => ({
      id: text(entry, 'id'),
      rev: text(entry, 'rev'),
      label: text(entry, 'label'),
      reason: textOrNull(entry, 'reason') ?? '',
    }));
  const senders = db
    .all(
      `SELECT u.user, max(u.account) AS account FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.seq = d.change
       WHERE c.batch = ? AND d.state IN ${oneOf(GIVEN_DELIVERIES)} GROUP BY u.user ORDER BY u.user`,
      batch,
    )
    .map((entry) => ({ user: text(entry, 'user'), account: entry['account'] === 1 }));
  const accounts = senders.filter(({ account }) => account).map(({ user }) => user);
  return {
    read: brought + known + skipped,
    alreadyHere: known,
    toSend: count('approved') + count('accepted') + count('open') + count('held'),
    approved: count('approved'),
    held: count('held'),
    open: count('open'),
    accepted: count('accepted'),
    serverHadIt: count('had'),
    superseded: count('superseded'),
    settled: count('settled'),
    notSent: count('not-sent') + skipped,
    refused,
    broken: count('broken'),
    sentAs: senders.map(({ user }) => user),
    ...(accounts.length > 0 ? { stationAccounts: accounts } : {}),
  };
}
