/** The baseline: what the station knows of the server's side, document by document. */
import { LIVE_STATES } from '../../shared/states.ts';
import { type Database, json, type Row, text } from './database.ts';
import { list, type Key } from './keys.ts';
import { oneOf } from './states.ts';

export interface KnownLeaf {
  readonly rev: string;
  /** `null`: the server named the revision, but did not show the document to this user. */
  readonly deleted: boolean | null;
  readonly content: string | null;
}

export interface KnownDocument {
  readonly id: string;
  readonly askedAt: string;
  /** Empty: the server has no such document. The server's winner is the first by revision order. */
  readonly leaves: readonly KnownLeaf[];
  /** Revisions of our changes that the server said it has, leaf or not. */
  readonly has: readonly string[];
}

export interface ServerBody {
  readonly id: string;
  readonly rev: string;
  readonly deleted: boolean;
  readonly content: string;
  readonly history: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<Record<string, unknown>>;
}

export function recordServerDocument(db: Database, known: KnownDocument): void {
  db.run(
    `INSERT INTO server_docs (id, asked_at, leaves, has, forked) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at, leaves = excluded.leaves, has = excluded.has,
       forked = excluded.forked`,
    known.id,
    known.askedAt,
    JSON.stringify(known.leaves),
    JSON.stringify(known.has),
    known.leaves.filter((leaf) => leaf.deleted === false).length > 1 ? 1 : 0,
  );
}

export function isForked(db: Database, id: string): boolean {
  return db.get('SELECT 1 FROM server_docs WHERE id = ? AND forked = 1', id) !== undefined;
}

/**
 * What the server is proven to have taken becomes a leaf of what is known of it, where that may leave a document with
 * another number of leaves: a branch, a deletion, what a settled conflict made, what a phone sent by itself. Answers
 * these documents.
 */
export function recordServerTook(db: Database, changes: readonly Key[], at: string): string[] {
  list(db, changes);
  const rows = db.all(
    `SELECT c.id, c.rev, c.history, c.deleted, c.content FROM temp.listed k JOIN changes c ON c.id = k.id AND c.rev = k.rev
     WHERE c.approved_class IS NULL OR c.approved_class = 'unplaced' OR c.deleted = 1 OR c.resolution IS NOT NULL ORDER BY k.n`,
  );
  for (const row of rows) {
    const [id, rev] = [text(row, 'id'), text(row, 'rev')];
    const known = serverDocument(db, id);
    const history = json<string[]>(row, 'history');
    const others = (known?.leaves ?? []).filter((leaf) => !history.includes(leaf.rev));
    const leaf = { rev, deleted: row['deleted'] === 1, content: text(row, 'content') };
    const leaves = others.some((other) => descendsFrom(db, id, other.rev, rev)) ? others : [...others, leaf];
    const has = [...new Set([...(known?.has ?? []), rev])];
    recordServerDocument(db, { id, askedAt: at, leaves, has });
  }
  return [...new Set(rows.map((row) => text(row, 'id')))];
}

/** Whether a leaf of the server grew out of `rev`: what was joined is proven after the version that was made of it. */
function descendsFrom(db: Database, id: string, leaf: string, rev: string): boolean {
  return db
    .all(
      `SELECT history FROM changes WHERE id = ?1 AND rev = ?2
       UNION ALL SELECT history FROM server_bodies WHERE id = ?1 AND rev = ?2`,
      id,
      leaf,
    )
    .some((row) => json<string[]>(row, 'history').includes(rev));
}

/** Records documents that were asked about at one time. Answers those of which something else is known than before. */
export function recordServerDocuments<Known extends Omit<KnownDocument, 'askedAt'>>(
  db: Database,
  documents: readonly Known[],
  askedAt: string,
): Known[] {
  list(
    db,
    documents.map(({ id }) => ({ id, rev: '' })),
  );
  const before = new Map(
    db
      .all('SELECT s.id, s.leaves, s.has FROM temp.listed k JOIN server_docs s ON s.id = k.id')
      .map((row) => [text(row, 'id'), `${text(row, 'leaves')}\n${text(row, 'has')}`]),
  );
  // When it was asked is of use where the server has something.
  db.run(
    `UPDATE server_docs SET asked_at = ? FROM temp.listed k WHERE server_docs.id = k.id AND server_docs.leaves != '[]'`,
    askedAt,
  );
  const changed = documents.filter(
    ({ id, leaves, has }) => before.get(id) !== `${JSON.stringify(leaves)}\n${JSON.stringify(has)}`,
  );
  for (const document of changed) {
    recordServerDocument(db, { ...document, askedAt });
    const isGone = document.leaves.length === 0 && document.has.length === 0;
    if (isGone && before.has(document.id)) recordVanished(db, document.id, askedAt);
  }
  return changed;
}

/** The server had this document and has no trace of it any more: what may still be sent of it is not new there. */
function recordVanished(db: Database, id: string, at: string): void {
  db.run(`UPDATE changes SET gone_at = ? WHERE id = ? AND state IN ${oneOf(LIVE_STATES)}`, at, id);
}

export function serverDocument(db: Database, id: string): KnownDocument | undefined {
  const row = db.get('SELECT * FROM server_docs WHERE id = ?', id);
  return row === undefined ? undefined : serverDocumentOf(row);
}

/** What is known of these documents, by id. */
export function serverDocuments(db: Database, ids: readonly string[]): ReadonlyMap<string, KnownDocument> {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  const rows = db.all('SELECT s.* FROM temp.listed k JOIN server_docs s ON s.id = k.id');
  return new Map(rows.map((row) => [text(row, 'id'), serverDocumentOf(row)]));
}

function serverDocumentOf(row: Row): KnownDocument {
  return {
    id: text(row, 'id'),
    askedAt: text(row, 'asked_at'),
    leaves: json<KnownLeaf[]>(row, 'leaves'),
    has: json<string[]>(row, 'has'),
  };
}

export function recordServerBody(db: Database, body: ServerBody, at: string): void {
  db.run(
    `INSERT INTO server_bodies (id, rev, deleted, content, history, body, attachments, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id, rev) DO UPDATE SET asked_at = excluded.asked_at`,
    body.id,
    body.rev,
    body.deleted ? 1 : 0,
    body.content,
    JSON.stringify(body.history),
    JSON.stringify(body.body),
    JSON.stringify(body.attachments),
    at,
  );
}

export function serverBody(db: Database, id: string, rev: string): ServerBody | undefined {
  const row = db.get('SELECT * FROM server_bodies WHERE id = ? AND rev = ?', id, rev);
  if (row === undefined) return undefined;
  return {
    id,
    rev,
    deleted: row['deleted'] === 1,
    content: text(row, 'content'),
    history: json<string[]>(row, 'history'),
    body: json<Record<string, unknown>>(row, 'body'),
    attachments: json<Record<string, unknown>>(row, 'attachments'),
  };
}
