/** What was accepted, and what turned out not to be there (any more). */
import { PROVEN_DELIVERIES, MADE_ORIGINS } from '../../shared/states.ts';
import { type Change, WHOLE } from './change-columns.ts';
import { type Database, text } from './database.ts';
import { type Key, list } from './keys.ts';
import { reviewPriority, oneOf } from './states.ts';

/** What stands as accepted in one upload, in an order that does not change; `content`: digest of the content. */
export function acceptedIn(db: Database, upload: string): (Key & { readonly content: string })[] {
  return db
    .all(
      `SELECT c.id, c.rev, c.content FROM deliveries d JOIN changes c ON c.seq = d.change
       WHERE d.upload = ? AND d.state IN ${oneOf(PROVEN_DELIVERIES)} AND c.state = 'accepted' ORDER BY c.seq`,
      upload,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev'), content: text(row, 'content') }));
}

/** Every change that stands as accepted, but for what the server is known to have removed since, and what was given up here. */
export function acceptedChanges(db: Database): Change[] {
  return db
    .all(
      `SELECT ${WHOLE.select} FROM changes c WHERE state = 'accepted' AND gone_at IS NULL AND retired_at IS NULL ORDER BY seq`,
    )
    .map(WHOLE.of);
}

/** Which of these documents the server once had in some version, as far as was seen here. */
export function knownFromServer(db: Database, ids: readonly string[]): ReadonlySet<string> {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  const rows = db.all(
    `SELECT k.id FROM temp.listed k WHERE EXISTS (SELECT 1 FROM server_bodies s WHERE s.id = k.id)
       OR EXISTS (SELECT 1 FROM changes c WHERE c.id = k.id
         AND (c.accepted_at IS NOT NULL OR c.gone_at IS NOT NULL OR c.server_had_it = 1))`,
  );
  return new Set(rows.map((row) => text(row, 'id')));
}

/** It was delivered, and the server has deleted or archived it since: nothing is left to do, and accepted it stays. */
export function recordRemovedSince(db: Database, change: Key, at: string): void {
  db.run(
    `UPDATE changes SET gone_at = ? WHERE id = ? AND rev = ? AND state = 'accepted'`,
    at,
    change.id,
    change.rev,
  );
}

/** The server no longer has what it had accepted: open again. Look at the document afterwards. */
export function recordLost(db: Database, change: Key, at: string): void {
  // What it was joined into goes with it: it is joined anew with what the server has then.
  db.run(
    `UPDATE changes SET state = 'superseded' FROM changes AS joined
     WHERE joined.id = ?1 AND joined.rev = ?2 AND joined.origin NOT IN ${oneOf(MADE_ORIGINS)} AND joined.keeps != joined.rev
       AND changes.resolution = joined.resolution AND changes.origin IN ${oneOf(MADE_ORIGINS)}`,
    change.id,
    change.rev,
  );
  db.run(
    `UPDATE changes SET state = 'open', class = 'unchecked', odd = ?, reason = NULL, approved_class = NULL,
       accepted_at = NULL, server_had_it = 0, gone_at = ?, resolution = NULL, keeps = NULL, seen = NULL
     WHERE id = ? AND rev = ? AND state = 'accepted'`,
    reviewPriority('unchecked'),
    at,
    change.id,
    change.rev,
  );
}

/** The revision is there, and what it holds is something else: no delivery of this record. */
export function recordDisproved(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.run(
    `UPDATE changes SET state = 'open', refused = ?, refusal_approved = 0, approved_class = NULL, accepted_at = NULL
     WHERE id = ? AND rev = ? AND state = 'accepted'`,
    reason,
    change.id,
    change.rev,
  );
  db.run(
    `UPDATE deliveries SET state = 'refused', reason = ?, at = ?
     WHERE upload = ? AND change = (SELECT seq FROM changes WHERE id = ? AND rev = ?)`,
    reason,
    at,
    upload,
    change.id,
    change.rev,
  );
}
