/** Of a document one version may be approved: two of them would stand beside each other on the server for good. */
import { MADE_ORIGINS, OUTBOX_STATES } from '../../shared/states.ts';
import { type Database, json, text } from './database.ts';
import type { Key } from './keys.ts';
import { oneOf } from './states.ts';

/** Whether another version of the document is approved, or on its way without proof, that is no earlier or later one. */
export function isBesideApproved(
  db: Database,
  { id, rev, history }: Key & { readonly history: readonly string[] },
): boolean {
  return db
    .all(
      `SELECT rev, history FROM changes
       WHERE id = ? AND rev != ? AND state IN ${oneOf(OUTBOX_STATES)} AND origin NOT IN ${oneOf(MADE_ORIGINS)}`,
      id,
      rev,
    )
    .some(
      (other) => !history.includes(text(other, 'rev')) && !json<string[]>(other, 'history').includes(rev),
    );
}
