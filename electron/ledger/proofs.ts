/** What was accepted, and what turned out not to be there (any more). */
import { oddness } from './changes.ts';
import { type Database, text } from './database.ts';
import type { Key } from './deliveries.ts';

/** What stands as accepted in one upload, in an order that does not change; `content`: digest of the content. */
export function acceptedIn(db: Database, upload: string): (Key & { readonly content: string })[] {
  return db
    .all(
      `SELECT c.id, c.rev, c.content FROM deliveries d JOIN changes c ON c.seq = d.change
       WHERE d.upload = ? AND d.state IN ('accepted', 'already') AND c.state = 'accepted' ORDER BY c.seq`,
      upload,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev'), content: text(row, 'content') }));
}

/** Every change that stands as accepted. */
export function acceptedChanges(db: Database): Key[] {
  return db
    .all(`SELECT id, rev FROM changes WHERE state = 'accepted' ORDER BY seq`)
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }));
}

/** The server no longer has what it had accepted: open again. Look at the document afterwards. */
export function noteLost(db: Database, change: Key, at: string): void {
  db.run(
    `UPDATE changes SET state = 'open', class = 'unchecked', odd = ?, reason = NULL, approved_class = NULL,
       accepted_at = NULL, server_had_it = 0, gone_at = ?, resolution = NULL, keeps = NULL, seen = NULL
     WHERE id = ? AND rev = ? AND state = 'accepted'`,
    oddness('unchecked'),
    at,
    change.id,
    change.rev,
  );
}

/** The revision is there, and what it holds is something else: no delivery of this record. */
export function noteDisproved(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.run(
    `UPDATE changes SET state = 'open', class = 'refused', odd = ?, reason = ?, refused = ?, approved_class = NULL,
       accepted_at = NULL WHERE id = ? AND rev = ? AND state = 'accepted'`,
    oddness('refused'),
    reason,
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
