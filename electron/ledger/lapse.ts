/** Decisions that no longer count although nobody took them back, because what they were about has changed, or may have. */
import type { AuditAction } from '../../shared/audit.ts';
import { DECIDED_STATES, isOneOf } from '../../shared/states.ts';
import { audit } from './audit.ts';
import { reopenSettlementsOf } from './conflicts.ts';
import { type Database, number, type Row, text, textOrNull } from './database.ts';
import type { DecisionMaker } from './keys.ts';

/** What somebody decided about a change lapses, and can no longer be undone. `row`: seq, id, rev, batch, state, resolution. */
export function lapse(
  db: Database,
  row: Row,
  what: Extract<AuditAction, 'set-aside' | 'approval-lapsed'>,
  detail: Readonly<Record<string, unknown>>,
  by: DecisionMaker,
): void {
  const id = text(row, 'id');
  if (row['resolution'] !== null) reopenSettlementsOf(db, id, by);
  const state = text(row, 'state');
  const wasDecided = isOneOf<string>(DECIDED_STATES, state);
  db.run(
    `UPDATE changes SET state = CASE WHEN state = 'superseded' THEN state ELSE 'open' END, approved_class = NULL,
       held_reason = NULL, refusal_approved = 0, decided_by = NULL, decided_at = NULL, decision = NULL WHERE seq = ?`,
    number(row, 'seq'),
  );
  if (wasDecided)
    audit(db, by, what, {
      batch: textOrNull(row, 'batch'),
      id,
      rev: text(row, 'rev'),
      detail: { state, ...detail },
    });
}

/**
 * Every approval of which nothing was sent lapses: a decision that took it back may be lost with the end of the history.
 * Answers how many.
 */
export function lapseApprovals(db: Database, by: DecisionMaker): number {
  return db.transaction(() => {
    const rows = db.all(
      `SELECT seq, id, rev, batch, state, resolution FROM changes WHERE state = 'approved' ORDER BY seq`,
    );
    for (const row of rows) lapse(db, row, 'approval-lapsed', {}, by);
    return rows.length;
  });
}
