/** Deletions that were delivered, and whose records can be brought back because an earlier body is known here. */
import { type Database, json, text } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';
import { BROUGHT_BY_A_PERSON } from './states.ts';
import { beginDecision } from './deciding.ts';

export interface Deleted extends Key {
  readonly history: readonly string[];
  /** Versions before the deletion whose bodies were brought here or seen on the server, the newest first. */
  readonly earlier: readonly string[];
}

/** The delivered deletions of a batch that nobody has brought back yet. */
export function deletionsToBringBack(db: Database, batch: string): Deleted[] {
  return db
    .all(
      `SELECT c.id, c.rev, c.history FROM changes c
       WHERE c.batch = ? AND c.deleted = 1 AND c.class = 'deletion' AND c.state = 'accepted' AND c.gone_at IS NULL
         AND c.${BROUGHT_BY_A_PERSON} AND NOT EXISTS (SELECT 1 FROM changes n
           WHERE n.id = c.id AND n.seq > c.seq AND n.deleted = 0 AND n.state != 'superseded') ORDER BY c.seq`,
      batch,
    )
    .map((row) => {
      const [id, rev] = [text(row, 'id'), text(row, 'rev')];
      const history = json<string[]>(row, 'history');
      const known = new Set(
        db
          .all(
            `SELECT rev FROM server_bodies WHERE id = ?1 AND deleted = 0
             UNION SELECT rev FROM changes WHERE id = ?1 AND deleted = 0 AND class != 'broken'`,
            id,
          )
          .map((found) => text(found, 'rev')),
      );
      return { id, rev, history, earlier: history.slice(1).filter((one) => known.has(one)) };
    })
    .filter((deleted) => deleted.earlier.length > 0);
}

/** What was made is open, to be approved like any other change. Answers the decision. Call inside a transaction. */
export function recordBroughtBack(
  db: Database,
  batch: string,
  made: readonly Key[],
  by: DecisionMaker,
): number {
  const deciding = beginDecision(db, 'brought-back', batch, by);
  for (const { id, rev } of made) {
    // One that was made before, and undone, is the same revision.
    db.run(
      `UPDATE changes SET state = 'open', batch = ? WHERE id = ? AND rev = ? AND state = 'superseded'`,
      batch,
      id,
      rev,
    );
    deciding.after({ id, rev });
  }
  return deciding.decision;
}
