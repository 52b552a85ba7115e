/** Changes in the ledger: one row for each leaf revision that a dump was the first to bring. */
import { isOneOf, REPLACED_STATES, UNASKED_CLASSES, UNSENT_STATES } from '../../shared/states.ts';
import { revisionOf } from '../../shared/revision-names.ts';
import type { NewChange } from '../../shared/intake.ts';
import { ASIDE_REASONS } from '../../shared/set-aside.ts';
import { type ChangeClass } from '../../shared/review.ts';
import { audit } from './audit.ts';
import { OF_REVISION, ofRevision } from './contents.ts';
import { reopenSettlement, reopenSettlementsOf } from './conflicts.ts';
import { flagContradictions } from './contradiction-flags.ts';
import { type Database, json, number, text, textOrNull } from './database.ts';
import { list, type Key, type DecisionMaker } from './keys.ts';
import { isAsideIn, oneOf, reviewPriority } from './states.ts';
import { columns, SAID_COLUMNS, saidOf, WHOLE, type Change } from './change-columns.ts';

export type { Change };

/** What a decision makes is compared with nothing: it is made on what the server is known to have. */
const MADE_CLASSES: Readonly<Partial<Record<NewChange['origin'], ChangeClass>>> = {
  closing: 'deletion',
  merge: 'update',
};

/** Adds a row unless the revision is there already. `true` if it was added. `by`: who brought it, for what gives way to it. */
export function addChange(
  db: Database,
  dump: string | null,
  batch: string | null,
  change: NewChange,
  by: DecisionMaker,
): boolean {
  // Alone and not compared, this is the class it has; `classDocuments` finds what it really is.
  const first: ChangeClass =
    MADE_CLASSES[change.origin] ?? (change.neverSent === null ? 'unchecked' : 'never-sent');
  const added = db.run(
    `INSERT INTO changes (id, rev, batch, dump, ordinal, origin, ${SAID_COLUMNS.join(', ')}, class, reason, odd)
     VALUES (?, ?, ?, ?, ?, ?, ${SAID_COLUMNS.map(() => '?').join(', ')}, ?, ?, ?) ON CONFLICT (id, rev) DO NOTHING`,
    change.id,
    change.rev,
    batch,
    dump,
    change.ordinal,
    change.origin,
    ...saidOf(change),
    first,
    change.neverSent,
    reviewPriority(first),
  );
  if (added === 0) return false;
  // A settled conflict was settled without this one.
  if (dump !== null && change.neverSent === null) reopenSettlementsOf(db, change.id, by);
  // Nothing gives way to what is not for this server.
  const counts = change.neverSent === null || !isOneOf(ASIDE_REASONS, change.neverSent);
  if (counts && change.history.length > 1) supersede(db, change, change.history.slice(1), by);
  if (dump !== null) completeNamed(db, change);
  return true;
}

/** What was only named before is here now: nothing of it is missing any more. */
function completeNamed(db: Database, { id, rev }: Key): void {
  for (const row of db.all('SELECT dump, ordinal FROM named_revisions WHERE id = ? AND rev = ?', id, rev))
    db.run(
      `UPDATE changes SET state = 'superseded' WHERE id = ? AND rev = ? AND class = 'broken'`,
      id,
      nameOfBroken(text(row, 'dump'), number(row, 'ordinal')),
    );
}

/**
 * Rule 13: what was not sent yet gives way to a newer revision of the same branch, and its approval lapses. The
 * audit trail tells of what somebody had decided on; what was merely open took nobody's decision away.
 */
export function supersede(
  db: Database,
  { id, rev: newer }: Key,
  ancestors: readonly string[],
  by: DecisionMaker,
): void {
  // Asked by ancestor (as in `OF_REVISION`): a document may have thousands of versions that conflict.
  const rows = db.all(
    `SELECT c.rev, c.batch, c.class, c.state, c.resolution FROM json_each(?) AS older CROSS JOIN changes AS c
     WHERE c.id = ? AND c.rev >= older.value AND c.rev < older.value || '~~'
       AND (c.rev = older.value OR c.rev > older.value || '~')
       AND +c.state IN ${oneOf(UNSENT_STATES)} AND +c.class != 'broken' ORDER BY c.seq`,
    JSON.stringify(ancestors),
    id,
  );
  let wasContradicted = false;
  for (const row of rows) {
    const rev = text(row, 'rev');
    wasContradicted ||= row['class'] === 'contradiction';
    const resolution = textOrNull(row, 'resolution');
    if (resolution !== null) reopenSettlement(db, resolution, by);
    db.run(`UPDATE changes SET state = 'superseded', resolution = NULL WHERE id = ? AND rev = ?`, id, rev);
    const state = text(row, 'state');
    if (state === 'open') continue;
    audit(db, by, 'superseded', { batch: textOrNull(row, 'batch'), id, rev, detail: { state, by: newer } });
  }
  // Nobody has to choose any more.
  if (wasContradicted) flagContradictions(db, [id]);
}

/** A later dump told more of the history of a revision that is here already. */
export function lengthenHistory(
  db: Database,
  { id, rev }: Key,
  history: readonly string[],
  by: DecisionMaker,
): void {
  const row = db.get('SELECT history, never_sent FROM changes WHERE id = ? AND rev = ?', id, rev);
  if (row === undefined || json<string[]>(row, 'history').length >= history.length) return;
  // What is not for this server and what is tell nothing about each other.
  const aside = isOneOf(ASIDE_REASONS, textOrNull(row, 'never_sent') ?? '');
  db.run(
    `UPDATE changes AS c SET history = ?
     WHERE ${OF_REVISION} AND (${isAsideIn('c')}) = ?`,
    JSON.stringify(history),
    ...ofRevision(id, rev),
    aside ? 1 : 0,
  );
  if (!aside) supersede(db, { id, rev }, history.slice(1), by);
}

/** The highest number of a record that this dump was the first to bring; 0 where it brought none. */
export function lastRecord(db: Database, dump: string): number {
  return number(db.get('SELECT max(ordinal) AS last FROM changes WHERE dump = ?', dump), 'last');
}

/**
 * A record that is no valid document: shown in its batch, kept as bytes in the copy of the dump. One without
 * an id goes by its number, so that it can be named and looked at like any other.
 */
export function addBroken(
  db: Database,
  dump: string,
  broken: { readonly ordinal: number; readonly id: string; readonly code: string },
): void {
  const id = broken.id === '' ? `#${broken.ordinal}` : broken.id;
  db.run(
    `INSERT INTO changes (id, rev, dump, ordinal, history, kind, label, content, class, reason, state, odd)
     VALUES (?, ?, ?, ?, '[]', 'other', ?, '', 'broken', ?, 'closed', ?) ON CONFLICT (id, rev) DO NOTHING`,
    id,
    nameOfBroken(dump, broken.ordinal),
    dump,
    broken.ordinal,
    id,
    broken.code,
    reviewPriority('broken'),
  );
}

/** Generation 0 does not exist: it can never meet a real revision. */
function nameOfBroken(dump: string, ordinal: number): string {
  return `0-${dump.slice(0, 12)}.${ordinal}`;
}

/** The live changes of one document: those a decision or an upload may still meet. */
export function liveChanges(db: Database, id: string): Change[] {
  return db
    .all(
      `SELECT ${WHOLE.select} FROM changes c WHERE id = ? AND class != 'broken' AND state != 'superseded'`,
      id,
    )
    .map(WHOLE.of);
}

/** What is to be asked about at the server: the revisions of these documents that may still matter there. */
export function revisionsToAsk(db: Database, ids: readonly string[]): Key[] {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  return (
    db
      .all(
        `SELECT c.id, c.rev FROM temp.listed k JOIN changes c ON c.id = k.id
       WHERE +c.state != 'superseded' AND +c.class NOT IN ${oneOf(UNASKED_CLASSES)} ORDER BY k.n, c.seq`,
      )
      .map((row) => ({ id: text(row, 'id'), rev: text(row, 'rev') }))
      // The server knows revisions, however many contents came under one.
      .filter(({ rev }) => revisionOf(rev) === rev)
  );
}

const NOW = columns(
  'id',
  'rev',
  'state',
  'class',
  'reason',
  'approvedClass',
  'resolution',
  'keeps',
  'seen',
  'refused',
  'refusalApproved',
  'unusual',
  'approvedUnusual',
);

/** What may have become different of a change since its row was read. */
export type ChangeNow = ReturnType<typeof NOW.of>;

/** How these changes stand now, in their order; `undefined` where there is no such row. */
export function changesNow(db: Database, keys: readonly Key[]): (ChangeNow | undefined)[] {
  list(db, keys);
  const found: (ChangeNow | undefined)[] = keys.map(() => undefined);
  const rows = db.all(
    `SELECT k.n, ${NOW.select} FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev`,
  );
  for (const row of rows) found[number(row, 'n')] = NOW.of(row);
  return found;
}

export function findChange(db: Database, id: string, rev: string): Change | undefined {
  const row = db.get(`SELECT ${WHOLE.select} FROM changes c WHERE id = ? AND rev = ?`, id, rev);
  return row === undefined ? undefined : WHOLE.of(row);
}

/** The change of a document that a person means who names no revision: the newest that still waits. */
export function newestChange(db: Database, id: string): Change | undefined {
  const row = db.get(
    `SELECT ${WHOLE.select} FROM changes c WHERE id = ? AND class != 'broken'
     ORDER BY state IN ${oneOf(REPLACED_STATES)}, seq DESC LIMIT 1`,
    id,
  );
  return row === undefined ? undefined : WHOLE.of(row);
}
