/** `ndjson`: one document (or row) a line. */
import { isSurelyDocument, unwrapDocument } from './docs.ts';
import { ValueFramer } from './value-framer.ts';
import type { EntryFormat } from './reader.ts';

export const ndjson: EntryFormat = {
  framer: (limits, offset) => new ValueFramer(limits, offset),
  rules: { revision: 'optional' },
  unwrap: unwrapDocument,
  isSurely: isSurelyDocument,
};
