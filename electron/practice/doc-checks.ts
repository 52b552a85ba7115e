/**
 * What CouchDB checks before it looks into its database: is this a document at all? A failure here refuses
 * the whole request, and nothing of it is stored (docs/cht-exchanges.md §3;
 * wording after CouchDB's `couch_doc:from_json_obj`).
 */
import { couchError, isObject } from './http.ts';
import type { Attachment, Doc, Revisions } from './pouch.ts';

const DROPPED = ['_revs_info', '_local_seq', '_conflicts', '_deleted_conflicts'];
const KEPT = [
  '_replication_id',
  '_replication_state',
  '_replication_state_time',
  '_replication_state_reason',
  '_replication_stats',
];

const invalid = (reason: string) => couchError(400, 'doc_validation', reason);
const illegalId = (reason: string) => couchError(400, 'illegal_docid', reason);

/** Ids of 32 characters are numbers to CouchDB: hexadecimal, written in lower case. */
function revisionId(id: string): string | undefined {
  if (id.length !== 32) return id;
  return /^[0-9a-fA-F]{32}$/.test(id) ? id.toLowerCase() : undefined;
}

/** A revision in CouchDB's own spelling. Throws 400 `Invalid rev format`. */
export function checkedRev(rev: unknown): string {
  const match = typeof rev === 'string' ? /^([+-]?\d+)-(.*)$/s.exec(rev) : null;
  const id = match ? revisionId(match[2] ?? '') : undefined;
  if (!match || id === undefined) throw couchError(400, 'bad_request', 'Invalid rev format');
  return `${Number(match[1])}-${id}`;
}

function checkedId(id: unknown): string {
  if (typeof id !== 'string') throw illegalId('Document id must be a string');
  if (id === '') throw illegalId('Document id must not be empty');
  if (id === '_design/' || id === '_local/') throw illegalId(`Illegal document id \`${id}\``);
  if (id.startsWith('_') && !id.startsWith('_design/') && !id.startsWith('_local/')) {
    throw illegalId('Only reserved document ids may start with underscore.');
  }
  return id;
}

function checkedRevisions(value: Record<string, unknown>): Revisions {
  const { start, ids } = value;
  if (!Number.isInteger(start)) throw invalid("_revisions.start isn't an integer.");
  if (!Array.isArray(ids)) throw invalid("_revisions.ids isn't a array.");
  const checked = ids.map((id: unknown) => {
    if (typeof id !== 'string') throw invalid("RevId isn't a string");
    const spelled = revisionId(id);
    if (spelled === undefined) throw invalid("RevId isn't a valid hexadecimal");
    return spelled;
  });
  return { start: start as number, ids: checked };
}

/** Is it base64 as Erlang reads it: white space is passed over, padding is required? */
function isBase64(data: unknown): data is string {
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) return false;
  return data.replace(/\s+/g, '').length % 4 === 0;
}

function checkedAttachments(value: Record<string, unknown>): Record<string, Attachment> {
  const checked: Record<string, Attachment> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!isObject(given)) throw invalid('Bad special document member: _attachments');
    if (name.startsWith('_')) {
      const reason = `Attachment name '${name}' starts with prohibited character '_'`;
      throw couchError(400, 'bad_request', reason);
    }
    const revpos = typeof given.revpos === 'number' ? { revpos: given.revpos } : {};
    const type = typeof given.content_type === 'string' ? given.content_type : 'application/octet-stream';
    if (given.stub === true) checked[name] = { stub: true, content_type: type, ...revpos };
    // Parts of a multipart body arrive as bytes already.
    else if (Buffer.isBuffer(given.data)) checked[name] = { data: given.data, content_type: type, ...revpos };
    else if (isBase64(given.data)) {
      checked[name] = { data: given.data.replace(/\s+/g, ''), content_type: type, ...revpos };
    } else throw couchError(400, 'bad_request', `Invalid attachment data for ${name}`);
  }
  return checked;
}

/** A document as CouchDB understood it. Throws the 400s of the table. */
export function checkedDoc(given: Record<string, unknown>): Doc {
  const doc: Doc = { _id: '' };
  for (const [name, value] of Object.entries(given)) {
    if (name === '_id') doc._id = checkedId(value);
    else if (name === '_rev') doc._rev = checkedRev(value);
    else if (name === '_revisions' && isObject(value)) doc._revisions = checkedRevisions(value);
    else if (name === '_attachments' && isObject(value)) doc._attachments = checkedAttachments(value);
    else if (name === '_deleted' && typeof value === 'boolean') {
      if (value) doc._deleted = true;
    } else if (!name.startsWith('_') || KEPT.includes(name)) doc[name] = value;
    else if (!DROPPED.includes(name)) throw invalid(`Bad special document member: ${name}`);
  }
  return doc;
}

/**
 * The revision and history a replicated document is stored under. Where `_revisions` and `_rev` disagree, it is
 * `_revisions` (docs/cht-exchanges.md §2). Throws 400 where the document carries neither.
 */
export function withHistory(doc: Doc): Doc & { _rev: string; _revisions: Revisions } {
  if (doc._revisions !== undefined && doc._revisions.ids.length > 0) {
    const { start, ids } = doc._revisions;
    return { ...doc, _rev: `${start}-${ids[0]}`, _revisions: { start, ids } };
  }
  if (doc._rev === undefined) {
    const reason = 'When `new_edits: false`, the document needs `_rev` or `_revisions` specified';
    throw couchError(400, 'bad_request', reason);
  }
  const own = doc._rev.slice(doc._rev.indexOf('-') + 1);
  return { ...doc, _rev: doc._rev, _revisions: { start: Number.parseInt(doc._rev, 10), ids: [own] } };
}
