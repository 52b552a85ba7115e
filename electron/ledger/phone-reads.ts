/** How far each phone was read directly: by person, device and the database's own id. */
import type { KnownRead } from '../../shared/web-view/since.ts';
import { type Database, number, text } from './database.ts';

export interface PhoneRead extends KnownRead {
  /** Origin of the server that the app works with. */
  readonly server: string;
  readonly user: string;
  /** ISO 8601. */
  readonly readAt: string;
}

/** Noted only when what was read is taken: replica and ledger hold it. */
export function recordPhoneRead(db: Database, read: PhoneRead): void {
  db.run(
    `INSERT INTO phone_reads (server, user, device, database_id, sequence, read_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (server, user, device, database_id)
       DO UPDATE SET sequence = excluded.sequence, read_at = excluded.read_at`,
    read.server,
    read.user,
    read.device,
    read.databaseId,
    read.sequence,
    read.readAt,
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
