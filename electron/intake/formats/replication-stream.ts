/**
 * `replication-stream`: the files of `pouchdb-replication-stream` and `pouchdb-dump-cli`. The header line
 * `{version, db_type, start_time, db_info}`, then lines `{"docs": […]}` and `{"seq": n}`. A line may hold
 * many documents with their attachments, so each document is a record, not each line.
 */
import { isSurelyDocument } from './docs.ts';
import { ElementFramer } from './element-framer.ts';
import type { EntryFormat } from './reader.ts';

export const replicationStream: EntryFormat = {
  framer: (limits, offset) => new ElementFramer({ key: 'docs', lines: true }, limits, offset),
  // The tool also dumps a CouchDB server, and then passes its digests on.
  rules: { revision: 'required', digestOfCompressed: true },
  unwrap: (document) => ({ kind: 'document', document, wrapped: false }),
  isSurely: isSurelyDocument,
};
