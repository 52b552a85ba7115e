/** Revision ids and histories from readable names. A history stands newest first, as everywhere in the station. */
import { createHash } from 'node:crypto';

/** A revision id of the right length from a readable name: `rev(2, 'b')`. */
export function rev(generation: number, name: string): string {
  return `${generation}-${createHash('md5').update(name).digest('hex')}`;
}

/** The history `3-c, 2-b, 1-a` from `chain('abc')`, newest first. */
export function chain(names: string): string[] {
  return Array.from(names, (_, at) => rev(at + 1, names.slice(0, at + 1))).reverse();
}

/**
 * Short ids, for rules that never look into them: `lineage('a', 'b', 'c')` is `['3-c', '2-b', '1-a']`: ids oldest first, revisions newest first.
 */
export function lineage(...ids: readonly string[]): string[] {
  return ids.map((id, index) => `${index + 1}-${id}`).reverse();
}

/** As `lineage`, but only the newest `known` revisions are known. */
export function stemmed(known: number, ...ids: readonly string[]): string[] {
  return lineage(...ids).slice(0, known);
}

/** A history as `_revisions` has it. */
export function revisions(history: readonly string[]): { start: number; ids: string[] } {
  return { start: history.length, ids: history.map((one) => one.slice(one.indexOf('-') + 1)) };
}
