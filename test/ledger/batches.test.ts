import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { CLASSES, STATES } from '../../shared/review.ts';
import {
  assignRest,
  findBatch,
  listBatches,
  recordCompared,
  type BatchQuery,
} from '../../electron/ledger/batches.ts';
import { addChange } from '../../electron/ledger/changes.ts';
import { setClass } from '../../electron/ledger/classes.ts';
import type { Database } from '../../electron/ledger/database.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import { batchesToRule } from '../../electron/ledger/people.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  sha256,
  type Standing,
  type TestLedger,
} from '../support/ledger.ts';
import { rev } from '../support/revisions.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const ask = (query: Partial<BatchQuery>) =>
  listBatches(db, { show: 'all', sort: 'takenAt', descending: false, offset: 0, limit: 100, ...query });

/** So many open changes, and one that is decided. */
function changes(name: string, open: number): Standing[] {
  return [
    { change: newChange(`${name} done`), class: 'new', state: 'approved' },
    ...Array.from({ length: open }, (_, at): Standing => ({
      change: newChange(`${name} ${at}`),
      class: at % 2 === 0 ? 'new' : 'conflict',
    })),
  ];
}

function addSome(): Record<string, string> {
  const add = (name: string, user: string | null, device: string | null, day: number, open: number): string =>
    addTakenBatch(db, {
      name,
      user,
      device,
      takenAt: `2026-03-0${day}T09:00:00.000Z`,
      changes: changes(name, open),
    });
  return {
    a: add('a', 'chw2', 'phone-2', 3, 0),
    b: add('b', 'chw1', 'phone-1', 1, 3),
    c: add('c', null, null, 2, 1),
    d: add('d', 'chw1', 'phone-9', 4, 7),
  };
}

describe('the list of batches', () => {
  const names = (all: Record<string, string>, query: Partial<BatchQuery>): string => {
    const { rows, total } = ask(query);
    expect(total).toBeGreaterThanOrEqual(rows.length);
    return rows.map(({ batch }) => Object.keys(all).find((name) => all[name] === batch)).join('');
  };

  it.each([
    [{}, 'bcad'],
    [{ descending: true }, 'dacb'],
    [{ sort: 'open' }, 'acbd'],
    [{ sort: 'open', descending: true }, 'dbca'],
    [{ user: 'chw1' }, 'bd'],
    [{ user: 'nobody' }, ''],
    [{ device: 'phone-9' }, 'd'],
    [{ user: 'chw2', device: 'phone-1' }, ''],
    [{ show: 'to-do' }, 'bcd'],
    [{ show: 'done' }, 'a'],
    [{ show: 'done', user: 'chw1' }, ''],
    [{ limit: 2 }, 'bc'],
    [{ limit: 2, offset: 2 }, 'ad'],
    [{ offset: 9 }, ''],
  ] as const)('answers %j', (query, expected) => {
    expect(names(addSome(), query)).toBe(expected);
  });

  it.each(['user', 'device'] as const)('sorts by %s, each batch once from page to page', (sort) => {
    const all = addSome();
    for (const descending of [false, true]) {
      const whole = names(all, { sort, descending });
      expect(whole).toHaveLength(4);
      expect(whole.indexOf('a') > whole.indexOf('b')).toBe(!descending);
      const pages = [0, 1, 2, 3].map((offset) => names(all, { sort, descending, offset, limit: 1 }));
      expect(pages.join('')).toBe(whole);
    }
  });

  it('says how many match, whatever the page', () => {
    addSome();
    expect(ask({ limit: 1 }).total).toBe(4);
    expect(ask({ limit: 1, user: 'chw1' }).total).toBe(2);
    expect(ask({ limit: 1, show: 'to-do' }).total).toBe(3);
  });
});

it('what an import left that broke off at its end is no batch to be ruled on', () => {
  const dump = sha256('cut');
  const whole = addTakenBatch(db, { name: 'whole', changes: [{ change: newChange('r1') }] });
  for (const id of ['r1', 'r2']) addChange(db, dump, null, newChange(id, { rev: rev(1, `${id} again`) }), BY);
  assignRest(db, { dump, from: 0, to: Infinity }, dump.slice(0, 12));
  expect(batchesToRule(db)).toEqual([whole]);
});

describe('the counts of a batch', () => {
  it('fit its rows: by class, by decision, by delivery', () => {
    const all: Standing[] = STATES.flatMap((state) =>
      CLASSES.filter((kind) => kind !== 'broken').map((kind): Standing => ({
        change: newChange(`${state} ${kind}`),
        class: kind,
        state,
      })),
    );
    const batch = addTakenBatch(db, { name: 'all', changes: all, broken: 2 });
    const row = findBatch(db, batch);
    const decidable = CLASSES.filter((kind) => !['same', 'older', 'never-sent', 'broken'].includes(kind));
    const states = STATES.length - 1;
    expect(row?.counts).toEqual(
      Object.fromEntries(CLASSES.map((kind) => [kind, kind === 'broken' ? 2 : states])),
    );
    expect(row?.acceptedCounts).toEqual(
      Object.fromEntries(CLASSES.filter((kind) => kind !== 'broken').map((kind) => [kind, 1])),
    );
    expect(row?.decided).toEqual({
      approved: 2 * decidable.length,
      held: decidable.length,
      open: decidable.length,
    });
    expect(row?.delivered).toEqual({
      sent: CLASSES.length - 1,
      accepted: CLASSES.length - 1,
      refused: 0,
    });
  });

  it('of an empty batch are zero', () => {
    const row = findBatch(db, addTakenBatch(db, { name: 'empty' }));
    expect(row).toMatchObject({
      counts: {},
      acceptedCounts: {},
      decided: { approved: 0, held: 0, open: 0 },
      delivered: { sent: 0, accepted: 0, refused: 0 },
      comparedAt: null,
      flags: [],
    });
    expect(ask({ show: 'to-do' }).total).toBe(0);
  });

  it('say when the server was last asked, for all or for some', () => {
    const first = addTakenBatch(db, { name: 'first' });
    const second = addTakenBatch(db, { name: 'second' });
    recordCompared(db, '2026-03-05T00:00:00.000Z', [first]);
    expect(findBatch(db, first)?.comparedAt).toBe('2026-03-05T00:00:00.000Z');
    expect(findBatch(db, second)?.comparedAt).toBeNull();
    recordCompared(db, '2026-03-06T00:00:00.000Z');
    expect([first, second].map((batch) => findBatch(db, batch)?.comparedAt)).toEqual(
      Array(2).fill('2026-03-06T00:00:00.000Z'),
    );
  });

  it('that the ledger keeps never drift from the documents with one row, whatever happens to them', () => {
    const kept = () =>
      db.all('SELECT batch, class, state, n FROM batch_counts WHERE n != 0 ORDER BY batch, class, state');
    const counted = () =>
      db.all(
        `SELECT batch, class, state, count(*) AS n FROM changes WHERE batch IS NOT NULL AND several = 0
         GROUP BY batch, class, state ORDER BY batch, class, state`,
      );
    const step = fc.record({
      what: fc.constantFrom('take', 'approve', 'hold', 'release', 'class', 'state', 'undo'),
      n: fc.nat(7),
      kind: fc.constantFrom(...CLASSES),
      state: fc.constantFrom(...STATES),
    });
    /** Approves the change, unless the ledger answers that another version of the record is approved. */
    const tryApprove = (batch: string, id: string): void => {
      try {
        approve(db, { batch, ids: [id] }, BY);
      } catch (error) {
        if (!(error instanceof StationError) || error.code !== 'other-version-approved') throw error;
      }
    };
    /** Does something in a transaction that fails. */
    const takeBack = (work: () => void): void => {
      const failed = new Error('undone');
      try {
        db.transaction(() => {
          work();
          throw failed;
        });
      } catch (error) {
        if (error !== failed) throw error;
      }
    };
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const dumps: string[] = [];
        for (const { what, n, kind, state } of steps) {
          const batch = dumps[n % Math.max(1, dumps.length)] ?? '';
          const id = `doc ${n}`;
          if (what === 'take') {
            run += 1;
            const taken = newChange(id, { rev: rev(1, `${run}`) });
            dumps.push(addTakenBatch(db, { name: `${run}`, changes: [{ change: taken }], broken: n % 3 }));
          } else if (what === 'approve') tryApprove(batch, id);
          else if (what === 'hold') hold(db, { batch }, [id], 'later', BY);
          else if (what === 'release') release(db, { batch }, undefined, BY);
          else if (what === 'class')
            setClass(db, { id, rev: rev(1, `${run}`) }, { class: kind, reason: null, unusual: [] });
          else if (what === 'state') db.run('UPDATE changes SET state = ? WHERE id = ?', state, id);
          else takeBack(() => approve(db, { batch, classes: [kind] }, BY));
        }
        expect(kept()).toEqual(counted());
      }),
      { numRuns: 40 },
    );
    expect(counted().length).toBeGreaterThan(10);
  });

  it('are not there for a batch that is not there', () => {
    expect(findBatch(db, 'nothing')).toBeUndefined();
  });
});
