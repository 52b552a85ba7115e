/**
 * The flag of batches that brought one of several contents of a revision. It stands for as long as somebody has to
 * choose: on the batch of each content of that revision, delivered ones too, and of every dump that brought one again. What is set aside says nothing.
 */
import { LIVE_STATES } from '../../shared/states.ts';
import { bringersOf } from './contents.ts';
import { type Database, number, text, textOrNull } from './database.ts';
import { isAsideIn, oneOf, revisionIn } from './states.ts';

/** Nobody has chosen yet, as a condition on `changes x`. */
const UNDECIDED = `x.class = 'contradiction' AND x.state IN ${oneOf(LIVE_STATES)}`;

/** Documents of which this dump brought a content that stands beside another one. */
export function contradictedIn(db: Database, dump: string): string[] {
  return db
    .all(
      `SELECT id FROM changes WHERE dump = ?1 AND class = 'contradiction'
       UNION SELECT c.id FROM dumps d JOIN content_bringers a ON a.dump = d.number JOIN changes c ON c.seq = a.change
         WHERE d.dump = ?1 AND c.class = 'contradiction'`,
      dump,
    )
    .map((row) => text(row, 'id'));
}

/** Brings the flags of every batch that brought something of these documents in line with their classes. */
export function flagContradictions(db: Database, ids: Iterable<string>): void {
  const batches = new Set<string>();
  for (const id of new Set(ids))
    for (const row of db.all(`SELECT seq, batch FROM changes WHERE id = ? AND class != 'broken'`, id)) {
      const batch = textOrNull(row, 'batch');
      if (batch !== null) batches.add(batch);
      for (const { batch: again } of bringersOf(db, number(row, 'seq')))
        if (again !== null) batches.add(again);
    }
  for (const batch of batches)
    if (isConcerned(db, batch))
      db.run(
        `UPDATE batches SET flags = json_insert(flags, '$[#]', 'contradiction')
         WHERE batch = ? AND NOT EXISTS (SELECT 1 FROM json_each(flags) WHERE value = 'contradiction')`,
        batch,
      );
    else
      db.run(
        `UPDATE batches SET flags = (SELECT json_group_array(value) FROM json_each(flags) WHERE value != 'contradiction')
         WHERE batch = ? AND EXISTS (SELECT 1 FROM json_each(flags) WHERE value = 'contradiction')`,
        batch,
      );
}

/** Whether something that this batch brought is a content among several of which nobody has chosen one. */
function isConcerned(db: Database, batch: string): boolean {
  return (
    db.get(`SELECT 1 FROM changes x WHERE x.batch = ? AND ${UNDECIDED} LIMIT 1`, batch) !== undefined ||
    // What it brought has a row of its own, which is delivered or closed.
    db.get(
      `SELECT 1 FROM changes c INDEXED BY changes_several JOIN changes x ON x.id = c.id
       WHERE c.several = 1 AND c.batch = ? AND ${UNDECIDED} AND x.seq != c.seq
         AND NOT (${isAsideIn('c')})
         AND ${revisionIn('x')} = ${revisionIn('c')} LIMIT 1`,
      batch,
    ) !== undefined ||
    // It brought what stands in the batch of another dump.
    db.get(
      `SELECT 1 FROM dumps d JOIN content_bringers a ON a.dump = d.number JOIN changes x ON x.seq = a.change
       WHERE d.dump >= ?1 AND d.dump < ?1 || 'g' AND d.aside IS NULL AND ${UNDECIDED} LIMIT 1`,
      batch,
    ) !== undefined
  );
}
