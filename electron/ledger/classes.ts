/** The classes of changes in the ledger: what they depend on, which are to be found anew, and writing them. */
import { LIVE_STATES, UNASKED_CLASSES } from '../../shared/states.ts';
import type { ChangeClass } from '../../shared/review.ts';
import type { RecordRule, Unusual } from '../../shared/unusual.ts';
import { columns } from './change-columns.ts';
import { type Database, text, textOrNull } from './database.ts';
import type { Key } from './keys.ts';
import { oneOf, reviewPriority } from './states.ts';

const TO_CLASS = columns(
  'rev',
  'history',
  'deleted',
  'madeHere',
  'neverSent',
  'content',
  'state',
  'class',
  'reason',
  'origin',
  'resolution',
  'kind',
  'batch',
  'dump',
  'authorContact',
  'reportedAt',
  'label',
  'form',
  'about',
  'formVersion',
  'filesMissing',
  'makesLogin',
  'born',
  'unusual',
);

/** What the class of a change depends on. */
export type ClassingRow = ReturnType<typeof TO_CLASS.of>;

/** As `liveChanges`, with no more of them than classing needs: an intake or a look classes tens of thousands. */
export function liveToClass(db: Database, id: string): ClassingRow[] {
  return db
    .all(
      `SELECT ${TO_CLASS.select} FROM changes c WHERE id = ? AND class != 'broken' AND state != 'superseded'`,
      id,
    )
    .map(TO_CLASS.of);
}

/** Revisions of a document that newer ones have taken the place of, and the dumps that brought them. */
export function supersededOf(db: Database, id: string): Pick<ClassingRow, 'rev' | 'dump'>[] {
  return db
    .all(`SELECT rev, dump FROM changes WHERE id = ? AND state = 'superseded'`, id)
    .map((row) => ({ rev: text(row, 'rev'), dump: textOrNull(row, 'dump') }));
}

/** Documents of a dump whose class is not plain: the server was asked about them before, or they have other revisions here. */
export function documentsToClass(db: Database, dump: string): string[] {
  return db
    .all(
      `SELECT DISTINCT c.id FROM changes c WHERE c.dump = ? AND c.class != 'broken' AND (
         c.class = 'never-sent' AND c.never_sent IS NULL
         OR EXISTS (SELECT 1 FROM server_docs s WHERE s.id = c.id)
         OR EXISTS (SELECT 1 FROM changes o WHERE o.id = c.id AND o.rev != c.rev))`,
      dump,
    )
    .map((row) => text(row, 'id'));
}

/** Every document that may still be sent, that the server is said to have, or that has several versions there. */
export function documentsToCompare(db: Database): string[] {
  return db
    .all(
      `SELECT id FROM changes WHERE state IN ${oneOf(LIVE_STATES)} AND class NOT IN ${oneOf(UNASKED_CLASSES)}
       UNION SELECT id FROM server_docs WHERE forked = 1 ORDER BY id`,
    )
    .map((row) => text(row, 'id'));
}

/** Writes the class of a change, and what is unusual about it. */
export function setClass(
  db: Database,
  { id, rev }: Key,
  to: {
    readonly class: ChangeClass;
    readonly reason: string | null;
    readonly unusual: readonly Unusual<RecordRule>[];
  },
): void {
  db.run(
    'UPDATE changes SET class = ?, reason = ?, unusual = ?, odd = ? WHERE id = ? AND rev = ?',
    to.class,
    to.reason,
    JSON.stringify(to.unusual),
    // What is unusual stands above what is ordinary, and below what has to be settled.
    to.unusual.length > 0
      ? Math.min(reviewPriority(to.class), reviewPriority('deletion'))
      : reviewPriority(to.class),
    id,
    rev,
  );
}
