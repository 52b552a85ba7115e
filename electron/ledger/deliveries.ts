/** What each upload did with each change, told before a request leaves and after each proof. */
import { LIVE_STATES, OUTBOX_STATES, UNPROVEN_DELIVERIES, type DeliveryState } from '../../shared/states.ts';
import { reopenSettlement } from './conflicts.ts';
import { type Database, number, textOrNull } from './database.ts';
import { list, type Key, type DecisionMaker } from './keys.ts';
import { oneOf } from './states.ts';

function record(
  db: Database,
  upload: string,
  change: { id: string; rev: string },
  state: DeliveryState,
  reason: string | null,
  at: string,
): void {
  db.run(
    `INSERT INTO deliveries (upload, change, state, reason, at)
       SELECT ?, seq, ?, ?, ? FROM changes WHERE id = ? AND rev = ?
     ON CONFLICT (upload, change) DO UPDATE SET state = excluded.state, reason = excluded.reason, at = excluded.at`,
    upload,
    state,
    reason,
    at,
    change.id,
    change.rev,
  );
}

/** As `record`, for everything that is listed. */
function recordListed(db: Database, upload: string, state: DeliveryState, at: string): void {
  db.run(
    `INSERT INTO deliveries (upload, change, state, reason, at, was_sent)
       SELECT ?1, c.seq, ?2, NULL, ?3, ?2 = 'sent' FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev WHERE true
     ON CONFLICT (upload, change) DO UPDATE SET state = excluded.state, reason = excluded.reason, at = excluded.at,
       was_sent = was_sent OR excluded.was_sent`,
    upload,
    state,
    at,
  );
}

/** Before the request leaves: from here on the server may hold it, whether an answer comes or not. */
export function recordSent(
  db: Database,
  upload: string,
  changes: readonly (Key & { readonly bytes: number })[],
  at: string,
): void {
  db.transaction(() => {
    list(db, changes);
    db.run(
      `UPDATE changes SET state = 'sent', waits = NULL FROM temp.listed k
       WHERE changes.id = k.id AND changes.rev = k.rev AND +changes.state = 'approved'`,
    );
    // A record that goes again after a lost answer is still one record; one that the server had, and lost, is a first.
    const again = db.get(
      `SELECT count(*) AS n FROM temp.listed k CROSS JOIN changes c ON c.id = k.id AND c.rev = k.rev
       CROSS JOIN deliveries d ON d.upload = ? AND d.change = c.seq AND d.was_sent = 1`,
      upload,
    );
    const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
    recordListed(db, upload, 'sent', at);
    db.run(
      'UPDATE uploads SET sent = sent + ?, bytes = bytes + ? WHERE upload = ?',
      changes.length - number(again, 'n'),
      bytes,
      upload,
    );
  });
}

/** Proven: the server does not report the revision missing. `already`: it had it before anything was sent. */
export function recordAccepted(
  db: Database,
  upload: string,
  changes: readonly Key[],
  already: boolean,
  at: string,
): void {
  db.transaction(() => {
    list(db, changes);
    // Found at the server although an earlier session, cut off before the proof, had sent it: then it is
    // this station's delivery that is proven now, not something the server had by itself.
    db.run(
      `UPDATE changes SET state = 'accepted', accepted_at = ?1,
         server_had_it = ?2 AND NOT EXISTS (SELECT 1 FROM deliveries d
           WHERE d.change = changes.seq AND d.state IN ${oneOf(UNPROVEN_DELIVERIES)}),
         refused = NULL, refusal_approved = 0, waits = NULL, gone_at = NULL
       FROM temp.listed k WHERE changes.id = k.id AND changes.rev = k.rev`,
      at,
      already ? 1 : 0,
    );
    recordListed(db, upload, already ? 'already' : 'accepted', at);
  });
}

/** The server has the same content under another revision: nothing to send, nothing lost. */
export function recordSameContent(db: Database, upload: string, change: Key, at: string): void {
  db.transaction(() => {
    db.run(
      `UPDATE changes SET state = 'closed', server_had_it = 1, accepted_at = ? WHERE id = ? AND rev = ?`,
      at,
      change.id,
      change.rev,
    );
    record(db, upload, change, 'already', 'same-content', at);
  });
}

/** The server will not take it from this user: kept, shown with the reason, decided on again. */
export function recordRefused(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.transaction(() => {
    markRefused(db, change, reason);
    record(db, upload, change, 'refused', reason, at);
  });
}

/**
 * Records that the server will not take a change, whether it said so or the station foresees it. That is a fact
 * beside its class and beside what was decided on it: an approval stays, and the change does not go before the
 * cause is gone or somebody approves it all the same.
 */
export function markRefused(db: Database, change: Key, reason: string): void {
  db.run(
    `UPDATE changes SET refused = ?, refusal_approved = 0, waits = NULL,
       state = CASE WHEN state = 'sent' THEN 'approved' ELSE state END
     WHERE id = ? AND rev = ? AND state IN ${oneOf(LIVE_STATES)}`,
    reason,
    change.id,
    change.rev,
  );
}

/** It goes with the next upload after what it needs. */
export function recordWaits(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.transaction(() => {
    db.run(
      `UPDATE changes SET waits = ?, state = CASE WHEN state = 'sent' THEN 'approved' ELSE state END
       WHERE id = ? AND rev = ? AND state IN ${oneOf(OUTBOX_STATES)}`,
      reason,
      change.id,
      change.rev,
    );
    record(db, upload, change, 'waits', reason, at);
  });
}

/** Accepted a moment ago and missing at the end of the same upload: approved it is still, so it goes again. */
export function recordGone(db: Database, upload: string, changes: readonly Key[], at: string): void {
  db.transaction(() => {
    for (const change of changes) {
      db.run(
        `UPDATE changes SET state = 'sent', accepted_at = NULL, gone_at = ? WHERE id = ? AND rev = ? AND state = 'accepted'`,
        at,
        change.id,
        change.rev,
      );
      record(db, upload, change, 'gone', 'not-proven', at);
    }
  });
}

/** No proof. It stays in the outbox and goes again, under the same revision. */
export function recordFailed(
  db: Database,
  upload: string,
  changes: readonly Key[],
  reason: string,
  at: string,
): void {
  db.transaction(() => {
    for (const change of changes) record(db, upload, change, 'failed', reason, at);
  });
}

/**
 * The server's side moved after the approval: back to the review. A settled conflict lapses as a whole:
 * what the decision made is set aside, what it closed is open again.
 */
export function recordLapsed(
  db: Database,
  upload: string,
  change: Key,
  reason: string,
  by: DecisionMaker,
): void {
  db.transaction(() => {
    const row = db.get('SELECT resolution FROM changes WHERE id = ? AND rev = ?', change.id, change.rev);
    const resolution = row === undefined ? null : textOrNull(row, 'resolution');
    if (resolution === null) {
      db.run(
        `UPDATE changes SET state = 'open', approved_class = NULL WHERE id = ? AND rev = ? AND state IN ${oneOf(OUTBOX_STATES)}`,
        change.id,
        change.rev,
      );
    } else {
      reopenSettlement(db, resolution, by);
    }
    record(db, upload, change, 'lapsed', reason, by.at);
  });
}
