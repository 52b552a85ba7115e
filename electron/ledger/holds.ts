/** Holding changes, and making decided ones open again. */
import type { Decided } from '../../shared/contract.ts';
import { DECIDED_STATES, UNSENT_STATES } from '../../shared/states.ts';
import type { ChangeState } from '../../shared/review.ts';
import { audit } from './audit.ts';
import { type Database, text } from './database.ts';
import { counts } from './decisions.ts';
import type { DecisionMaker } from './keys.ts';
import { DECIDABLE, oneOf } from './states.ts';
import { beginDecision } from './undo.ts';

/** Rows a decision is about, with what it needs to know of each. */
function chosen(
  db: Database,
  batch: string,
  states: readonly ChangeState[],
  chosenIds: readonly string[] | undefined,
): { id: string; rev: string }[] {
  const ids = chosenIds === undefined ? undefined : new Set(chosenIds);
  return db
    .all(
      `SELECT id, rev FROM changes WHERE batch = ? AND state IN ${oneOf(states)} AND ${DECIDABLE} AND resolution IS NULL`,
      batch,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }))
    .filter((row) => ids?.has(row.id) ?? true);
}

/** Holds changes that are open or approved, with the reason. */
export function hold(
  db: Database,
  batch: string,
  ids: readonly string[],
  reason: string,
  by: DecisionMaker,
): Decided {
  return db.transaction(() => {
    const rows = chosen(db, batch, UNSENT_STATES, ids);
    const deciding = rows.length === 0 ? null : beginDecision(db, 'held', batch, by);
    for (const row of rows) {
      deciding?.touch(row, () =>
        db.run(
          `UPDATE changes SET state = 'held', held_reason = ?, approved_class = NULL, refusal_approved = 0,
             decided_by = ?, decided_at = ? WHERE id = ? AND rev = ?`,
          reason,
          by.person,
          by.at,
          row.id,
          row.rev,
        ),
      );
      audit(db, by, 'held', {
        batch,
        id: row.id,
        rev: row.rev,
        detail: { decision: deciding?.decision, reason },
      });
    }
    return counts(db, batch, new Set(rows.map(({ id }) => id)).size, deciding);
  });
}

/** Takes an approval or a hold back: the change is open again. Settled conflicts are not undone this way. */
export function release(
  db: Database,
  batch: string,
  ids: readonly string[] | undefined,
  by: DecisionMaker,
): Decided {
  return db.transaction(() => {
    const rows = chosen(db, batch, DECIDED_STATES, ids);
    const deciding = rows.length === 0 ? null : beginDecision(db, 'reopened', batch, by);
    for (const row of rows) {
      deciding?.touch(row, () =>
        db.run(
          `UPDATE changes SET state = 'open', held_reason = NULL, approved_class = NULL, refusal_approved = 0,
             decided_by = NULL, decided_at = NULL WHERE id = ? AND rev = ?`,
          row.id,
          row.rev,
        ),
      );
      audit(db, by, 'reopened', {
        batch,
        id: row.id,
        rev: row.rev,
        detail: { decision: deciding?.decision },
      });
    }
    return counts(db, batch, new Set(rows.map(({ id }) => id)).size, deciding);
  });
}
