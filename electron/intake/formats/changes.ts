/**
 * `changes`: what `_changes?include_docs=true` gives, as one object (`{"results": […], "last_seq"}`) or, with
 * `feed=continuous`, line by line. Deletions are there, history is not, and of a document with several
 * leaves only the winner's body.
 */
import { isRevision } from '../../../shared/revisions.ts';
import { ElementFramer } from './element-framer.ts';
import { TELLING } from './own-counts.ts';
import { ValueFramer } from './value-framer.ts';
import type { Entry, EntryFormat } from './reader.ts';
import { isFields } from './fields.ts';
import { onlyNamed } from './rows.ts';

function revisionsOf(changes: unknown): unknown[] {
  return Array.isArray(changes)
    ? changes.map((change: unknown) => (isFields(change) ? change['rev'] : null))
    : [];
}

/** The document of `{seq, id, changes: [{rev}], deleted?, doc}`. */
export function unwrapChange(value: unknown): Entry {
  if (!isFields(value)) return { kind: 'refused', code: 'not-a-document', message: 'not an object' };
  const { id, doc } = value;
  // The last line of a continuous feed.
  if (id === undefined && value['last_seq'] !== undefined) return { kind: 'nothing' };
  const revisions = revisionsOf(value['changes']);
  if (!isFields(doc)) {
    if (doc !== null && doc !== undefined) {
      return { kind: 'refused', code: 'not-a-document', message: 'doc is not an object', id };
    }
    return onlyNamed(id, revisions[0], value['deleted'] === true, 'a change without its document');
  }
  if (doc['_id'] !== id) return { kind: 'refused', code: 'bad-id', message: 'id and doc._id differ', id };
  if (!revisions.includes(doc['_rev'])) {
    return { kind: 'refused', code: 'bad-rev', message: 'doc._rev is not among the changes', id };
  }
  const otherLeaves = revisions.filter(
    (rev): rev is string => typeof rev === 'string' && rev !== doc['_rev'],
  );
  return { kind: 'document', document: doc, wrapped: true, otherLeaves };
}

function isSurelyChange(value: unknown): boolean {
  if (!isFields(value) || !isFields(value['doc'])) return false;
  const { _id: id, _rev: rev } = value['doc'];
  const revisions = revisionsOf(value['changes']);
  return typeof id === 'string' && id === value['id'] && revisions.includes(rev) && isRevision(String(rev));
}

const common = {
  rules: { revision: 'required' },
  unwrap: unwrapChange,
  isSurely: isSurelyChange,
} as const;

export const changesObject: EntryFormat = {
  ...common,
  framer: (limits, offset) =>
    new ElementFramer({ key: 'results', lines: false, telling: TELLING }, limits, offset),
};

export const changesLines: EntryFormat = {
  ...common,
  framer: (limits, offset) => new ValueFramer(limits, offset),
};
