/**
 * A person chooses which content of a revision is true. The row of the chosen one goes by the revision itself, as
 * everything that compares and sends expects; the others are closed, and stay with their contents.
 */
import { isOneOf, LIVE_STATES, UNSENT_STATES } from '../../shared/states.ts';
import { revisionOf } from '../../shared/revision-names.ts';
import { OF_REVISION, ofRevision } from './contents.ts';
import type { Change } from './change-columns.ts';
import { WHOLE } from './change-columns.ts';
import { type Database, number, text } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';
import { oneOf } from './states.ts';
import type { Deciding } from './deciding.ts';

/** A row of a revision that came with several contents. */
export interface ContentRow extends Change {
  readonly seq: number;
}

/** Every row of a revision, in the order in which they came; what a decision closed is among them. */
export function rowsOfRevision(db: Database, id: string, rev: string): ContentRow[] {
  return db
    .all(
      `SELECT c.seq, ${WHOLE.select} FROM changes c WHERE ${OF_REVISION} ORDER BY c.seq`,
      ...ofRevision(id, rev),
    )
    .map((row) => ({ ...WHOLE.of(row), seq: number(row, 'seq') }));
}

/** The first revision of a document of which somebody has to choose a content; `undefined`: there is none. */
export function contradictedRevision(db: Database, id: string): string | undefined {
  const row = db.get(
    `SELECT rev FROM changes WHERE id = ? AND class = 'contradiction' AND state IN ${oneOf(UNSENT_STATES)} ORDER BY seq LIMIT 1`,
    id,
  );
  return row === undefined ? undefined : revisionOf(text(row, 'rev'));
}

/** Closes a row, inside a decision. What has left is not touched. */
export function closeContent(
  db: Database,
  deciding: Deciding,
  { id, rev, state }: Pick<Change, 'id' | 'rev' | 'state'>,
  reason: 'not-chosen' | 'rebased',
  by: DecisionMaker,
): void {
  if (!isOneOf(LIVE_STATES, state)) return;
  deciding.touch({ id, rev }, () =>
    db.run(
      `UPDATE changes SET state = 'closed', reason = ?, approved_class = NULL, held_reason = NULL, decided_by = ?, decided_at = ?
       WHERE id = ? AND rev = ?`,
      reason,
      by.person,
      by.at,
      id,
      rev,
    ),
  );
}

/** The chosen row is open, to be approved like any other change. */
export function openContent(db: Database, deciding: Deciding, key: Key, by: DecisionMaker): void {
  deciding.touch(key, () =>
    db.run(
      `UPDATE changes SET state = 'open', approved_class = NULL, held_reason = NULL, decided_by = ?, decided_at = ?
       WHERE id = ? AND rev = ?`,
      by.person,
      by.at,
      key.id,
      key.rev,
    ),
  );
}

/** A version that a choice made before, and that was set aside when the choice was undone. */
export function openAgain(db: Database, { id, rev }: Key, batch: string | null): void {
  db.run(
    `UPDATE changes SET state = 'open', batch = ? WHERE id = ? AND rev = ? AND state = 'superseded'`,
    batch,
    id,
    rev,
  );
}
