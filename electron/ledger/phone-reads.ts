/** How far each phone was read directly: by person, device and the database's own id. */
import type { KnownRead } from '../../shared/web-view/since.ts';
import { type Database, number, text, textOrNull } from './database.ts';

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

/** When a person's phone had last received something from the server, as far as the latest reading of it knew; `null`: not known. */
export function receivedAt(db: Database, user: string, device: string): string | null {
  const row = db.get(
    'SELECT received_at FROM phone_reads WHERE user = ? AND device = ? ORDER BY read_at DESC, database_id LIMIT 1',
    user,
    device,
  );
  return row === undefined ? null : textOrNull(row, 'received_at');
}
