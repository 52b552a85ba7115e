/** The counts of a receipt, straight from the ledger. */
import {
  AT_SERVER_CLASSES,
  ENDED_AT_SERVER_STATES,
  GIVEN_DELIVERIES,
  OLDER_HERE_REASONS,
  OUTBOX_STATES,
} from '../../shared/states.ts';
import type { Receipt, ReceiptRecord } from '../../shared/receipt.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import { DAY, EARLIEST } from './dumps.ts';
import { sizeIn } from './change-lists.ts';
import { STANDS_FOR } from './counts.ts';
import { NAMES_ITS_AUTHOR, REFUSED, oneOf } from './states.ts';

type Counts = Omit<
  Receipt,
  | 'code'
  | 'batch'
  | 'batches'
  | 'user'
  | 'name'
  | 'facility'
  | 'device'
  | 'dump'
  | 'takenAt'
  | 'printedAt'
  | 'clerk'
  | 'station'
  | 'server'
  | 'period'
  | 'history'
>;

/** A batch with the dump that brought it. */
export interface BatchOfDump {
  readonly batch: string;
  readonly dump: string;
}

/** The rows of these batches; the parameter is a JSON array of their names. */
const IN_BATCHES = 'IN (SELECT value FROM json_each(?1))';
const namesOf = (batches: readonly Pick<BatchOfDump, 'batch'>[]): string =>
  JSON.stringify(batches.map(({ batch }) => batch));

/** At most so many held records are listed one by one; the count is whole. */
const HELD_LISTED = 500;

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

/** The records of batches of one person by the author whom they name, the person as `null`. */
export function recordsByAuthor(
  db: Database,
  batches: readonly Pick<BatchOfDump, 'batch'>[],
  owner: string | null,
): { contact: string | null; records: number; accepted: number }[] {
  return db
    .all(
      `SELECT nullif(author, ?2) AS contact, count(*) AS records, sum(place = 'accepted') AS accepted FROM (
         SELECT ${PLACE} AS place, ${AUTHOR} AS author, row_number() OVER (
           PARTITION BY CASE several WHEN 1 THEN id ELSE seq END ORDER BY ${STANDS_FOR('changes')}) AS first
         FROM changes WHERE batch ${IN_BATCHES} AND ${BROUGHT})
       WHERE first = 1 GROUP BY nullif(author, ?2) ORDER BY contact IS NOT NULL, records DESC, contact`,
      namesOf(batches),
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

/** The columns of a record that is listed on a receipt. */
const LISTED = 'c.id, c.rev, c.label, c.kind, c.reported_at, c.needs, c.author_contact';

function recordIn(row: Row): ReceiptRecord & Pick<Receipt['refused'][number], 'reason'> {
  const [about] = json<string[]>(row, 'needs');
  const isOfPatient = text(row, 'kind') === 'report' && about !== undefined;
  return {
    id: text(row, 'id'),
    rev: text(row, 'rev'),
    label: text(row, 'label'),
    reason: textOrNull(row, 'reason') ?? '',
    reportedAt: row['reported_at'] === null ? null : number(row, 'reported_at'),
    // Where a report names nobody else, the first that it needs is who wrote it.
    about: isOfPatient && about !== textOrNull(row, 'author_contact') ? about : null,
  };
}

/** From when to when the records of these batches are dated, as far as a date can be true; `null`: none is. */
export function datesOf(
  db: Database,
  batches: readonly Pick<BatchOfDump, 'batch'>[],
  now: number,
): { from: number; to: number } | null {
  const row = db.get(
    `SELECT min(reported_at) AS first, max(reported_at) AS last FROM changes
     WHERE batch ${IN_BATCHES} AND ${BROUGHT} AND kind = 'report' AND reported_at BETWEEN ?2 AND ?3`,
    namesOf(batches),
    EARLIEST,
    now + DAY,
  );
  if (row === undefined || row['first'] === null) return null;
  return { from: number(row, 'first'), to: number(row, 'last') };
}

/**
 * What these batches brought, each record once. What a dump held besides counts for the first batch of a dump that was
 * split; the others count their own changes.
 */
export function receiptCounts(db: Database, batches: readonly BatchOfDump[]): Counts {
  const names = namesOf(batches);
  const places = new Map(
    db
      .all(
        `SELECT place, count(*) AS n FROM (
           SELECT ${PLACE} AS place, row_number() OVER (
             PARTITION BY CASE several WHEN 1 THEN id ELSE seq END ORDER BY ${STANDS_FOR('changes')}) AS first
           FROM changes WHERE batch ${IN_BATCHES} AND ${BROUGHT})
         WHERE first = 1 GROUP BY place`,
        names,
      )
      .map((row) => [text(row, 'place'), number(row, 'n')]),
  );
  const count = (place: string): number => places.get(place) ?? 0;
  const brought = [...places.values()].reduce((sum, n) => sum + n, 0);
  const firsts = batches.filter(({ batch, dump }) => batch === dump.slice(0, 12)).map(({ dump }) => dump);
  const taken = db.get(
    `SELECT coalesce(sum(n_known), 0) AS n_known, coalesce(sum(n_skipped), 0) AS n_skipped FROM dumps
     WHERE dump IN (SELECT value FROM json_each(?))`,
    JSON.stringify(firsts),
  );
  const known = number(taken, 'n_known');
  const skipped = number(taken, 'n_skipped');
  const refused = db
    .all(
      `SELECT * FROM (
         SELECT ${LISTED}, c.refused AS reason, c.size,
           row_number() OVER (PARTITION BY c.id ORDER BY ${STANDS_FOR('c')}) AS first
         FROM changes c WHERE c.batch ${IN_BATCHES} AND ${BROUGHT} AND ${REFUSED})
       WHERE first = 1 ORDER BY id`,
      names,
    )
    .map((entry) => ({ ...recordIn(entry), ...sizeIn(entry) }));
  const heldRecords = db
    .all(
      `SELECT * FROM (
         SELECT ${LISTED}, c.held_reason AS reason, ${PLACE} AS place, row_number() OVER (
           PARTITION BY CASE several WHEN 1 THEN id ELSE seq END ORDER BY ${STANDS_FOR('c')}) AS first
         FROM changes c WHERE c.batch ${IN_BATCHES} AND ${BROUGHT})
       WHERE first = 1 AND place = 'held' ORDER BY id LIMIT ${HELD_LISTED}`,
      names,
    )
    .map(recordIn);
  const senders = db
    .all(
      `SELECT u.user, max(u.account) AS account FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.seq = d.change
       WHERE c.batch ${IN_BATCHES} AND d.state IN ${oneOf(GIVEN_DELIVERIES)} GROUP BY u.user ORDER BY u.user`,
      names,
    )
    .map((entry) => ({ user: text(entry, 'user'), account: entry['account'] === 1 }));
  const approvedBy = db
    .all(
      `SELECT DISTINCT c.decided_by AS person, d.second FROM changes c LEFT JOIN decisions d USING (decision)
       WHERE c.batch ${IN_BATCHES} AND c.decided_by IS NOT NULL AND c.approved_class IS NOT NULL
         AND (c.state IN ${oneOf(OUTBOX_STATES)} OR c.state = 'accepted')
       ORDER BY c.decided_by, d.second`,
      names,
    )
    .map((row) => ({ person: text(row, 'person'), second: textOrNull(row, 'second') }));
  const accounts = senders.filter(({ account }) => account).map(({ user }) => user);
  const byPhone = db.get(
    `SELECT count(DISTINCT c.id) AS n FROM deliveries d JOIN uploads u USING (upload) JOIN changes c ON c.seq = d.change
     WHERE c.batch ${IN_BATCHES} AND c.state = 'accepted' AND u.way = 'phone' AND d.state = 'accepted'`,
    names,
  );
  return {
    read: brought + known + skipped,
    alreadyHere: known,
    toSend: count('approved') + count('accepted') + count('open') + count('held'),
    approved: count('approved'),
    held: count('held'),
    heldRecords,
    open: count('open'),
    accepted: count('accepted'),
    serverHadIt: count('had'),
    superseded: count('superseded'),
    settled: count('settled'),
    notSent: count('not-sent') + skipped,
    refused,
    broken: count('broken'),
    ...(number(byPhone, 'n') > 0 ? { sentByPhone: number(byPhone, 'n') } : {}),
    approvedBy,
    sentAs: senders.map(({ user }) => user),
    ...(accounts.length > 0 ? { stationAccounts: accounts } : {}),
  };
}
