/**
 * A station that was restored from a backup does not know what happened after it: what was decided, sent and taken by the
 * server. It says so, and sends nothing, until it has compared with the server once.
 */
import { StationError } from '../../../shared/errors.ts';
import type { Database } from '../../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';

const RESTORED = 'backup.restored';

/** @param backup when the backup was made, ISO 8601 */
export function recordRestored(db: Database, backup: string): void {
  setSetting(db, RESTORED, backup);
}

/** What happened on the server is known again. */
export function recordCaughtUp(db: Database): void {
  forgetSettings(db, [RESTORED]);
}

/** The time of the backup after which nothing is known here; `null`: it was not restored, or has compared since. */
export function behindSince(db: Database): string | null {
  return setting(db, RESTORED);
}

/** @throws StationError `compare-first` */
export function checkCaughtUp(db: Database): void {
  if (behindSince(db) !== null) throw new StationError('compare-first');
}
