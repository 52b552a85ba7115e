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
import { sizeIn } from './change-lists.ts';
import { STANDS_FOR } from './counts.ts';
import { NAMES_ITS_AUTHOR, REFUSED, oneOf } from './states.ts';

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

/**
 * What the health worker brought; an edit that was put on the server's version counts in place of the old one, and what
 * was made of it to settle a conflict does so once the server has it.
 */
const BROUGHT = `(origin = 'dump' AND NOT (state = 'closed' AND reason IS 'rebased') OR origin = 'rebase'
  OR origin = 'merge' AND state = 'accepted')`;

/** Reports name their author; of anything else nobody is paid by it. */
const AUTHOR = `CASE WHEN ${NAMES_ITS_AUTHOR} THEN author_contact END`;

/** The records of a batch by the author whom they name, the person of the batch as `null`. */
export function recordsByAuthor(
  db: Database,
  batch: string,
  owner: string | null,
): { contact: string | null; records: number; accepted: number }[] {
  return db
    .all(
      `SELECT nullif(author, ?2) AS contact, count(*) AS records, sum(place = 'accepted') AS accepted FROM (
         SELECT ${PLACE} AS place, ${AUTHOR} AS author, row_number() OVER (
           PARTITION BY CASE several WHEN 1 THEN id ELSE seq END ORDER BY ${STANDS_FOR('changes')}) AS first
         FROM changes WHERE batch = ?1 AND ${BROUGHT})
       WHERE first = 1 GROUP BY nullif(author, ?2) ORDER BY contact IS NOT NULL, records DESC, contact`,
      batch,
      owner,
    )
    .map((row) => ({
      contact: textOrNull(row, 'contact'),
      records: number(row, 'records'),
      accepted: number(row, 'accepted'),
    }));
}

/** What a contact is called here, and its newest version; `undefined`: no dump brought it. */
export function contactHere(db: Database, id: string): { rev: string; label: string } | undefined {
  const row = db.get(
    `SELECT rev, label FROM changes WHERE id = ? AND kind = 'contact' AND deleted = 0 ORDER BY seq DESC LIMIT 1`,
    id,
  );
  return row === undefined ? undefined : { rev: text(row, 'rev'), label: text(row, 'label') };
}

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
      `SELECT id, rev, label, reason, size FROM (
         SELECT c.id, c.rev, c.label, c.refused AS reason, c.size,
           row_number() OVER (PARTITION BY c.id ORDER BY ${STANDS_FOR('c')}) AS first
         FROM changes c WHERE c.batch = ? AND ${BROUGHT} AND ${REFUSED})
       WHERE first = 1 ORDER BY id`,
      batch,
    )
    .map((entry) => ({
      id: text(entry, 'id'),
      rev: text(entry, 'rev'),
      label: text(entry, 'label'),
      reason: textOrNull(entry, 'reason') ?? '',
      ...sizeIn(entry),
    }));
  const senders = db
    .all(
      `SELECT u.user, max(u.account) AS account FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.seq = d.change
       WHERE c.batch = ? AND d.state IN ${oneOf(GIVEN_DELIVERIES)} GROUP BY u.user ORDER BY u.user`,
      batch,
    )
    .map((entry) => ({ user: text(entry, 'user'), account: entry['account'] === 1 }));
  const accounts = senders.filter(({ account }) => account).map(({ user }) => user);
  const byPhone = db.get(
    `SELECT count(DISTINCT c.id) AS n FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.seq = d.change
     WHERE c.batch = ? AND c.state = 'accepted' AND u.way = 'phone' AND d.state = 'accepted'`,
    batch,
  );
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
    ...(number(byPhone, 'n') > 0 ? { sentByPhone: number(byPhone, 'n') } : {}),
    sentAs: senders.map(({ user }) => user),
    ...(accounts.length > 0 ? { stationAccounts: accounts } : {}),
  };
}
