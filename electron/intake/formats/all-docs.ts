/**
 * `all-docs`: `{"total_rows", "offset", "rows": [{id, key, value: {rev}, doc}]}`, what PouchDB's and
 * CouchDB's `allDocs({include_docs, attachments})` give. Winning revisions only: no history, no deletions
 * unless asked for by key, no losing leaves.
 */
import { ElementFramer } from './element-framer.ts';
import { TELLING } from './own-counts.ts';
import type { EntryFormat } from './reader.ts';
import { isSurelyRow, unwrapRow } from './rows.ts';

export const allDocs: EntryFormat = {
  framer: (limits, offset) =>
    new ElementFramer({ key: 'rows', lines: false, telling: TELLING }, limits, offset),
  rules: { revision: 'required' },
  unwrap: unwrapRow,
  isSurely: isSurelyRow,
};
