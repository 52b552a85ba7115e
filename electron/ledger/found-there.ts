/** Approved records that the server was seen to have before anything was sent from here. */
import { AT_SERVER_CLASSES } from '../../shared/states.ts';
import { audit } from './audit.ts';
import { type Database, text, textOrNull } from './database.ts';
import { list, type DecisionMaker } from './keys.ts';
import { oneOf } from './states.ts';

/** `+`: what is listed is looked up, not all that is approved. */
const APPROVED = `+c.state = 'approved' AND c.never_sent IS NULL AND c.resolution IS NULL AND c.class IN ${oneOf(AT_SERVER_CLASSES)}`;
/** The server named the very revision. */
const HAS_IT = `EXISTS (SELECT 1 FROM server_docs s, json_each(s.has) h WHERE s.id = c.id AND h.value = c.rev)`;

/** Of these documents those of which something is approved here, in their order. */
export function approvedAmong(db: Database, ids: readonly string[]): string[] {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  return db
    .all(
      `SELECT k.id FROM temp.listed k WHERE EXISTS (SELECT 1 FROM changes c
         WHERE c.id = k.id AND +c.state = 'approved' AND c.never_sent IS NULL AND c.resolution IS NULL) ORDER BY k.n`,
    )
    .map((row) => text(row, 'id'));
}

/**
 * What is approved of these documents and, as the server was asked last, is there already: under its own revision, or with the
 * same content under another one. It is not to be sent any more, was not sent from here, and the history says so. Answers
 * how many versions these are. Call right after the look at the server, and while nothing is being sent.
 */
export function recordFoundThere(db: Database, ids: readonly string[], by: DecisionMaker): number {
  return db.transaction(() => {
    list(
      db,
      ids.map((id) => ({ id, rev: '' })),
    );
    const rows = db.all(
      `SELECT c.seq, c.id, c.rev, c.batch, ${HAS_IT} AS has_it FROM temp.listed k JOIN changes c ON c.id = k.id
       WHERE ${APPROVED} AND (c.class = 'same' OR ${HAS_IT}) ORDER BY k.n, c.seq`,
    );
    for (const row of rows) {
      const hasIt = row['has_it'] === 1;
      db.run(
        `UPDATE changes SET state = ?, accepted_at = ?, server_had_it = 1, refused = NULL, refusal_approved = 0,
           waits = NULL, gone_at = NULL WHERE seq = ?`,
        hasIt ? 'accepted' : 'closed',
        by.at,
        row['seq'] ?? null,
      );
      audit(db, by, 'found-on-server', {
        batch: textOrNull(row, 'batch'),
        id: text(row, 'id'),
        rev: text(row, 'rev'),
        detail: { content: hasIt ? 'this-revision' : 'another-revision' },
      });
    }
    return rows.length;
  });
}
