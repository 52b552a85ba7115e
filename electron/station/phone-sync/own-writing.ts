/**
 * What a phone's app writes to the server beside records: the checkpoints of its replications, and its read marks, error
 * reports and measurements in the database of its own user. Nobody reviews these, so nothing else may pass for one of them.
 */
import { kindOf } from '../../../shared/documents.ts';
import { fieldAt, isObject } from '../../../shared/untrusted.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import { plainBody } from './plainly-written.ts';

/** The app's other writing requests (app-paths.ts). */
export type OwnWriting = 'checkpoint' | 'meta';

/** A checkpoint holds a handful of positions; on a server of several machines each has some hundred characters. */
const CHECKPOINT_BYTES = 64 * 1024;
const OF_CHECKPOINT = ['_id', '_rev', 'session_id', 'history', 'replicator', 'version', 'last_seq'];
const OF_SESSION = ['last_seq', 'session_id'];
/** What CHT's app writes into `medic-user-NAME-meta` (docs/cht.md). */
const OF_META = ['read-mark', 'feedback', 'telemetry'];

/** Whether the request is what it is sent as. */
export function isOwnWriting(what: OwnWriting, request: AppRequest): boolean {
  const asked = plainBody(request)?.asked;
  if (asked === undefined) return false;
  return what === 'meta' ? isOfMeta(asked) : isCheckpoint(asked, request.body?.byteLength ?? 0);
}

/** As PouchDB's checkpointer writes it: positions and names of sessions. */
function isCheckpoint(asked: object, bytes: number): boolean {
  const history = fieldAt(asked, 'history') ?? [];
  return (
    bytes <= CHECKPOINT_BYTES &&
    hasOnly(asked, OF_CHECKPOINT, 'history') &&
    Array.isArray(history) &&
    (history as unknown[]).every((session) => isObject(session) && hasOnly(session, OF_SESSION))
  );
}

/** No other fields than these, each of them a text or a number but for the one that is left out. */
function hasOnly(value: object, fields: readonly string[], but?: string): boolean {
  return Object.entries(value).every(
    ([field, inner]) =>
      fields.includes(field) && (field === but || typeof inner === 'string' || typeof inner === 'number'),
  );
}

function isOfMeta(asked: object): boolean {
  const docs = fieldAt(asked, 'docs');
  return (
    fieldAt(asked, 'new_edits') === false &&
    Array.isArray(docs) &&
    Object.keys(asked).length === 2 &&
    (docs as unknown[]).every((doc) => {
      const id = fieldAt(doc, '_id');
      return (
        isObject(doc) && typeof id === 'string' && OF_META.includes(kindOf(id, doc, doc['_deleted'] === true))
      );
    })
  );
}
