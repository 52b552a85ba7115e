/**
 * A **row** is how `allDocs` and a view give a document: `{id, key, value: {rev}, doc}`. Rows turn up in
 * several formats, also where documents should be: posted back as documents by mistake, some were given
 * an id and a revision of their own, which mean nothing.
 */
import { isRevision } from '../../../shared/revisions.ts';
import { isFields, type Fields } from './fields.ts';
import type { Entry } from './reader.ts';

/** The document of a row, made to agree with what the row says about it. */
export function unwrapRow(row: unknown): Entry {
  if (!isFields(row)) return { kind: 'refused', code: 'not-a-document', message: 'not an object' };
  const { id, value, doc } = row;
  if (row['error'] !== undefined) {
    return {
      kind: 'refused',
      code: 'row-error',
      message: 'an error instead of a record',
      id: id ?? row['key'],
    };
  }
  const rev = isFields(value) ? value['rev'] : undefined;
  if (!isFields(doc)) {
    if (doc !== null && doc !== undefined) {
      return { kind: 'refused', code: 'not-a-document', message: 'doc is not an object', id };
    }
    return onlyNamed(id, rev, isFields(value) && value['deleted'] === true, 'a row without its document');
  }
  if (doc['_id'] !== id) return { kind: 'refused', code: 'bad-id', message: 'id and doc._id differ', id };
  if (doc['_rev'] === undefined) doc['_rev'] = rev;
  else if (rev !== undefined && doc['_rev'] !== rev) {
    return { kind: 'refused', code: 'bad-rev', message: 'value.rev and doc._rev differ', id };
  }
  return { kind: 'document', document: doc, wrapped: true };
}

/** An entry that names a revision without its content: knowledge, which a later body completes. */
export function onlyNamed(id: unknown, rev: unknown, deleted: boolean, message: string): Entry {
  return typeof rev === 'string' && isRevision(rev)
    ? { kind: 'refused', code: 'body-missing', message, id, names: { rev, deleted } }
    : { kind: 'refused', code: 'no-document', message, id };
}

/** Has it the shape of a row, so that it is not a document with such fields? */
export function isRow(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const { id, key, value: inner, doc, error } = value;
  const isDocument = Object.hasOwn(value, '_id');
  if (!isDocument && typeof error === 'string' && typeof key === 'string') return true;
  const pointsToRevision =
    typeof id === 'string' && key === id && isFields(inner) && typeof inner['rev'] === 'string';
  return pointsToRevision && (isFields(doc) || !isDocument);
}

/** A row whose parts all agree: nothing else looks like this by chance. */
export function isSurelyRow(value: unknown): boolean {
  if (!isRow(value) || !isFields(value['value']) || !isFields(value['doc'])) return false;
  const { rev } = value['value'];
  const { _id: id, _rev: own } = value['doc'];
  return typeof rev === 'string' && isRevision(rev) && id === value['id'] && own === rev;
}
