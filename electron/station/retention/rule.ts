/** The administrator's rule of how long records stay, and what would go by it. */
import type { Requests } from '../../../shared/contract.ts';
import { RETENTION_DAYS, type GivenUp, type Retention } from '../../../shared/retention.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { countRetired, noteSeenThere, wouldGo } from '../../ledger/retention.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';

const DAY_MS = 24 * 60 * 60_000;
const EVERYTHING_STAYS = 'never';

/** `null`: everything stays. */
export function retentionDays(db: Database): number | null {
  const kept = setting(db, 'retention.days');
  if (kept === EVERYTHING_STAYS) return null;
  const days = Number(kept);
  return days > 0 ? days : RETENTION_DAYS.standard;
}

/** What was proven by then may go, ISO 8601; `null`: nothing may. */
export function provenUntil({ db, clock }: Pick<Core, 'db' | 'clock'>): string | null {
  const days = retentionDays(db);
  return days === null ? null : new Date(clock() - days * DAY_MS).toISOString();
}

export function goingNow(core: Pick<Core, 'db' | 'clock' | 'now'>): GivenUp {
  noteSeenThere(core.db, core.now());
  const until = provenUntil(core);
  return until === null ? { records: 0, copies: 0, bytes: 0 } : wouldGo(core.db, until);
}

export function retention(core: Core): Retention {
  const { db } = core;
  return {
    days: retentionDays(db),
    going: goingNow(core),
    gone: countRetired(db),
    lookedAt: setting(db, 'retention.lookedAt'),
    waitsForClock: setting(db, 'retention.waits') !== null,
  };
}

export function setRetention(core: Core, { days }: Requests['retention.set']['params']): Retention {
  const { db } = core;
  db.transaction(() => {
    setSetting(db, 'retention.days', days === null ? EVERYTHING_STAYS : String(days));
    audit(db, { person: core.person, at: core.now() }, 'retention-set', { detail: { days } });
  });
  core.changed('settings');
  return retention(core);
}
