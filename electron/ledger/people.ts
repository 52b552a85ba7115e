/** People of whom somebody else than a dump has said that they exist: the server, or a person here. */
import { UNSENT_STATES } from '../../shared/states.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';
import type { BatchFacts, BatchRuleName, Unusual } from '../../shared/unusual.ts';
import { oneOf, DECIDABLE } from './states.ts';

export interface SeenPerson {
  readonly user: string;
  /** The id of their contact document. */
  readonly contact: string | null;
  readonly how: 'server' | 'delivered' | 'said';
  /** The person's name and telephone, as the account on the server gives them. */
  readonly name?: string | null;
  readonly phone?: string | null;
  /** ISO 8601. */
  readonly at: string;
}

/** Notes that there is such a person. What the server says of the contact counts more than what was known. */
export function seePerson(db: Database, { user, contact, how, at, name, phone }: SeenPerson): void {
  db.run(
    `INSERT INTO people (user, contact, seen_at, how, name, phone) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (user) DO UPDATE SET contact = coalesce(excluded.contact, contact),
       name = coalesce(excluded.name, name), phone = coalesce(excluded.phone, phone), how = CASE WHEN excluded.how = 'said' THEN how ELSE excluded.how END`,
    user,
    contact,
    at,
    how,
    name ?? null,
    phone ?? null,
  );
}

/** Names of everybody whose records are here. */
export function ownersHere(db: Database): string[] {
  return db
    .all('SELECT DISTINCT user FROM batches WHERE user IS NOT NULL ORDER BY user')
    .map((row) => text(row, 'user'));
}

/** The contact document of a batch's person: as the server says, else as the dump does. */
export function ownerContact(db: Database, batch: string): string | null {
  const row = db.get(
    'SELECT coalesce(p.contact, b.contact) AS contact FROM batches b LEFT JOIN people p USING (user) WHERE b.batch = ?',
    batch,
  );
  return row === undefined ? null : textOrNull(row, 'contact');
}

/**
 * Batches about which the rules may have become different: in all of them something is undecided or not sent yet. An
 * import that broke off at its end, on a full disk for one, leaves records of a batch that is not there yet.
 */
export function batchesToRule(db: Database): string[] {
  return db
    .all(
      `SELECT batch FROM batches WHERE batch IN (
         SELECT batch FROM batch_counts WHERE state IN ${oneOf(UNSENT_STATES)} AND n > 0
         UNION SELECT batch FROM changes INDEXED BY changes_several
           WHERE several = 1 AND state IN ${oneOf(UNSENT_STATES)} AND batch IS NOT NULL)`,
    )
    .map((row) => text(row, 'batch'));
}

/** Not on the server, and not there to be looked at: everything else may still become a record of the server. */
const NOT_THERE = `${DECIDABLE} AND state != 'superseded'`;

/** What the rules about a batch look at; the contacts that it changes are counted by the caller. */
export function batchFacts(
  db: Database,
  batch: string,
): Omit<BatchFacts, 'rewrittenContacts' | 'changedContacts'> {
  const row = db.get(
    `SELECT b.user, b.flags, b.taken_at, p.user IS NOT NULL AS seen FROM batches b LEFT JOIN people p USING (user)
     WHERE b.batch = ?`,
    batch,
  );
  if (row === undefined) throw new Error('no such batch');
  const user = textOrNull(row, 'user');
  const own = db.get(
    `SELECT count(DISTINCT id) AS records, count(DISTINCT CASE WHEN deleted = 1 THEN id END) AS deletions
     FROM changes WHERE batch = ? AND origin != 'closing' AND ${NOT_THERE}`,
    batch,
  );
  const ever =
    user === null
      ? db.get('SELECT count(DISTINCT id) AS n FROM changes WHERE batch = ?', batch)
      : db.get(
          'SELECT count(DISTINCT c.id) AS n FROM batches b JOIN changes c USING (batch) WHERE b.user = ?',
          user,
        );
  const earlier =
    user === null
      ? []
      : db.all(
          `SELECT b.taken_at, coalesce((SELECT sum(n) FROM batch_counts k WHERE k.batch = b.batch AND ${NOT_THERE}), 0)
             + (SELECT count(DISTINCT id) FROM changes INDEXED BY changes_several
                WHERE several = 1 AND batch = b.batch AND origin != 'closing' AND ${NOT_THERE}) AS n
           FROM batches b WHERE b.user = ? AND b.taken_at < ? AND n > 0 ORDER BY b.taken_at DESC LIMIT 20`,
          user,
          text(row, 'taken_at'),
        );
  const flags = json<string[]>(row, 'flags');
  const [last] = earlier;
  return {
    user,
    oddName: flags.includes('odd-name'),
    crowded: flags.includes('too-many-people'),
    userSeen: row['seen'] === 1,
    deletions: number(own, 'deletions'),
    records: number(own, 'records'),
    everHad: number(ever, 'n'),
    earlierRecords: earlier.map((found) => number(found, 'n')),
    daysSinceLast: last === undefined ? null : daysBetween(text(last, 'taken_at'), text(row, 'taken_at')),
  };
}

const DAY_MS = 24 * 60 * 60_000;
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

/** How a version names a contact, and in which place it is (`null`: in none). */
interface NamedContact {
  readonly label: string;
  readonly place: string | null;
}

export interface ChangedContact extends NamedContact {
  readonly id: string;
  /** Its other versions that are here. */
  readonly others: readonly NamedContact[];
  /** What the server has of it. */
  readonly server: readonly Record<string, unknown>[];
}

/** Contacts that a batch changes. */
export function changedContacts(db: Database, batch: string): ChangedContact[] {
  const named = (row: Row): NamedContact => ({
    label: text(row, 'label'),
    place: json<string[]>(row, 'needs')[0] ?? null,
  });
  return db
    .all(
      `SELECT id, rev, label, needs FROM changes WHERE batch = ? AND kind = 'contact' AND class = 'update'
         AND deleted = 0 AND state != 'superseded'`,
      batch,
    )
    .map((row) => ({
      id: text(row, 'id'),
      ...named(row),
      others: db
        .all('SELECT label, needs FROM changes WHERE id = ? AND rev != ?', text(row, 'id'), text(row, 'rev'))
        .map(named),
      server: db
        .all('SELECT body FROM server_bodies WHERE id = ? AND deleted = 0', text(row, 'id'))
        .map((other) => json<Record<string, unknown>>(other, 'body')),
    }));
}

export function setBatchUnusual(
  db: Database,
  batch: string,
  unusual: readonly Unusual<BatchRuleName>[],
): void {
  db.run(
    'UPDATE batches SET unusual = ?1 WHERE batch = ?2 AND unusual != ?1',
    JSON.stringify(unusual),
    batch,
  );
}
