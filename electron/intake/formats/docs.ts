/**
 * `docs`: `{"docs": [document, …]}` (also with `new_edits` beside it) or a bare array of documents.
 * `wrapped-docs`: the same with rows in the place of documents, the classic mistake of posting the rows of
 * `allDocs` to `_bulk_docs`. `cht-android-300`: the same without revisions, as the cht-android pull request
 * 300 writes it; it stops without a word at the first document that has a photo.
 *
 * A file of one kind may hold entries of another (the Android code leaves a row as it is when a document
 * has a field called `doc`), so each entry is looked at for itself.
 */
import { isRevision } from '../../../shared/revisions.ts';
import { ElementFramer } from './element-framer.ts';
import { TELLING } from './own-counts.ts';
import type { Entry, EntryFormat } from './reader.ts';
import { isFields } from './fields.ts';
import { isRow, isSurelyRow, unwrapRow } from './rows.ts';

/** A document, or the one inside a row. */
export function unwrapDocument(value: unknown): Entry {
  return isRow(value) ? unwrapRow(value) : { kind: 'document', document: value, wrapped: false };
}

/** Only databases write `_revisions`; a document inside of another one has none. */
export function isSurelyDocument(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { _id: id, _rev: rev, _revisions: revisions } = value;
  const isDocument =
    typeof id === 'string' && typeof rev === 'string' && isRevision(rev) && isFields(revisions);
  return isDocument || isSurelyRow(value);
}

export const docs: EntryFormat = {
  framer: (limits, offset) =>
    new ElementFramer({ key: 'docs', lines: false, telling: TELLING }, limits, offset),
  rules: { revision: 'optional' },
  unwrap: unwrapDocument,
  isSurely: isSurelyDocument,
};
