/** Every number is of records: counted here once more in the simplest way, and against the list that it opens. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findBatch, listBatches } from '../../electron/ledger/batches.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { classCounts, decidedIn, personCounts, recordCounts } from '../../electron/ledger/counts.ts';
import { batchesToRule } from '../../electron/ledger/people.ts';
import { receiptCounts } from '../../electron/ledger/receipts.ts';
import { countRefusals, listRefusals } from '../../electron/ledger/refusals.ts';
import { BOXES } from '../../shared/upload.ts';
import { CLASSES, STATES, type ChangeClass, type ChangeState } from '../../shared/review.ts';
import {
  addTakenBatch,
  newChange,
  openTestLedger,
  type Standing,
  type TestLedger,
} from '../support/ledger.ts';
import { rev } from '../support/revisions.ts';

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

const PLAIN = { sort: 'odd', descending: false, offset: 0, limit: 1000 } as const;
const ask = (query: Partial<ChangeQuery>) => listChanges(ledger.db, { ...PLAIN, ...query });
const at = <Value>(list: readonly Value[], n: number): Value => list[n % list.length] as Value;

/** Documents with one to four leaves in two batches, in every class and state, some refused. */
function addLeaves(): string[] {
  const batches: Standing[][] = [[], []];
  const classes = CLASSES.filter((one) => one !== 'broken');
  let n = 0;
  for (let doc = 0; doc < 120; doc += 1) {
    for (let leaf = 0; leaf <= doc % 4; leaf += 1) {
      n += 1;
      const own = rev(1, `leaf-${leaf}`);
      const refused = n % 5 === 0 ? { refused: 'not-visible' } : {};
      batches[(doc + leaf * (doc % 3)) % 2]?.push({
        change: newChange(`doc-${String(doc).padStart(3, '0')}`, { rev: own, ordinal: n }),
        class: at<ChangeClass>(classes, n * 7),
        state: at<ChangeState>(STATES, n * 5 + leaf),
        ...refused,
      });
    }
  }
  for (const leaf of ['x', 'y', 'z'])
    batches[0]?.push({ change: newChange('open-thrice', { rev: rev(1, leaf) }), class: 'conflict' });
  return batches.map((changes, number) =>
    addTakenBatch(ledger.db, { name: `batch ${number}`, user: `chw${number}`, changes, broken: number * 2 }),
  );
}

it('every number of the outbox is the length of the list that it opens, and no document is there twice', () => {
  addLeaves();
  const counts = recordCounts(ledger.db);
  for (const box of BOXES) {
    const { rows, total } = ask({ box });
    expect([box, rows.length, total]).toEqual([box, counts[box], counts[box]]);
    expect(new Set(rows.map((row) => row.id)).size, box).toBe(rows.length);
  }
  expect(counts.accepted).toBeGreaterThan(0);
  expect(counts.waiting).toBeGreaterThan(0);
});

it('a version stands in one box, whatever the server and people say of it', () => {
  addLeaves();
  ledger.db.run(`UPDATE changes SET refusal_approved = 1 WHERE refused IS NOT NULL AND seq % 2 = 0`);
  const seen = new Map<string, string[]>();
  for (const box of BOXES)
    for (const { id, rev: version, refusal, refusalApproved, state } of ask({ box, revisions: true }).rows) {
      const key = `${id} ${version} ${state} ${refusal} ${refusalApproved}`;
      seen.set(key, [...(seen.get(key) ?? []), box]);
    }
  expect([...seen].filter(([, boxes]) => boxes.length !== 1)).toEqual([]);
  const boxOf = (state: string, approved: boolean) =>
    new Set(
      [...seen].flatMap(([key, boxes]) => (key.endsWith(`${state} not-visible ${approved}`) ? boxes : [])),
    );
  expect(boxOf('approved', true)).toEqual(new Set(['waiting']));
  expect(boxOf('approved', false)).toEqual(new Set(['refused']));
  expect(boxOf('held', false)).toEqual(new Set(['held']));
  expect(boxOf('open', false)).toEqual(new Set(['refused']));
});

it('every number is the number of documents of the revisions that it is about', () => {
  addLeaves();
  const every = ask({ states: [...STATES], revisions: true }).rows;
  const decidable = (kind: ChangeClass) => !['same', 'older', 'never-sent', 'broken'].includes(kind);
  const ids = (test: (row: (typeof every)[number]) => boolean): number =>
    new Set(every.filter(test).map((row) => row.id)).size;
  const counts = recordCounts(ledger.db);
  expect(counts).toMatchObject({
    toSend: ids((row) => ['approved', 'sent'].includes(row.state) && row.refusal === null),
    unproven: ids((row) => row.state === 'sent'),
    toReview: ids((row) => row.state === 'open' && decidable(row.class)),
    onlyHere: ids((row) => ['open', 'approved', 'held', 'sent'].includes(row.state) && decidable(row.class)),
  });
  // Otherwise nothing here shows that leaves are not counted.
  expect(counts.toReview).toBeLessThan(
    every.filter((row) => row.state === 'open' && decidable(row.class)).length,
  );
});

it('what closes a side that nobody kept is sent, and makes no record that is only here or was accepted', () => {
  const closing = (id: string): Standing['change'] =>
    newChange(id, { rev: rev(2, 'closes'), origin: 'closing', deleted: true });
  const batch = addTakenBatch(ledger.db, {
    name: 'settled',
    changes: [
      { change: newChange('kept'), class: 'update', state: 'accepted' },
      { change: closing('kept'), class: 'deletion', state: 'approved' },
      { change: newChange('theirs'), class: 'conflict', state: 'closed' },
      { change: closing('theirs'), class: 'deletion', state: 'accepted' },
    ],
  });
  expect(recordCounts(ledger.db)).toMatchObject({ onlyHere: 0, toSend: 1, waiting: 1, accepted: 1 });
  expect(decidedIn(ledger.db, batch)).toMatchObject({ approved: 1, accepted: 1 });
  expect(ask({ box: 'accepted' }).rows.map(({ id }) => id)).toEqual(['kept']);
});

it('what the server has is not held, and what could be read after all is not unreadable', () => {
  const batch = addTakenBatch(ledger.db, {
    name: 'held',
    changes: [
      { change: newChange('held'), class: 'new', state: 'held' },
      { change: newChange('synchronised'), class: 'same', state: 'held' },
      { change: newChange('approved'), class: 'new', state: 'approved' },
      { change: newChange('there'), class: 'same', state: 'approved' },
      { change: newChange('refused'), class: 'new', state: 'held', refused: 'not-visible' },
      { change: newChange('sent'), class: 'new', state: 'sent', refused: 'not-visible' },
    ],
    broken: 2,
  });
  ledger.db.run(`UPDATE changes SET state = 'superseded' WHERE class = 'broken' AND ordinal = 10000`);
  expect(recordCounts(ledger.db)).toMatchObject({ held: 2, refused: 0, broken: 1 });
  expect(decidedIn(ledger.db, batch)).toMatchObject({ held: 2, refused: 0, approved: 2 });
});

it('what is refused is listed and counted by record, however many versions of it are refused', () => {
  const twice = ['x', 'y'].map((leaf) => ({
    change: newChange('refused-twice', { rev: rev(1, leaf) }),
    class: 'unplaced' as const,
    refused: 'not-visible' as const,
  }));
  const batches = [...addLeaves(), addTakenBatch(ledger.db, { name: 'twice', changes: twice })];
  const { rows, total } = listRefusals(ledger.db, { offset: 0, limit: 1000 });
  const records = new Set(rows.map((row) => row.id)).size;
  const { refused } = recordCounts(ledger.db);
  expect([rows.length, total, records]).toEqual([refused, refused, refused]);
  const sum = countRefusals(ledger.db, {}).reduce((all, one) => all + one.records, 0);
  expect(sum).toBe(refused);
  const versions = ask({ states: [...STATES], revisions: true, box: 'refused' }).total;
  expect(versions).toBeGreaterThan(refused);
  for (const batch of batches) {
    const [listed, { refused: ofBatch }] = [
      listRefusals(ledger.db, { batch, offset: 0, limit: 1000 }),
      decidedIn(ledger.db, batch),
    ];
    expect([listed.rows.length, listed.total]).toEqual([ofBatch, ofBatch]);
    const ids = receiptCounts(ledger.db, [{ batch, dump: batch }]).refused.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

it('of a batch: its classes, decisions and rows are the same records', () => {
  for (const batch of addLeaves()) {
    const { rows } = ask({ batch });
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    const shown: Record<string, number> = {};
    for (const row of rows) shown[row.class] = (shown[row.class] ?? 0) + 1;
    expect(classCounts(ledger.db, batch).counts).toEqual(shown);
    for (const one of CLASSES) expect(ask({ batch, classes: [one] }).total, one).toBe(shown[one] ?? 0);
    const decided = decidedIn(ledger.db, batch);
    expect(ask({ batch, box: 'held' }).total).toBe(decided.held);
    expect(ask({ batch, states: ['accepted'] }).total).toBe(decided.accepted);
    expect(ask({ batch, box: 'refused' }).total).toBe(decided.refused);
    const row = findBatch(ledger.db, batch);
    expect(row?.delivered.accepted).toBe(decided.accepted);
    expect(ask({ batch, ordinary: true, states: ['open'] }).total).toBe(row?.ordinary);
  }
});

it('a batch of which only documents with several rows are open is still to do', () => {
  const leaves = ['x', 'y'].map((leaf) => ({ change: newChange('d', { rev: rev(1, leaf) }) }));
  const batch = addTakenBatch(ledger.db, { name: 'two leaves', changes: leaves });
  const query = { sort: 'open', descending: true, offset: 0, limit: 10 } as const;
  expect(listBatches(ledger.db, { ...query, show: 'to-do' }).rows).toMatchObject([
    { batch, decided: { open: 1 }, counts: { unchecked: 1 } },
  ]);
  expect(listBatches(ledger.db, { ...query, show: 'done' }).total).toBe(0);
  expect(batchesToRule(ledger.db)).toEqual([batch]);
});

it('what an import brought that was broken off is nobody’s until it was read to its end, and is counted so', () => {
  const batch = addTakenBatch(ledger.db, {
    name: 'cut',
    user: 'chw1',
    changes: [{ change: newChange('r1') }],
  });
  expect(personCounts(ledger.db).get('chw1')?.onlyHere).toBe(1);
  ledger.db.run('DELETE FROM batches WHERE batch = ?', batch);
  expect(recordCounts(ledger.db).onlyHere).toBe(1);
  expect([...personCounts(ledger.db)].map(([user, { onlyHere }]) => [user, onlyHere])).toEqual([[null, 1]]);
});
