/** Conflicts in the ledger: which documents have one, who brought which side, how it was settled. */
import { audit } from './audit.ts';
import { type Database, number, text, textOrNull } from './database.ts';
import type { DecisionMaker } from './decisions.ts';

const IN_CONFLICT = `class = 'conflict' AND state IN ('open', 'held', 'approved') AND resolution IS NULL`;

export function listConflicts(
  db: Database,
  query: { readonly offset: number; readonly limit: number },
): { ids: string[]; total: number } {
  const rows = db.all(
    `SELECT id FROM changes WHERE ${IN_CONFLICT} GROUP BY id ORDER BY min(seq) LIMIT ? OFFSET ?`,
    query.limit,
    query.offset,
  );
  return { ids: rows.map((row) => text(row, 'id')), total: countConflicts(db) };
}

export function countConflicts(db: Database): number {
  return number(db.get(`SELECT count(DISTINCT id) AS n FROM changes WHERE ${IN_CONFLICT}`), 'n');
}

/** Who brought a batch, on which device, when. */
export function takenOf(
  db: Database,
  batch: string | null,
): { user: string | null; device: string | null; takenAt: string | null } {
  const row =
    batch === null ? undefined : db.get('SELECT user, device, taken_at FROM batches WHERE batch = ?', batch);
  if (row === undefined) return { user: null, device: null, takenAt: null };
  return {
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    takenAt: textOrNull(row, 'taken_at'),
  };
}

/** The body of a revision that a decision closes: kept for ever. */
export function noteClosedBody(
  db: Database,
  version: { readonly id: string; readonly rev: string; readonly body: Readonly<Record<string, unknown>> },
  by: DecisionMaker,
): void {
  db.run(
    'INSERT INTO closed_bodies (id, rev, at, person, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, rev) DO NOTHING',
    version.id,
    version.rev,
    by.at,
    by.person,
    JSON.stringify(version.body),
  );
}

export interface Settled {
  readonly id: string;
  readonly rev: string;
  readonly state: 'approved' | 'closed';
  readonly resolution: string;
  /** The revision that stays; the closing ones wait until the server is proven to hold it. */
  readonly keeps: string;
  /** The leaves that the person looked at. */
  readonly seen: readonly string[];
  readonly by: DecisionMaker;
}

export function settle(db: Database, settled: Settled): void {
  db.run(
    `UPDATE changes SET state = ?, approved_class = class, resolution = ?, keeps = ?, seen = ?, decided_by = ?, decided_at = ?,
       held_reason = NULL WHERE id = ? AND rev = ?`,
    settled.state,
    settled.resolution,
    settled.keeps,
    JSON.stringify(settled.seen),
    settled.by.person,
    settled.by.at,
    settled.id,
    settled.rev,
  );
}

/**
 * A settlement lapses as a whole, because it was made without something that has come since: what it made is
 * set aside, what it closed is open again. What the server has accepted of it stays accepted.
 */
export function reopenSettlement(db: Database, resolution: string, by: DecisionMaker): void {
  const kept = db.get(
    'SELECT id, keeps, batch FROM changes WHERE resolution = ? ORDER BY rev = keeps DESC, seq LIMIT 1',
    resolution,
  );
  const setAside = db.run(
    `UPDATE changes SET state = 'superseded' WHERE resolution = ? AND origin IN ('closing', 'merge') AND state != 'accepted'`,
    resolution,
  );
  const opened = db.run(
    `UPDATE changes SET state = 'open', approved_class = NULL, resolution = NULL, keeps = NULL, seen = NULL
     WHERE resolution = ? AND origin NOT IN ('closing', 'merge') AND state IN ('approved', 'sent', 'closed')`,
    resolution,
  );
  if (kept === undefined || setAside + opened === 0) return;
  audit(db, by, 'reopened a conflict', {
    batch: textOrNull(kept, 'batch'),
    id: text(kept, 'id'),
    ...(kept['keeps'] === null ? {} : { rev: text(kept, 'keeps') }),
    detail: { setAside, opened },
  });
}

/** Settlements of a document of which something has still to reach the server. */
export function reopenSettlementsOf(db: Database, id: string, by: DecisionMaker): void {
  const rows = db.all(
    `SELECT resolution FROM changes INDEXED BY changes_settled
     WHERE id = ? AND resolution IS NOT NULL AND state IN ('approved', 'sent')`,
    id,
  );
  for (const resolution of new Set(rows.map((row) => text(row, 'resolution'))))
    reopenSettlement(db, resolution, by);
}
