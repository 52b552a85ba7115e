import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../electron/ledger/database.ts';
import { recordCopied, recordFailed, recordProblems, unfinishedDumps } from '../../electron/ledger/dumps.ts';
import { isTaken, recordSeen } from '../../electron/ledger/files-seen.ts';
import { importResult, listImports } from '../../electron/ledger/imports.ts';
import { addTakenBatch, newChange, openTestLedger, sha256, type TestLedger } from '../support/ledger.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const at = (day: number): string => `2026-03-0${day}T09:00:00.000Z`;
const copied = (name: string, day = 1, more: { user?: string; device?: string } = {}) =>
  recordCopied(db, {
    dump: sha256(name),
    name: `${name}.json`,
    bytes: 1000,
    source: 'file',
    typedUser: more.user ?? null,
    typedDevice: more.device ?? null,
    copiedAt: at(day),
  });
const list = (more: Partial<Parameters<typeof listImports>[1]> = {}) =>
  listImports(db, { since: '', offset: 0, limit: 100, problemsListed: 2, ...more });

describe('the list of imports', () => {
  it('has the newest first, failed ones too, and none that is not done', () => {
    addTakenBatch(db, { name: 'first', takenAt: at(1), changes: [{ change: newChange('a') }] });
    addTakenBatch(db, { name: 'third', takenAt: at(3) });
    copied('second');
    recordFailed(db, sha256('second'), 'not-a-dump', at(2));
    copied('fourth', 4);
    const { rows, total } = list();
    expect(rows.map((one) => [one.name, one.outcome])).toEqual([
      ['third.json', 'taken'],
      ['second.json', 'failed'],
      ['first.json', 'taken'],
    ]);
    expect(total).toBe(3);
    expect(rows[1]).toMatchObject({ problems: [{ code: 'not-a-dump' }], problemsTotal: 1, batch: null });
    expect(list({ since: at(2) }).rows.map((one) => one.name)).toEqual(['third.json', 'second.json']);
    expect(list({ since: at(2) }).total).toBe(2);
    expect([0, 1, 2].map((offset) => list({ offset, limit: 1 }).rows[0]?.name)).toEqual(
      rows.map((one) => one.name),
    );
  });

  it('names some of the problems and counts all', () => {
    addTakenBatch(db, { name: 'bad', broken: 5 });
    recordProblems(
      db,
      sha256('bad'),
      [3, 1, 2, 4, 5].map((number) => ({ number, code: 'not-json', message: `${number}`, line: number })),
    );
    // Reading again, after a crash, notes nothing twice.
    recordProblems(db, sha256('bad'), [{ number: 1, code: 'not-json', message: '1', line: 1 }]);
    const [row] = list().rows;
    expect(row?.problems).toEqual([
      { code: 'not-json', message: '1', line: 1 },
      { code: 'not-json', message: '2', line: 2 },
    ]);
    expect(row?.problemsTotal).toBe(5);
    expect(db.all('SELECT number FROM problems')).toHaveLength(5);
  });

  it('counts what a dump brought as known when it comes again', () => {
    addTakenBatch(db, {
      name: 'one',
      changes: [{ change: newChange('a') }, { change: newChange('b') }],
      known: 3,
      skipped: 1,
      broken: 1,
    });
    const counts = (again: boolean) => importResult(db, sha256('one'), 10, again).documents;
    expect(counts(false)).toEqual({ read: 7, new: 2, known: 3, skipped: 1, broken: 1 });
    expect(counts(true)).toEqual({ read: 7, new: 0, known: 5, skipped: 1, broken: 1 });
    expect(importResult(db, sha256('one'), 10, true).outcome).toBe('again');
  });
});

describe('a dump that was begun', () => {
  it('is finished in the order in which it came, and only once', () => {
    copied('b', 2);
    copied('a', 1);
    addTakenBatch(db, { name: 'done' });
    expect(unfinishedDumps(db).map((row) => row.name)).toEqual(['a.json', 'b.json']);
    addTakenBatch(db, { name: 'a' });
    expect(unfinishedDumps(db).map((row) => row.name)).toEqual(['b.json']);
  });

  it('that failed gets another chance; one that was taken is not begun again', () => {
    copied('bad');
    recordFailed(db, sha256('bad'), 'wrong-database', at(1));
    expect(unfinishedDumps(db)).toEqual([]);
    copied('bad', 2);
    expect(unfinishedDumps(db)).toHaveLength(1);
    addTakenBatch(db, { name: 'done' });
    copied('done', 3);
    expect(unfinishedDumps(db).map((row) => row.name)).toEqual(['bad.json']);
  });

  it('keeps what the clerk typed, and takes what is typed the next time', () => {
    copied('x', 1, { user: 'chw1' });
    copied('x', 2, { device: 'phone' });
    expect(unfinishedDumps(db)[0]).toMatchObject({ typedUser: 'chw1', typedDevice: 'phone' });
    copied('x', 3, { user: 'chw2' });
    expect(unfinishedDumps(db)[0]).toMatchObject({ typedUser: 'chw2', typedDevice: 'phone' });
  });
});

describe('a file that was seen', () => {
  it('is known by name, size and time together, once its dump is taken', () => {
    const file = { name: 'export.json', bytes: 1000, modifiedMs: 1_700_000_000_123.4 };
    copied('one');
    recordSeen(db, file, sha256('one'));
    expect(isTaken(db, file)).toBe(false);
    addTakenBatch(db, { name: 'one' });
    expect(isTaken(db, file)).toBe(true);
    for (const other of [{ name: 'other.json' }, { bytes: 1001 }, { modifiedMs: file.modifiedMs + 1 }])
      expect(isTaken(db, { ...file, ...other })).toBe(false);
    // Seen again on another stick, both are known.
    recordSeen(db, { ...file, modifiedMs: 5 }, sha256('one'));
    expect([file, { ...file, modifiedMs: 5 }].map((one) => isTaken(db, one))).toEqual([true, true]);
  });
});
