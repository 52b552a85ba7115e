/** Only one version of a document may be approved: two would stay beside each other on the server for good. */
import { MADE_ORIGINS, OUTBOX_STATES, UNDECIDABLE_CLASSES } from '../../shared/states.ts';
import { type Database, json, text } from './database.ts';
import type { Key } from './keys.ts';
import { oneOf } from './states.ts';

/**
 * Whether another version of the document is approved, or on its way without proof, that is no earlier or later one. One
 * that became a copy of what is here after its approval (class `older`, reason `same-here`) does not leave any more.
 */
export function isBesideApproved(
  db: Database,
  { id, rev, history }: Key & { readonly history: readonly string[] },
): boolean {
  return db
    .all(
      `SELECT rev, history FROM changes
       WHERE id = ? AND rev != ? AND state IN ${oneOf(OUTBOX_STATES)} AND origin NOT IN ${oneOf(MADE_ORIGINS)}
         AND NOT (state = 'approved' AND class IN ${oneOf(UNDECIDABLE_CLASSES)})`,
      id,
      rev,
    )
    .some(
      (other) => !history.includes(text(other, 'rev')) && !json<string[]>(other, 'history').includes(rev),
    );
}
