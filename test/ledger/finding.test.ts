import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FindFacts } from '../../shared/finding.ts';
import { NO_FIND_FACTS } from '../../shared/finding.ts';
import { COUNTED_BY } from '../../shared/filter-counts.ts';
import { countChanges } from '../../electron/ledger/change-counts.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
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

const ALL = { sort: 'id', descending: false, offset: 0, limit: 1000 } as const;
const idsOf = (query: Partial<ChangeQuery>): string[] =>
  listChanges(ledger.db, { ...ALL, ...query }).rows.map(({ id }) => id);
const finds = (facts: Partial<FindFacts>): FindFacts => ({ ...NO_FIND_FACTS, ...facts });

const HALIMA = newChange('0a1b2c3d-halima', {
  kind: 'contact',
  label: 'Halima Wanjirũ Kariuki',
  code: '44321',
  finds: finds({ about: 'household-1', titleKey: 'person', phones: '254722104733 722104733' }),
});
const RECORDS: readonly Standing[] = [
  { change: HALIMA },
  {
    change: newChange('household-1', {
      kind: 'contact',
      label: 'Ng’ang’a household',
      finds: finds({ titleKey: 'clinic' }),
    }),
  },
  {
    change: newChange('report-by-id', {
      label: 'visit',
      form: 'visit',
      reportedAt: new Date(2026, 9, 14, 23, 59).getTime(),
      finds: finds({ about: HALIMA.id }),
    }),
  },
  {
    change: newChange('report-by-code', {
      label: 'visit · Halima',
      form: 'visit',
      reportedAt: new Date(2026, 9, 15, 0, 0).getTime(),
      finds: finds({ about: '44321', aboutName: 'Halima' }),
    }),
    state: 'approved',
    class: 'new',
  },
];
const OTHERS: readonly Standing[] = [
  {
    change: newChange('other', { label: 'stock', form: 'stock', attachments: 1 }),
    unusual: [{ rule: 'undated', number: 1 }],
    class: 'new',
  },
];

function fill(): void {
  addTakenBatch(ledger.db, { name: 'one', user: 'chw1', device: 'phone-a', changes: RECORDS });
  addTakenBatch(ledger.db, { name: 'two', user: null, device: null, changes: OTHERS });
}

describe('a few words find, in every batch,', () => {
  const all = ['0a1b2c3d-halima', 'report-by-code', 'report-by-id'];
  it.each([
    [
      'part of a name in any order, without accents',
      'kariuki HALI wanjiru',
      ['0a1b2c3d-halima', 'report-by-code', 'report-by-id'],
    ],
    ['whatever is about somebody, also by their id alone', 'halima', all],
    ['a name with an apostrophe, written without', 'nganga', ['0a1b2c3d-halima', 'household-1']],
    ['a phone number as people say it', '0722 104 733', all],
    ['a phone number with its country', '+254722104733', all],
    ['the beginning of a phone number', '0722104', all],
    ['a short code', '44321', all],
    ['an id', HALIMA.id.toUpperCase(), ['0a1b2c3d-halima', 'report-by-id']],
    ['the beginning of an id', 'report-by', ['report-by-code', 'report-by-id']],
    ['nothing that is not there', 'halima otieno', []],
    ['nothing for signs alone', '"*()', []],
    ['nothing for the words of the search itself', 'NEAR AND', []],
  ])('%s', (_, find, ids) => {
    fill();
    expect(idsOf({ find })).toEqual(ids);
  });

  it('a contact that another dump brings under another name is found by both, as long as both are here', () => {
    fill();
    const renamed = newChange(HALIMA.id, {
      kind: 'contact',
      label: 'Halima Barasa',
      rev: rev(2, 'renamed'),
      finds: finds({}),
    });
    addTakenBatch(ledger.db, { name: 'three', changes: [{ change: renamed }] });
    expect(idsOf({ find: 'barasa', revisions: true })).toContain(HALIMA.id);
    expect(idsOf({ find: 'kariuki', revisions: true })).toContain(HALIMA.id);
  });

  it('what a row says now, and no longer what it said before', () => {
    fill();
    ledger.db.run(`UPDATE changes SET label = 'Chloé Otieno', phones = NULL WHERE id = ?`, HALIMA.id);
    expect(idsOf({ find: 'chloe', kinds: ['contact'] })).toEqual([HALIMA.id]);
    expect(idsOf({ find: '722104733' })).toEqual([]);
    expect(ledger.db.get(`PRAGMA integrity_check`)).toEqual({ integrity_check: 'ok' });
  });
});

describe('what a filter offers', () => {
  it('is every value with its number, the filter by it left out', () => {
    fill();
    expect(countChanges(ledger.db, { form: 'visit' }, 'form')).toEqual([
      { key: null, count: 2 },
      { key: 'visit', count: 2 },
      { key: 'stock', count: 1 },
    ]);
    expect(countChanges(ledger.db, {}, 'user')).toEqual([
      { key: 'chw1', count: 4 },
      { key: null, count: 1 },
    ]);
    expect(countChanges(ledger.db, { form: 'stock' }, 'device')).toEqual([{ key: null, count: 1 }]);
    expect(countChanges(ledger.db, {}, 'unusual')).toEqual([{ key: 'undated', count: 1 }]);
    expect(countChanges(ledger.db, {}, 'day')).toEqual([
      { key: '2026-10-14', count: 1 },
      { key: '2026-10-15', count: 1 },
    ]);
  });

  it('a day is one of the calendar of whoever asks', () => {
    addTakenBatch(ledger.db, {
      name: 'late',
      user: 'chw1',
      changes: [{ change: { ...newChange('late'), reportedAt: Date.UTC(2026, 9, 14, 22) } }],
    });
    const days = (zone: string) => countChanges(ledger.db, {}, 'day', zone);
    expect(days('Africa/Nairobi')).toEqual([{ key: '2026-10-15', count: 1 }]);
    expect(days('America/La_Paz')).toEqual([{ key: '2026-10-14', count: 1 }]);
    expect(days('Asia/Kathmandu')).toEqual([{ key: '2026-10-15', count: 1 }]);
  });

  it('adds up: each number equals the list that it leads to', () => {
    fill();
    const filterBy = (by: (typeof COUNTED_BY)[number], key: string | null): Partial<ChangeQuery> | null => {
      if (by === 'user' || by === 'device') return { [by]: key };
      if (key === null) return null;
      if (by === 'day') {
        const [year = 0, month = 1, day = 1] = key.split('-').map(Number);
        return {
          from: new Date(year, month - 1, day).getTime(),
          to: new Date(year, month - 1, day + 1).getTime() - 1,
        };
      }
      if (key === 'twice') return { twice: true };
      if (by === 'form' || by === 'unusual') return { [by]: key };
      return { [{ kind: 'kinds', class: 'classes', state: 'states' }[by]]: [key] };
    };
    for (const by of COUNTED_BY) {
      const counts = countChanges(ledger.db, {}, by);
      expect(counts.length, by).toBeGreaterThan(0);
      for (const { key, count } of counts) {
        const filter = filterBy(by, key);
        expect(filter === null ? count : idsOf(filter).length, `${by} ${key}`).toBe(count);
      }
    }
  });

  it('is what may have been entered twice: one form, one person, one day; a version of it is not its twin', () => {
    const about = finds({ about: HALIMA.id });
    const at = Date.UTC(2026, 9, 14, 9);
    const one = (id: string, form: string, reportedAt: number, facts = about) =>
      newChange(id, { form, reportedAt, finds: facts });
    addTakenBatch(ledger.db, {
      name: 'twins',
      changes: [
        { change: one('twin-1', 'visit', at), class: 'new' },
        { change: one('twin-2', 'visit', at + 3_600_000), class: 'new' },
        { change: one('next-day', 'visit', at + 86_400_000), class: 'new' },
        { change: one('other-form', 'stock', at), class: 'new' },
        { change: one('other-person', 'visit', at, finds({ about: 'else' })), class: 'new' },
        { change: one('nobody-1', 'visit', at, finds({})), class: 'new' },
        { change: one('nobody-2', 'visit', at, finds({})), class: 'new' },
      ],
    });
    const version = newChange('other-person', {
      form: 'visit',
      reportedAt: at,
      rev: rev(1, 'else'),
      finds: finds({ about: 'else' }),
    });
    addTakenBatch(ledger.db, { name: 'version', changes: [{ change: version, class: 'new' }] });
    expect(idsOf({ twice: true })).toEqual(['twin-1', 'twin-2']);
    expect(countChanges(ledger.db, {}, 'unusual')).toEqual([{ key: 'twice', count: 2 }]);
  });

  it('counts a record once, whatever number of versions of it is here', () => {
    fill();
    const other = newChange('report-by-id', {
      form: 'visit',
      rev: rev(1, 'else'),
      finds: finds({ about: HALIMA.id }),
    });
    addTakenBatch(ledger.db, { name: 'three', changes: [{ change: other }] });
    expect(countChanges(ledger.db, {}, 'form')).toContainEqual({ key: 'visit', count: 2 });
  });
});
