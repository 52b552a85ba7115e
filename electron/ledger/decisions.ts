/** Decisions in the ledger: approve, hold, release; by whom and when. */
import { ORDINARY_CLASSES, type ChangeClass } from '../../shared/review.ts';
import { audit } from './audit.ts';
import { DECIDABLE } from './batches.ts';
import { type Database, number, text } from './database.ts';

export interface DecisionMaker {
  readonly person: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface DecisionCounts {
  readonly approved: number;
  readonly held: number;
  readonly open: number;
  readonly changed: number;
}

function counts(db: Database, batch: string, changed: number): DecisionCounts {
  const row = db.get(
    `SELECT sum(state IN ('approved', 'sent', 'accepted') AND ${DECIDABLE}) AS approved, sum(state = 'held') AS held,
       sum(state = 'open' AND ${DECIDABLE}) AS open FROM changes WHERE batch = ?`,
    batch,
  );
  return { approved: number(row, 'approved'), held: number(row, 'held'), open: number(row, 'open'), changed };
}

/** Rows a decision is about, with what it needs to know of each. */
function chosen(
  db: Database,
  batch: string,
  states: string,
  choice: {
    readonly classes?: readonly ChangeClass[] | undefined;
    readonly ids?: readonly string[] | undefined;
  },
  except: ReadonlySet<string>,
): { id: string; rev: string; class: ChangeClass }[] {
  const ids = choice.ids === undefined ? undefined : new Set(choice.ids);
  const classes = choice.classes === undefined ? undefined : new Set<string>(choice.classes);
  return db
    .all(
      `SELECT id, rev, class FROM changes WHERE batch = ? AND state IN (${states}) AND ${DECIDABLE}`,
      batch,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev'), class: text(row, 'class') as ChangeClass }))
    .filter((row) => (ids?.has(row.id) ?? true) && (classes?.has(row.class) ?? true) && !except.has(row.id));
}

export interface Approval {
  readonly batch: string;
  /** Without classes and ids: the ordinary ones. Ids name changes one by one, whatever their class. */
  readonly classes?: readonly ChangeClass[] | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

/** Approves open changes. The class it has now is written down: what is sent is what was looked at. */
export function approve(db: Database, approval: Approval, by: DecisionMaker): DecisionCounts {
  const classes = approval.classes ?? (approval.ids === undefined ? ORDINARY_CLASSES : undefined);
  return db.transaction(() => {
    const rows = chosen(
      db,
      approval.batch,
      `'open'`,
      { classes, ids: approval.ids },
      new Set(approval.except),
    );
    for (const row of rows) {
      db.run(
        `UPDATE changes SET state = 'approved', approved_class = class, decided_by = ?, decided_at = ?, held_reason = NULL
         WHERE id = ? AND rev = ?`,
        by.person,
        by.at,
        row.id,
        row.rev,
      );
      audit(db, by, 'approved', {
        batch: approval.batch,
        id: row.id,
        rev: row.rev,
        detail: { class: row.class },
      });
    }
    return counts(db, approval.batch, rows.length);
  });
}

/** Holds changes that are open or approved, with the reason. */
export function hold(
  db: Database,
  batch: string,
  ids: readonly string[],
  reason: string,
  by: DecisionMaker,
): DecisionCounts {
  return db.transaction(() => {
    const rows = chosen(db, batch, `'open', 'approved', 'held'`, { ids }, new Set());
    let changed = 0;
    for (const row of rows) {
      const held = db.run(
        `UPDATE changes SET state = 'held', held_reason = ?, approved_class = NULL, decided_by = ?, decided_at = ?
         WHERE id = ? AND rev = ? AND resolution IS NULL`,
        reason,
        by.person,
        by.at,
        row.id,
        row.rev,
      );
      if (held === 0) continue;
      changed += 1;
      audit(db, by, 'held', { batch, id: row.id, rev: row.rev, detail: { reason } });
    }
    return counts(db, batch, changed);
  });
}

/** Takes an approval or a hold back: the change is open again. Settled conflicts are not undone this way. */
export function release(
  db: Database,
  batch: string,
  ids: readonly string[] | undefined,
  by: DecisionMaker,
): DecisionCounts {
  return db.transaction(() => {
    const rows = chosen(db, batch, `'approved', 'held'`, { ids }, new Set());
    let changed = 0;
    for (const row of rows) {
      const released = db.run(
        `UPDATE changes SET state = 'open', held_reason = NULL, approved_class = NULL, decided_by = NULL, decided_at = NULL
         WHERE id = ? AND rev = ? AND resolution IS NULL`,
        row.id,
        row.rev,
      );
      if (released === 0) continue;
      changed += 1;
      audit(db, by, 'reopened', { batch, id: row.id, rev: row.rev });
    }
    return counts(db, batch, changed);
  });
}

/** A new edit on the server's version takes the place of a change that had none: it is approved, the old one is closed. */
export function settleRebase(
  db: Database,
  settled: { readonly id: string; readonly from: string; readonly to: string; readonly by: DecisionMaker },
): void {
  db.run(
    `UPDATE changes SET state = 'closed', reason = 'rebased', decided_by = ?, decided_at = ? WHERE id = ? AND rev = ?`,
    settled.by.person,
    settled.by.at,
    settled.id,
    settled.from,
  );
  db.run(
    `UPDATE changes SET state = 'approved', approved_class = 'update', decided_by = ?, decided_at = ? WHERE id = ? AND rev = ?`,
    settled.by.person,
    settled.by.at,
    settled.id,
    settled.to,
  );
}
