/** Deletions that a decision or an upload would bring about: how many, and the names of the records. */
import { NAMES_TOLD, type Deletions } from '../../shared/deletions.ts';
import { cleanText, labelOf } from '../../shared/labels.ts';
import { type Database, json, text } from './database.ts';
import { changesToSend } from './uploads.ts';

/** The deletions of records by their ids; each is told once. */
export function deletionsOf(db: Database, ids: Iterable<string>): Deletions {
  const all = [...new Set(ids)];
  return { records: all.length, names: all.slice(0, NAMES_TOLD).map((id) => nameOf(db, id)) };
}

/** What people know the record by. A deletion may lack the fields that tell it: then an earlier version does. */
export function nameOf(db: Database, id: string): string {
  const isName = (label: string): boolean => label !== '' && label !== cleanText(id);
  const labels = db
    .all('SELECT label FROM changes WHERE id = ? ORDER BY seq DESC', id)
    .map((row) => text(row, 'label'));
  const atServer = db
    .all('SELECT body FROM server_bodies WHERE id = ?', id)
    .map((row) => labelOf(id, json<Record<string, unknown>>(row, 'body')));
  return [...labels, ...atServer].find(isName) ?? cleanText(id);
}

/** A revision that closes the losing side of a conflict deletes no record. */
export function deletesRecord(change: { readonly deleted: boolean; readonly origin: string }): boolean {
  return change.deleted && change.origin !== 'closing';
}

/** What the next upload would delete. `author`: a health worker with an own login; `null`: a station account. */
export function deletionsToSend(
  db: Database,
  which: { readonly author: string | null; readonly batches?: readonly string[] | undefined },
): Deletions {
  const going = changesToSend(db, which).going.filter(deletesRecord);
  return deletionsOf(
    db,
    going.map(({ id }) => id),
  );
}
