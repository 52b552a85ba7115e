import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLASSES, STATES, type ChangeRow } from '../../shared/review.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { recordCounts } from '../../electron/ledger/counts.ts';
import type { Database } from '../../electron/ledger/database.ts';
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
const ask = (db: Database, query: Partial<ChangeQuery>) => listChanges(db, { ...PLAIN, ...query });
const keys = (rows: readonly ChangeRow[]): string[] => rows.map(({ id, rev: own }) => `${id} ${own}`);

/** Every class in every state, in two batches, with some of everything a filter looks at. */
function addEverything(db: Database): { first: string; second: string } {
  const all: Standing[] = [];
  let n = 0;
  for (const state of STATES) {
    for (const kind of CLASSES) {
      n += 1;
      const change = newChange(`doc-${String((n * 37) % 77).padStart(2, '0')}`, {
        label: ['Ann', 'bea', '50% off', 'a_b', 'back\\slash', 'Ünal'][n % 6] ?? '',
        form: [null, 'home_visit', 'pregnancy'][n % 3] ?? null,
        kind: n % 4 === 0 ? 'contact' : 'report',
        reportedAt: n % 5 === 0 ? null : 1_000_000 + ((n * 13) % 20),
        attachments: n % 7 === 0 ? 2 : 0,
        deleted: n % 9 === 0,
      });
      all.push({ change, class: kind, state });
    }
  }
  return {
    first: addTakenBatch(db, { name: 'first', user: 'chw1', changes: all.filter((_, at) => at % 2 === 0) }),
    second: addTakenBatch(db, { name: 'second', user: null, changes: all.filter((_, at) => at % 2 === 1) }),
  };
}

/** The same filters, said once more in the simplest way. */
function matches(row: ChangeRow, query: Partial<ChangeQuery>): boolean {
  const words = query.text?.toLowerCase() ?? '';
  return (
    (query.batch === undefined || row.batch === query.batch) &&
    (query.user === undefined || row.user === query.user) &&
    (query.classes?.includes(row.class) ?? true) &&
    (query.states?.includes(row.state) ?? row.state !== 'superseded') &&
    (query.accepted === undefined || (row.state === 'accepted') === query.accepted) &&
    (query.form === undefined || row.form === query.form) &&
    (query.withAttachments === undefined || row.attachments > 0 === query.withAttachments) &&
    (query.from === undefined || (row.reportedAt !== null && row.reportedAt >= query.from)) &&
    (query.to === undefined || (row.reportedAt !== null && row.reportedAt <= query.to)) &&
    (query.after === undefined || row.id > query.after) &&
    (row.label.toLowerCase().includes(words) || row.id.toLowerCase().includes(words))
  );
}

describe('the filters of a list of changes', () => {
  const filters: Partial<ChangeQuery>[] = [
    {},
    { user: 'chw1' },
    { user: 'nobody' },
    { classes: ['conflict'] },
    { classes: ['new', 'update', 'deletion'] },
    { classes: [] },
    { accepted: true },
    { accepted: false, classes: ['new'] },
    { states: ['superseded'] },
    { states: ['open', 'held'] },
    { states: [] },
    { form: 'pregnancy' },
    { withAttachments: true },
    { withAttachments: false },
    { from: 1_000_006 },
    { to: 1_000_006 },
    { from: 1_000_006, to: 1_000_006 },
    { from: 1_000_007, to: 1_000_006 },
    { after: 'doc-40' },
    { after: 'doc-99' },
    { text: 'ANN' },
    { text: 'doc-1' },
    { text: '%' },
    { text: '_' },
    { text: '\\' },
    { text: '50% off' },
    { text: "' OR 1=1 --" },
    { text: '' },
    { text: 'ünal' },
    { classes: ['new'], states: ['open', 'approved'], form: 'home_visit', text: 'a' },
  ];

  it.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))('give %s', (_, filter) => {
    const { first } = addEverything(ledger.db);
    const every = ask(ledger.db, { states: [...STATES] }).rows;
    expect(every).toHaveLength(STATES.length * CLASSES.length);
    for (const query of [filter, { ...filter, batch: first }]) {
      const expected = every.filter((row) => matches(row, query));
      const isOneDay = query === filter && query.from !== undefined && query.from === query.to;
      expect(isOneDay && expected.length === 0).toBe(false);
      const { rows, total } = ask(ledger.db, query);
      expect(keys(rows).sort()).toEqual(keys(expected).sort());
      expect(total).toBe(expected.length);
    }
  });

  it('leave nothing out by themselves: a list without filters holds all but what was superseded', () => {
    addEverything(ledger.db);
    expect(ask(ledger.db, {}).total).toBe((STATES.length - 1) * CLASSES.length);
  });
});

describe('the order of a list of changes', () => {
  const sorts = ['odd', 'label', 'reportedAt', 'kind', 'class', 'state', 'id'] as const;

  it.each(sorts)('by %s, either way', (sort) => {
    addEverything(ledger.db);
    const value = (row: ChangeRow): string | number | null =>
      sort === 'odd' ? CLASSES.indexOf(row.class) : row[sort];
    for (const descending of [false, true]) {
      const { rows } = ask(ledger.db, { sort, descending });
      for (const [at, row] of rows.entries()) {
        const before = rows[at - 1];
        if (before === undefined) continue;
        const [a, b] = descending ? [value(row), value(before)] : [value(before), value(row)];
        // What does not say it comes first going up, last going down.
        const isInOrder = a === null || (b !== null && a <= b);
        expect(isInOrder, `${String(a)} before ${String(b)}`).toBe(true);
      }
    }
  });

  it.each(sorts)('by %s is the same page by page, each row once', (sort) => {
    const { second } = addEverything(ledger.db);
    for (const batch of [undefined, second]) {
      for (const descending of [false, true]) {
        const whole = ask(ledger.db, { sort, descending, batch });
        const paged: ChangeRow[] = [];
        for (let offset = 0; offset < whole.total; offset += 7) {
          const page = ask(ledger.db, { sort, descending, batch, offset, limit: 7 });
          expect(page.total).toBe(whole.total);
          paged.push(...page.rows);
        }
        expect(keys(paged)).toEqual(keys(whole.rows));
        expect(new Set(keys(paged)).size).toBe(whole.total);
      }
    }
  });

  it('shows what is odd first', () => {
    addEverything(ledger.db);
    const classes = [...new Set(ask(ledger.db, {}).rows.map((row) => row.class))];
    expect(classes).toEqual(CLASSES);
  });
});

describe('going on after a document', () => {
  it('misses no revision, however small the pages are', () => {
    const { db } = ledger;
    // Documents of one template have the same revisions, whatever their ids.
    const leaves = ['a1', 'b1', 'b2', 'b3', 'c1', 'd1', 'd2'].map(([id = '', leaf = ''], at) =>
      newChange(id, { rev: rev(1, leaf), ordinal: at + 1 }),
    );
    const batch = addTakenBatch(db, { name: 'leaves', changes: leaves.map((change) => ({ change })) });
    for (const limit of [1, 2, 3, 4]) {
      const seen: ChangeRow[] = [];
      for (let after = ''; ;) {
        const { rows } = ask(db, { batch, sort: 'id', after, limit, revisions: true });
        if (rows.length === 0) break;
        seen.push(...rows);
        after = rows.at(-1)?.id ?? '';
      }
      expect(new Set(keys(seen)), `pages of ${limit}`).toEqual(
        new Set(leaves.map((leaf) => `${leaf.id} ${leaf.rev}`)),
      );
    }
  });
});

describe('counts', () => {
  it('of the outbox and of what exists only here fit the rows', () => {
    const { db } = ledger;
    addEverything(db);
    const every = ask(db, { states: [...STATES] }).rows;
    const count = (test: (row: ChangeRow) => boolean): number => every.filter(test).length;
    const decidable = (row: ChangeRow) => !['same', 'older', 'never-sent', 'broken'].includes(row.class);
    expect(recordCounts(db)).toEqual({
      toSend: count(
        (row) => ['approved', 'sent'].includes(row.state) && (row.refusal === null || row.refusalApproved),
      ),
      waiting: count((row) => row.state === 'approved' && (row.refusal === null || row.refusalApproved)),
      unproven: count((row) => row.state === 'sent'),
      accepted: count((row) => row.state === 'accepted'),
      refused: count(
        (row) => row.refusal !== null && !row.refusalApproved && ['open', 'approved'].includes(row.state),
      ),
      held: count((row) => row.state === 'held' && decidable(row)),
      broken: count((row) => row.class === 'broken' && row.state !== 'superseded'),
      onlyHere: count((row) => ['open', 'approved', 'held', 'sent'].includes(row.state) && decidable(row)),
      toReview: count((row) => row.state === 'open' && decidable(row)),
      undecided: count(
        (row) => row.state === 'open' && decidable(row) && (row.refusal === null || row.refusalApproved),
      ),
    });
  });

  it('of an empty ledger are zero', () => {
    expect(ask(ledger.db, {})).toEqual({ rows: [], total: 0 });
    expect(new Set(Object.values(recordCounts(ledger.db)))).toEqual(new Set([0]));
  });
});

describe('a hundred thousand changes', () => {
  const ROWS = 100_000;

  function addMany(db: Database): string {
    const batch = addTakenBatch(db, { name: 'many' });
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
       INSERT INTO changes (id, rev, batch, dump, ordinal, history, kind, label, form, reported_at, content, class, odd, state)
       SELECT printf('doc-%06d', (i * 7919) % ${ROWS}), '1-a', ?, 'd', i, '["1-a"]', 'report',
         printf('Household %d, a name of usual length', i % 5000), 'home_visit', 1700000000000 + i, hex(randomblob(16)),
         CASE WHEN i % 50 = 0 THEN 'conflict' ELSE 'new' END, CASE WHEN i % 50 = 0 THEN 0 ELSE 6 END,
         CASE WHEN i % 3 = 0 THEN 'approved' ELSE 'open' END
       FROM n`,
      batch,
    );
    return batch;
  }

  /** What SQLite does for each statement that `work` runs. */
  function plansOf(db: Database, work: () => unknown): string[] {
    const all = vi.spyOn(db, 'all');
    const get = vi.spyOn(db, 'get');
    work();
    const asked = [...all.mock.calls, ...get.mock.calls];
    all.mockRestore();
    get.mockRestore();
    return asked.map(([sql, ...values]) =>
      db
        .all(`EXPLAIN QUERY PLAN ${sql}`, ...values)
        .map((row) => String(row['detail']))
        .join('; '),
    );
  }

  it('are shown a page at a time, without sorting them all, in the order of a review', () => {
    const { db } = ledger;
    const batch = addMany(db);
    const reviews: Partial<ChangeQuery>[] = [
      { batch, limit: 100 },
      { batch, limit: 100, offset: 50_000 },
      { batch, limit: 100, sort: 'id', after: 'doc-050000' },
    ];
    for (const query of reviews) {
      const [page = '', count = ''] = plansOf(db, () => ask(db, query));
      // What may be sorted are the documents with several rows, each of which is looked at.
      const ofAll = page.replace(
        /; RIGHT; .*?; SCAN page|CORRELATED SCALAR SUBQUERY 1; [^;]+; USE TEMP B-TREE[^;]+/,
        '',
      );
      expect(ofAll, JSON.stringify(query)).not.toContain('TEMP B-TREE');
      expect(page, JSON.stringify(query)).toMatch(/USING (COVERING )?INDEX changes_/);
      expect(count, JSON.stringify(query)).toMatch(/SEARCH batch_counts|USING (COVERING )?INDEX changes_/);
    }
    for (const query of reviews) expect(ask(db, query).rows).toHaveLength(100);
  });

  it('are counted for the foot of the window and for the list of batches from the counts that are kept', () => {
    const { db } = ledger;
    addMany(db);
    const [kept, several] = plansOf(db, () => recordCounts(db));
    // A million changes are a few hundred counts.
    expect(kept).toMatch(/SCAN batch_counts/);
    // Only the documents with several rows are looked at one by one.
    expect(several).toMatch(/changes USING INDEX changes_several/);
  });
});
