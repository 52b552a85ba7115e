/** Who the health workers are, as far as anything here names them, and when each last came. */
import type { HealthWorkerRow, PersonCounts } from '../../shared/health-workers.ts';
import { needsOf } from '../../shared/document-people.ts';
import type { SignInWay } from '../../shared/sign-in-ways.ts';
import { DELIVERING_OUTCOMES } from '../../shared/states.ts';
import { personCounts } from './counts.ts';
import { type Database, json, number, text, textOrNull } from './database.ts';
import { countRefusals } from './refusals.ts';
import { oneOf } from './states.ts';

/** A row without what the person is called, and with what that is looked up by. */
export interface KnownWorker extends Omit<HealthWorkerRow, 'name' | 'phone'> {
  readonly contact: string | null;
  /** The dump that came last: it may name the person. */
  readonly dump: string | null;
  /** The batch that came last; `null`: none did. */
  readonly batch: string | null;
  /** As the account on the server has them. */
  readonly accountName: string | null;
  readonly accountPhone: string | null;
}

const NOTHING = { onlyHere: 0, undecided: 0, toSend: 0, held: 0, refused: 0, accepted: 0 };

/** What is not of this server says nothing about its people. */
const OURS = 'b.user IS NOT NULL AND d.aside IS NULL';

/** Everybody, in the order of user names, and the records of which nobody knows whose they are. */
export function knownWorkers(db: Database): { workers: KnownWorker[]; nobodys: PersonCounts } {
  const counts = personCounts(db);
  const rows = db.all(
    `WITH visits AS (
       SELECT b.user, count(DISTINCT b.dump) AS visits, max(b.taken_at) AS at FROM batches b JOIN dumps d USING (dump)
       WHERE ${OURS} GROUP BY b.user
     ), latest AS (
       SELECT b.user, b.batch, b.device, b.dump, b.contact, row_number() OVER (PARTITION BY b.user ORDER BY b.taken_at DESC, b.batch) AS place
       FROM batches b JOIN dumps d USING (dump) WHERE ${OURS}
     ), reads AS (SELECT user, max(read_at) AS read_at, max(received_at) AS received_at FROM phone_reads GROUP BY user
     ), syncs AS (
       SELECT user, max(ended_at) AS at FROM uploads WHERE way = 'phone' AND outcome IN ${oneOf(DELIVERING_OUTCOMES)} GROUP BY user
     ), everybody AS (SELECT user FROM visits UNION SELECT user FROM people UNION SELECT user FROM sign_in_ways WHERE how = 'dump')
     SELECT e.user, v.visits, max(coalesce(v.at, ''), coalesce(r.read_at, '')) AS last_visit,
       max(coalesce(r.received_at, ''), coalesce(s.at, '')) AS synced_at, l.device, l.dump, l.batch,
       coalesce(p.contact, l.contact) AS contact, p.name, p.phone, p.how, w.way
     FROM everybody e LEFT JOIN visits v USING (user) LEFT JOIN latest l ON l.user = e.user AND l.place = 1
       LEFT JOIN reads r ON r.user = e.user LEFT JOIN syncs s ON s.user = e.user
       LEFT JOIN people p ON p.user = e.user LEFT JOIN sign_in_ways w ON w.user = e.user
     ORDER BY e.user`,
  );
  const workers = rows.map((row): KnownWorker => {
    const user = text(row, 'user');
    const visits = row['visits'] === null ? 0 : number(row, 'visits');
    const records = counts.get(user) ?? NOTHING;
    // What two people brought is refused for each of them.
    const refusals = records.refused > 0 ? countRefusals(db, { user }) : [];
    const byReason = Map.groupBy(refusals, ({ reason }) => reason);
    return {
      user,
      known: visits > 0 ? 'came' : textOrNull(row, 'how') === 'server' ? 'server' : 'export',
      signsIn: textOrNull(row, 'way') as SignInWay | null,
      lastVisit: text(row, 'last_visit') || null,
      visits,
      device: textOrNull(row, 'device'),
      syncedAt: text(row, 'synced_at') || null,
      records,
      refusals: [...byReason]
        .map(([reason, some]) => ({ reason, records: some.reduce((sum, one) => sum + one.records, 0) }))
        .sort((a, b) => b.records - a.records || (a.reason < b.reason ? -1 : 1)),
      contact: textOrNull(row, 'contact'),
      dump: textOrNull(row, 'dump'),
      batch: textOrNull(row, 'batch'),
      accountName: textOrNull(row, 'name'),
      accountPhone: textOrNull(row, 'phone'),
    };
  });
  return { workers, nobodys: counts.get(null) ?? NOTHING };
}

/** The place in which a contact is, by the newest version of it that is here, else as the server shows it; `null`: not known. */
export function placeOf(db: Database, contact: string): string | null {
  const row = db.get(
    `SELECT needs FROM changes WHERE id = ? AND kind = 'contact' AND deleted = 0 ORDER BY seq DESC LIMIT 1`,
    contact,
  );
  if (row !== undefined) return json<string[]>(row, 'needs')[0] ?? null;
  const body = bodyOnServer(db, contact);
  return body === null ? null : (needsOf(contact, JSON.parse(body) as Record<string, unknown>)[0] ?? null);
}

/** The body of a contact as the server showed it last, as JSON; `null`: it did not. */
export function bodyOnServer(db: Database, id: string): string | null {
  const row = db.get(
    'SELECT body FROM server_bodies WHERE id = ? AND deleted = 0 ORDER BY asked_at DESC LIMIT 1',
    id,
  );
  return row === undefined ? null : text(row, 'body');
}
