/**
 * Forms, translations and settings in the ledger, each revision and who brought it. The server's own count before all
 * others. A dump names its own records, and nobody else's as soon as another one says otherwise.
 */
import { createHash } from 'node:crypto';
import type { LabelDocument, LabelKind } from '../../shared/label-documents.ts';
import { type Database, type Row, text, textOrNull } from './database.ts';

/** The source of what the server itself showed. Each dump is a source of its own. */
export const SERVER = 'server';

/** Of dumps that are set aside nothing counts: they speak of another server. */
const COUNTS = `(s.source = '${SERVER}' OR EXISTS (SELECT 1 FROM dumps p WHERE p.dump = s.source AND p.aside IS NULL))`;
const JOINED = `label_sources s JOIN label_documents d ON d.id = s.id AND d.rev = s.rev AND d.content = s.content`;

/** Records what a dump, or the server, has of them. Of the server's, the last one is current. */
export function recordLabelDocuments(
  db: Database,
  source: string,
  documents: readonly LabelDocument[],
  at: string,
): void {
  for (const { id, rev, kind, name, title, body, xform } of documents) {
    const content = createHash('sha256')
      .update(JSON.stringify([body, xform]))
      .digest('hex');
    db.run(
      `INSERT INTO label_documents (id, rev, content, kind, name, title, body, xform) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id, rev, content) DO NOTHING`,
      id,
      rev,
      content,
      kind,
      name,
      title,
      body,
      xform,
    );
    if (source === SERVER)
      db.run('UPDATE label_sources SET current = 0 WHERE source = ? AND id = ?', source, id);
    db.run(
      `INSERT INTO label_sources (source, id, rev, content, at, current) VALUES (?, ?, ?, ?, ?, 1)
       ON CONFLICT (source, id, rev) DO UPDATE SET content = excluded.content, at = excluded.at, current = 1`,
      source,
      id,
      rev,
      content,
      at,
    );
  }
}

/** The revisions that the server had when it was last looked at, by id. */
export function serverLabelRevisions(db: Database): ReadonlyMap<string, string> {
  const rows = db.all('SELECT id, rev FROM label_sources WHERE source = ? AND current = 1', SERVER);
  return new Map(rows.map((row) => [text(row, 'id'), text(row, 'rev')]));
}

/** The ids of the forms that dumps brought, the latest first and no more than so many. */
export function formIdsOfDumps(db: Database, most: number): string[] {
  const rows = db.all(
    `SELECT d.id FROM ${JOINED} WHERE d.kind = 'form' AND s.source != '${SERVER}' AND ${COUNTS}
     GROUP BY d.id ORDER BY max(s.at) DESC, d.id LIMIT ?`,
    most,
  );
  return rows.map((row) => text(row, 'id'));
}

/** What is not on the server any more is not called so any more. */
export function forgetServerLabels(db: Database, ids: readonly string[]): void {
  for (const id of ids)
    db.run('UPDATE label_sources SET current = 0 WHERE source = ? AND id = ?', SERVER, id);
}

export interface FormTitle {
  readonly form: string;
  readonly title: string;
  /** The server calls it so: no dump calls it otherwise. */
  readonly ofServer: boolean;
}

/**
 * What forms are called where a dump does not say it itself: as the server calls them, else as all dumps do. Where they
 * disagree nobody is believed.
 */
export function formTitles(db: Database): FormTitle[] {
  const rows = db.all(
    `SELECT DISTINCT d.name, d.title, s.source = '${SERVER}' AS of_server FROM ${JOINED}
     WHERE d.kind = 'form' AND d.title IS NOT NULL AND s.current = 1 AND ${COUNTS}`,
  );
  const found: FormTitle[] = [];
  for (const [form, some] of Map.groupBy(rows, (row) => text(row, 'name'))) {
    const ofServer = some.filter((row) => row['of_server'] === 1);
    const [first, ...others] = ofServer.length > 0 ? ofServer : some;
    if (first !== undefined && others.length === 0)
      found.push({ form, title: text(first, 'title'), ofServer: ofServer.length > 0 });
  }
  return found;
}

export interface KnownLabelDocument extends Omit<LabelDocument, 'xform'> {
  /** Digest of what names things in it, its XForm included. */
  readonly content: string;
  /** It is a form, and its XForm is here (`xformOf`). */
  readonly hasXform: boolean;
  readonly from: 'server' | 'own' | 'others';
  /** The server has it now. */
  readonly isCurrent: boolean;
}

/**
 * Everything that may say what a form, a language or the settings mean for the records of a dump, the best first: what
 * the server has now, what it had, what the dump itself brought; what other dumps brought only where there is none of
 * these and they all say the same.
 */
export function labelDocuments(
  db: Database,
  { kind, name, dump }: { readonly kind: LabelKind; readonly name: string; readonly dump: string | null },
): KnownLabelDocument[] {
  const rows = db.all(
    `SELECT d.id, d.rev, d.content, d.kind, d.name, d.title, d.body, d.xform IS NOT NULL AS has_xform, s.source,
       s.current FROM ${JOINED} WHERE d.kind = ? AND d.name = ? AND ${COUNTS}
     ORDER BY s.current DESC, s.at DESC`,
    kind,
    name,
  );
  const from = (source: 'server' | 'own' | 'others') => rows.filter((row) => fromOf(row, dump) === source);
  const best = [...from('server'), ...from('own')];
  if (best.length > 0) return best.map((row) => known(row, dump));
  const others = new Map(from('others').map((row) => [text(row, 'content'), row]));
  return others.size === 1 ? [...others.values()].map((row) => known(row, dump)) : [];
}

/** The XForm of a form; `null`: it came without one. */
export function xformOf(
  db: Database,
  { id, rev, content }: Pick<KnownLabelDocument, 'id' | 'rev' | 'content'>,
): string | null {
  const row = db.get(
    'SELECT xform FROM label_documents WHERE id = ? AND rev = ? AND content = ?',
    id,
    rev,
    content,
  );
  return row === undefined ? null : textOrNull(row, 'xform');
}

function fromOf(row: Row, dump: string | null): KnownLabelDocument['from'] {
  const source = text(row, 'source');
  if (source === SERVER) return 'server';
  return source === dump ? 'own' : 'others';
}

function known(row: Row, dump: string | null): KnownLabelDocument {
  const from = fromOf(row, dump);
  return {
    id: text(row, 'id'),
    rev: text(row, 'rev'),
    kind: text(row, 'kind') as LabelKind,
    name: text(row, 'name'),
    title: textOrNull(row, 'title'),
    body: text(row, 'body'),
    content: text(row, 'content'),
    hasXform: row['has_xform'] === 1,
    from,
    isCurrent: from === 'server' && row['current'] === 1,
  };
}
