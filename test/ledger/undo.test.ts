/** Decisions are undone as a whole, by what stood before. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { listAudit } from '../../electron/ledger/audit.ts';
import { findBatch } from '../../electron/ledger/batches.ts';
import { addChange } from '../../electron/ledger/changes.ts';
import { settle, settleJoin } from '../../electron/ledger/conflicts.ts';
import type { Database } from '../../electron/ledger/database.ts';
import { verifyChain } from '../../electron/ledger/chain.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import { markRefused, recordAccepted, recordFailed, recordSent } from '../../electron/ledger/deliveries.ts';
import { undoDecision } from '../../electron/ledger/undo.ts';
import { addUpload } from '../../electron/ledger/uploads.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  standingOf,
  type TestLedger,
} from '../support/ledger.ts';
import { chain, rev } from '../support/revisions.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const LATER = { person: 'admin', at: '2026-03-02T10:00:00.000Z' };
const EVEN_LATER = '2026-03-03T10:00:00.000Z';

/** A batch of new records `r0`, `r1`, … */
function batchOf(count: number, name = 'batch'): string {
  const changes = Array.from({ length: count }, (_, n) => ({
    change: newChange(`r${n}`, { ordinal: n }),
    class: 'new' as const,
  }));
  return addTakenBatch(db, { name, changes });
}

/** The number of a decision that touched something. */
function numberOf({ decision }: { readonly decision: string | null }): number {
  if (decision === null) throw new Error('it touched nothing');
  return Number(decision);
}

const states = (): Record<string, number> =>
  Object.fromEntries(
    db
      .all('SELECT state, count(*) AS n FROM changes GROUP BY state')
      .map((row) => [String(row['state']), Number(row['n'])]),
  );

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof StationError ? [error.code, error.detail] : error;
  }
  return 'no failure';
}

function uploading(): void {
  addUpload(db, {
    upload: 'u1',
    user: 'chw1',
    account: false,
    server: 'https://x.test',
    startedAt: EVEN_LATER,
  });
}

describe('a decision', () => {
  it('has an id only where it touched something', () => {
    const batch = batchOf(1);
    expect(approve(db, { batch }, BY).decision).not.toBeNull();
    expect(approve(db, { batch }, BY)).toMatchObject({ changed: 0, decision: null });
  });

  it('of 10,000 changes is undone as a whole, after a restart and long afterwards', () => {
    const batch = batchOf(10_000);
    const decision = numberOf(approve(db, { batch }, BY));
    expect(states()).toEqual({ approved: 10_000 });
    db = ledger.reopen();
    const years = { person: 'admin', at: '2031-01-01T00:00:00.000Z' };
    expect(undoDecision(db, decision, years)).toMatchObject({ undone: 10_000, later: 0, lapsed: 0 });
    expect(states()).toEqual({ open: 10_000 });
    expect(findBatch(db, batch)?.decided).toEqual({ approved: 0, held: 0, open: 10_000 });
    expect(standingOf(db, 'r77')).toMatchObject({ state: 'open', approved: null, by: null });
    // One entry for all of them, which proves which they are; the changes themselves stand with the decision.
    const entries = (what: string): unknown[] =>
      db
        .all('SELECT person, batch, id, detail FROM audit WHERE what = ? ORDER BY seq', what)
        .map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(String(detail)) as unknown }));
    const whole = {
      batch,
      id: null,
      detail: { decision, records: 10_000, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    };
    expect(entries('approved')).toEqual([{ person: BY.person, ...whole }]);
    expect(entries('undone')).toEqual([{ person: 'admin', ...whole }]);
    expect(verifyChain(db).brokenAt).toBeNull();
  });

  it('that held what was approved gives the approval back, with who gave it and as what', () => {
    const batch = batchOf(3);
    approve(db, { batch, ids: ['r0'] }, BY);
    const decision = numberOf(hold(db, { batch }, ['r0', 'r1'], 'ask her', LATER));
    undoDecision(db, decision, LATER);
    expect(standingOf(db, 'r0')).toMatchObject({
      state: 'approved',
      approved: 'new',
      held: null,
      by: 'clerk',
    });
    expect(standingOf(db, 'r1')).toMatchObject({ state: 'open', approved: null, held: null, by: null });
  });

  it('that reopened gives back what was decided, with its reason', () => {
    const batch = batchOf(2);
    approve(db, { batch, ids: ['r0'] }, BY);
    hold(db, { batch }, ['r1'], 'ask her', BY);
    const decision = numberOf(release(db, { batch }, undefined, LATER));
    expect(states()).toEqual({ open: 2 });
    undoDecision(db, decision, LATER);
    expect(standingOf(db, 'r0')?.state).toBe('approved');
    expect(standingOf(db, 'r1')).toMatchObject({ state: 'held', held: 'ask her', by: 'clerk' });
  });

  it('is in the audit trail for each change, with the decision that it took back', () => {
    const batch = batchOf(2);
    const decision = numberOf(approve(db, { batch }, BY));
    undoDecision(db, decision, LATER);
    const { rows } = listAudit(db, { since: '', offset: 0, limit: 100, descending: false });
    expect(rows.map(({ what, person, id, detail }) => [what, person, id, detail['decision']])).toEqual([
      ['approved', 'clerk', 'r0', decision],
      ['approved', 'clerk', 'r1', decision],
      ['undone', 'admin', 'r0', decision],
      ['undone', 'admin', 'r1', decision],
    ]);
    expect(rows.at(-1)?.detail).toEqual({ decision, from: 'approved', to: 'open' });
  });

  it('is evidence: it can only be added to', () => {
    approve(db, { batch: batchOf(1) }, BY);
    expect(() => db.run(`UPDATE decisions SET person = 'nobody'`)).toThrow(/append-only/);
    expect(() => db.run('DELETE FROM decisions')).toThrow(/append-only/);
    expect(() => db.run(`UPDATE decision_changes SET state = 'held'`)).toThrow(/append-only/);
    expect(() => db.run('DELETE FROM decision_changes')).toThrow(/append-only/);
  });
});

describe('what was decided on again since', () => {
  it('stays as it was decided, and the number says so', () => {
    const batch = batchOf(5);
    const first = numberOf(approve(db, { batch }, BY));
    hold(db, { batch }, ['r1', 'r2'], 'wrong village', LATER);
    expect(undoDecision(db, first, LATER)).toMatchObject({ undone: 3, later: 2, lapsed: 0 });
    expect(states()).toEqual({ open: 3, held: 2 });
    expect(standingOf(db, 'r1')).toMatchObject({ state: 'held', held: 'wrong village', by: 'admin' });
  });

  it('does not bring back an approval that was undone meanwhile', () => {
    const batch = batchOf(2);
    const first = numberOf(approve(db, { batch }, BY));
    const second = numberOf(hold(db, { batch }, ['r1'], 'ask her', LATER));
    undoDecision(db, first, LATER);
    undoDecision(db, second, LATER);
    expect(standingOf(db, 'r1')).toMatchObject({ state: 'open', approved: null });
  });

  it('can be undone newest first, down to the beginning', () => {
    const batch = batchOf(2);
    const first = numberOf(approve(db, { batch }, BY));
    const second = numberOf(hold(db, { batch }, ['r1'], 'ask her', LATER));
    undoDecision(db, second, LATER);
    expect(states()).toEqual({ approved: 2 });
    expect(undoDecision(db, first, LATER)).toMatchObject({ undone: 2, later: 0 });
    expect(states()).toEqual({ open: 2 });
  });

  it('leaves nothing to undo where it is all of the decision, and after the undo', () => {
    const batch = batchOf(1);
    const first = numberOf(approve(db, { batch }, BY));
    const second = numberOf(release(db, { batch }, undefined, LATER));
    expect(codeOf(() => undoDecision(db, first, LATER))).toEqual(['nothing-to-undo', undefined]);
    undoDecision(db, second, LATER);
    undoDecision(db, first, LATER);
    expect(codeOf(() => undoDecision(db, first, LATER))).toEqual(['nothing-to-undo', undefined]);
    expect(codeOf(() => undoDecision(db, 99, LATER))).toEqual(['not-found', undefined]);
  });
});

describe('once something was sent', () => {
  const sentKeys = (n: number) =>
    Array.from({ length: n }, (_, at) => ({ id: `r${at}`, rev: rev(1, `r${at}`), bytes: 10 }));

  it.each([
    ['on its way', () => recordSent(db, 'u1', sentKeys(2), EVEN_LATER)],
    [
      'without proof',
      () => {
        recordSent(db, 'u1', sentKeys(2), EVEN_LATER);
        recordFailed(db, 'u1', sentKeys(2), 'not-proven', EVEN_LATER);
      },
    ],
    ['accepted', () => recordAccepted(db, 'u1', sentKeys(2), false, EVEN_LATER)],
    ['found there already', () => recordAccepted(db, 'u1', sentKeys(2), true, EVEN_LATER)],
  ])('%s, nothing of the decision is undone, and the number says why', (_, send) => {
    const batch = batchOf(5);
    const decision = numberOf(approve(db, { batch }, BY));
    uploading();
    send();
    const before = states();
    expect(codeOf(() => undoDecision(db, decision, LATER))).toEqual(['decision-sent', '2']);
    expect(states()).toEqual(before);
    const { rows } = listAudit(db, { since: '', offset: 0, limit: 100, descending: false });
    expect(rows.filter(({ what }) => what === 'undone')).toEqual([]);
  });

  it('under a later decision, the earlier one can be undone for the rest', () => {
    const batch = batchOf(3);
    const first = numberOf(hold(db, { batch }, ['r0', 'r1', 'r2'], 'look', BY));
    release(db, { batch }, ['r0'], BY);
    approve(db, { batch, ids: ['r0'] }, BY);
    uploading();
    recordSent(db, 'u1', sentKeys(1), EVEN_LATER);
    expect(undoDecision(db, first, LATER)).toMatchObject({ undone: 2, later: 1 });
    expect(states()).toEqual({ sent: 1, open: 2 });
  });
});

describe('what became something else by itself', () => {
  it('is left alone, and counted', () => {
    const [second = '', first = ''] = chain('ab');
    const older = newChange('doc', { rev: first, history: [first] });
    const batch = addTakenBatch(db, {
      name: 'older',
      changes: [
        { change: older, class: 'new' },
        { change: newChange('other', { ordinal: 2 }), class: 'new' },
      ],
    });
    const decision = numberOf(approve(db, { batch }, BY));
    addTakenBatch(db, {
      name: 'newer',
      changes: [{ change: newChange('doc', { rev: second, history: chain('ab') }) }],
    });
    expect(undoDecision(db, decision, LATER)).toMatchObject({
      undone: 1,
      later: 0,
      lapsed: 1,
      ids: [],
    });
    expect(standingOf(db, 'doc', first)?.state).toBe('superseded');
    expect(standingOf(db, 'doc', second)?.state).toBe('open');
  });

  it('brings no word on a refusal back that was given on another one', () => {
    const batch = batchOf(1);
    const key = { id: 'r0', rev: rev(1, 'r0') };
    markRefused(db, key, 'subject-unknown');
    approve(db, { batch, ids: ['r0'], refused: true }, BY);
    const decision = numberOf(hold(db, { batch }, ['r0'], 'ask', LATER));
    const approved = (): unknown =>
      db.get('SELECT refusal_approved AS n FROM changes WHERE id = ?', 'r0')?.['n'];
    markRefused(db, key, 'outside-area');
    undoDecision(db, decision, LATER);
    expect(standingOf(db, 'r0')?.state).toBe('approved');
    expect(approved()).toBe(0);
  });

  it('brings it back where the refusal is the one that was looked at', () => {
    const batch = batchOf(1);
    markRefused(db, { id: 'r0', rev: rev(1, 'r0') }, 'subject-unknown');
    approve(db, { batch, ids: ['r0'], refused: true }, BY);
    undoDecision(db, numberOf(hold(db, { batch }, ['r0'], 'ask', LATER)), LATER);
    expect(db.get('SELECT refusal_approved AS n FROM changes WHERE id = ?', 'r0')).toEqual({ n: 1 });
  });
});

describe('the approval of an edit that was joined with the server’s version on its way', () => {
  const PHONES = chain('ab');
  const OF_SERVER = rev(2, 'server');
  const MADE = rev(3, 'joined');
  const CLOSING = rev(3, 'closing');

  /** As an upload leaves it that ended between the join and its first request. Answers the approval. */
  function joined(): number {
    const [own = ''] = PHONES;
    const change = newChange('r', { rev: own, history: PHONES });
    const batch = addTakenBatch(db, { name: 'joined', changes: [{ change, class: 'update' }] });
    const decision = numberOf(approve(db, { batch }, BY));
    const about = { id: 'r', resolution: 'join', keeps: MADE, seen: [own, OF_SERVER], by: BY };
    db.transaction(() => {
      settle(db, { ...about, rev: own, state: 'closed' });
      for (const [made, origin] of [
        [MADE, 'merge'],
        [CLOSING, 'closing'],
      ] as const) {
        const history = [made, OF_SERVER];
        addChange(db, null, batch, newChange('r', { rev: made, origin, history, ordinal: null }), BY);
        settle(db, { ...about, rev: made, state: 'approved' });
      }
      settleJoin(db, { ...about, rev: own, made: MADE });
    });
    return decision;
  }

  const stateOf = (revision: string): unknown => standingOf(db, 'r', revision)?.state;

  it('is undone as long as nothing of it left, and what was made goes nowhere', () => {
    const decision = joined();
    expect([PHONES[0] ?? '', MADE, CLOSING].map(stateOf)).toEqual(['approved', 'approved', 'approved']);
    expect(undoDecision(db, decision, LATER)).toMatchObject({ undone: 1, later: 0, lapsed: 0 });
    expect([PHONES[0] ?? '', MADE, CLOSING].map(stateOf)).toEqual(['open', 'superseded', 'superseded']);
    const row = db.get('SELECT resolution, keeps, seen FROM changes WHERE rev = ?', PHONES[0] ?? '');
    expect(row).toEqual({ resolution: null, keeps: null, seen: null });
    expect(codeOf(() => undoDecision(db, decision, LATER))).toEqual(['nothing-to-undo', undefined]);
  });

  it('is not undone once what was made of it may have left', () => {
    const decision = joined();
    uploading();
    recordSent(db, 'u1', [{ id: 'r', rev: MADE, bytes: 10 }], EVEN_LATER);
    expect(codeOf(() => undoDecision(db, decision, LATER))).toEqual(['decision-sent', '1']);
    expect(stateOf(PHONES[0] ?? '')).toBe('approved');
  });
});
