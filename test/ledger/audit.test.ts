import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audit, listAudit } from '../../electron/ledger/audit.ts';
import { verifyChain } from '../../electron/ledger/chain.ts';
import { Database } from '../../electron/ledger/database.ts';
import { MIGRATIONS } from '../../electron/ledger/migrations.ts';
import { BEFORE_PEOPLE, STATION } from '../../shared/people.ts';
import { openTestLedger, type TestLedger } from '../support/ledger.ts';

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

const ALL = { since: '', offset: 0, limit: 1000, descending: false };

function addTwenty(): void {
  for (let at = 0; at < 20; at += 1) {
    // Two and two at the same time, as decisions on many records are.
    const day = String(10 + Math.floor(at / 2)).padStart(2, '0');
    audit(ledger.db, { person: 'clerk', at: `2026-03-${day}T09:00:00.000Z` }, 'approved', { detail: { at } });
  }
}

const whats = (query: Partial<typeof ALL>) =>
  listAudit(ledger.db, { ...ALL, ...query }).rows.map(({ detail }) => Number(detail['at']));
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

describe('the audit trail', () => {
  it('gives back what was written, in the order in which it was done', () => {
    const by = { person: 'Ünal', at: '2026-03-01T10:00:00.000Z' };
    audit(ledger.db, by, 'approved', {
      batch: 'b',
      id: 'x',
      rev: '1-a',
      detail: { class: 'new', n: [1, null] },
    });
    audit(ledger.db, by, 'compared');
    expect(listAudit(ledger.db, ALL)).toEqual({
      rows: [
        { ...by, what: 'approved', batch: 'b', id: 'x', rev: '1-a', detail: { class: 'new', n: [1, null] } },
        { ...by, what: 'compared', batch: null, id: null, rev: null, detail: {} },
      ],
      total: 2,
    });
  });

  it('comes in pages, each entry once, from either end', () => {
    addTwenty();
    for (const descending of [false, true]) {
      const pages = [0, 6, 12, 18].flatMap((offset) => whats({ offset, limit: 6, descending }));
      expect(pages).toEqual(descending ? upTo(0, 20).reverse() : upTo(0, 20));
    }
    expect(whats({ offset: 20 })).toEqual([]);
    expect(listAudit(ledger.db, { ...ALL, limit: 1 }).total).toBe(20);
  });

  it('begins at a time, that time included, be it a day or an instant', () => {
    addTwenty();
    expect(whats({ since: '2026-03-15T09:00:00.000Z' })).toEqual(upTo(10, 20));
    expect(whats({ since: '2026-03-15' })).toEqual(upTo(10, 20));
    expect(whats({ since: '2026-03-15T09:00:00.001Z' })).toEqual(upTo(12, 20));
    expect(whats({ since: '2027' })).toEqual([]);
    expect(listAudit(ledger.db, { ...ALL, since: '2026-03-15' }).total).toBe(10);
  });

  it('says of what the station did before people were named that nobody knows who it was, and leaves the chain whole', () => {
    const file = `${ledger.file}.unnamed`;
    const at = '2026-03-01T10:00:00.000Z';
    const older = Database.open(file, MIGRATIONS.slice(0, 1));
    audit(older, { person: STATION, at }, 'approved');
    audit(older, { person: 'Amina', at }, 'held');
    older.close();
    const db = Database.open(file);
    audit(db, { person: STATION, at }, 'compared');
    expect(listAudit(db, ALL).rows.map(({ person }) => person)).toEqual([BEFORE_PEOPLE, 'Amina', STATION]);
    expect(verifyChain(db)).toMatchObject({ brokenAt: null });
    db.close();
  });
});
