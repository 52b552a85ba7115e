/** The history for people: a row for each act, with numbers that are those of the audit trail. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BEFORE_PEOPLE, STATION } from '../../shared/people.ts';
import { HISTORY_COUNTED } from '../../shared/history.ts';
import { actRecords, countActs, listActs, type ActFilter } from '../../electron/ledger/acts.ts';
import { audit, listAudit } from '../../electron/ledger/audit.ts';
import type { Database } from '../../electron/ledger/database.ts';
import { MIGRATIONS } from '../../electron/ledger/migrations.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import { recordAccepted, recordSent } from '../../electron/ledger/deliveries.ts';
import { hold } from '../../electron/ledger/holds.ts';
import { setSetting } from '../../electron/ledger/settings.ts';
import { addUpload } from '../../electron/ledger/uploads.ts';
import { addTakenBatch, BY, newChange, openTestLedger, type TestLedger } from '../support/ledger.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const ADMIN = { person: 'Admin', at: '2026-03-02T10:00:00.000Z' };
const PAGE = { offset: 0, limit: 100 } as const;
const acts = (filter: ActFilter = {}) => listActs(db, { ...filter, ...PAGE }).rows;
const oldestFirst = (filter?: ActFilter) => acts(filter).reverse();

/** A batch of new records `NAME0`, `NAME1`, … of that person. */
function batchOf(count: number, name: string, user = 'chw1'): string {
  return addTakenBatch(db, {
    name,
    user,
    changes: Array.from({ length: count }, (_, n) => ({
      change: newChange(`${name.toLowerCase()}${n}`, {
        ordinal: n,
        label: `${name} number${n}`,
        form: 'visit',
      }),
      class: 'new' as const,
    })),
  });
}
const approveAll = (batch: string, by: typeof BY | typeof ADMIN = BY) => approve(db, { batch }, by);

describe('entries become acts', () => {
  it.each([1, 2, 200, 201, 700])('a decision about %i records is one act of so many', (count) => {
    const batch = batchOf(count, 'Halima');
    approveAll(batch);
    const [act, ...others] = acts({ what: ['approved'] });
    expect(others).toEqual([]);
    expect(act).toMatchObject({ person: 'clerk', batch, user: 'chw1', records: count });
    const { rows, total } = actRecords(db, { act: act?.act ?? 0, ...PAGE });
    expect(total).toBe(count);
    expect(rows[0]).toMatchObject({ id: 'halima0', label: 'Halima number0', form: 'visit', batch });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(Math.min(count, 100));
  });

  it('two decisions of one moment are two acts', () => {
    approveAll(batchOf(2, 'a'));
    approveAll(batchOf(3, 'b'));
    expect(oldestFirst({ what: ['approved'] }).map(({ records }) => records)).toEqual([2, 3]);
  });

  it('what an upload proves in parts is one act, each record counted once', () => {
    const upload = 'u1';
    for (const [at, records] of [
      [
        '2026-03-02T10:00:01.000Z',
        [
          ['a', '1-a'],
          ['b', '1-b'],
        ],
      ],
      [
        '2026-03-02T10:00:09.000Z',
        [
          ['b', '2-b'],
          ['c', '1-c'],
        ],
      ],
    ] as const) {
      audit(db, { person: 'clerk', at }, 'proven', { detail: { upload, already: false, records } });
      audit(db, { person: 'clerk', at }, 'refused', {
        id: `x${at}`,
        rev: '1-x',
        detail: { upload, reason: 'no' },
      });
    }
    expect(oldestFirst()).toMatchObject([
      {
        what: 'proven',
        entries: 2,
        records: 3,
        upload,
        at: '2026-03-02T10:00:01.000Z',
        until: '2026-03-02T10:00:09.000Z',
      },
      { what: 'refused', entries: 2, records: 2, upload, id: null },
    ]);
    const [proven] = oldestFirst();
    expect(actRecords(db, { act: proven?.act ?? 0, ...PAGE }).rows.map(({ id, rev }) => [id, rev])).toEqual([
      ['a', '1-a'],
      ['b', '1-b'],
      ['b', '2-b'],
      ['c', '1-c'],
    ]);
  });

  it('what is about no record says no number, and about one names it', () => {
    const batch = batchOf(1, 'Halima');
    audit(db, ADMIN, 'server-set', { detail: { url: 'https://cht.example' } });
    audit(db, ADMIN, 'rebased', { batch, id: 'halima0', rev: '2-x' });
    expect(oldestFirst({ person: 'Admin' })).toMatchObject([
      { what: 'server-set', records: null, id: null, batch: null, user: null },
      { what: 'rebased', records: 1, id: 'halima0', label: 'Halima number0', batch, user: 'chw1' },
    ]);
  });

  it('every entry of the trail is in one act, in whatever order they come', () => {
    for (let n = 0; n < 300; n += 1) {
      const by = { person: n % 3 === 0 ? 'clerk' : 'Admin', at: `2026-03-02T10:00:0${n % 4}.000Z` };
      const detail = n % 5 === 0 ? { upload: `u${n % 2}` } : n % 7 === 0 ? { decision: n % 3 } : {};
      audit(db, by, n % 2 === 0 ? 'proven' : 'held', { id: `r${n % 11}`, detail });
    }
    const all = acts();
    expect(all.reduce((sum, { entries }) => sum + entries, 0)).toBe(
      listAudit(db, { since: '', ...PAGE, descending: false }).total,
    );
    for (const { act, entries, records } of all) {
      const { rows } = actRecords(db, { act, ...PAGE });
      expect(rows).toHaveLength(entries);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(records);
    }
  });
});

it('a ledger from before acts gets the same', () => {
  approveAll(batchOf(3, 'a'));
  for (let n = 0; n < 40; n += 1)
    audit(db, { person: n % 2 === 0 ? 'station' : 'Admin', at: `2026-03-02T10:00:0${n % 4}.000Z` }, 'held', {
      ...(n % 5 === 0 ? {} : { id: `r${n % 3}` }),
      detail: n % 3 === 0 ? { upload: 'u1' } : n % 7 === 0 ? { decision: n % 3 } : {},
    });
  const kept = acts();
  db.close();
  const before = new DatabaseSync(ledger.file);
  for (const what of [
    'TRIGGER audit_is_an_act',
    'TABLE acts',
    'INDEX audit_id',
    'INDEX decision_changes_change',
  ])
    before.exec(`DROP ${what}`);
  before.exec(MIGRATIONS[2] ?? '');
  before.close();
  db = ledger.reopenAfterClose();
  expect(acts()).toEqual(kept);
});

it('what was done before people were named says so', () => {
  audit(db, { person: STATION, at: '2026-03-02T10:00:00.000Z' }, 'compared');
  setSetting(db, 'people.before', '1');
  audit(db, { person: STATION, at: '2026-03-02T11:00:00.000Z' }, 'compared');
  db.close();
  const before = new DatabaseSync(ledger.file);
  before.exec(
    'DROP TRIGGER audit_is_an_act; DROP TABLE acts; DROP INDEX audit_id; DROP INDEX decision_changes_change',
  );
  before.exec(MIGRATIONS[2] ?? '');
  before.close();
  db = ledger.reopenAfterClose();
  expect(oldestFirst().map(({ person }) => person)).toEqual([BEFORE_PEOPLE, STATION]);
});

describe('what is found', () => {
  beforeEach(() => {
    const first = batchOf(300, 'Halima');
    const second = batchOf(3, 'Brenda', 'chw2');
    audit(db, { person: 'clerk', at: '2026-03-01T09:00:00.000Z' }, 'imported', {
      batch: first,
      detail: { new: 300 },
    });
    audit(db, { person: 'clerk', at: '2026-03-01T09:30:00.000Z' }, 'imported', {
      batch: second,
      detail: { new: 3 },
    });
    approveAll(first);
    hold(db, { batch: second }, undefined, 'to be asked', ADMIN);
    addUpload(db, {
      upload: 'u1',
      user: 'chw1',
      account: false,
      server: 'https://cht.example',
      startedAt: '2026-03-04T10:00:00.000Z',
    });
    const sent = { person: 'clerk', at: '2026-03-04T10:00:00.000Z' };
    const items = [{ id: 'halima6', rev: newChange('halima6').rev, bytes: 100 }];
    recordSent(db, 'u1', items, sent.at);
    recordAccepted(db, 'u1', items, false, sent.at);
    audit(db, sent, 'proven', { detail: { upload: 'u1', records: [['halima6', '1-x']] } });
  });
  const whats = (filter: ActFilter) => oldestFirst(filter).map(({ what }) => what);

  it('by person, by what was done, by health worker, by time', () => {
    expect(whats({ person: 'Admin' })).toEqual(['held']);
    expect(whats({ what: ['imported', 'proven'] })).toEqual(['imported', 'imported', 'proven']);
    expect(whats({ user: 'chw2' })).toEqual(['imported', 'held']);
    expect(whats({ from: '2026-03-02T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z' })).toEqual(['held']);
  });

  it('by a record: how it came, who decided about it, which upload took it', () => {
    expect(whats({ find: 'halima number6' })).toEqual(['imported', 'approved', 'proven']);
    expect(whats({ find: 'number299' })).toEqual(['imported', 'approved']);
    expect(whats({ find: 'brenda' })).toEqual(['imported', 'held']);
    expect(whats({ find: 'brenda1' })).toEqual(['imported', 'held']);
    expect(whats({ find: 'chw2' })).toEqual(['imported', 'held']);
    expect(whats({ find: 'ADMIN' })).toEqual(['held']);
    expect(whats({ find: '100%' })).toEqual([]);
  });

  it('each filter offers what occurs, with the number that it then finds', () => {
    for (const by of HISTORY_COUNTED)
      for (const { key, count } of countActs(db, { find: 'halima' }, by)) {
        const chosen = by === 'what' ? { what: [key ?? ''] } : { [by]: key ?? '' };
        expect(listActs(db, { find: 'halima', ...chosen, ...PAGE }).total).toBe(count);
      }
    expect(countActs(db, {}, 'user')).toEqual([
      { key: 'chw1', count: 2 },
      { key: 'chw2', count: 2 },
    ]);
  });
});

it('an act that is not there is told', () => {
  expect(() => actRecords(db, { act: 99, ...PAGE })).toThrow('not-found');
});
