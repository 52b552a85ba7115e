/** Revisions that a dump brought which another had brought before: by whom they go if that one is set aside. */
import type { NewChange } from '../../shared/intake.ts';
import { type Database, text, textOrNull } from './database.ts';
import { OF_REVISION, ofRevision } from './contents.ts';
import type { Key } from './keys.ts';

/** A dump brought revisions that another one had brought before. */
export function recordBroughtAgain(
  db: Database,
  dump: string,
  again: readonly (Key & {
    readonly content: string;
    readonly ordinal: number;
    readonly change?: NewChange;
  })[],
): void {
  for (const { id, rev, content, ordinal, change } of again) {
    if (change !== undefined && !hasRow(db, { id, rev })) {
      db.run(
        'INSERT OR IGNORE INTO brought_again (id, rev, dump, ordinal, covered) VALUES (?, ?, ?, ?, ?)',
        id,
        rev,
        dump,
        ordinal,
        JSON.stringify(change),
      );
      continue;
    }
    db.run(
      `INSERT OR IGNORE INTO brought_again (id, rev, dump, ordinal)
       SELECT c.id, c.rev, ?, ? FROM changes c WHERE ${OF_REVISION} AND c.content = ? AND c.dump IS NOT NULL AND c.dump != ?`,
      dump,
      ordinal,
      ...ofRevision(id, rev),
      content,
      dump,
    );
  }
}

function hasRow(db: Database, { id, rev }: Key): boolean {
  return db.get('SELECT 1 FROM changes WHERE id = ? AND rev = ?', id, rev) !== undefined;
}

/** Into which batches the revisions would go that this dump brought again. As `assignAuthors` and `assignRest`. */
export function assignBroughtAgain(
  db: Database,
  dump: string,
  rest: string,
  batchOf: (author: { readonly user: string | null; readonly contact: string | null }) => string | null,
): void {
  const rows = db.all(
    `SELECT a.id, a.rev, coalesce(c.author_user, a.covered ->> '$.authorUser') AS author_user,
       coalesce(c.author_contact, a.covered ->> '$.authorContact') AS author_contact
     FROM brought_again a LEFT JOIN changes c USING (id, rev) WHERE a.dump = ? AND a.batch IS NULL`,
    dump,
  );
  for (const row of rows)
    db.run(
      'UPDATE brought_again SET batch = ? WHERE id = ? AND rev = ? AND dump = ?',
      batchOf({ user: textOrNull(row, 'author_user'), contact: textOrNull(row, 'author_contact') }) ?? rest,
      text(row, 'id'),
      text(row, 'rev'),
      dump,
    );
}
