/**
 * What the server is proven to hold and whose time here is over: which documents those are, and giving up their contents
 * and names. Ids, revisions, histories, digests, decisions and proofs stay (docs/decisions.md).
 */
import type { GivenUp } from '../../shared/retention.ts';
import {
  AT_SERVER_CLASSES,
  LIVE_STATES,
  OLDER_HERE_REASONS,
  UNDECIDABLE_CLASSES,
} from '../../shared/states.ts';
import { type Database, number, text } from './database.ts';
import { list, type Key } from './keys.ts';
import { isAsideIn, oneOf, revisionIn } from './states.ts';

/** Some other version that is here stands for it, not one of the server. */
const BY_ANOTHER_HERE = `coalesce(c.reason, '') IN ${oneOf(OLDER_HERE_REASONS)}`;

/** The server was seen to have it, or something newer, before anything was sent. */
const SEEN_THERE = `c.state = 'open' AND c.class IN ${oneOf(AT_SERVER_CLASSES)} AND NOT (${BY_ANOTHER_HERE})`;

/** The first entry of this station. What is of before was written by a clock that stood in the past, as with an empty battery. */
const BEGUN = `(SELECT at FROM audit ORDER BY seq LIMIT 1)`;

/** Proven by the row itself. */
const BY_ITSELF = `(c.state = 'accepted' OR c.state = 'closed' AND c.server_had_it = 1)`;

/** Nobody knows any more when that was. */
const AT_NO_TIME = `${BY_ITSELF} AND c.accepted_at < ${BEGUN}`;

/** A row that proves that the server has the document, since long enough; `?1`: until when it was proven. */
const PROVEN = `c.gone_at IS NULL AND (
  ${BY_ITSELF} AND c.accepted_at <= ?1 AND c.accepted_at >= ${BEGUN}
  OR (${SEEN_THERE} OR ${AT_NO_TIME}) AND c.seen_there_at <= ?1)`;

/** A row with which nothing is to happen any more, as long ago. Of what is broken there is no content but in its dump's copy. */
const OVER = `(c.retired_at IS NOT NULL OR c.class = 'broken' OR NOT (${isAsideIn('c')}) AND (
  ${PROVEN} OR c.state = 'superseded' OR c.state = 'closed' AND c.server_had_it = 0
  OR c.state = 'open' AND c.class = 'older' AND ${BY_ANOTHER_HERE}))`;

/** Still waits for somebody, or for the server. */
const WAITS = `c.state IN ${oneOf(LIVE_STATES)} AND c.class NOT IN ${oneOf(UNDECIDABLE_CLASSES)}`;

/**
 * Notes since when the server is seen to have what was not sent from here: nothing else tells it, because each look at
 * the server takes the place of the one before. Also of what was proven while the clock stood in the past: its time counts from now.
 * @param at ISO 8601; nothing is noted of a time before the station began
 */
export function noteSeenThere(db: Database, at: string): void {
  db.transaction(() => {
    db.run(
      `UPDATE changes AS c SET seen_there_at = NULL WHERE c.seen_there_at IS NOT NULL AND c.retired_at IS NULL
         AND (c.seen_there_at < ${BEGUN} OR NOT (${SEEN_THERE} OR ${AT_NO_TIME}))`,
    );
    db.run(
      `UPDATE changes AS c SET seen_there_at = ?1
       WHERE c.seen_there_at IS NULL AND c.retired_at IS NULL AND (${SEEN_THERE} OR ${AT_NO_TIME}) AND ?1 >= ${BEGUN}`,
      at,
    );
  });
}

/** Fills `temp.over` (all of it is over) and `temp.going` (and nothing here needs its name). */
function findGoing(db: Database, until: string): void {
  for (const name of ['over', 'going', 'needed'])
    db.run(`CREATE TEMP TABLE IF NOT EXISTS ${name} (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`);
  for (const name of ['over', 'going', 'needed']) db.run(`DELETE FROM temp.${name}`);
  db.run(
    `INSERT INTO temp.over (id)
     SELECT DISTINCT p.id FROM (SELECT c.id FROM changes c WHERE c.retired_at IS NULL AND ${PROVEN}) p
     WHERE NOT EXISTS (SELECT 1 FROM changes c WHERE c.id = p.id AND NOT (${OVER}))
       AND NOT EXISTS (SELECT 1 FROM server_docs s WHERE s.id = p.id AND s.forked = 1)`,
    until,
  );
  // Whom what still waits is about, and what it needs, with the places above; and those who work here.
  db.run(
    `WITH RECURSIVE named(id) AS (
       SELECT n.value FROM changes c, json_each(c.needs) n WHERE ${WAITS}
       UNION SELECT c.about FROM changes c WHERE c.about IS NOT NULL AND ${WAITS}
       UNION SELECT k.id FROM named JOIN changes k ON k.code = named.id
       UNION SELECT k.about FROM named JOIN changes k ON k.id = named.id WHERE k.kind = 'contact' AND k.about IS NOT NULL)
     INSERT OR IGNORE INTO temp.needed (id) SELECT id FROM named
       UNION SELECT contact FROM batches WHERE contact IS NOT NULL
       UNION SELECT contact FROM people WHERE contact IS NOT NULL`,
  );
  db.run('INSERT INTO temp.going (id) SELECT id FROM temp.over EXCEPT SELECT id FROM temp.needed');
}

/** In `c`: nothing hangs any more on the copy that this row came with. What is never sent has no other place than here, and is in the replica. */
const SETTLED = `(c.retired_at IS NOT NULL OR c.class = 'never-sent' AND NOT (${isAsideIn('c')}) OR c.id IN (SELECT id FROM temp.over))`;

/**
 * Dumps whose safe copy may go: all that they brought, or brought once more, is over. Of a zip all that lay in it went.
 * After `findGoing`; `?1`: by then it was read.
 */
const COPIES = `SELECT d.dump, d.bytes FROM dumps d
  WHERE d.copy_gone_at IS NULL AND d.state = 'taken' AND d.error IS NULL AND d.aside IS NULL AND d.taken_at <= ?1
    AND d.n_broken = 0 AND instr(d.flags, '"cut-off"') = 0 AND d.format != 'zip'
    AND NOT EXISTS (SELECT 1 FROM bundles b WHERE b.dump = d.dump)
    AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.dump = d.dump AND NOT ${SETTLED})
    AND NOT EXISTS (SELECT 1 FROM content_bringers b JOIN changes c ON c.seq = b.change WHERE b.dump = d.number AND NOT ${SETTLED})
    AND NOT EXISTS (SELECT 1 FROM brought_again a JOIN changes c USING (id, rev) WHERE a.dump = d.dump AND NOT ${SETTLED})`;

/** Zips of which everything that was copied out of them went. */
const ZIPS = `SELECT z.dump, z.bytes FROM dumps z
  WHERE z.copy_gone_at IS NULL AND z.state = 'taken' AND z.error IS NULL AND z.format = 'zip' AND z.taken_at <= ?1
    AND EXISTS (SELECT 1 FROM dumps d WHERE substr(d.name, 1, length(z.name) + 1) = z.name || '/' AND d.copied_at >= z.copied_at)
    AND NOT EXISTS (SELECT 1 FROM dumps d WHERE substr(d.name, 1, length(z.name) + 1) = z.name || '/' AND d.copy_gone_at IS NULL)`;

/** What would go now of what was proven until then. @param until ISO 8601 */
export function wouldGo(db: Database, until: string): GivenUp {
  findGoing(db, until);
  const records = number(db.get('SELECT count(*) AS n FROM temp.going'), 'n');
  const copies = db.get(`SELECT count(*) AS n, sum(bytes) AS bytes FROM (${COPIES})`, until);
  return { records, copies: number(copies, 'n'), bytes: number(copies, 'bytes') };
}

/** Documents that may go, in an order that stays. After `wouldGo`. */
export function goingDocuments(db: Database): string[] {
  return db.all('SELECT id FROM temp.going ORDER BY id').map((row) => text(row, 'id'));
}

/** Dumps whose safe copy may go, with its bytes. After `wouldGo`, once documents were given up. @param until ISO 8601 */
export function goingCopies(db: Database, until: string): { dump: string; bytes: number }[] {
  return [...db.all(COPIES, until), ...db.all(ZIPS, until)].map((row) => ({
    dump: text(row, 'dump'),
    bytes: number(row, 'bytes'),
  }));
}

/**
 * Gives up the contents and names of these documents in the ledger. Call inside a transaction. They are looked at once
 * more: something may have come of them since.
 * @returns how many went
 */
export function retireDocuments(db: Database, ids: readonly string[], until: string, at: string): number {
  list(db, keysOf(ids));
  db.run(
    `DELETE FROM temp.listed WHERE EXISTS (SELECT 1 FROM changes c WHERE c.id = listed.id AND NOT (${OVER}))`,
    until,
  );
  // What goes by its id goes by nobody's name. What the server had before is over in the way of any that it had.
  db.run(
    `UPDATE changes AS c SET label = iif(c.kind = 'report', coalesce(c.form, c.id), c.id), about = NULL, about_name = NULL,
       code = NULL, phones = NULL, born = NULL, held_reason = NULL, size = NULL, retired_at = ?, leaving = 1,
       server_had_it = iif(${SEEN_THERE}, 1, c.server_had_it),
       accepted_at = iif(${SEEN_THERE}, c.seen_there_at, c.accepted_at),
       state = iif(c.state = 'open', 'closed', c.state)
     WHERE c.retired_at IS NULL AND c.class != 'broken' AND c.id IN (SELECT id FROM temp.listed)`,
    at,
  );
  for (const table of [
    'contents',
    'content_files',
    'closed_bodies',
    'server_bodies',
    'server_contents',
    'server_docs',
  ])
    db.run(`DELETE FROM ${table} WHERE id IN (SELECT id FROM temp.listed)`);
  db.run(
    'UPDATE brought_again SET covered = NULL WHERE covered IS NOT NULL AND id IN (SELECT id FROM temp.listed)',
  );
  return number(db.get('SELECT count(*) AS n FROM temp.listed'), 'n');
}

/** A document that was given up and may still be in the replica. */
export interface Leaving {
  readonly id: string;
  /** Those of its revisions that have, or had, a row. */
  readonly revs: readonly string[];
}

/** The next ones. */
export function leavingDocuments(db: Database, limit: number): Leaving[] {
  const rows = db.all(
    `SELECT c.id, ${revisionIn('c')} AS rev FROM changes c
     WHERE c.id IN (SELECT DISTINCT id FROM changes WHERE leaving = 1 ORDER BY id LIMIT ?) ORDER BY c.id, c.seq`,
    limit,
  );
  const documents = Map.groupBy(rows, (row) => text(row, 'id'));
  return [...documents].map(([id, some]) => ({
    id,
    revs: [...new Set(some.map((row) => text(row, 'rev')))],
  }));
}

/** The replica has nothing of them any more. */
export function recordLeft(db: Database, ids: readonly string[]): void {
  db.transaction(() => {
    list(db, keysOf(ids));
    db.run('UPDATE changes SET leaving = 0 WHERE leaving = 1 AND id IN (SELECT id FROM temp.listed)');
  });
}

/** Their safe copies are given up. @param at ISO 8601 */
export function recordCopiesGone(db: Database, dumps: readonly string[], at: string): void {
  for (const dump of dumps) db.run('UPDATE dumps SET copy_gone_at = ? WHERE dump = ?', at, dump);
}

/** Dumps whose copy was given up: should one lie there, it is to be removed. */
export function copiesGone(db: Database): string[] {
  return db.all('SELECT dump FROM dumps WHERE copy_gone_at IS NOT NULL').map((row) => text(row, 'dump'));
}

/** Whether anything was given up so far: its trees are not in the replica. */
export function someRetired(db: Database): boolean {
  return (
    db.get('SELECT 1 FROM changes INDEXED BY changes_retired WHERE retired_at IS NOT NULL LIMIT 1') !==
    undefined
  );
}

/** Whether the content of this revision was given up. */
export function isRetired(db: Database, { id, rev }: Key): boolean {
  return (
    db.get('SELECT 1 FROM changes WHERE id = ? AND rev = ? AND retired_at IS NOT NULL', id, rev) !== undefined
  );
}

/** How much was given up so far. */
export function countRetired(db: Database): { records: number; copies: number } {
  return {
    records: number(
      db.get(
        'SELECT count(DISTINCT id) AS n FROM changes INDEXED BY changes_retired WHERE retired_at IS NOT NULL',
      ),
      'n',
    ),
    copies: number(db.get('SELECT count(*) AS n FROM dumps WHERE copy_gone_at IS NOT NULL'), 'n'),
  };
}

/** Gives the space back, so that nothing of what was given up is left in free pages, in the index of words or in the log. */
export function giveSpaceBack(db: Database): void {
  db.run(`INSERT INTO change_words (change_words) VALUES ('optimize')`);
  db.run('VACUUM');
  db.foldLog();
}

function keysOf(ids: readonly string[]): Key[] {
  return ids.map((id) => ({ id, rev: '' }));
}
