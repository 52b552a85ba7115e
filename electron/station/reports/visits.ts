/**
 * A **visit**: what one health worker brought on one day, by the calendar of this computer. Several exports of it are
 * several batches and one receipt. Of a batch of which nobody knows whose it is, or of another server, nobody can say with
 * which others it came: it is a visit of its own.
 */
import type { VisitRow } from '../../../shared/receipt.ts';
import { deliveredIn } from '../../ledger/counts.ts';
import type { Database } from '../../ledger/database.ts';
import { cameBatches, type CameBatch } from '../../ledger/visits.ts';

/** "2026-03-01", as this computer's clock has it. */
function localDay(at: string): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].join('-');
}

function visitKey({ batch, user, takenAt, aside }: CameBatch): string {
  return user === null || aside ? batch : JSON.stringify([user, localDay(takenAt)]);
}

/** The batches of the visit in which this one came, the oldest first; none where there is no such batch. */
export function visitOf(db: Database, batch: string): CameBatch[] {
  const all = cameBatches(db);
  const own = all.find((one) => one.batch === batch);
  return own === undefined ? [] : all.filter((one) => visitKey(one) === visitKey(own));
}

/** Visits, the latest first. */
export function listVisits(
  db: Database,
  {
    user,
    offset,
    limit,
  }: { readonly user?: string | undefined; readonly offset: number; readonly limit: number },
): { rows: VisitRow[]; total: number } {
  const visits = [...Map.groupBy(cameBatches(db, user), visitKey).values()].reverse();
  visits.sort((one, other) => (other.at(-1)?.takenAt ?? '').localeCompare(one.at(-1)?.takenAt ?? ''));
  const rows = visits.slice(offset, offset + limit).flatMap((batches): VisitRow[] => {
    const last = batches.at(-1);
    if (last === undefined) return [];
    const devices = [...new Set(batches.map(({ device }) => device))].filter((device) => device !== null);
    const names = batches.map(({ batch }) => batch);
    return [
      {
        batch: batches[0]?.batch ?? '',
        batches: names,
        user: last.user,
        device: devices.length === 0 ? null : devices.join(', '),
        takenAt: last.takenAt,
        records: deliveredIn(db, names),
      },
    ];
  });
  return { rows, total: visits.length };
}
