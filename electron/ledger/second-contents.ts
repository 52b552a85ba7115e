/**
 * Revisions that came with several contents: a row for each. One of them goes by the revision itself, as everything that
 * compares and sends expects: one that counts, if there is one. The others have names of their own (`nameOfSecond`).
 */
import type { NewChange } from '../../shared/intake.ts';
import { nameOfSecond, revisionOf } from '../../shared/revision-names.ts';
import { ASIDE_REASONS } from '../../shared/set-aside.ts';
import { isOneOf, LEFT_STATES, OUTBOX_STATES } from '../../shared/states.ts';
import { audit } from './audit.ts';
import { addChange, lengthenHistory } from './changes.ts';
import { OF_REVISION, ofRevision } from './contents.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import type { DecisionMaker, Key } from './keys.ts';
import { isAsideIn, oneOf, reviewPriority } from './states.ts';

export interface KnownContent {
  /** Its row. */
  readonly change: number;
  /** Digest of the canonical content. */
  readonly content: string;
  /** Only dumps that are set aside have brought it. */
  readonly aside: boolean;
  /** The ledger has it whole. */
  readonly kept: boolean;
  /** It was given up: the server has it, and its time here was over. */
  readonly retired: boolean;
}

export interface KnownRevision {
  /** What came under it. */
  readonly contents: readonly KnownContent[];
  /** How many revisions of its history are known, itself counted. */
  readonly generations: number;
}

/** What the ledger says of a revision; `null` where it has no row of it. */
export function knownRevision(db: Database, id: string, rev: string): KnownRevision | null {
  const rows = db.all(
    `SELECT c.seq, c.rev, c.content, c.history, c.retired_at, d.aside, EXISTS (SELECT 1 FROM contents k
       WHERE k.id = c.id AND k.rev = ? AND k.content = c.content) AS kept
     FROM changes c LEFT JOIN dumps d USING (dump) WHERE ${OF_REVISION} ORDER BY c.seq`,
    rev,
    ...ofRevision(id, rev),
  );
  const plain = rows.find((row) => text(row, 'rev') === rev) ?? rows[0];
  if (plain === undefined) return null;
  return {
    contents: rows.map((row) => ({
      change: number(row, 'seq'),
      content: text(row, 'content'),
      aside: row['aside'] !== null,
      kept: row['kept'] === 1,
      retired: row['retired_at'] !== null,
    })),
    generations: json<string[]>(plain, 'history').length,
  };
}

/** The row of a content: its name, and the dump and record that brought it first; `undefined`: it did not come. */
export function rowOfContent(
  db: Database,
  { id, rev }: Key,
  content: string,
): { readonly rev: string; readonly dump: string | null; readonly ordinal: number | null } | undefined {
  const row = db.get(
    `SELECT c.rev, c.dump, c.ordinal FROM changes c WHERE ${OF_REVISION} AND c.content = ?`,
    ...ofRevision(id, rev),
    content,
  );
  if (row === undefined) return undefined;
  const ordinal = row['ordinal'] === null ? null : number(row, 'ordinal');
  return { rev: text(row, 'rev'), dump: textOrNull(row, 'dump'), ordinal };
}

/** Whether a row is of a dump that is set aside, so that it counts for nothing. */
function isAside(row: Row): boolean {
  return isOneOf(ASIDE_REASONS, textOrNull(row, 'never_sent') ?? '');
}

/**
 * Another content under a revision that is here: a row of its own, and every content of the revision that counts becomes
 * a contradiction. The history belongs to the revision, so those that count have the longest that was told. Class the
 * document afterwards: that is where approvals lapse. `true` if it was added.
 */
export function addSecondContent(
  db: Database,
  dump: string,
  change: NewChange,
  by: DecisionMaker,
  batch: string | null = null,
): boolean {
  const { id, rev, content } = change;
  // What is not for this server tells nothing about the records of this one, and the other way round.
  const aside = isOneOf(ASIDE_REASONS, change.neverSent ?? '');
  const rows = db
    .all(`SELECT c.rev, c.history, c.never_sent FROM changes c WHERE c.id = ? AND c.class != 'broken'`, id)
    .filter((row) => isAside(row) === aside);
  const told = rows
    .filter((row) => revisionOf(text(row, 'rev')) === rev)
    .map((row) => json<string[]>(row, 'history'))
    .reduce((longest, one) => (one.length > longest.length ? one : longest), []);
  if (told.length > 0 && change.history.length > told.length)
    lengthenHistory(db, { id, rev }, change.history, by);
  const history = told.length > change.history.length ? told : change.history;
  const name = nameOfSecond(rev, content);
  // Its history says nothing new, so nothing gives way to it.
  if (!addChange(db, dump, batch, { ...change, rev: name, history: [name] }, by)) return false;
  const isOlder = rows.some((row) => json<string[]>(row, 'history').slice(1).includes(rev));
  db.run(
    'UPDATE changes SET history = ?, state = ? WHERE id = ? AND rev = ?',
    JSON.stringify(history),
    isOlder ? 'superseded' : 'open',
    id,
    name,
  );
  giveName(db, { id, rev });
  if (aside || told.length === 0) return true;
  db.run(
    `UPDATE changes AS c SET class = 'contradiction', reason = 'two-contents', odd = ?
     WHERE ${OF_REVISION} AND c.state = 'superseded' AND NOT (${isAsideIn('c')})`,
    reviewPriority('contradiction'),
    ...ofRevision(id, rev),
  );
  return true;
}

/** An approval of one of several contents lapses: nobody has looked at them side by side. */
export function lapseContradicted(db: Database, { id, rev }: Key, by: DecisionMaker): void {
  const row = db.get(
    `SELECT batch, state FROM changes WHERE id = ? AND rev = ? AND state IN ${oneOf(OUTBOX_STATES)}`,
    id,
    rev,
  );
  if (row === undefined) return;
  db.run(
    `UPDATE changes SET state = 'open', approved_class = NULL, approved_unusual = '[]', refusal_approved = 0, waits = NULL
     WHERE id = ? AND rev = ?`,
    id,
    rev,
  );
  audit(db, by, 'contradicted', {
    batch: textOrNull(row, 'batch'),
    id,
    rev: revisionOf(rev),
    detail: { state: text(row, 'state') },
  });
}

/**
 * The revision itself names a content that counts, if there is one: what is set aside gives the name away. What has left
 * keeps it. `rev`: the revision, or the name of any row of it.
 */
export function giveName(db: Database, { id, rev: named }: Key): void {
  const rev = revisionOf(named);
  const rows = db.all(
    `SELECT c.rev, c.state, c.never_sent FROM changes c WHERE ${OF_REVISION} ORDER BY c.state = 'closed', c.seq`,
    ...ofRevision(id, rev),
  );
  const counts = (row: Row): boolean => isOneOf<string>(LEFT_STATES, text(row, 'state')) || !isAside(row);
  const holder = rows.find((row) => text(row, 'rev') === rev);
  if (holder !== undefined && counts(holder)) return;
  const next = rows.find(counts);
  if (next !== undefined) takePlainName(db, { id, rev: text(next, 'rev') });
}

/**
 * The row that goes by this name goes by the revision itself from now on, and the one that did by a name of its own.
 */
export function takePlainName(db: Database, { id, rev: name }: Key): void {
  const plain = revisionOf(name);
  if (plain === name) return;
  const row = db.get('SELECT content FROM changes WHERE id = ? AND rev = ?', id, plain);
  const between = `${plain}~`;
  if (row !== undefined) rename(db, id, plain, between);
  rename(db, id, name, plain);
  if (row !== undefined) rename(db, id, between, nameOfSecond(plain, text(row, 'content')));
}

function rename(db: Database, id: string, from: string, to: string): void {
  db.run('UPDATE changes SET rev = ? WHERE id = ? AND rev = ?', to, id, from);
  db.run('UPDATE brought_again SET rev = ? WHERE id = ? AND rev = ?', to, id, from);
}
