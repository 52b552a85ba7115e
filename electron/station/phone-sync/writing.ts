/**
 * What a phone's app writes to the server, looked at before it leaves: only the revisions that were looked at go, with
 * the content and the history that they had then, never a purge stub, and only as a replication writes them.
 */
import { StationError } from '../../../shared/errors.ts';
import { fieldAt, isObject } from '../../../shared/untrusted.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import { alteredFrom, type Altered, type Reviewed } from './as-reviewed.ts';
import { plainBody, type PlainBody } from './plainly-written.ts';

export interface Written {
  readonly id: string;
  readonly rev: string;
}

/** Under a revision that was reviewed stands something else. */
export class AlteredRecord extends StationError {
  readonly record: Written;
  readonly what: Altered;

  constructor(record: Written, what: Altered) {
    super('sync-altered', what);
    this.record = record;
    this.what = what;
  }
}

/** The name of a revision among those that may go. */
export function goingKey({ id, rev }: Written): string {
  return `${rev} ${id}`;
}

/**
 * The revisions that a `_bulk_docs` writes.
 * @param mayGo what was looked at, by `goingKey`
 * @throws StationError `sync-unreviewed`: it is something else than was looked at
 * @throws AlteredRecord the content or the history of one of them is another one
 */
export function writtenIn(request: AppRequest, mayGo: ReadonlyMap<string, Reviewed>): Written[] {
  const plain = plainBody(request, true);
  if (plain === null) throw new StationError('sync-unreviewed');
  if (!plain.lifted.isEmpty) {
    try {
      const written = writtenAs(plain, mayGo);
      if (plain.lifted.allTaken) return written;
    } catch (error) {
      if (!(error instanceof AlteredRecord)) throw error;
    }
    // It may be a field of a record that was lifted.
    const whole = plainBody(request);
    if (whole === null) throw new StationError('sync-unreviewed');
    return writtenAs(whole, mayGo);
  }
  return writtenAs(plain, mayGo);
}

function writtenAs(plain: PlainBody, mayGo: ReadonlyMap<string, Reviewed>): Written[] {
  const { asked } = plain;
  const docs = fieldAt(asked, 'docs');
  if (fieldAt(asked, 'new_edits') !== false || !Array.isArray(docs) || Object.keys(asked).length !== 2)
    throw new StationError('sync-unreviewed');
  return (docs as unknown[]).map((doc) => {
    const [id, rev] = [fieldAt(doc, '_id'), fieldAt(doc, '_rev')];
    if (!isObject(doc) || typeof id !== 'string' || typeof rev !== 'string')
      throw new StationError('sync-unreviewed');
    const written = { id, rev };
    const reviewed = mayGo.get(goingKey(written));
    if (doc['purged'] === true || reviewed === undefined) throw new StationError('sync-unreviewed');
    const altered = alteredFrom(doc, plain, reviewed);
    if (altered !== null) throw new AlteredRecord(written, altered);
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
