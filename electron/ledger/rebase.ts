/** A change of unknown order becomes a new edit on the server's version. */
import type { Database } from './database.ts';
import type { DecisionMaker } from './keys.ts';
import { beginDecision } from './deciding.ts';

/**
 * A new edit on the server's version takes the place of a change that had none: it is approved, the old one is closed.
 * Answers the decision. Call inside a transaction.
 */
export function settleRebase(
  db: Database,
  settled: {
    readonly id: string;
    readonly from: string;
    readonly to: string;
    readonly batch: string | null;
    readonly by: DecisionMaker;
  },
): number {
  const { id, from, to, batch, by } = settled;
  const deciding = beginDecision(db, 'rebased', batch, by);
  deciding.touch({ id, rev: from }, () =>
    db.run(
      `UPDATE changes SET state = 'closed', reason = 'rebased', decided_by = ?, decided_at = ? WHERE id = ? AND rev = ?`,
      by.person,
      by.at,
      id,
      from,
    ),
  );
  db.run(
    `UPDATE changes SET state = 'approved', approved_class = 'update', decided_by = ?, decided_at = ? WHERE id = ? AND rev = ?`,
    by.person,
    by.at,
    id,
    to,
  );
  deciding.after({ id, rev: to });
  return deciding.decision;
}
