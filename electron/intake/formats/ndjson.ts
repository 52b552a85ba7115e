/** `ndjson`: one document (or row) a line. */
import { unwrapDocument } from './docs.ts';
import { LineFramer } from './line-framer.ts';
import type { EntryFormat } from './reader.ts';

export const ndjson: EntryFormat = {
  framer: (limits, offset) => new LineFramer(limits, offset),
  rules: { revision: 'optional', digestOfCompressed: false },
  unwrap: unwrapDocument,
  isSurely: () => true,
};
