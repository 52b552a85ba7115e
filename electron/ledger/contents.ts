/**
 * One revision, several contents. Each content has a row of its own among the changes: one of them goes by the
 * revision itself, the others by names of their own (`nameOfSecond`). The replica can hold one body for a revision, so
 * all of them are kept here, whole, whichever of them it has.
 */
import { isVerified, type ContentBringer } from '../../shared/contradictions.ts';
import type { DumpFormat } from '../../shared/dump.ts';
import type { StoredContent } from '../../shared/intake.ts';
import { revisionOf } from '../../shared/revision-names.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';
import type { Key } from './keys.ts';
import { oneOf } from './states.ts';
import { LIVE_STATES } from '../../shared/states.ts';

/** Problems of a dump as a whole: what it promised about itself is not so. */
const DAMAGE = ['end-mismatch', 'cut-off'] as const;

/** The rows of a revision, every content of it, as a condition on `changes c` that is asked with `ofRevision`. */
export const OF_REVISION = `c.id = ? AND (c.rev = ? OR c.rev > ? || '~' AND c.rev < ? || '~~') AND c.class != 'broken'`;

/** What `OF_REVISION` asks for, in its order. */
export function ofRevision(id: string, rev: string): [string, string, string, string] {
  return [id, rev, rev, rev];
}

export function recordContents(db: Database, contents: readonly StoredContent[]): void {
  for (const { id, rev, content, deleted, body, attachments } of contents) {
    const named: Record<string, unknown> = {};
    for (const [name, { content_type, digest, data, revpos }] of Object.entries(attachments)) {
      named[name] = { content_type, digest, length: data.length, revpos: revpos ?? 0 };
      db.run('INSERT OR IGNORE INTO content_files (id, digest, data) VALUES (?, ?, ?)', id, digest, data);
    }
    db.run(
      'INSERT OR IGNORE INTO contents (id, rev, content, deleted, body, attachments) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      rev,
      content,
      deleted ? 1 : 0,
      JSON.stringify(body),
      JSON.stringify(named),
    );
  }
}

export interface KeptContent {
  readonly id: string;
  readonly rev: string;
  readonly content: string;
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<
    Record<
      string,
      {
        readonly content_type: string;
        readonly digest: string;
        readonly length: number;
        readonly revpos: number;
      }
    >
  >;
}

/** `undefined`: it never stood beside another one, and the replica has it. */
export function keptContent(db: Database, id: string, rev: string, content: string): KeptContent | undefined {
  const row = db.get(
    'SELECT * FROM contents WHERE id = ? AND rev = ? AND content = ?',
    id,
    revisionOf(rev),
    content,
  );
  if (row === undefined) return undefined;
  return {
    id,
    rev: text(row, 'rev'),
    content,
    deleted: row['deleted'] === 1,
    body: json(row, 'body'),
    attachments: json(row, 'attachments'),
  };
}

export function contentFile(db: Database, id: string, digest: string): Uint8Array | null {
  const data = db.get('SELECT data FROM content_files WHERE id = ? AND digest = ?', id, digest)?.['data'];
  return data instanceof Uint8Array ? data : null;
}

/** A dump that is here already brought this change once more. */
export function recordBringers(
  db: Database,
  dump: string,
  again: readonly { readonly change: number; readonly ordinal: number }[],
): void {
  if (again.length === 0) return;
  const own = number(db.get('SELECT number FROM dumps WHERE dump = ?', dump), 'number');
  for (const { change, ordinal } of again)
    db.run(
      `INSERT OR IGNORE INTO content_bringers (change, dump, ordinal)
         SELECT seq, ?, ? FROM changes WHERE seq = ? AND dump IS NOT ?`,
      own,
      ordinal,
      change,
      dump,
    );
}

/** A dump that had brought a change is not the one any more by which it goes. */
export function addBringer(db: Database, change: number, dump: string, ordinal: number): void {
  db.run(
    `INSERT OR IGNORE INTO content_bringers (change, dump, ordinal) SELECT ?, number, ? FROM dumps WHERE dump = ?`,
    change,
    ordinal,
    dump,
  );
}

/** The dumps that brought a content, in the order in which they came. */
export function bringersOf(db: Database, change: number): ContentBringer[] {
  return db
    .all(
      `SELECT d.*, coalesce(c.batch, substr(d.dump, 1, 12)) AS batch,
         EXISTS (SELECT 1 FROM problems p WHERE p.dump = d.dump AND p.code IN ${oneOf(DAMAGE)}) AS damaged
       FROM dumps d LEFT JOIN changes c ON c.seq = ?1 AND c.dump = d.dump
       WHERE d.dump = (SELECT dump FROM changes WHERE seq = ?1)
         OR d.number IN (SELECT dump FROM content_bringers WHERE change = ?1)
       ORDER BY d.number`,
      change,
    )
    .map(bringerOf);
}

function bringerOf(row: Row): ContentBringer {
  const format = textOrNull(row, 'format') as DumpFormat | null;
  return {
    batch: textOrNull(row, 'batch'),
    user: textOrNull(row, 'user'),
    device: textOrNull(row, 'device'),
    format,
    takenAt: textOrNull(row, 'taken_at') ?? text(row, 'copied_at'),
    verified: isVerified({ format, flags: json<string[]>(row, 'flags'), damaged: row['damaged'] === 1 }),
  };
}

/** What the server was seen to hold under these revisions. */
export function serverContents(db: Database, id: string): ReadonlyMap<string, string> {
  return new Map(
    db
      .all('SELECT rev, content FROM server_contents WHERE id = ?', id)
      .map((row) => [text(row, 'rev'), text(row, 'content')]),
  );
}

/** What the server was seen to hold under a revision that is here too. */
export function recordServerContent(
  db: Database,
  { id, rev, content }: Key & { readonly content: string },
  at: string,
): void {
  db.run(
    `INSERT INTO server_contents (id, rev, content, asked_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (id, rev) DO UPDATE SET content = excluded.content, asked_at = excluded.asked_at`,
    id,
    rev,
    content,
    at,
  );
}

/** Whether something of a revision may still be sent, and what the server holds under it was not looked at yet. */
export function isNotCompared(db: Database, id: string, rev: string): boolean {
  return (
    db.get('SELECT 1 FROM server_contents WHERE id = ? AND rev = ?', id, rev) === undefined &&
    db.get(
      `SELECT 1 FROM changes c WHERE ${OF_REVISION} AND c.state IN ${oneOf(LIVE_STATES)} AND c.origin = 'dump'`,
      ...ofRevision(id, rev),
    ) !== undefined
  );
}

/** Whether a dump brought this content of a revision. */
export function isContentHere(db: Database, { id, rev }: Key, content: string): boolean {
  return (
    db.get(
      `SELECT 1 FROM changes c WHERE ${OF_REVISION} AND c.content = ?`,
      ...ofRevision(id, rev),
      content,
    ) !== undefined
  );
}
