/** How far each phone was read directly: by person, device and the database's own id. */
import type { KnownRead } from '../../shared/web-view/since.ts';
import { type Database, number, type Row, text, textOrNull } from './database.ts';

export interface PhoneRead extends KnownRead {
  /** Origin of the server that the app works with. */
  readonly server: string;
  readonly user: string;
  /** ISO 8601. */
  readonly readAt: string;
  /** ISO 8601, by this computer's clock: when the app had last synchronised by then; `null`: not known. */
  readonly receivedAt: string | null;
}

/** Noted only when what was read is taken: replica and ledger hold it. */
export function recordPhoneRead(db: Database, read: PhoneRead): void {
  db.run(
    `INSERT INTO phone_reads (server, user, device, database_id, sequence, read_at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (server, user, device, database_id)
       DO UPDATE SET sequence = excluded.sequence, read_at = excluded.read_at, received_at = excluded.received_at`,
    read.server,
    read.user,
    read.device,
    read.databaseId,
    read.sequence,
    read.readAt,
    read.receivedAt,
  );
}

export type PhoneOfRead = Pick<PhoneRead, 'server' | 'user' | 'device' | 'databaseId'>;

/** How far a phone was read; `null`: it was not, or cannot be known again. */
export function readUpTo(db: Database, of: PhoneOfRead): number | null {
  const row = rowOf(db, of);
  return row === undefined ? null : number(row, 'sequence');
}

function rowOf(db: Database, { server, user, device, databaseId }: PhoneOfRead): Row | undefined {
  return db.get(
    'SELECT * FROM phone_reads WHERE server = ? AND user = ? AND device = ? AND database_id = ?',
    server,
    user,
    device,
    databaseId,
  );
}

/**
 * The station tells the phone's app that it synchronised at this time, ISO 8601 by the phone's clock: noted before it
 * is written there, so that it is never taken for a time at which the phone received something.
 */
export function recordTold(
  db: Database,
  { server, user, device, databaseId }: PhoneOfRead,
  at: string,
): void {
  db.run(
    'UPDATE phone_reads SET told_at = ? WHERE server = ? AND user = ? AND device = ? AND database_id = ?',
    at,
    server,
    user,
    device,
    databaseId,
  );
}

/** What was known of a phone before this reading: when it had received something, and what the station told it. */
export function toldBefore(
  db: Database,
  of: PhoneOfRead,
): { readonly receivedAt: string | null; readonly toldAt: string | null } {
  const row = rowOf(db, of);
  if (row === undefined) return { receivedAt: null, toldAt: null };
  return { receivedAt: textOrNull(row, 'received_at'), toldAt: textOrNull(row, 'told_at') };
}

/** What was read of a person's databases, the newest first; of every server where none is named. */
export function phoneReads(db: Database, user: string, server: string | null): KnownRead[] {
  return db
    .all(
      `SELECT device, database_id, sequence FROM phone_reads
       WHERE user = ? AND (? IS NULL OR server = ?) ORDER BY read_at DESC, device, database_id`,
      user,
      server,
      server,
    )
    .map((row) => ({
      device: text(row, 'device'),
      databaseId: text(row, 'database_id'),
      sequence: number(row, 'sequence'),
    }));
}

/**
 * As of when a person's phone has what the server had, ISO 8601: its app's own sync, as far as the latest reading of it
 * knew, or a parcel that it was given to the end, which is as old as its fetching. `null`: not known.
 */
export function receivedAt(db: Database, user: string, device: string): string | null {
  const row = db.get(
    `SELECT nullif(max(coalesce(received_at, ''), coalesce(parcel_at, '')), '') AS received_at
     FROM phone_reads WHERE user = ? AND device = ? ORDER BY read_at DESC, database_id LIMIT 1`,
    user,
    device,
  );
  return row === undefined ? null : textOrNull(row, 'received_at');
}
