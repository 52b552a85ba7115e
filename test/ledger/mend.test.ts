import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { audit, lastEntry } from '../../electron/ledger/audit.ts';
import { checkLedgerFile } from '../../electron/ledger/backup.ts';
import { provenEntriesBehind } from '../../electron/ledger/chain.ts';
import { Database } from '../../electron/ledger/database.ts';
import { mendLedger } from '../../electron/ledger/mend.ts';
import { damageIndex, pageOf } from '../support/damage.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

const file = (): string => join(temporary.path, 'ledger.sqlite');

function write(entries: number): void {
  const db = Database.open(file());
  for (let n = 0; n < entries; n += 1)
    audit(db, { person: 'station', at: '2026-01-01T00:00:00.000Z' }, n % 3 === 0 ? 'held' : 'approved', {
      detail: { n },
    });
  db.close();
}

function mended(): string {
  const db = Database.open(file());
  try {
    return mendLedger(db);
  } finally {
    db.close();
  }
}

it('a whole one stays as it is', () => {
  write(50);
  expect(mended()).toBe('sound');
});

it('a damaged index is written anew, and nothing is lost', () => {
  write(50);
  damageIndex(file(), 'audit_at', '2026-01-01T', '2026-01-02T');
  expect(checkLedgerFile(file())).toBe(false);
  expect(mended()).toBe('mended');
  expect(checkLedgerFile(file())).toBe(true);
  const db = Database.open(file());
  expect(lastEntry(db)).toBe(50);
  db.close();
});

it('rows that a table lost are not forgotten by writing its index anew', () => {
  write(5);
  // The page of the table as it was some entries ago: a write that never reached the disk.
  const { page, at } = pageOf(file(), 'audit');
  write(3);
  const bytes = readFileSync(file());
  page.copy(bytes, at);
  writeFileSync(file(), bytes);
  expect(mended()).toBe('damaged');
  const after = new DatabaseSync(file());
  expect(after.prepare('SELECT count(*) AS n FROM audit INDEXED BY audit_at').get()).toEqual({ n: 8 });
  after.close();
});

it('a damaged page of an index is more than an index', () => {
  write(50);
  const bytes = readFileSync(file());
  const { at } = pageOf(file(), 'audit_at');
  bytes.fill(0, at, at + 4096);
  writeFileSync(file(), bytes);
  expect(mended()).toBe('damaged');
});

it('entries behind the last one are told as far as the chain proves them', () => {
  write(10);
  writeFileSync(join(temporary.path, 'backup.sqlite'), readFileSync(file()));
  write(9);
  const other = new DatabaseSync(file());
  other.exec(`DROP TRIGGER audit_never_changes; UPDATE audit SET person = 'somebody' WHERE seq = 17`);
  other.close();
  const db = Database.open(join(temporary.path, 'backup.sqlite'));
  // 11 to 16: 17 is not what its hash says.
  expect(Object.fromEntries(provenEntriesBehind(db, file()))).toEqual({ held: 2, approved: 4 });
  expect(provenEntriesBehind(db, join(temporary.path, 'none.sqlite')).size).toBe(0);
  writeFileSync(join(temporary.path, 'no.sqlite'), 'x'.repeat(5000));
  expect(provenEntriesBehind(db, join(temporary.path, 'no.sqlite')).size).toBe(0);
  db.close();
});
