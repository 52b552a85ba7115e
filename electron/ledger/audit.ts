/** The audit trail: who did what and when. Only ever added to. Never a field value, a password or a cookie. */
import { createHash } from 'node:crypto';
import type { AuditAction } from '../../shared/audit.ts';
import type { LedgerEntry } from '../../shared/contract.ts';
import { BEFORE_PEOPLE, STATION } from '../../shared/people.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';
import { setting } from './settings.ts';

export interface AuditAbout {
  readonly batch?: string | null;
  readonly id?: string;
  readonly rev?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export function audit(
  db: Database,
  by: { readonly person: string; readonly at: string },
  what: AuditAction,
  about: AuditAbout = {},
): void {
  db.beforeEntry();
  db.run(
    'INSERT INTO audit (at, person, what, batch, id, rev, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
    by.at,
    by.person,
    what,
    about.batch ?? null,
    about.id ?? null,
    about.rev ?? null,
    JSON.stringify(about.detail ?? {}),
  );
}

/** Rows that go to SQLite as one JSON text: so many statements are saved that more would save nothing. */
const PART = 1000;

/** A long list in parts, for statements that take a part as one JSON text. */
export function* inParts<Value>(list: readonly Value[]): Generator<readonly Value[]> {
  for (let from = 0; from < list.length; from += PART) yield list.slice(from, from + PART);
}

/** The same thing was done to many changes, in the order of the list: an entry for each. `seq` is theirs in `changes`. */
export function auditMany(
  db: Database,
  by: { readonly person: string; readonly at: string },
  what: AuditAction,
  changes: readonly { readonly seq: number; readonly detail: Readonly<Record<string, unknown>> }[],
): void {
  if (changes.length > 0) db.beforeEntry();
  for (const some of inParts(changes))
    db.run(
      `INSERT INTO audit (at, person, what, batch, id, rev, detail)
       SELECT ?, ?, ?, c.batch, c.id, c.rev, part.value -> 'detail'
       FROM json_each(?) part CROSS JOIN changes c ON c.seq = part.value ->> 'seq' ORDER BY part.key`,
      by.at,
      by.person,
      what,
      JSON.stringify(some),
    );
}

/** A decision about more records than this is one entry of the history, which says how many they are and proves which. */
export const SINGLY = 200;

/**
 * What one decision did, in the order of the list: an entry for each change, or one for all of them where they are many.
 * That one has their number, and a digest of their ids and revisions: the changes themselves stand in `decision_changes`.
 */
export function auditDecision(
  db: Database,
  by: { readonly person: string; readonly at: string },
  what: AuditAction,
  about: {
    readonly decision: number;
    readonly batch: string | null;
    readonly detail?: Readonly<Record<string, unknown>>;
  },
  changes: readonly { readonly seq: number; readonly detail: Readonly<Record<string, unknown>> }[],
): void {
  if (changes.length <= SINGLY) {
    auditMany(db, by, what, changes);
    return;
  }
  const { decision, batch, detail } = about;
  const hash = createHash('sha256');
  const records = new Set<string>();
  for (const some of inParts(changes))
    for (const row of db.all(
      `SELECT c.id, c.rev FROM json_each(?) part CROSS JOIN changes c ON c.seq = part.value ORDER BY part.key`,
      JSON.stringify(some.map(({ seq }) => seq)),
    )) {
      records.add(text(row, 'id'));
      hash.update(`${JSON.stringify([row['id'], row['rev']])}\n`);
    }
  audit(db, by, what, {
    batch,
    detail: { decision, records: records.size, digest: hash.digest('hex'), ...detail },
  });
}

/** A row of `audit` as an entry of the history. */
export function entryOf(row: Row): LedgerEntry {
  return {
    at: text(row, 'at'),
    person: text(row, 'person'),
    what: text(row, 'what'),
    batch: textOrNull(row, 'batch'),
    id: textOrNull(row, 'id'),
    rev: textOrNull(row, 'rev'),
    detail: json<Record<string, unknown>>(row, 'detail'),
  };
}

export function listAudit(
  db: Database,
  query: {
    readonly since: string;
    readonly offset: number;
    readonly limit: number;
    readonly descending: boolean;
  },
): { rows: LedgerEntry[]; total: number } {
  const order = query.descending ? 'DESC' : 'ASC';
  // The entry itself stays as it was written: it is chained.
  const before = Number(setting(db, 'people.before') ?? 0);
  const rows = db.all(
    `SELECT * FROM audit WHERE at >= ? ORDER BY seq ${order} LIMIT ? OFFSET ?`,
    query.since,
    query.limit,
    query.offset,
  );
  return {
    rows: rows.map((row) => {
      const entry = entryOf(row);
      return entry.person === STATION && number(row, 'seq') <= before
        ? { ...entry, person: BEFORE_PEOPLE }
        : entry;
    }),
    total: number(db.get('SELECT count(*) AS n FROM audit WHERE at >= ?', query.since), 'n'),
  };
}

/** The number of the last entry; 0 where there is none. */
export function lastEntry(db: Database): number {
  return number(db.get('SELECT max(seq) AS n FROM audit'), 'n');
}

/** When the last entry was made, ISO 8601; `null` where there is none. */
export function lastEntryTime(db: Database): string | null {
  const row = db.get('SELECT at FROM audit ORDER BY seq DESC LIMIT 1');
  return row === undefined ? null : text(row, 'at');
}
