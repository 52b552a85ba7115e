/** Holding changes, and making decided ones open again. */
import type { Decided } from '../../shared/contract.ts';
import { DECIDED_STATES, UNSENT_STATES } from '../../shared/states.ts';
import type { ChangeState } from '../../shared/review.ts';
import { auditDecision } from './audit.ts';
import { type Database, number, text } from './database.ts';
import { batchOf, counts, inScope, type Scope } from './decisions.ts';
import type { DecisionMaker } from './keys.ts';
import { DECIDABLE, oneOf } from './states.ts';
import { beginDecision } from './deciding.ts';

/** Rows a decision is about, with what it needs to know of each. */
function chosen(
  db: Database,
  scope: Scope,
  states: readonly ChangeState[],
  chosenIds: readonly string[] | undefined,
): { seq: number; id: string }[] {
  const ids = chosenIds === undefined ? undefined : new Set(chosenIds);
  const where = inScope(scope);
  return db
    .all(
      `SELECT c.seq, c.id FROM changes c
       WHERE ${where.sql} AND c.state IN ${oneOf(states)} AND c.${DECIDABLE} AND c.resolution IS NULL`,
      ...where.values,
    )
    .map((row) => ({ seq: number(row, 'seq'), id: text(row, 'id') }))
    .filter((row) => ids?.has(row.id) ?? true);
}

/** Holds changes that are open or approved, with the reason. */
export function hold(
  db: Database,
  scope: Scope,
  ids: readonly string[] | undefined,
  reason: string,
  by: DecisionMaker,
): Decided {
  return db.transaction(() => {
    const rows = chosen(db, scope, UNSENT_STATES, ids);
    const deciding = rows.length === 0 ? null : beginDecision(db, 'held', batchOf(scope), by);
    deciding?.touchMany(
      rows.map(({ seq }) => seq),
      'held',
      'held_reason = ?, approved_class = NULL, refusal_approved = 0, decided_by = ?, decided_at = ?',
      reason,
      by.person,
      by.at,
    );
    const detail = { decision: deciding?.decision, reason };
    auditDecision(
      db,
      by,
      'held',
      { decision: deciding?.decision ?? 0, batch: batchOf(scope), detail: { reason } },
      rows.map(({ seq }) => ({ seq, detail })),
    );
    return counts(db, scope, new Set(rows.map(({ id }) => id)).size, deciding);
  });
}

/** Takes an approval or a hold back: the change is open again. Settled conflicts are not undone this way. */
export function release(
  db: Database,
  scope: Scope,
  ids: readonly string[] | undefined,
  by: DecisionMaker,
): Decided {
  return db.transaction(() => {
    const rows = chosen(db, scope, DECIDED_STATES, ids);
    const deciding = rows.length === 0 ? null : beginDecision(db, 'reopened', batchOf(scope), by);
    deciding?.touchMany(
      rows.map(({ seq }) => seq),
      'open',
      `held_reason = NULL, approved_class = NULL, refusal_approved = 0, decided_by = NULL, decided_at = NULL`,
    );
    const detail = { decision: deciding?.decision };
    auditDecision(
      db,
      by,
      'reopened',
      { decision: deciding?.decision ?? 0, batch: batchOf(scope) },
      rows.map(({ seq }) => ({ seq, detail })),
    );
    return counts(db, scope, new Set(rows.map(({ id }) => id)).size, deciding);
  });
}
