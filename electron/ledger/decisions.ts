/** Approving in the ledger; by whom and when. Holding and reopening is in holds.ts, a new edit on the server's version in rebase.ts. */
import type { Decided } from '../../shared/contract.ts';
import type { DocumentKind } from '../../shared/documents.ts';
import { APPROVABLE_CLASSES, type ChangeClass } from '../../shared/review.ts';
import {
  unusualOf,
  type BatchRuleName,
  type RecordRule,
  type Unusual,
  type UnusualRule,
} from '../../shared/unusual.ts';
import { checkDeletions, type Deletions } from '../../shared/deletions.ts';
import { StationError } from '../../shared/errors.ts';
import { auditDecision } from './audit.ts';
import { conditionOf, type ChangeFilter } from './change-filter.ts';
import type { Condition } from './finding.ts';
import { decidedIn } from './counts.ts';
import { deletesRecord, deletionsOf } from './deletions.ts';
import { type Database, json, number, text, textOrNull } from './database.ts';
import { ORDINARY_ANYWHERE, REFUSED } from './states.ts';
import type { DecisionMaker } from './keys.ts';
import { isBesideApproved } from './one-version.ts';
import { beginDecision, type Deciding } from './deciding.ts';
import { checkSecond } from './four-eyes.ts';

/** Where a decision looks for its records: in a batch, or among those that a list shows. */
export interface Scope {
  readonly batch?: string | undefined;
  /** Exactly one of both. */
  readonly filter?: ChangeFilter | undefined;
}

/** As a condition on `changes c`. */
export function inScope({ batch, filter }: Scope): Condition {
  if (filter !== undefined) return conditionOf(filter);
  return { sql: 'c.batch = ?', values: [batch ?? ''] };
}

/** The one batch that a decision is about; `null`: it may be about several. */
export const batchOf = ({ batch, filter }: Scope): string | null => batch ?? filter?.batch ?? null;

/** How the records of the batch, or of all, stand after a decision. */
export function counts(db: Database, scope: Scope, changed: number, deciding: Deciding | null): Decided {
  const { approved, held, open } = decidedIn(db, batchOf(scope));
  return { approved, held, open, changed, decision: deciding === null ? null : String(deciding.decision) };
}

export interface Approval extends Scope {
  /** Without classes and ids: the ordinary ones. Ids name changes one by one. */
  readonly classes?: readonly ChangeClass[] | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
  /** With classes: also those that these rules make unusual. What a rule says must have been looked at. */
  readonly unusual?: readonly UnusualRule[] | undefined;
  /** Also what the server refuses, to be sent all the same; only what it refuses where it is already approved. */
  readonly refused?: boolean | undefined;
  /** How many deletions the person was told of and agreed to; none where it is not said. */
  readonly deleting?: number | undefined;
  /** How many records of unknown order the person was told of and agreed to; whoever names their class means them. */
  readonly unplaced?: number | undefined;
}

interface Candidate {
  readonly seq: number;
  readonly id: string;
  readonly rev: string;
  readonly deleted: boolean;
  readonly origin: string;
  readonly class: ChangeClass;
  readonly state: string;
  readonly refused: string | null;
  /** All rules that apply to it. */
  readonly unusual: readonly UnusualRule[];
  /** The rules about the record itself. */
  readonly own: readonly RecordRule[];
  /** `null`: its document has no other version here. */
  readonly history: readonly string[] | null;
}

function candidates(db: Database, scope: Scope, ordinaryOnly: boolean): Candidate[] {
  const condition = ordinaryOnly
    ? `c.state = 'open' AND ${ORDINARY_ANYWHERE}`
    : `(c.state = 'open' OR ${REFUSED}) AND c.resolution IS NULL`;
  const where = inScope(scope);
  const rules = new Map(
    db
      .all(`SELECT batch, unusual FROM batches WHERE unusual != '[]'`)
      .map((row) => [text(row, 'batch'), json<Unusual<BatchRuleName>[]>(row, 'unusual')]),
  );
  return db
    .all(
      `SELECT c.seq, c.id, c.rev, c.class, c.kind, c.deleted, c.origin, c.state, c.refused, c.unusual, c.several, c.history, c.batch FROM changes c
       WHERE ${where.sql} AND ${condition}`,
      ...where.values,
    )
    .map((found) => {
      const own = json<Unusual<RecordRule>[]>(found, 'unusual');
      const change = {
        class: text(found, 'class') as ChangeClass,
        kind: text(found, 'kind') as DocumentKind,
        deleted: found['deleted'] === 1,
      };
      return {
        seq: number(found, 'seq'),
        id: text(found, 'id'),
        rev: text(found, 'rev'),
        deleted: change.deleted,
        origin: text(found, 'origin'),
        class: change.class,
        state: text(found, 'state'),
        refused: textOrNull(found, 'refused'),
        unusual: unusualOf(change, own, rules.get(textOrNull(found, 'batch') ?? '') ?? []).map(
          ({ rule }) => rule,
        ),
        own: own.map(({ rule }) => rule),
        history: found['several'] === 1 ? json<string[]>(found, 'history') : null,
      };
    });
}

/** Whether this approval is about this change; class, what is unusual and refusal are each asked for by name. */
function isMeant(approval: Approval, change: Candidate): boolean {
  const { classes, ids, except, unusual = [], refused = false } = approval;
  if (!APPROVABLE_CLASSES.includes(change.class) || except?.includes(change.id) === true) return false;
  if (change.refused !== null && !refused) return false;
  // Named alone, it is about what is refused and nothing else.
  if (refused && classes === undefined && ids === undefined && change.refused === null) return false;
  if (change.state === 'approved' && change.refused === null) return false;
  if (ids !== undefined) return ids.includes(change.id) && (classes?.includes(change.class) ?? true);
  if (classes !== undefined && !classes.includes(change.class)) return false;
  // Whoever names the class of deletions means deletions.
  return change.unusual.every(
    (rule) => unusual.includes(rule) || (rule === 'deletion' && classes !== undefined),
  );
}

/** What an approval is about. */
function meantBy(db: Database, approval: Approval): Candidate[] {
  const { classes, ids, refused } = approval;
  const ordinaryOnly = classes === undefined && ids === undefined && refused !== true;
  const named = { ...approval, ids: undefined, except: undefined };
  const chosenIds = ids === undefined ? undefined : new Set(ids);
  const left = new Set(approval.except);
  return candidates(db, approval, ordinaryOnly).filter(
    (change) =>
      !left.has(change.id) &&
      (chosenIds === undefined
        ? isMeant(named, change)
        : chosenIds.has(change.id) && isMeant({ ...named, ids: [change.id] }, change)),
  );
}

/** The deletions that an approval would approve. */
export function deletionsIn(db: Database, approval: Approval): Deletions {
  return toldOf(db, approval, deletesRecord);
}

/** The records that such an approval would send although nobody knows whether the server's version is newer. */
export function unplacedIn(db: Database, approval: Approval): Deletions {
  return toldOf(db, approval, isUnplaced);
}

const isUnplaced = (row: Candidate): boolean => row.class === 'unplaced';

function toldOf(db: Database, approval: Approval, is: (row: Candidate) => boolean): Deletions {
  const rows = meantBy(db, approval).filter(
    (row) => is(row) && (row.history === null || !isBesideApproved(db, { ...row, history: row.history })),
  );
  return deletionsOf(
    db,
    rows.map(({ id }) => id),
  );
}

/** @throws StationError `would-conflict`: more records of unknown order than somebody was told of and agreed to */
function checkUnplaced(rows: readonly Candidate[], { classes, unplaced = 0 }: Approval): void {
  const records = idsOf(rows.filter(isUnplaced)).size;
  if (classes?.includes('unplaced') !== true && records > unplaced)
    throw new StationError('would-conflict', String(records));
}

/**
 * Approves changes. The class it has now and what is unusual about it now are written down: what is sent is what was
 * looked at. A conflict or a contradiction is never approved, whatever is named: it is settled. Of two versions of one
 * document only one is ever approved.
 * @throws StationError `other-version-approved`: records were named, and of each another version is approved;
 *   `would-delete`, `would-conflict`: more deletions, or records of unknown order, than were agreed to; `second-needed`
 */
export function approve(db: Database, approval: Approval, by: DecisionMaker): Decided {
  const { ids, deleting = 0 } = approval;
  const batch = batchOf(approval);
  return db.transaction(() => {
    const rows = meantBy(db, approval);
    let deciding: Deciding | null = null;
    const approving = (): Deciding => (deciding ??= beginDecision(db, 'approved', batch, by));
    const approved: Candidate[] = [];
    const beside = new Set<string>();
    for (const row of rows) {
      // The one before it in this list may be another version of the same document: these go one after the other.
      if (row.history !== null && isBesideApproved(db, { ...row, history: row.history })) {
        beside.add(row.id);
        continue;
      }
      if (row.history !== null) setApproved(approving(), [row], by);
      approved.push(row);
    }
    const single = approved.filter(({ history }) => history === null);
    if (single.length > 0) setApproved(approving(), single, by);
    const decision = approved.length === 0 ? 0 : approving().decision;
    const agreed = by.second === undefined ? {} : { second: by.second };
    auditDecision(
      db,
      by,
      'approved',
      { decision, batch, detail: agreed },
      approved.map((row) => ({
        seq: row.seq,
        detail: {
          decision,
          class: row.class,
          ...(row.unusual.length === 0 ? {} : { unusual: row.unusual }),
          ...(row.refused === null ? {} : { refused: row.refused }),
          ...agreed,
        },
      })),
    );
    checkUnplaced(approved, approval);
    checkDeletions(idsOf(approved.filter(deletesRecord)).size, deleting);
    checkSecond(db, by, approved);
    const changed = idsOf(approved).size;
    // Who names records must hear that nothing came of it.
    if (changed === 0 && rows.length > 0 && ids !== undefined)
      throw new StationError('other-version-approved');
    const decided = counts(db, approval, changed, deciding);
    return beside.size === 0 ? decided : { ...decided, otherVersion: beside.size };
  });
}

const idsOf = (rows: readonly Candidate[]): Set<string> => new Set(rows.map(({ id }) => id));

function setApproved(deciding: Deciding, rows: readonly Candidate[], by: DecisionMaker): void {
  deciding.touchMany(
    rows.map(({ seq }) => seq),
    'approved',
    `approved_class = class, refusal_approved = refused IS NOT NULL, held_reason = NULL,
     approved_unusual = CASE unusual WHEN '[]' THEN '[]'
       ELSE (SELECT json_group_array(value ->> 'rule' ORDER BY key) FROM json_each(unusual)) END,
     decided_by = ?, decided_at = ?`,
    by.person,
    by.at,
  );
}
