/** What somebody is shown before a phone synchronises by itself: how many records, and which. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addSecondContent } from '../../../electron/ledger/second-contents.ts';
import { whatGoes, type WhatGoes } from '../../../electron/station/phone-sync/plan.ts';
import { NAMED_OF_PLAN } from '../../../shared/phone-sync.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  sha256,
  type Standing,
  type TestLedger,
} from '../../support/ledger.ts';
import { rev } from '../../support/revisions.ts';

const SAME = { app: '5.2.0', server: '5.2.1' };

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

function planOf(changes: readonly Standing[]): WhatGoes & { batch: string } {
  const batch = addTakenBatch(ledger.db, { name: 'phone', changes });
  const keys = changes.map(({ change: { id, rev: own } }) => ({ id, rev: own }));
  const goes = whatGoes(ledger.db, keys, SAME);
  if (goes === null) throw new Error('something was not read');
  return { ...goes, batch };
}
const deleted = (id: string, more: object = {}) => newChange(id, { deleted: true, ...more });

it('names the records that somebody has to agree to, by where they stand', () => {
  const { plan, batch, toAgree } = planOf([
    { change: newChange('approved'), class: 'new', state: 'approved' },
    {
      change: newChange('held', { label: 'Visit: Amina', form: 'home_visit', reportedAt: 1_700_000_000_000 }),
      class: 'new',
      state: 'held',
    },
    { change: newChange('conflict'), class: 'conflict' },
    { change: newChange('refused'), class: 'new', refused: 'no-right' },
    { change: deleted('gone'), class: 'deletion' },
    { change: newChange('open'), class: 'new' },
  ]);
  expect(plan.asks).toBe(true);
  expect(plan.counts).toMatchObject({ approved: 1, open: 1, held: 1, deletion: 1, conflict: 1, refused: 1 });
  expect(plan.asked.map(({ going, records, rows }) => [going, records, rows.map(({ id }) => id)])).toEqual([
    ['open', 1, ['open']],
    ['held', 1, ['held']],
    ['deletion', 1, ['gone']],
    ['conflict', 1, ['conflict']],
    ['refused', 1, ['refused']],
  ]);
  // As the lists name it, with what it takes to open it in its batch.
  expect(plan.asked[1]?.rows[0]).toMatchObject({
    batch,
    id: 'held',
    rev: rev(1, 'held'),
    label: 'Visit: Amina',
    form: 'home_visit',
    kind: 'report',
    user: 'chw1',
    reportedAt: 1_700_000_000_000,
    heldReason: 'look again',
  });
  expect(plan.deletions).toEqual({ records: 0, rows: [] });
  expect([...toAgree.keys()].sort()).toEqual(['conflict', 'gone', 'held', 'open', 'refused']);
});

it('asks about deletions once more, although they are approved', () => {
  const { plan, deletions } = planOf([
    { change: newChange('kept'), class: 'new', state: 'approved' },
    { change: deleted('gone', { label: 'Visit: Amina' }), class: 'deletion', state: 'approved' },
    { change: deleted('delivered'), class: 'deletion', state: 'sent' },
  ]);
  expect(plan.asks).toBe(true);
  expect(plan.asked).toEqual([]);
  expect(plan.counts.approved).toBe(3);
  expect(plan.deletions.records).toBe(2);
  expect(plan.deletions.rows.map(({ label }) => label)).toEqual(['Visit: Amina', 'delivered']);
  expect(deletions).toEqual(['gone', 'delivered']);
});

it('gives a deletion that says nothing of itself the name that an earlier version has', () => {
  const before = newChange('person', { label: 'Amina Diallo', kind: 'contact' });
  const change = deleted('person', { rev: rev(2, 'gone'), history: [rev(2, 'gone'), before.rev] });
  const { plan } = planOf([
    { change: before, class: 'older', state: 'superseded' },
    { change, class: 'deletion', state: 'open' },
  ]);
  const names = plan.asked.flatMap(({ rows }) => rows.map(({ label }) => label));
  expect(names).toEqual(['Amina Diallo']);
});

it('counts a record once, in the place that needs most attention, and names it by that version', () => {
  const first = newChange('twice', { rev: rev(2, 'one'), history: [rev(2, 'one'), rev(1, 'twice')] });
  const other = newChange('twice', { rev: rev(2, 'two'), history: [rev(2, 'two'), rev(1, 'twice')] });
  const { plan } = planOf([
    { change: first, class: 'conflict' },
    { change: other, class: 'update', state: 'approved' },
  ]);
  expect(plan.counts).toMatchObject({ approved: 0, conflict: 1 });
  expect(plan.asked).toMatchObject([{ going: 'conflict', records: 1, rows: [{ rev: rev(2, 'one') }] }]);
});

it('names so many of each place, and counts all', () => {
  const ids = Array.from({ length: NAMED_OF_PLAN + 7 }, (_, at) => `visit-${String(at).padStart(3, '0')}`);
  const { plan, toAgree } = planOf(ids.map((id) => ({ change: newChange(id), class: 'new' })));
  expect(plan.asked).toHaveLength(1);
  expect(plan.asked[0]).toMatchObject({ going: 'open', records: ids.length });
  expect(plan.asked[0]?.rows.map(({ id }) => id)).toEqual(ids.slice(0, NAMED_OF_PLAN));
  expect(toAgree.size).toBe(ids.length);
});

it('is another plan where one content came instead of another', () => {
  const of = (content: string) =>
    planOf([{ change: newChange('visit', { content }), class: 'new' }]).plan.digest;
  const one = of('a'.repeat(32));
  ledger.remove();
  ledger = openTestLedger();
  const other = of('b'.repeat(32));
  expect(one).not.toBe(other);
});

it('of a contradiction lets any content go that was read and not turned down', () => {
  const { db } = ledger;
  const [visit, second] = ['one', 'other'].map((content) => newChange('visit', { content: sha256(content) }));
  if (visit === undefined || second === undefined) throw new Error('two contents');
  planOf([{ change: visit, class: 'contradiction' }]);
  addSecondContent(db, sha256('phone'), second, BY);
  db.run(`UPDATE changes SET class = 'contradiction'`);
  const contents = () => whatGoes(db, [visit], SAME)?.reviewed[0]?.contents;
  expect(contents()).toEqual([visit.content, second.content]);
  expect(whatGoes(db, [visit], SAME)?.plan.asked).toMatchObject([{ going: 'conflict', records: 1 }]);
  // Somebody chose the other one.
  db.run(`UPDATE changes SET class = 'new' WHERE rev = ?`, visit.rev);
  db.run(`UPDATE changes SET state = 'closed', reason = 'not-chosen' WHERE rev != ?`, visit.rev);
  expect(contents()).toEqual([visit.content]);
});
