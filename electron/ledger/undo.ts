/**
 * Decisions as a whole: each request of a person is one **decision**, whatever number of changes it is about, and is
 * undone as one. What stood before is written down for each change, so that neither size nor time matters.
 *
 * Once something of a decision may have reached the server it cannot be undone at all: half of it taken back would be
 * a decision that nobody made. A later decision about the same change wins: it stays as it is.
 */
import type { Undone } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { isOneOf, LEFT_DELIVERIES, LEFT_STATES, UNSENT_STATES } from '../../shared/states.ts';
import { audit } from './audit.ts';
import { withdrawJoin } from './conflicts.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';
import { isBesideApproved } from './one-version.ts';
import { oneOf } from './states.ts';

/** As in the audit trail; `settled`: a conflict. */
export type DecisionKind =
  'approved' | 'held' | 'reopened' | 'rebased' | 'settled' | 'brought-back' | typeof CHOSEN;

/**
 * Of several contents one was chosen. Whatever was decided about it since rests on that, so undoing the choice takes
 * that back too.
 */
const CHOSEN = 'content-chosen';

/** A decision under way. Whatever it touches is named before and after. */
export interface Deciding {
  readonly decision: number;
  /** What stands now is what undoing puts back. */
  before(change: Key): void;
  /** It was touched. Where `before` was not called, the decision made this revision, and undoing sets it aside. */
  after(change: Key): void;
  /** `before`, the update, `after`. */
  touch(change: Key, update: () => void): void;
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
    'INSERT INTO decisions (at, person, kind, batch) VALUES (?, ?, ?, ?)',
    by.at,
    by.person,
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
  };
  return deciding;
}

export interface UndoneDecision extends Undone {
  /** Documents whose classes are to be brought up to date. */
  readonly ids: readonly string[];
}

/**
 * Undoes a decision as a whole.
 * @throws StationError `not-found`; `decision-sent` with the number of records that may have reached the server;
 *   `nothing-to-undo`: it was undone already, or nothing of it is left
 */
export function undoDecision(db: Database, decision: number, by: DecisionMaker): UndoneDecision {
  return db.transaction(() => {
    const row = db.get('SELECT * FROM decisions WHERE decision = ? AND undoes IS NULL', decision);
    if (row === undefined) throw new StationError('not-found');
    const carries = row['kind'] === CHOSEN;
    const sent = countSent(db, decision, text(row, 'at'), carries);
    if (sent > 0) throw new StationError('decision-sent', String(sent));
    // A join was made of what was approved, on the way to the server, and did not leave: it is no longer wanted.
    if (row['kind'] !== 'settled')
      for (const resolution of joinsOf(db, decision, carries)) withdrawJoin(db, resolution);

    const touched = db.all(
      `SELECT c.seq, c.id, c.rev, c.history, c.batch, c.state AS now, c.decision AS latest, p.made
       FROM decision_changes p JOIN changes c ON c.seq = p.change WHERE p.decision = ? ORDER BY c.seq`,
      decision,
    );
    const isMine = (change: Row): boolean => carries || change['latest'] === decision;
    const mine = touched.filter(isMine);
    const isDecidedSince = (change: Row): boolean =>
      change['latest'] !== decision && isOneOf(UNSENT_STATES, text(change, 'now'));
    const found = mine.filter((change) => change['now'] === change['made'] || isDecidedSince(change));
    if (found.length === 0) throw new StationError('nothing-to-undo');
    db.run(
      `INSERT INTO decisions (at, person, kind, batch, undoes) VALUES (?, ?, 'undone', ?, ?)`,
      by.at,
      by.person,
      textOrNull(row, 'batch'),
      decision,
    );
    for (const change of found) putBack(db, change, decision, by);
    // Records, each in one of the three, however many versions of it the decision touched.
    const undone = idsOf(found);
    const later = idsOf(touched.filter((change) => !isMine(change)));
    const left = (of: ReadonlySet<string>, ...others: ReadonlySet<string>[]): number =>
      [...of].filter((id) => !others.some((other) => other.has(id))).length;
    return {
      undone: undone.size,
      later: left(later, undone),
      lapsed: left(idsOf(mine), undone, later),
      ids: [...undone],
    };
  });
}

const idsOf = (rows: readonly Row[]): Set<string> => new Set(rows.map((row) => text(row, 'id')));

/** Records of a decision that may have reached the server since it was made, or a version that was made of them. */
function countSent(db: Database, decision: number, at: string, carries: boolean): number {
  const row = db.get(
    `SELECT count(DISTINCT c.id) AS n FROM decision_changes p JOIN changes c ON c.seq = p.change
     WHERE p.decision = ?1 AND (c.decision = ?1 OR ?3 = 1) AND (
       c.state IN ${oneOf(LEFT_STATES)} OR c.state = 'closed' AND c.server_had_it = 1
       OR EXISTS (SELECT 1 FROM deliveries d
         WHERE d.change = c.seq AND d.state IN ${oneOf(LEFT_DELIVERIES)} AND d.at >= ?2)
       OR c.resolution IS NOT NULL AND EXISTS (SELECT 1 FROM changes j
         WHERE j.id = c.id AND j.resolution = c.resolution AND (j.state IN ${oneOf(LEFT_STATES)}
           OR EXISTS (SELECT 1 FROM deliveries d WHERE d.change = j.seq AND d.state IN ${oneOf(LEFT_DELIVERIES)}))))`,
    decision,
    at,
    carries ? 1 : 0,
  );
  return number(row, 'n');
}

function joinsOf(db: Database, decision: number, carries: boolean): string[] {
  return db
    .all(
      `SELECT DISTINCT c.resolution FROM decision_changes p JOIN changes c ON c.seq = p.change
       WHERE p.decision = ?1 AND (c.decision = ?1 OR ?2 = 1) AND c.resolution IS NOT NULL`,
      decision,
      carries ? 1 : 0,
    )
    .map((row) => text(row, 'resolution'));
}

/**
 * What stood before a decision. Where that was an earlier decision that has been undone since, it does not come back
 * this way: what counts is what stood before that one.
 */
function standBefore(db: Database, change: number, decision: number): Row {
  const stood = db.get('SELECT * FROM decision_changes WHERE decision = ? AND change = ?', decision, change);
  if (stood === undefined) throw new Error('a decision without what stood before');
  const earlier = stood['decision_before'];
  if (typeof earlier !== 'number') return stood;
  const undone = db.get('SELECT 1 FROM decisions WHERE undoes = ? LIMIT 1', earlier) !== undefined;
  return undone ? standBefore(db, change, earlier) : stood;
}

function putBack(db: Database, change: Row, decision: number, by: DecisionMaker): void {
  const seq = number(change, 'seq');
  const before = standBefore(db, seq, decision);
  // Another version was approved since: this one is looked at again.
  const wasApproved = text(before, 'state') === 'approved';
  const state = wasApproved && isBesideApproved(db, wholeKey(change)) ? 'open' : text(before, 'state');
  const stood = state === text(before, 'state');
  db.run(
    `UPDATE changes SET state = ?1, approved_class = ?2, approved_unusual = ?3,
       refusal_approved = ?4 AND refused IS NOT NULL AND refused IS ?5,
       held_reason = ?6, decided_by = ?7, decided_at = ?8, decision = ?9, resolution = NULL, keeps = NULL, seen = NULL
     WHERE seq = ?10`,
    state,
    stood ? textOrNull(before, 'approved_class') : null,
    text(before, 'approved_unusual'),
    number(before, 'refusal_approved'),
    textOrNull(before, 'refused'),
    textOrNull(before, 'held_reason'),
    textOrNull(before, 'decided_by'),
    textOrNull(before, 'decided_at'),
    before['decision_before'] ?? null,
    seq,
  );
  audit(db, by, 'undone', {
    batch: textOrNull(change, 'batch'),
    id: text(change, 'id'),
    rev: text(change, 'rev'),
    detail: { decision, from: text(change, 'now'), to: state },
  });
}

function wholeKey(row: Row): Key & { readonly history: readonly string[] } {
  return { id: text(row, 'id'), rev: text(row, 'rev'), history: json<string[]>(row, 'history') };
}
