/** Conflicts in the ledger: which documents have one, who brought which side, how it was settled. */
import {
  LIVE_STATES,
  MADE_ORIGINS,
  OUTBOX_STATES,
  SETTLED_STATES,
  UNSENT_STATES,
} from '../../shared/states.ts';
import { audit } from './audit.ts';
import { type Database, json, number, text, textOrNull } from './database.ts';
import { list, type DecisionMaker, type Key } from './keys.ts';
import { oneOf } from './states.ts';

/**
 * The documents that a person has to settle: with a change in conflict, or with more than one version on the server,
 * whoever made them, as long as no settlement of it is on its way.
 */
const IN_CONFLICT = `SELECT id, seq FROM changes
    WHERE class = 'conflict' AND state IN ${oneOf(UNSENT_STATES)} AND resolution IS NULL
  UNION ALL
  SELECT s.id, coalesce((SELECT min(c.seq) FROM changes c WHERE c.id = s.id), 0) FROM server_docs s
    WHERE s.forked = 1 AND NOT EXISTS (SELECT 1 FROM changes c
      WHERE c.id = s.id AND c.resolution IS NOT NULL AND c.state IN ${oneOf(OUTBOX_STATES)})`;

export function listConflicts(
  db: Database,
  query: { readonly offset: number; readonly limit: number },
): { ids: string[]; total: number } {
  const rows = db.all(
    `SELECT id FROM (${IN_CONFLICT}) GROUP BY id ORDER BY min(seq), id LIMIT ? OFFSET ?`,
    query.limit,
    query.offset,
  );
  return { ids: rows.map((row) => text(row, 'id')), total: countConflicts(db) };
}

export function countConflicts(db: Database): number {
  return number(db.get(`SELECT count(DISTINCT id) AS n FROM (${IN_CONFLICT})`), 'n');
}

/** What stands in conflict with the server's version of one of these documents, and nobody has settled. */
export function conflictsWithServer(
  db: Database,
  ids: readonly string[],
): { id: string; rev: string; history: string[]; deleted: boolean }[] {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  return db
    .all(
      `SELECT c.id, c.rev, c.history, c.deleted FROM temp.listed k JOIN changes c ON c.id = k.id
       WHERE +c.class = 'conflict' AND c.reason = 'server-edited-too' AND c.resolution IS NULL
         AND +c.state IN ${oneOf(LIVE_STATES)} ORDER BY k.n, c.seq`,
    )
    .map((row) => ({
      id: text(row, 'id'),
      rev: text(row, 'rev'),
      history: json<string[]>(row, 'history'),
      deleted: row['deleted'] === 1,
    }));
}

/** The revisions that were settled into one of `contained`: what each of them says was known when it was made. */
export function settledInto(db: Database, id: string, contained: ReadonlySet<string>): string[] {
  return db
    .all(
      `SELECT DISTINCT keeps, seen FROM changes INDEXED BY changes_settled
       WHERE id = ? AND resolution IS NOT NULL AND keeps IS NOT NULL AND seen IS NOT NULL`,
      id,
    )
    .filter((row) => contained.has(text(row, 'keeps')))
    .flatMap((row) => json<string[]>(row, 'seen'));
}

/** Who brought a batch, on which device, when. */
export function takenOf(
  db: Database,
  batch: string | null,
): { user: string | null; device: string | null; takenAt: string | null; exportedAt: string | null } {
  const row =
    batch === null
      ? undefined
      : db.get(
          `SELECT b.user, b.device, b.taken_at, d.claims ->> '$.exportedAt' AS exported_at
           FROM batches b LEFT JOIN dumps d USING (dump) WHERE b.batch = ?`,
          batch,
        );
  if (row === undefined) return { user: null, device: null, takenAt: null, exportedAt: null };
  return {
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    takenAt: textOrNull(row, 'taken_at'),
    exportedAt: textOrNull(row, 'exported_at'),
  };
}

/** The body of a revision that a decision closes: kept for ever. */
export function recordClosedBody(
  db: Database,
  version: { readonly id: string; readonly rev: string; readonly body: Readonly<Record<string, unknown>> },
  by: DecisionMaker,
): void {
  db.run(
    'INSERT INTO closed_bodies (id, rev, at, person, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, rev) DO NOTHING',
    version.id,
    version.rev,
    by.at,
    by.person,
    JSON.stringify(version.body),
  );
}

export interface Settled {
  readonly id: string;
  readonly rev: string;
  readonly state: 'approved' | 'closed';
  readonly resolution: string;
  /** The revision that stays; the closing ones wait until the server is proven to hold it. */
  readonly keeps: string;
  /** The leaves that the person looked at. */
  readonly seen: readonly string[];
  readonly by: DecisionMaker;
}

/**
 * A revision that a decision made before, and that lapsed or was undone, goes with the batch of the decision that makes it
 * now: it is sent by that batch's person.
 */
export function moveMade(db: Database, { id, rev }: Key, batch: string | null): void {
  db.run(
    `UPDATE changes SET batch = ? WHERE id = ? AND rev = ? AND origin IN ${oneOf(MADE_ORIGINS)} AND state = 'superseded'`,
    batch,
    id,
    rev,
  );
}

export function settle(db: Database, settled: Settled): void {
  db.run(
    `UPDATE changes SET state = ?, approved_class = class, resolution = ?, keeps = ?, seen = ?, decided_by = ?, decided_at = ?,
       held_reason = NULL WHERE id = ? AND rev = ?`,
    settled.state,
    settled.resolution,
    settled.keeps,
    JSON.stringify(settled.seen),
    settled.by.person,
    settled.by.at,
    settled.id,
    settled.rev,
  );
}

/** Every revision in the histories of what one decision settled. */
export function revisionsSettledBy(db: Database, resolution: string): string[] {
  return db
    .all('SELECT history FROM changes WHERE resolution = ?', resolution)
    .flatMap((row) => json<string[]>(row, 'history'));
}

/**
 * An approved change that goes as part of `made`, which joins it with the server's version. It is accepted once the
 * server has both. Who approved it and as what stays.
 */
export function settleJoin(
  db: Database,
  joined: { readonly id: string; readonly rev: string; readonly made: string } & Pick<
    Settled,
    'resolution' | 'seen'
  >,
): void {
  db.run(
    `UPDATE changes SET state = 'approved', resolution = ?, keeps = ?, seen = ? WHERE id = ? AND rev = ?`,
    joined.resolution,
    joined.made,
    JSON.stringify(joined.seen),
    joined.id,
    joined.rev,
  );
}

/**
 * The change that a revision was made of by `settleJoin`, the revision or the closing one that came with it;
 * `undefined`: it was made by no join.
 */
export function joinedFrom(
  db: Database,
  resolution: string | null,
): { readonly id: string; readonly rev: string } | undefined {
  if (resolution === null) return undefined;
  const row = db.get(
    `SELECT id, rev FROM changes WHERE resolution = ? AND origin NOT IN ${oneOf(MADE_ORIGINS)} AND keeps != rev
     AND state IN ${oneOf(OUTBOX_STATES)}`,
    resolution,
  );
  return row === undefined ? undefined : { id: text(row, 'id'), rev: text(row, 'rev') };
}

/** The join cannot go as it was made: what it made is set aside, the change is approved as before. Class it afterwards. */
export function withdrawJoin(db: Database, resolution: string): void {
  db.run(
    `UPDATE changes SET state = 'superseded' WHERE resolution = ? AND origin IN ${oneOf(MADE_ORIGINS)} AND state != 'accepted'`,
    resolution,
  );
  db.run(
    `UPDATE changes SET state = 'approved', resolution = NULL, keeps = NULL, seen = NULL
     WHERE resolution = ? AND origin NOT IN ${oneOf(MADE_ORIGINS)} AND state IN ${oneOf(OUTBOX_STATES)}`,
    resolution,
  );
}

/**
 * A settlement lapses as a whole, because it was made without something that has come since: what it made is
 * set aside, what it closed is open again. What the server has accepted of it stays accepted.
 */
export function reopenSettlement(db: Database, resolution: string, by: DecisionMaker): void {
  const kept = db.get(
    'SELECT id, keeps, batch FROM changes WHERE resolution = ? ORDER BY rev = keeps DESC, seq LIMIT 1',
    resolution,
  );
  const setAside = db.run(
    `UPDATE changes SET state = 'superseded' WHERE resolution = ? AND origin IN ${oneOf(MADE_ORIGINS)} AND state != 'accepted'`,
    resolution,
  );
  const opened = db.run(
    `UPDATE changes SET state = 'open', approved_class = NULL, resolution = NULL, keeps = NULL, seen = NULL
     WHERE resolution = ? AND origin NOT IN ${oneOf(MADE_ORIGINS)} AND state IN ${oneOf(SETTLED_STATES)}`,
    resolution,
  );
  if (kept === undefined || setAside + opened === 0) return;
  audit(db, by, 'conflict-reopened', {
    batch: textOrNull(kept, 'batch'),
    id: text(kept, 'id'),
    ...(kept['keeps'] === null ? {} : { rev: text(kept, 'keeps') }),
    detail: { setAside, opened },
  });
}

/** Settlements of a document of which something has still to reach the server. */
export function reopenSettlementsOf(db: Database, id: string, by: DecisionMaker): void {
  const rows = db.all(
    `SELECT resolution FROM changes INDEXED BY changes_settled
     WHERE id = ? AND resolution IS NOT NULL AND state IN ${oneOf(OUTBOX_STATES)}`,
    id,
  );
  for (const resolution of new Set(rows.map((row) => text(row, 'resolution'))))
    reopenSettlement(db, resolution, by);
}
