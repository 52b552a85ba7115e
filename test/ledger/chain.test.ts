/** The chain of the audit trail, in a real ledger file that somebody else opens behind the station's back. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashBeginning, headCode } from '../../shared/chain-head.ts';
import { audit } from '../../electron/ledger/audit.ts';
import { chainedEntries, verifyChain } from '../../electron/ledger/chain.ts';
import { Database } from '../../electron/ledger/database.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-chain-'));
  file = join(folder, 'ledger.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened<Value>(work: (db: Database) => Value): Value {
  const db = Database.open(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function write(count: number): void {
  opened((db) => {
    for (let n = 0; n < count; n += 1)
      audit(db, { person: 'clerk "é"', at: `2026-11-0${n + 1}` }, 'held', {
        id: `id-${n}`,
        detail: { reason: 'a\u2028b \u{1f600}', n },
      });
  });
}

/** Somebody with a SQLite tool and no respect for triggers. */
function tamper(sql: string): void {
  const db = new DatabaseSync(file);
  for (const trigger of [
    'audit_never_changes',
    'audit_never_goes',
    'chain_never_changes',
    'chain_never_goes',
  ])
    db.exec(`DROP TRIGGER ${trigger}`);
  db.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  db.close();
}

test('an untouched trail verifies, and anybody can follow the export', () => {
  write(5);
  opened((db) => {
    const entries = chainedEntries(db, 0, 100);
    let before = '';
    for (const { seq, at, person, what, batch, id, rev, detail, hash } of entries) {
      const text = JSON.stringify([seq, at, person, what, batch, id, rev, JSON.stringify(detail)]);
      before = createHash('sha256')
        .update(before + text)
        .digest('hex');
      expect(hash).toBe(before);
    }
    expect(verifyChain(db)).toEqual({ entries: 5, head: before, brokenAt: null });
    expect(verifyChain(db, entries[2]?.hash).brokenAt).toBeNull();
    expect(verifyChain(db, headCode(entries[2]?.hash ?? '')).brokenAt).toBeNull();
    expect(headCode(`${'0'.repeat(19)}1${'f'.repeat(44)}`)).toBe('0000-0000-0000-0001');
    for (const { hash } of entries)
      for (const typed of [headCode(hash), headCode(hash).toLowerCase().replaceAll('-', ' '), ` ${hash} `])
        expect(hash.startsWith(hashBeginning(typed) ?? '-'), typed).toBe(true);
    for (const none of ['', 'UUUU-UUUU-UUUU-UUUU', '0000-0000-0000-000', 'f'.repeat(63)])
      expect(hashBeginning(none)).toBeNull();
  });
});

test.each([
  ['a changed entry', `UPDATE audit SET person = 'somebody else' WHERE seq = 3`, 3],
  ['an entry taken out', 'DELETE FROM audit WHERE seq = 3; DELETE FROM audit_chain WHERE seq = 3', 3],
  [
    'the first entries taken out',
    'DELETE FROM audit WHERE seq < 3; DELETE FROM audit_chain WHERE seq < 3',
    1,
  ],
  ['an entry whose hash was taken out', 'DELETE FROM audit_chain WHERE seq = 4', 4],
  ['an end that was cut off the trail only', 'DELETE FROM audit WHERE seq = 5', 5],
])('%s is seen', (_, sql, at) => {
  write(5);
  tamper(sql);
  expect(opened((db) => verifyChain(db)).brokenAt).toBe(at);
});

test('an end that was cut off altogether is seen by who kept the last hash', () => {
  write(5);
  const { head } = opened((db) => verifyChain(db));
  tamper('DELETE FROM audit WHERE seq = 5; DELETE FROM audit_chain WHERE seq = 5');
  opened((db) => {
    expect(verifyChain(db).brokenAt).toBeNull();
    expect(verifyChain(db, head ?? '').brokenAt).toBe(5);
    expect(verifyChain(db, headCode(head ?? '')).brokenAt).toBe(5);
  });
});
