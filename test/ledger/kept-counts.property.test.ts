/** What a list says of its length, and what it shows, against the rows counted and sorted one by one. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addBatch, assignRest } from '../../electron/ledger/batches.ts';
import { countChanges } from '../../electron/ledger/change-counts.ts';
import { conditionOf, type ChangeFilter } from '../../electron/ledger/change-filter.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { addBroken, addChange } from '../../electron/ledger/changes.ts';
import { setClass } from '../../electron/ledger/classes.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import {
  recordAccepted,
  recordGone,
  recordLapsed,
  recordRefused,
  recordSent,
} from '../../electron/ledger/deliveries.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import { recordCopied } from '../../electron/ledger/dumps.ts';
import { undoDecision } from '../../electron/ledger/undo.ts';
import { addUpload } from '../../electron/ledger/uploads.ts';
import { number, text, type Row } from '../../electron/ledger/database.ts';
import { randomNumbers } from '../../electron/practice/documents.ts';
import { StationError } from '../../shared/errors.ts';
import { NO_FIND_FACTS } from '../../shared/finding.ts';
import { CLASSES } from '../../shared/review.ts';
import { BOXES } from '../../shared/upload.ts';
import { BY, newChange, openTestLedger, sha256, type TestLedger } from '../support/ledger.ts';
import { rev } from '../support/revisions.ts';

let ledger: TestLedger;
beforeEach(() => (ledger = openTestLedger()));
afterEach(() => ledger.remove());

const DAY = 86_400_000;
const SORTS = ['odd', 'label', 'reportedAt', 'kind', 'class', 'state'] as const;
const COLUMNS: Readonly<Record<(typeof SORTS)[number], string>> = {
  odd: 'c.odd',
  label: 'c.label',
  reportedAt: 'c.reported_at',
  kind: 'c.kind',
  class: 'c.class',
  state: 'c.state, c.class, c.several',
};

/** One after the other what happens to a ledger, drawn by chance. */
class Life {
  readonly random: () => number;
  #dumps = 0;
  readonly #decisions: number[] = [];

  constructor(seed: number) {
    this.random = randomNumbers(seed);
    for (const upload of ['u1', 'u2'])
      addUpload(ledger.db, { upload, user: 'chw1', server: 'https://x.test', startedAt: BY.at });
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  pick<Value>(from: readonly Value[]): Value {
    return from[this.below(from.length)] as Value;
  }

  key(): { id: string; rev: string; bytes: number } | null {
    const rows = ledger.db.all(`SELECT id, rev FROM changes WHERE class != 'broken'`);
    if (rows.length === 0) return null;
    const row = this.pick(rows);
    return { id: text(row, 'id'), rev: text(row, 'rev'), bytes: 1 };
  }

  import(): void {
    const { db } = ledger;
    this.#dumps += 1;
    const dump = sha256(`dump ${this.#dumps}`);
    const batch = dump.slice(0, 12);
    recordCopied(db, {
      dump,
      name: 'x.json',
      bytes: 1,
      source: 'file',
      typedUser: null,
      typedDevice: null,
      copiedAt: BY.at,
    });
    for (let n = 0; n < 12; n += 1) {
      const id = `doc-${this.below(60)}`;
      const generation = 1 + this.below(3);
      const history = Array.from({ length: generation }, (_, at) =>
        rev(generation - at, `${id} ${this.below(4) === 0 ? this.below(2) : 0} ${generation - at}`),
      );
      const isReport = this.below(3) > 0;
      addChange(
        db,
        dump,
        null,
        newChange(id, {
          rev: history[0] ?? '',
          history,
          ordinal: n + 1,
          kind: isReport ? 'report' : 'contact',
          form: isReport ? this.pick(['visit', 'delivery', '']) : null,
          label: this.pick(['Amina', 'amina Otieno', 'visit', 'Wekesa']),
          deleted: this.below(9) === 0,
          attachments: this.below(5) === 0 ? 1 : 0,
          reportedAt: this.below(6) === 0 ? null : 20_000 * DAY + this.below(5) * (DAY / 2),
          finds: { ...NO_FIND_FACTS, about: this.pick([null, 'p1', 'p2', 'doc-1']) },
        }),
        BY,
      );
    }
    addBroken(db, dump, { ordinal: 50, id: '', code: 'not-json' });
    // One in five is broken off: what it brought has no batch.
    if (this.below(5) === 0) return;
    const user = this.pick(['chw1', 'chw2', null]);
    addBatch(db, {
      batch,
      dump,
      user,
      contact: null,
      device: this.pick(['d1', null]),
      takenAt: BY.at,
      flags: [],
    });
    assignRest(db, { dump, from: 0, to: Infinity }, batch);
    if (this.below(2) === 0)
      db.run(
        `UPDATE batches SET unusual = ? WHERE batch = ?`,
        JSON.stringify([
          { rule: this.pick(['many-deletions', 'odd-name', 'contacts-rewritten']), number: 3 },
        ]),
        batch,
      );
  }

  filter(): ChangeFilter {
    const batches = ledger.db.all('SELECT batch FROM batches').map((row) => text(row, 'batch'));
    const some = <Value>(of: readonly Value[]): readonly Value[] => of.filter(() => this.below(2) === 0);
    const all: ChangeFilter = {
      batch: this.pick(batches) ?? 'none',
      batches: some(batches),
      user: this.pick(['chw1', 'chw2', null]),
      device: this.pick(['d1', null]),
      kinds: some(['report', 'contact'] as const),
      classes: some(CLASSES),
      accepted: this.below(2) === 0,
      refused: this.below(2) === 0,
      ordinary: true,
      unusual: this.pick(['undated', 'many-deletions', 'odd-name', 'contacts-rewritten'] as const),
      states: some(['open', 'approved', 'held', 'sent', 'accepted', 'closed', 'superseded'] as const),
      box: this.pick(BOXES),
      revisions: true,
      form: this.pick(['visit', 'delivery', '']),
      withAttachments: this.below(2) === 0,
      text: 'min',
      find: this.pick(['amina', 'am', 'doc-1', ' ', '"']),
      twice: true,
      from: 20_000 * DAY + this.below(4) * DAY,
      to: 20_000 * DAY + this.below(4) * DAY,
      after: 'doc-3',
    };
    // None, one, or two of them.
    const names = Object.keys(all) as (keyof ChangeFilter)[];
    return Object.fromEntries(
      Array.from({ length: this.below(3) }, () => this.pick(names)).map((name) => [name, all[name]]),
    );
  }

  step(): void {
    const { db } = ledger;
    const key = this.key();
    const many = [key].flatMap((one) => (one === null ? [] : [one]));
    const decide = (made: { decision: string | null }): void => {
      if (made.decision !== null) this.#decisions.push(Number(made.decision));
    };
    const acts: (() => void)[] = [
      () => this.import(),
      () => this.import(),
      () => {
        for (let n = 0; n < 20; n += 1) {
          const one = this.key();
          if (one !== null)
            setClass(db, one, {
              class: this.pick(CLASSES.filter((kind) => kind !== 'broken')),
              reason: null,
              unusual: this.below(4) === 0 ? [{ rule: 'undated', number: 1 }] : [],
            });
        }
      },
      () =>
        decide(
          approve(
            db,
            { filter: this.filter(), classes: ['new', 'update'], unusual: ['undated'], deleting: 99 },
            BY,
          ),
        ),
      () => decide(hold(db, { filter: this.filter() }, undefined, 'look', BY)),
      () => decide(release(db, { filter: this.filter() }, undefined, BY)),
      () => {
        if (this.#decisions.length > 0) undoDecision(db, this.pick(this.#decisions), BY);
      },
      () => recordSent(db, 'u1', many, BY.at),
      () => recordAccepted(db, 'u1', many, this.below(2) === 0, BY.at),
      () => recordGone(db, 'u2', many, BY.at),
      () => many.forEach((one) => recordRefused(db, 'u2', one, 'not-visible', BY.at)),
      () => many.forEach((one) => recordLapsed(db, 'u1', one, 'moved', BY)),
    ];
    try {
      this.pick(acts)();
    } catch (error) {
      // Not everything that chance asks for may be done.
      if (!(error instanceof StationError)) throw error;
    }
  }
}

const rowsOf = (filter: ChangeFilter, order: string): Row[] => {
  const { sql, values } = conditionOf(filter);
  return ledger.db.all(
    `SELECT c.*, b.user, b.device FROM changes c LEFT JOIN batches b USING (batch) WHERE ${sql} ORDER BY ${order}`,
    ...values,
  );
};
const keyOf = (row: { readonly id?: unknown; readonly rev?: unknown }): string =>
  JSON.stringify([row.id, row.rev]);

it.each([1, 2, 3, 4, 5, 6, 7, 8])('after a life of imports, decisions and deliveries (%i)', (seed) => {
  const life = new Life(seed * 7919);
  let seen = 0;
  for (let step = 0; step < 60; step += 1) {
    life.step();
    const { db } = ledger;
    const kept = db.all('SELECT * FROM batch_counts WHERE n != 0 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9');
    const counted = db.all(
      `SELECT batch, class, state, (refused IS NOT NULL) * (1 + refusal_approved) AS refused, unusual != '[]' AS unusual,
         kind, deleted, ifnull('=' || form, '') AS form, attachments > 0 AS files, count(*) AS n
       FROM changes WHERE several = 0 AND batch IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9`,
    );
    expect(kept).toEqual(counted);
    expect(db.all(`SELECT id FROM changes WHERE several = 0 AND state = 'superseded'`)).toEqual([]);

    const filter = life.filter();
    const sort = life.pick(SORTS);
    const descending = life.below(2) === 0;
    const direction = descending ? 'DESC' : 'ASC';
    const columns = `${COLUMNS[sort]}, c.seq`.split(', ').map((column) => `${column} ${direction}`);
    const expected = rowsOf(filter, columns.join(', '));
    seen += expected.length;
    const query: ChangeQuery = {
      ...filter,
      sort,
      descending,
      offset: life.below(8),
      limit: 1 + life.below(30),
    };
    const shown = expected.slice(query.offset, query.offset + query.limit).map(keyOf);
    for (const sortedMost of [0, 20_000]) {
      const { rows, total } = listChanges(db, query, sortedMost);
      expect([JSON.stringify(query), total, rows.map(keyOf)]).toEqual([
        JSON.stringify(query),
        expected.length,
        shown,
      ]);
    }
    const by = life.pick(['form', 'kind', 'user', 'device', 'class', 'state'] as const);
    const own = {
      form: 'form',
      kind: 'kinds',
      user: 'user',
      device: 'device',
      class: 'classes',
      state: 'states',
    };
    const all = rowsOf({ ...filter, [own[by]]: undefined }, 'c.seq');
    const byValue = new Map<unknown, number>();
    for (const row of all) byValue.set(row[by], (byValue.get(row[by]) ?? 0) + 1);
    const told = countChanges(db, filter, by);
    expect(new Map(told.map(({ key, count }) => [key, count]))).toEqual(byValue);

    const dated = rowsOf({ ...filter, from: undefined, to: undefined }, 'c.seq').filter(
      (row) => row['reported_at'] !== null,
    );
    const byDay = new Map<string, number>();
    for (const row of dated) {
      const day = new Date(number(row, 'reported_at')).toISOString().slice(0, 10);
      byDay.set(day, (byDay.get(day) ?? 0) + 1);
    }
    const days = countChanges(db, filter, 'day', 'UTC');
    expect(days.map(({ key, count }) => [key, count])).toEqual([...byDay].sort());
  }
  // Otherwise nothing here was counted.
  expect(seen).toBeGreaterThan(100);
});

it('what may have been entered twice is all that is on one day of one form about one person, and not replaced', () => {
  const life = new Life(15);
  for (let step = 0; step < 60; step += 1) life.step();
  const rows = ledger.db.all('SELECT * FROM changes');
  const beside = (row: Row, other: Row): boolean =>
    row['about'] !== null &&
    row['form'] !== null &&
    row['reported_at'] !== null &&
    other['reported_at'] !== null &&
    other['about'] === row['about'] &&
    other['form'] === row['form'] &&
    Math.floor(number(other, 'reported_at') / DAY) === Math.floor(number(row, 'reported_at') / DAY);
  const twice = rows.filter((row) =>
    rows.some((other) => other['id'] !== row['id'] && other['state'] !== 'superseded' && beside(row, other)),
  );
  const listed = listChanges(ledger.db, {
    twice: true,
    revisions: true,
    sort: 'odd',
    descending: false,
    offset: 0,
    limit: 10_000,
  });
  const live = twice.filter((row) => row['state'] !== 'superseded');
  expect(live.length).toBeGreaterThan(10);
  expect(listed.rows.map(keyOf).sort()).toEqual(live.map(keyOf).sort());
});
