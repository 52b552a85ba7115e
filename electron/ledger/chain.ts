/**
 * The chain of the audit trail: every entry carries a hash over itself and the hash of the entry before, so
 * that nothing in the middle can be changed, removed or put in without every later hash being wrong. Whoever
 * kept a later hash elsewhere (an export, a print) also sees an end that was cut off or written anew.
 */
import { createHash } from 'node:crypto';
import type { ChainReport, LedgerEntry } from '../../shared/contract.ts';
import { DatabaseSync } from 'node:sqlite';
import { hashBeginning } from '../../shared/chain-head.ts';
import { entryOf } from './audit.ts';
import { type Database, type Row, number, text } from './database.ts';

export interface ChainedEntry extends LedgerEntry {
  readonly seq: number;
  readonly hash: string;
}

const CHAINED = `SELECT a.seq, a.at, a.person, a.what, a.batch, a.id, a.rev, a.detail, c.hash
  FROM audit a LEFT JOIN audit_chain c USING (seq) ORDER BY a.seq`;

function entryText(row: Row): string {
  const { seq, at, person, what, batch, id, rev, detail } = row;
  return JSON.stringify([seq, at, person, what, batch, id, rev, detail]);
}

/** The last entry and its hash; `null`: nothing was written yet. */
export function chainHead(db: Database): { entries: number; hash: string } | null {
  const row = db.get('SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1');
  return row === undefined ? null : { entries: number(row, 'seq'), hash: text(row, 'hash') };
}

/**
 * What no other station has: the hash of the entry that says that it was restored from a backup, else of its first entry.
 * So a copy on another computer is not taken for the station that it was made of.
 */
export function stationMark(db: Database): string {
  const row =
    db.get(
      `SELECT c.hash FROM audit a JOIN audit_chain c USING (seq) WHERE a.what = 'backup-restored' ORDER BY a.seq DESC LIMIT 1`,
    ) ?? db.get('SELECT hash FROM audit_chain ORDER BY seq LIMIT 1');
  return row === undefined ? createHash('sha256').digest('hex') : text(row, 'hash');
}

/** Follows the chain from its first entry. `head`: a hash, or its code on a receipt, has to be on it. */
export function verifyChain(db: Database, head?: string): ChainReport {
  let before = '';
  let entries = 0;
  let next = 1;
  let isThere = head === undefined;
  const sought = head === undefined ? null : hashBeginning(head);
  for (const row of db.each(CHAINED)) {
    entries += 1;
    const seq = number(row, 'seq');
    // Numbers follow each other: a gap is an entry that was taken out.
    if (seq !== next) return { entries, head: before || null, brokenAt: Math.min(seq, next) };
    next = seq + 1;
    before = createHash('sha256')
      .update(before + entryText(row))
      .digest('hex');
    if (before !== row['hash']) return { entries, head: before, brokenAt: seq };
    if (sought !== null && before.startsWith(sought)) isThere = true;
  }
  const last = number(db.get('SELECT max(seq) AS n FROM audit_chain'), 'n');
  const brokenAt = last >= next || !isThere ? next : null;
  return { entries, head: before === '' ? null : before, brokenAt };
}

/** Entries after a number, with their hashes, at most `limit`. */
export function chainedEntries(db: Database, after: number, limit: number): ChainedEntry[] {
  return db
    .all(
      `SELECT a.*, c.hash FROM audit a JOIN audit_chain c USING (seq) WHERE a.seq > ? ORDER BY a.seq LIMIT ?`,
      after,
      limit,
    )
    .map((row) => ({ seq: number(row, 'seq'), ...entryOf(row), hash: text(row, 'hash') }));
}

/**
 * What entries behind the last one of `db` a damaged ledger still shows, as far as its chain proves that they follow it;
 * how often each thing was done. Never fails: what cannot be read ends it. The file is only read.
 */
export function provenEntriesBehind(db: Database, damaged: string): ReadonlyMap<string, number> {
  const done = new Map<string, number>();
  const last = chainHead(db);
  let before = last?.hash ?? '';
  try {
    const other = new DatabaseSync(damaged, { readOnly: true });
    try {
      const rows = other
        .prepare(CHAINED.replace('ORDER BY', `WHERE a.seq > ${last?.entries ?? 0} ORDER BY`))
        .iterate();
      for (const row of rows) {
        before = createHash('sha256')
          .update(before + entryText(row))
          .digest('hex');
        if (before !== row['hash']) break;
        const what = text(row, 'what');
        done.set(what, (done.get(what) ?? 0) + 1);
      }
    } finally {
      other.close();
    }
  } catch {
    // It is damaged: what was proven until here counts.
  }
  return done;
}
