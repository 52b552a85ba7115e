/** `cht-android-300`: documents without revisions, from a writer that can stop early. See `docs.ts`. */
import { docs } from './docs.ts';
import type { EntryFormat } from './reader.ts';

export const chtAndroid300: EntryFormat = { ...docs, maybeIncomplete: () => true };
