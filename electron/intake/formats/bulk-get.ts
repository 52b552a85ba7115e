/**
 * `bulk-get`: what CouchDB and PouchDB answer when they are asked for revisions: `_bulk_get` gives
 * `{"results": [{"id", "docs": [{"ok": document} | {"error": {id, rev, error}}]}]}`, and a document with `open_revs`
 * a list `[{"ok": document} | {"missing": rev}]`. The only listing with the losing leaves of a document, and, where it
 * was asked for, with whole histories.
 */
import { isSurelyDocument } from './docs.ts';
import { ElementFramer } from './element-framer.ts';
import type { Entry, EntryFormat } from './reader.ts';
import { isFields } from './fields.ts';

/** One entry of `docs`, or of the list of `open_revs`. */
function unwrapAnswer(value: unknown): Entry {
  if (!isFields(value)) return { kind: 'refused', code: 'not-a-document', message: 'not an object' };
  const { ok, error, missing } = value;
  if (ok !== undefined) return { kind: 'document', document: ok, wrapped: true };
  if (isFields(error)) {
    const message = 'an error instead of a record';
    return { kind: 'refused', code: 'row-error', message, id: error['id'] };
  }
  const message =
    typeof missing === 'string' ? 'the database has lost this version' : 'an entry of an unknown kind';
  return { kind: 'refused', code: typeof missing === 'string' ? 'row-error' : 'not-a-document', message };
}

function unwrapResult(value: unknown): Entry {
  if (!isFields(value) || !Array.isArray(value['docs'])) return unwrapAnswer(value);
  return { kind: 'several', entries: value['docs'].map(unwrapAnswer) };
}

function isSurely(value: unknown): boolean {
  if (!isFields(value)) return false;
  const [first] = Array.isArray(value['docs']) ? (value['docs'] as unknown[]) : [value];
  return isFields(first) && isSurelyDocument(first['ok']);
}

/** The answer to `_bulk_get` is an object, that to `open_revs` a list. */
export const bulkGet: EntryFormat = {
  framer: (limits, offset) => new ElementFramer({ key: 'results', lines: false }, limits, offset),
  rules: { revision: 'required' },
  unwrap: unwrapResult,
  isSurely,
};
