/**
 * `replication-stream`: the files of `pouchdb-replication-stream` and `pouchdb-dump-cli`. The header line
 * `{version, db_type, start_time, db_info}`, then lines `{"docs": […]}` and `{"seq": n}`. A line may hold
 * many documents with their attachments, so each document is a record, not each line.
 */
import type { DumpClaims } from '../../../shared/dump.ts';
import type { Limits } from '../../../shared/limits.ts';
import { isSurelyDocument } from './docs.ts';
import { ElementFramer } from './element-framer.ts';
import { TELLING } from './own-counts.ts';
import { claimsOfDatabase } from './claims.ts';
import type { EntryFormat, Header } from './reader.ts';
import { isFields } from './fields.ts';

export const replicationStream: EntryFormat = {
  framer: (limits, offset) =>
    new ElementFramer({ key: 'docs', lines: true, telling: TELLING }, limits, offset),
  rules: { revision: 'required' },
  unwrap: (document) => ({ kind: 'document', document, wrapped: false }),
  isSurely: isSurelyDocument,
  claims: claimsOfHeader,
  counts: (header) => infoOf(header),
};

function infoOf(header: Header): Header {
  return isFields(header['db_info']) ? header['db_info'] : {};
}

/** `db_info` is what the database says of itself: its name, and for a server its address. */
function claimsOfHeader(header: Header, limits: Limits): DumpClaims {
  const { db_name: name, host } = infoOf(header);
  return claimsOfDatabase(
    typeof name === 'string' ? name : '',
    typeof host === 'string' ? host : undefined,
    limits,
  );
}
