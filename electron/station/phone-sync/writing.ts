/**
 * What a phone's app writes to the server, looked at before it leaves: only the revisions that were looked at go, never
 * a purge stub, and only as a replication writes them, under their own revisions.
 */
import { StationError } from '../../../shared/errors.ts';
import { fieldAt, isObject } from '../../../shared/untrusted.ts';

export interface Written {
  readonly id: string;
  readonly rev: string;
}

/** The name of a revision among those that may go. */
export function goingKey({ id, rev }: Written): string {
  return `${rev} ${id}`;
}

/**
 * The revisions in the body of a `_bulk_docs`.
 * @param mayGo `goingKey` of every revision that was looked at
 * @throws StationError `sync-unreviewed`: it is something else than was looked at
 */
export function writtenIn(body: Uint8Array | null, mayGo: ReadonlySet<string>): Written[] {
  let asked: unknown;
  try {
    asked = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body ?? undefined));
  } catch (error) {
    throw new StationError('sync-unreviewed', undefined, error);
  }
  const docs = fieldAt(asked, 'docs');
  if (fieldAt(asked, 'new_edits') !== false || !Array.isArray(docs))
    throw new StationError('sync-unreviewed');
  return (docs as unknown[]).map((doc) => {
    const [id, rev] = [fieldAt(doc, '_id'), fieldAt(doc, '_rev')];
    if (!isObject(doc) || typeof id !== 'string' || typeof rev !== 'string')
      throw new StationError('sync-unreviewed');
    const written = { id, rev };
    if (doc['purged'] === true || !mayGo.has(goingKey(written))) throw new StationError('sync-unreviewed');
    return written;
  });
}

/** What the server refused of a `_bulk_docs`, with its own reason; nothing where the answer cannot be read. */
export function refusedIn(answer: Uint8Array): (Written & { readonly reason: string })[] {
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(answer));
  } catch {
    return [];
  }
  if (!Array.isArray(entries)) return [];
  return (entries as unknown[]).flatMap((entry) => {
    const [id, rev, error, reason] = ['id', 'rev', 'error', 'reason'].map((name) => fieldAt(entry, name));
    if (typeof id !== 'string' || typeof error !== 'string') return [];
    return [
      { id, rev: typeof rev === 'string' ? rev : '', reason: typeof reason === 'string' ? reason : error },
    ];
  });
}
