/** Batches in the order in which they came: what visits are made of. */
import { type Database, number, text, textOrNull } from './database.ts';

export interface CameBatch {
  readonly batch: string;
  readonly dump: string;
  readonly user: string | null;
  readonly device: string | null;
  /** ISO 8601. */
  readonly takenAt: string;
  /** It is of another server or database. */
  readonly aside: boolean;
}

/** The oldest first; of one person where one is named. */
export function cameBatches(db: Database, user?: string): CameBatch[] {
  return db
    .all(
      `SELECT b.batch, b.dump, b.user, b.device, b.taken_at, d.aside IS NOT NULL AS aside
       FROM batches b JOIN dumps d USING (dump) WHERE ?1 IS NULL OR b.user = ?1 ORDER BY b.taken_at, b.batch`,
      user ?? null,
    )
    .map((row) => ({
      batch: text(row, 'batch'),
      dump: text(row, 'dump'),
      user: textOrNull(row, 'user'),
      device: textOrNull(row, 'device'),
      takenAt: text(row, 'taken_at'),
      aside: number(row, 'aside') === 1,
    }));
}

/** The names of all batches. */
export function everyBatch(db: Database): string[] {
  return db.all('SELECT batch FROM batches').map((row) => text(row, 'batch'));
}
