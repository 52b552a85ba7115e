/** What the ledger knows of the revisions that a phone would send by itself. */
import type { GoingChange } from '../../shared/phone-sync.ts';
import { saidBy } from '../../shared/refusals.ts';
import { LIVE_STATES, type ChangeClass, type ChangeState } from '../../shared/states.ts';
import { type Database, json, text, textOrNull } from './database.ts';
import { type Key, list } from './keys.ts';
import { oneOf } from './states.ts';

export type KnownLeaf = Key &
  (
    | {
        readonly known: 'change';
        readonly change: GoingChange;
        /** Digests of what stands under it: several where nobody has chosen yet. */
        readonly contents: readonly string[];
        /** Newest first. */
        readonly history: readonly string[];
      }
    /** A purge stub, configuration: an app does not send these, and neither does the station. */
    | { readonly known: 'never-sent'; readonly why: string }
    /** Nothing here has read it. */
    | { readonly known: 'unread' }
  );

/** What is known of each of these revisions, in their order. */
export function knownLeaves(db: Database, keys: readonly Key[]): KnownLeaf[] {
  list(db, keys);
  const rows = db.all(
    `SELECT k.id, k.rev, c.seq, c.kind, c.class, c.state, c.reason, c.refused, c.deleted, c.never_sent, c.resolution, d.aside,
       c.approved_class, c.unusual, c.approved_unusual,
       c.content, c.history,
       CASE WHEN c.class = 'contradiction' THEN (
         SELECT json_group_array(o.content) FROM changes o
         WHERE o.id = k.id AND o.rev > k.rev || '~' AND o.rev < k.rev || '~~'
           AND o.class = 'contradiction' AND o.state != 'closed' AND o.never_sent IS NULL
       ) ELSE '[]' END AS others,
       EXISTS (SELECT 1 FROM purges p WHERE p.id = k.id AND p.rev = k.rev) AS purged
     FROM temp.listed k LEFT JOIN changes c ON c.id = k.id AND c.rev = k.rev LEFT JOIN dumps d ON d.dump = c.dump
     ORDER BY k.n`,
  );
  return rows.map((row): KnownLeaf => {
    const key = { id: text(row, 'id'), rev: text(row, 'rev') };
    if (row['purged'] === 1) return { ...key, known: 'never-sent', why: 'purge-stub' };
    if (row['seq'] === null) return { ...key, known: 'unread' };
    const why = textOrNull(row, 'never_sent');
    if (why !== null) return { ...key, known: 'never-sent', why };
    return {
      ...key,
      known: 'change',
      contents: [text(row, 'content'), ...json<string[]>(row, 'others')],
      history: json<string[]>(row, 'history'),
      change: {
        kind: text(row, 'kind'),
        class: text(row, 'class') as ChangeClass,
        state: text(row, 'state') as ChangeState,
        approvedClass: textOrNull(row, 'approved_class') as ChangeClass | null,
        unusual: json(row, 'unusual'),
        approvedUnusual: json(row, 'approved_unusual'),
        reason: textOrNull(row, 'reason'),
        refused: textOrNull(row, 'refused'),
        deleted: row['deleted'] === 1,
        isSettled: textOrNull(row, 'resolution') !== null,
        isAside: textOrNull(row, 'aside') !== null,
      },
    };
  });
}

/**
 * Of these, what was sent to this server and it answered that it will not take it, and nothing has changed about that
 * since. What the station only foresees, measured or compared is none.
 */
export function refusedByServer(db: Database, server: string, keys: readonly Key[]): Key[] {
  list(db, keys);
  return db
    .all(
      `SELECT k.id, k.rev, d.reason FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev
         JOIN deliveries d ON d.change = c.seq AND d.state = 'refused' AND d.was_sent = 1
         JOIN uploads u ON u.upload = d.upload AND u.server = ?
       WHERE c.refused IS NOT NULL ORDER BY k.n`,
      server,
    )
    .filter((row) => saidBy(textOrNull(row, 'reason') ?? '') !== 'certain')
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }));
}

/** Of these, those of which more than one content is known under the revision: the server need not have the phone's. */
export function withOtherContent(db: Database, keys: readonly Key[]): Key[] {
  list(db, keys);
  return db
    .all(
      `SELECT k.id, k.rev FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev
       WHERE c.never_sent IS NULL AND (c.refused = 'other-content' OR c.class = 'contradiction' AND c.state != 'closed')
       ORDER BY k.n`,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }));
}

/**
 * Of these, what a phone's own sync may be noted for: what nobody settled and no newer version took the place of. A
 * revision with several contents is none: which of them the server has is seen at the next look at it.
 */
export function notSettled(db: Database, keys: readonly Key[]): Key[] {
  list(db, keys);
  return db
    .all(
      `SELECT c.id, c.rev FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev
       WHERE c.resolution IS NULL AND c.state != 'superseded' AND c.class != 'contradiction' ORDER BY k.n`,
    )
    .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }));
}

const UNCHECKED = `class = 'unchecked' AND state IN ${oneOf(LIVE_STATES)}`;

/** Documents about which the server was never asked. */
export function uncheckedDocuments(db: Database): string[] {
  return db.all(`SELECT DISTINCT id FROM changes WHERE ${UNCHECKED}`).map((row) => text(row, 'id'));
}

/** A person's batches that were never compared, and of which by now nothing is left that the server was not asked about. */
export function recordFirstCompared(db: Database, user: string, at: string): void {
  db.run(
    `UPDATE batches SET compared_at = ? WHERE user = ? AND compared_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.batch = batches.batch AND ${UNCHECKED})`,
    at,
    user,
  );
}
