/** `wrapped-docs`: rows in the place of documents. See `docs.ts`. */
import { docs } from './docs.ts';
import type { EntryFormat } from './reader.ts';

export const wrappedDocs: EntryFormat = docs;
