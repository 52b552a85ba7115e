/**
 * Undoing a decision (deciding.ts) as a whole, whatever its size and however long ago it was.
 *
 * Once something of a decision may have reached the server it cannot be undone at all: half of it taken back would be
 * a decision that nobody made. A later decision about the same change wins: it stays as it is.
 */
import type { Undone } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { isOneOf, LEFT_DELIVERIES, LEFT_STATES, UNSENT_STATES } from '../../shared/states.ts';
import { auditDecision, inParts } from './audit.ts';
import { withdrawJoin } from './conflicts.ts';
import { CHOSEN, type DecisionKind } from './deciding.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';
import { isBesideApproved } from './one-version.ts';
import { oneOf } from './states.ts';

/** Decisions that made no version of a record. */
const WITHOUT_VERSIONS = ['approved', 'held', 'reopened'] as const satisfies readonly DecisionKind[];

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
      `SELECT c.seq, c.id, c.rev, c.several, c.state AS now, c.decision AS latest, p.made, p.state,
         EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = p.decision_before) AS unmade
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
    const isPlain = (change: Row): boolean =>
      change['unmade'] === 0 && (change['several'] === 0 || text(change, 'state') !== 'approved');
    const seqOf = (change: Row): number => number(change, 'seq');
    putManyBack(db, found.filter(isPlain).map(seqOf), decision);
    const stands = new Map(
      found.map((change) => [
        change,
        isPlain(change) ? text(change, 'state') : putBack(db, seqOf(change), decision),
      ]),
    );
    auditDecision(
      db,
      by,
      'undone',
      { decision, batch: textOrNull(row, 'batch') },
      [...stands].map(([change, to]) => ({
        seq: seqOf(change),
        detail: { decision, from: text(change, 'now'), to },
      })),
    );
    // The class of a record with one version does not rest on what was decided about it.
    const isAlone = (change: Row): boolean => isPlain(change) && change['several'] === 0;
    const keepsClasses = isOneOf(WITHOUT_VERSIONS, text(row, 'kind'));
    const toClass = keepsClasses ? found.filter((change) => !isAlone(change)) : found;
    // Records, each in one of the three, however many versions of it the decision touched.
    const undone = idsOf(found);
    const later = idsOf(touched.filter((change) => !isMine(change)));
    const left = (of: ReadonlySet<string>, ...others: ReadonlySet<string>[]): number =>
      [...of].filter((id) => !others.some((other) => other.has(id))).length;
    return {
      undone: undone.size,
      later: left(later, undone),
      lapsed: left(idsOf(mine), undone, later),
      ids: [...idsOf(toClass)],
    };
  });
}

const idsOf = (rows: readonly Row[]): Set<string> => new Set(rows.map((row) => text(row, 'id')));

/** Records of a decision that may have reached the server since it was made, or a version that was made of them. */
function countSent(db: Database, decision: number, at: string, carries: boolean): number {
  const row = db.get(
    `SELECT count(DISTINCT c.id) AS n FROM decision_changes p JOIN changes c ON c.seq = p.change
     WHERE p.decision = ?1 AND (c.decision = ?1 OR ?3 = 1) AND (
       c.state IN ${oneOf(LEFT_STATES)} OR c.state = 'closed' AND c.server_had_it = 1 OR c.retired_at IS NOT NULL
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

/** Where nothing else has to be asked: no decision before it was undone, and no other version can be approved. */
function putManyBack(db: Database, seqs: readonly number[], decision: number): void {
  for (const some of inParts(seqs))
    db.run(
      `UPDATE changes SET state = p.state, approved_class = p.approved_class, approved_unusual = p.approved_unusual,
         refusal_approved = p.refusal_approved AND changes.refused IS NOT NULL AND changes.refused IS p.refused,
         held_reason = p.held_reason, decided_by = p.decided_by, decided_at = p.decided_at,
         decision = p.decision_before, resolution = NULL, keeps = NULL, seen = NULL
       FROM decision_changes p
       WHERE p.decision = ? AND p.change = changes.seq AND changes.seq IN (SELECT value FROM json_each(?))`,
      decision,
      JSON.stringify(some),
    );
}

/** How it stands now. */
function putBack(db: Database, seq: number, decision: number): string {
  const before = standBefore(db, seq, decision);
  const change = db.get('SELECT id, rev, history FROM changes WHERE seq = ?', seq);
  if (change === undefined) throw new Error('a decision on a change that is not there');
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
  return state;
}

function wholeKey(row: Row): Key & { readonly history: readonly string[] } {
  return { id: text(row, 'id'), rev: text(row, 'rev'), history: json<string[]>(row, 'history') };
}
