/**
 * Dumps that are set aside in the ledger, because they name another server or database: nothing of them is sent or
 * counted among what waits. A record that another dump brought as well goes by that one. Everything here can be taken
 * back: who sets another server gets back what was set aside for the one before.
 */
import type { DumpClaims } from '../../shared/dump.ts';
import { StationError } from '../../shared/errors.ts';
import type { NewChange } from '../../shared/intake.ts';
import { ASIDE_REASONS, type AsideReason } from '../../shared/set-aside.ts';
import { isOneOf, UNSENT_STATES } from '../../shared/states.ts';
import { audit } from './audit.ts';
import { addBatch, hasChanges } from './batches.ts';
import { SAID_COLUMNS, saidOf } from './change-columns.ts';
import { addChange, supersede } from './changes.ts';
import { reopenSettlementsOf } from './conflicts.ts';
import { addBringer, OF_REVISION, ofRevision } from './contents.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import type { DecisionMaker } from './keys.ts';
import { lapse } from './lapse.ts';
import { addSecondContent, giveName, rowOfContent } from './second-contents.ts';
import { setSetting } from './settings.ts';
import { isAsideIn, oneOf, revisionIn } from './states.ts';
import { undoDecision } from './undo.ts';

/** The rows `c` that no upload has met yet: only these move or are set aside. */
const NOT_MET = `c.state IN ${oneOf([...UNSENT_STATES, 'superseded'])} AND c.class != 'broken'`;
const IS_ASIDE = isAsideIn('c');

/** Dumps that were read to their end, what they say of themselves, and why they are set aside. */
export function dumpsWithClaims(
  db: Database,
): { dump: string; claims: DumpClaims; aside: AsideReason | null }[] {
  return db
    .all(`SELECT dump, claims, aside FROM dumps WHERE state = 'taken' ORDER BY taken_at, dump`)
    .map((row) => ({
      dump: text(row, 'dump'),
      claims: json<DumpClaims>(row, 'claims'),
      aside: textOrNull(row, 'aside') as AsideReason | null,
    }));
}

/** Whether any dump is set aside. */
export function someAside(db: Database): boolean {
  return db.get('SELECT 1 FROM dumps WHERE aside IS NOT NULL LIMIT 1') !== undefined;
}

/**
 * A content that only a dump that is set aside had brought before goes by the dump that brings it now. `false`: it is no
 * such content.
 */
export function replaceAside(db: Database, dump: string, change: NewChange, by: DecisionMaker): boolean {
  if (change.neverSent !== null && isOneOf(ASIDE_REASONS, change.neverSent)) return false;
  const { id, rev } = change;
  const row = db.get(
    `SELECT c.seq, c.id, c.rev, c.dump, c.ordinal, c.batch, c.state, c.resolution
     FROM changes c JOIN dumps d USING (dump)
     WHERE ${OF_REVISION} AND c.content = ? AND d.aside IS NOT NULL AND ${NOT_MET}`,
    ...ofRevision(id, rev),
    change.content,
  );
  if (row === undefined) return false;
  db.run(
    `UPDATE changes SET ${SAID_COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE seq = ?`,
    ...saidOf(change),
    number(row, 'seq'),
  );
  move(db, { ...row, to_dump: dump, to_ordinal: change.ordinal, to_batch: null }, newTouched(), by);
  return true;
}

/** Sets a dump aside, or takes that back (`null`): what somebody dismissed is then to be looked at again. */
export function markAside(db: Database, dump: string, aside: AsideReason | null, by: DecisionMaker): void {
  db.run('UPDATE dumps SET aside = ? WHERE dump = ?', aside, dump);
  if (aside !== null) setSetting(db, 'server.asideOnce', 'yes');
  if (aside === null) db.run('UPDATE batches SET dismissed_at = NULL WHERE dump = ?', dump);
  const batch = textOrNull(
    db.get('SELECT min(batch) AS batch FROM batches WHERE dump = ?', dump) ?? {},
    'batch',
  );
  audit(db, by, aside === null ? 'put-back' : 'set-aside', {
    batch,
    detail: aside === null ? { dump } : { dump, reason: aside },
  });
}

/**
 * Takes over what only dumps that are set aside had brought before, for a dump that is being read: to be put into
 * batches as if it had brought them first. Answers how many.
 */
export function takeOver(
  db: Database,
  dump: string,
  by: DecisionMaker,
): Touched & { readonly moved: number } {
  const touched = newTouched();
  const rows = db.all(
    `SELECT c.seq, c.id, c.rev, c.dump, c.ordinal, c.batch, c.state, c.resolution,
       a.dump AS to_dump, a.ordinal AS to_ordinal, NULL AS to_batch
     FROM brought_again a JOIN changes c USING (id, rev) JOIN dumps d ON d.dump = c.dump
     WHERE a.dump = ? AND d.aside IS NOT NULL AND ${NOT_MET}`,
    dump,
  );
  for (const row of rows) move(db, row, touched, by);
  // Its own counts are written when it ends.
  return { ...touched, moved: rows.length + uncover(db, 'a.dump = ?1', [dump], touched, by, false) };
}

/** Documents whose classes, and batches whose rules, are to be brought up to date. */
export interface Touched {
  readonly ids: Set<string>;
  readonly batches: Set<string>;
}

function newTouched(): Touched {
  return { ids: new Set(), batches: new Set() };
}

/** Brings the changes of these dumps in line with whether they are set aside. Call inside a transaction. */
export function followAside(db: Database, dumps: readonly string[], by: DecisionMaker): Touched {
  const touched = newTouched();
  for (const dump of dumps) moveOut(db, dump, touched, by);
  for (const dump of dumps) setNeverSent(db, dump, touched, by);
  return touched;
}

/** What is of a dump that is set aside, and another dump brought as well, goes by that one. */
function moveOut(db: Database, dump: string, touched: Touched, by: DecisionMaker): void {
  if (db.get('SELECT 1 FROM brought_again LIMIT 1') === undefined) return;
  const rows = db.all(
    `SELECT c.seq, c.id, c.rev, c.dump, c.ordinal, c.batch, c.state, c.resolution,
       a.dump AS to_dump, a.ordinal AS to_ordinal, a.batch AS to_batch
     FROM brought_again a JOIN changes c USING (id, rev) JOIN dumps d ON d.dump = c.dump JOIN dumps h ON h.dump = a.dump
     WHERE c.seq IN (SELECT seq FROM changes WHERE dump = ?1
         UNION SELECT o.seq FROM brought_again g JOIN changes o USING (id, rev) WHERE g.dump = ?1)
       AND d.aside IS NOT NULL AND h.aside IS NULL AND h.state = 'taken' AND ${NOT_MET}
     ORDER BY c.seq, h.taken_at, h.dump`,
    dump,
  );
  let last: unknown;
  for (const row of rows) {
    if (row['seq'] === last) continue;
    last = row['seq'];
    move(db, row, touched, by);
    const to = text(row, 'to_dump');
    db.run('UPDATE dumps SET n_new = n_new + 1, n_known = n_known - 1 WHERE dump = ?', to);
    ensureBatch(db, to, textOrNull(row, 'to_batch') ?? to.slice(0, 12));
  }
}

/**
 * Older versions of which only the names were known here, from newer ones that are all set aside: they count after all.
 * `condition`: on `brought_again a`. Answers how many.
 */
function uncover(
  db: Database,
  condition: string,
  values: readonly string[],
  touched: Touched,
  by: DecisionMaker,
  isTaken = true,
): number {
  const rows = db.all(
    `SELECT a.id, a.rev, a.dump, a.batch, a.covered FROM brought_again a JOIN dumps h ON h.dump = a.dump
     WHERE ${condition} AND a.covered IS NOT NULL AND h.aside IS NULL ${isTaken ? `AND h.state = 'taken'` : ''}
       AND EXISTS (SELECT 1 FROM changes o, json_each(o.history) p WHERE o.id = a.id AND p.value = a.rev)
       AND NOT EXISTS (SELECT 1 FROM changes o, json_each(o.history) p WHERE o.id = a.id AND p.value = a.rev
         AND NOT (${isAsideIn('o')}))
     ORDER BY h.taken_at, h.dump`,
    ...values,
  );
  let found = 0;
  for (const row of rows) {
    const dump = text(row, 'dump');
    const batch = isTaken ? (textOrNull(row, 'batch') ?? dump.slice(0, 12)) : null;
    const change = json<NewChange>(row, 'covered');
    const neverSent = isOneOf(ASIDE_REASONS, change.neverSent ?? '') ? null : change.neverSent;
    const counting = { ...change, neverSent };
    const { id, rev } = change;
    const first = rowOfContent(db, change, change.content);
    if (first !== undefined) {
      db.run(
        'UPDATE brought_again SET rev = ?, covered = NULL WHERE id = ? AND rev = ? AND dump = ?',
        first.rev,
        id,
        rev,
        dump,
      );
      continue;
    }
    if (!addChange(db, dump, batch, counting, by)) addSecondContent(db, dump, counting, by, batch);
    found += 1;
    db.run('DELETE FROM brought_again WHERE id = ? AND rev = ? AND dump = ?', id, rev, dump);
    touch(touched, { ...row, batch });
    if (batch === null) continue;
    db.run('UPDATE dumps SET n_new = n_new + 1, n_known = n_known - 1 WHERE dump = ?', dump);
    ensureBatch(db, dump, batch);
  }
  return found;
}

/** A change goes by another dump. Who approved it looked at it as another person's, so that lapses. */
function move(db: Database, row: Row, touched: Touched, by: DecisionMaker): void {
  const id = text(row, 'id');
  const rev = text(row, 'rev');
  const from = text(row, 'dump');
  const to = text(row, 'to_dump');
  lapse(db, row, 'set-aside', { moved: to }, by);
  db.run(
    `UPDATE changes SET dump = ?, ordinal = ?, batch = ?,
       never_sent = CASE WHEN never_sent IN ${oneOf(ASIDE_REASONS)} THEN NULL ELSE never_sent END WHERE seq = ?`,
    to,
    number(row, 'to_ordinal'),
    textOrNull(row, 'to_batch'),
    number(row, 'seq'),
  );
  db.run('DELETE FROM brought_again WHERE id = ? AND rev = ? AND dump = ?', id, rev, to);
  db.run(
    'INSERT OR IGNORE INTO brought_again (id, rev, dump, ordinal, batch) VALUES (?, ?, ?, ?, ?)',
    id,
    rev,
    from,
    number(row, 'ordinal'),
    textOrNull(row, 'batch'),
  );
  db.run('UPDATE dumps SET n_new = n_new - 1, n_known = n_known + 1 WHERE dump = ?', from);
  touch(touched, row);
  if (row['to_batch'] !== null) touched.batches.add(text(row, 'to_batch'));
  addBringer(db, number(row, 'seq'), from, number(row, 'ordinal'));
  giveName(db, { id, rev });
  putBack(db, number(row, 'seq'), by);
}

/** A batch of a dump that held nothing until now. */
function ensureBatch(db: Database, dump: string, batch: string): void {
  if (db.get('SELECT 1 FROM batches WHERE batch = ?', batch) !== undefined || !hasChanges(db, batch)) return;
  const row = db.get('SELECT device, taken_at, flags, people FROM dumps WHERE dump = ?', dump);
  if (row === undefined) throw new Error('a batch of no dump');
  const person = json<{ batch: string; user: string | null; contact: string | null }[]>(row, 'people').find(
    (one) => one.batch === batch,
  );
  addBatch(db, {
    batch,
    dump,
    user: person?.user ?? null,
    contact: person?.contact ?? null,
    device: textOrNull(row, 'device'),
    takenAt: text(row, 'taken_at'),
    flags: [...(person?.user == null ? (['unknown-user'] as const) : []), 'several-users'],
  });
}

function setNeverSent(db: Database, dump: string, touched: Touched, by: DecisionMaker): void {
  const aside = textOrNull(db.get('SELECT aside FROM dumps WHERE dump = ?', dump) ?? {}, 'aside');
  if (aside !== null) {
    reopenSettled(db, dump, by);
    undoChoicesOf(db, dump, by);
  }
  // Of the dump, and what decisions made of it.
  const rows = db.all(
    `SELECT c.seq, c.id, c.rev, c.batch, c.state, c.resolution FROM changes c
     WHERE (c.dump = ?1 OR c.dump IS NULL AND c.batch IN (SELECT batch FROM batches WHERE dump = ?1)) AND ${NOT_MET}
       AND (c.never_sent IS NULL OR ${IS_ASIDE}) AND c.never_sent IS NOT ?2`,
    dump,
    aside,
  );
  for (const row of rows) {
    if (aside !== null) lapse(db, row, 'set-aside', { reason: aside }, by);
    db.run('UPDATE changes SET never_sent = ? WHERE seq = ?', aside, number(row, 'seq'));
    touch(touched, row);
  }
  // What was not chosen is closed, and would come back if the choice were undone.
  db.run(
    `UPDATE changes AS c SET never_sent = ?2 WHERE c.dump = ?1 AND c.state = 'closed' AND c.reason = 'not-chosen'
       AND (c.never_sent IS NULL OR ${IS_ASIDE})`,
    dump,
    aside,
  );
  for (const row of rows) giveName(db, { id: text(row, 'id'), rev: text(row, 'rev') });
  for (const row of rows) {
    const seq = number(row, 'seq');
    if (aside === null) putBack(db, seq, by);
    else {
      giveBack(db, seq, by);
      uncover(db, 'a.id = ?1', [text(row, 'id')], touched, by);
    }
  }
}

/** A conflict that was settled with a side of this dump was settled with something that does not count. */
function reopenSettled(db: Database, dump: string, by: DecisionMaker): void {
  const rows = db.all('SELECT DISTINCT id FROM changes WHERE dump = ? AND resolution IS NOT NULL', dump);
  for (const row of rows) reopenSettlementsOf(db, text(row, 'id'), by);
}

/** Who chose a content of this dump chose one that does not count: the others are to be looked at again. */
function undoChoicesOf(db: Database, dump: string, by: DecisionMaker): void {
  const rows = db.all(
    `SELECT DISTINCT p.decision FROM decision_changes p JOIN decisions d USING (decision) JOIN changes c ON c.seq = p.change
     WHERE d.kind = 'content-chosen' AND p.made = 'open'
       AND (c.dump = ?1 OR c.dump IS NULL AND c.batch IN (SELECT batch FROM batches WHERE dump = ?1))
       AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = p.decision)
     ORDER BY p.decision DESC`,
    dump,
  );
  for (const row of rows)
    try {
      undoDecision(db, number(row, 'decision'), by);
    } catch (error) {
      // What was chosen has left, or something else has become of it since.
      if (!(error instanceof StationError)) throw error;
    }
}

function touch(touched: Touched, row: Row): void {
  touched.ids.add(text(row, 'id'));
  const batch = textOrNull(row, 'batch');
  if (batch !== null) touched.batches.add(batch);
}

/** What stands in its history gives way to it again. */
function putBack(db: Database, seq: number, by: DecisionMaker): void {
  const row = db.get('SELECT id, rev, history FROM changes WHERE seq = ?', seq) ?? {};
  const history = json<string[]>(row, 'history');
  if (history.length > 1) supersede(db, { id: text(row, 'id'), rev: text(row, 'rev') }, history.slice(1), by);
}

/** What gave way to it, and to nothing else that counts, is open again. */
function giveBack(db: Database, seq: number, by: DecisionMaker): void {
  const rows = db.all(
    `SELECT c.seq, c.id, c.rev, c.batch FROM changes n JOIN changes c ON c.id = n.id
     WHERE n.seq = ?1 AND c.origin = 'dump' AND c.state = 'superseded'
       AND EXISTS (SELECT 1 FROM json_each(n.history) h WHERE h.key > 0 AND h.value = ${revisionIn('c')})
       AND NOT EXISTS (SELECT 1 FROM changes o, json_each(o.history) h WHERE o.id = c.id AND h.key > 0
         AND h.value = ${revisionIn('c')} AND NOT (${isAsideIn('o')}) AND o.origin = 'dump')`,
    seq,
  );
  for (const row of rows) {
    db.run(`UPDATE changes SET state = 'open', approved_class = NULL WHERE seq = ?`, number(row, 'seq'));
    audit(db, by, 'reopened', {
      batch: textOrNull(row, 'batch'),
      id: text(row, 'id'),
      rev: text(row, 'rev'),
    });
  }
}

/** Puts a batch that is set aside out of sight, or back (`at: null`). */
export function dismiss(db: Database, batch: string, at: string | null): void {
  db.run('UPDATE batches SET dismissed_at = ? WHERE batch = ?', at, batch);
}
