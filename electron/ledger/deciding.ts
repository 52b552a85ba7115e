/**
 * Decisions as a whole: each request of a person is one **decision**, whatever number of changes it is about. What stood
 * before is written down for each change, so that undo.ts can take it back as one.
 */
import type { ChangeState } from '../../shared/states.ts';
import { inParts } from './audit.ts';
import { type Database, number, type Row, text } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';

/** As in the audit trail; `settled`: a conflict. */
export type DecisionKind =
  'approved' | 'held' | 'reopened' | 'rebased' | 'settled' | 'brought-back' | typeof CHOSEN;

/**
 * Of several contents one was chosen. Whatever was decided about it since rests on that, so undoing the choice takes
 * that back too.
 */
export const CHOSEN = 'content-chosen';

/** A decision under way. Whatever it touches is named before and after. */
export interface Deciding {
  readonly decision: number;
  /** What stands now is what undoing puts back. */
  before(change: Key): void;
  /** It was touched. Where `before` was not called, the decision made this revision, and undoing sets it aside. */
  after(change: Key): void;
  /** `before`, the update, `after`. */
  touch(change: Key, update: () => void): void;
  /**
   * The same for many rows of `changes` at once, by their `seq`, in a few statements.
   * @param made the state that all of them get
   * @param set the other columns that it sets, as SQL, with `values` for its `?`
   */
  touchMany(seqs: readonly number[], made: ChangeState, set: string, ...values: (string | null)[]): void;
}

/** What a decision finds in a row, and what undoing it puts back, by the columns of `decision_changes`. */
const BEFORE = {
  state: 'state',
  approved_class: 'approved_class',
  approved_unusual: 'approved_unusual',
  refused: 'refused',
  refusal_approved: 'refusal_approved',
  held_reason: 'held_reason',
  decided_by: 'decided_by',
  decided_at: 'decided_at',
  decision_before: 'decision',
} as const;
const COLUMNS = Object.keys(BEFORE);

/** Begins a decision, inside the transaction in which it is made. */
export function beginDecision(
  db: Database,
  kind: DecisionKind,
  batch: string | null,
  by: DecisionMaker,
): Deciding {
  db.run(
    'INSERT INTO decisions (at, person, second, kind, batch) VALUES (?, ?, ?, ?, ?)',
    by.at,
    by.person,
    by.second ?? null,
    kind,
    batch,
  );
  const decision = number(db.get('SELECT max(decision) AS n FROM decisions'), 'n');
  const stood = new Map<number, Row>();
  const look = ({ id, rev }: Key): Row => {
    const row = db.get(
      `SELECT seq, ${Object.entries(BEFORE)
        .map(([name, column]) => `${column} AS ${name}`)
        .join(', ')} FROM changes WHERE id = ? AND rev = ?`,
      id,
      rev,
    );
    if (row === undefined) throw new Error('a decision on a change that is not there');
    return row;
  };
  const deciding: Deciding = {
    decision,
    before: (change) => {
      const row = look(change);
      stood.set(number(row, 'seq'), row);
    },
    after: (change) => {
      const now = look(change);
      const seq = number(now, 'seq');
      const before = stood.get(seq) ?? { ...now, state: 'superseded', decision_before: null };
      db.run('UPDATE changes SET decision = ? WHERE seq = ?', decision, seq);
      db.run(
        `INSERT INTO decision_changes (decision, change, made, ${COLUMNS.join(', ')})
         VALUES (?, ?, ?, ${COLUMNS.map(() => '?').join(', ')})`,
        decision,
        seq,
        text(now, 'state'),
        ...COLUMNS.map((column) => before[column] ?? null),
      );
    },
    touch: (change, update) => {
      deciding.before(change);
      update();
      deciding.after(change);
    },
    touchMany: (seqs, made, set, ...values) => {
      for (const some of inParts(seqs)) {
        const these = JSON.stringify(some);
        db.run(
          `INSERT INTO decision_changes (decision, change, made, ${COLUMNS.join(', ')})
           SELECT ?, seq, ?, ${Object.values(BEFORE).join(', ')} FROM changes
           WHERE seq IN (SELECT value FROM json_each(?))`,
          decision,
          made,
          these,
        );
        db.run(
          `UPDATE changes SET ${set}, state = ?, decision = ? WHERE seq IN (SELECT value FROM json_each(?))`,
          ...values,
          made,
          decision,
          these,
        );
      }
    },
  };
  return deciding;
}
