/** Whose a batch is, where a person says it and not the dump. */
import { LASTING_REASONS } from '../../shared/refusals.ts';
import { LEFT_DELIVERIES, UNSENT_STATES } from '../../shared/states.ts';
import type { BatchFlag } from '../../shared/review.ts';
import { decidedIn } from './counts.ts';
import { type Database, text } from './database.ts';
import type { Key } from './keys.ts';
import { oneOf } from './states.ts';

/**
 * Whether something of a batch may have reached the server. What an upload only looked at (refused, waiting,
 * back in the review) never did.
 */
export function hasLeft(db: Database, batch: string): boolean {
  const { sent, accepted } = decidedIn(db, batch);
  if (sent + accepted > 0) return true;
  const delivered = db.get(
    `SELECT 1 FROM changes c CROSS JOIN deliveries d ON d.change = c.seq
     WHERE c.batch = ? AND d.state IN ${oneOf(LEFT_DELIVERIES)} LIMIT 1`,
    batch,
  );
  return delivered !== undefined;
}

/** The batch, and the dump that it is the first batch of, are this person's. */
export function setUser(
  db: Database,
  batch: { readonly batch: string; readonly dump: string },
  user: string | null,
  flags: readonly BatchFlag[],
): void {
  // Whose contact it was is of the earlier name.
  db.run(
    'UPDATE batches SET user = ?, contact = NULL, flags = ? WHERE batch = ?',
    user,
    JSON.stringify(flags),
    batch.batch,
  );
  db.run('UPDATE dumps SET user = ? WHERE dump = ?', user, batch.dump);
}

/** Refusals that hold whoever sends the record. */
const ANYBODYS = oneOf([...LASTING_REASONS, 'removed-on-server']);

/**
 * Takes back what was worked out, or answered by the server, for the person a batch had before. An approval that
 * was given although it was refused lapses, because that refusal is what was looked at.
 */
export function liftRefusalsOf(db: Database, batch: string): (Key & { readonly reason: string })[] {
  const rows = db.all(
    `SELECT id, rev, refused FROM changes
     WHERE batch = ? AND refused IS NOT NULL AND refused NOT IN ${ANYBODYS} AND state IN ${oneOf(UNSENT_STATES)}`,
    batch,
  );
  for (const row of rows) {
    db.run(
      `UPDATE changes SET refused = NULL,
         approved_class = CASE WHEN refusal_approved = 1 THEN NULL ELSE approved_class END,
         state = CASE WHEN refusal_approved = 1 AND state = 'approved' THEN 'open' ELSE state END,
         refusal_approved = 0
       WHERE id = ? AND rev = ?`,
      text(row, 'id'),
      text(row, 'rev'),
    );
  }
  // Why it did not go with an upload for somebody else says nothing any more.
  db.run('UPDATE changes SET waits = NULL WHERE batch = ? AND waits IS NOT NULL', batch);
  return rows.map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev'), reason: text(row, 'refused') }));
}

/** More names than this are of no use to choose from. */
const NAMES = 2000;

/** Everybody whose records came here, who was read from a phone, or whose account a dump tells of. */
export function namesHere(db: Database): string[] {
  return db
    .all(
      `SELECT user FROM batches WHERE user IS NOT NULL
       UNION SELECT user FROM phone_reads
       UNION SELECT substr(id, length('org.couchdb.user:') + 1) FROM changes
         WHERE id > 'org.couchdb.user:' AND id < 'org.couchdb.user;' AND length(id) <= 200
       LIMIT ${NAMES}`,
    )
    .map((row) => text(row, 'user'));
}
