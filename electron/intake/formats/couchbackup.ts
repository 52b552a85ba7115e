/**
 * `couchbackup`: the files of `@cloudant/couchbackup`: a header line `{name, version, mode, …}` (absent in
 * files of old versions), then one JSON array of documents a line. Without its option for attachments the
 * documents carry stubs: such a document counts as unreadable, because CouchDB refuses a whole write for a stub it does
 * not know.
 */
import { isSurelyDocument } from './docs.ts';
import { ElementFramer } from './element-framer.ts';
import type { EntryFormat } from './reader.ts';

export const couchbackup: EntryFormat = {
  // No key: an array inside of the header is not read.
  framer: (limits, offset) => new ElementFramer({ key: '', lines: true }, limits, offset),
  rules: { revision: 'required' },
  unwrap: (document) => ({ kind: 'document', document, wrapped: false }),
  isSurely: isSurelyDocument,
  // `shallow`: the winning revisions only.
  maybeIncomplete: (header) => header['mode'] === 'shallow',
};
