/** Decisions about all that a list shows, in any number of batches, and how the history tells of many. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StationError } from '../../shared/errors.ts';
import { listAudit, SINGLY } from '../../electron/ledger/audit.ts';
import { verifyChain } from '../../electron/ledger/chain.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { approve, deletionsIn } from '../../electron/ledger/decisions.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import { undoDecision } from '../../electron/ledger/undo.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  type Standing,
  type TestLedger,
} from '../support/ledger.ts';

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

const ALL = { sort: 'id', descending: false, offset: 0, limit: 10_000 } as const;
const idsOf = (query: Partial<ChangeQuery>): string[] =>
  listChanges(ledger.db, { ...ALL, ...query }).rows.map(({ id }) => id);
const history = () =>
  listAudit(ledger.db, { since: '', offset: 0, limit: 10_000, descending: false }).rows.map(
    ({ what, detail }) => ({
      what,
      detail,
    }),
  );

const report = (id: string, form: string, more: Partial<Standing> = {}): Standing => ({
  change: newChange(id, { form, kind: 'report' }),
  class: 'new',
  ...more,
});

function fill(): void {
  addTakenBatch(ledger.db, {
    name: 'one',
    user: 'chw1',
    changes: [
      report('a1', 'visit'),
      report('a2', 'stock'),
      report('odd', 'visit', { unusual: [{ rule: 'undated', number: 1 }] }),
      report('conflict', 'visit', { class: 'conflict' }),
      report('refused', 'visit', { refused: 'no-place' }),
      {
        change: newChange('gone', { form: 'visit', deleted: true }),
        class: 'deletion',
        unusual: [{ rule: 'deletion', number: 1 }],
      },
    ],
  });
  addTakenBatch(ledger.db, {
    name: 'two',
    user: 'chw2',
    changes: [report('b1', 'visit'), report('b2', 'visit')],
  });
}

describe('all that a list shows', () => {
  it('is approved as far as it is ordinary, in every batch, and nothing else', () => {
    fill();
    const decided = approve(ledger.db, { filter: { form: 'visit' } }, BY);
    expect(decided).toMatchObject({ changed: 3, approved: 3 });
    expect(idsOf({ states: ['approved'] })).toEqual(['a1', 'b1', 'b2']);
  });

  it('of a person, of some batches, or by words, is only that', () => {
    fill();
    approve(ledger.db, { filter: { user: 'chw2', form: 'visit' } }, BY);
    expect(idsOf({ states: ['approved'] })).toEqual(['b1', 'b2']);
    const [first = ''] = ledger.db
      .all(`SELECT batch FROM batches WHERE user = 'chw1'`)
      .map(({ batch }) => String(batch));
    approve(ledger.db, { filter: { batches: [first] } }, BY);
    expect(idsOf({ states: ['approved'] })).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(approve(ledger.db, { filter: { find: 'nobody' } }, BY)).toMatchObject({
      changed: 0,
      decision: null,
    });
  });

  it('is approved with what is unusual only where rule and class are named, and with no deletion unasked', () => {
    fill();
    approve(ledger.db, { filter: { unusual: 'undated' }, classes: ['new'], unusual: ['undated'] }, BY);
    expect(idsOf({ states: ['approved'] })).toEqual(['odd']);
    const deletions = { filter: { form: 'visit' }, classes: ['deletion'] as const };
    expect(deletionsIn(ledger.db, deletions).records).toBe(1);
    let code: string | null = null;
    try {
      approve(ledger.db, deletions, BY);
    } catch (error) {
      ({ code } = error as StationError);
    }
    expect(code).toBe('would-delete');
    expect(idsOf({ states: ['approved'] })).toEqual(['odd']);
    approve(ledger.db, { ...deletions, deleting: 1 }, BY);
    expect(idsOf({ states: ['approved'] })).toEqual(['gone', 'odd']);
  });

  it('is held with its reason and opened again; a conflict is not decided so', () => {
    fill();
    const held = hold(ledger.db, { filter: { form: 'visit', classes: ['new'] } }, undefined, 'ask her', BY);
    expect(held.changed).toBe(5);
    expect(idsOf({ states: ['held'] })).toEqual(['a1', 'b1', 'b2', 'odd', 'refused']);
    expect(release(ledger.db, { filter: { states: ['held'], user: 'chw2' } }, undefined, BY).changed).toBe(2);
    expect(idsOf({ states: ['held'] })).toEqual(['a1', 'odd', 'refused']);
  });

  it('is undone as a whole, whatever number of batches it is about', () => {
    fill();
    const { decision } = approve(ledger.db, { filter: { form: 'visit' } }, BY);
    expect(idsOf({ decision: Number(decision) })).toEqual(['a1', 'b1', 'b2']);
    expect(undoDecision(ledger.db, Number(decision), BY)).toMatchObject({ undone: 3, later: 0, lapsed: 0 });
    expect(idsOf({ states: ['approved'] })).toEqual([]);
  });
});

describe('a decision about many', () => {
  it('is one entry of the history, with their number and a digest, and can be opened and undone', () => {
    const ids = Array.from({ length: SINGLY + 1 }, (_, n) => `doc-${String(n).padStart(4, '0')}`);
    addTakenBatch(ledger.db, { name: 'many', changes: ids.map((id) => report(id, 'visit')) });
    const before = history().length;
    const { decision } = approve(ledger.db, { filter: { form: 'visit' } }, BY);
    const digest = createHash('sha256');
    for (const { id, rev } of listChanges(ledger.db, { ...ALL, decision: Number(decision) }).rows)
      digest.update(`${JSON.stringify([id, rev])}\n`);
    expect(history().slice(before)).toEqual([
      {
        what: 'approved',
        detail: { decision: Number(decision), records: ids.length, digest: digest.digest('hex') },
      },
    ]);
    expect(idsOf({ decision: Number(decision) })).toEqual(ids);
    undoDecision(ledger.db, Number(decision), BY);
    expect(
      history()
        .slice(before)
        .map(({ what, detail }) => [what, detail['records']]),
    ).toEqual([
      ['approved', ids.length],
      ['undone', ids.length],
    ]);
    expect(verifyChain(ledger.db)).toMatchObject({ brokenAt: null });
  });

  it('names each record where they are few', () => {
    fill();
    const before = history().length;
    approve(ledger.db, { filter: { form: 'visit' } }, BY);
    expect(history().slice(before)).toHaveLength(3);
  });
});
