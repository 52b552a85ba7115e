/** Which elements of two arrays belong together. */
import { canonicalValue } from './content.ts';

/** Above this many comparisons elements are matched by position: a bound on time and memory. */
const MAX_COMPARISONS = 250_000;

/** Two elements that belong together but differ, or one that was taken out or put in. */
export interface AlignedPair {
  /** Index in the newer array; of an element that was taken out: in the older one. */
  readonly index: number;
  readonly before: unknown;
  readonly after: unknown;
  readonly change: 'changed' | 'taken-out' | 'put-in';
}

/**
 * The differences of two arrays: equal elements are matched in the longest way that keeps their order, and
 * between two matches what is left is paired one to one; the rest was taken out or put in.
 */
export function alignArrays(before: readonly unknown[], after: readonly unknown[]): AlignedPair[] {
  if (before.length === 1 && after.length === 1) return pairUp(before, after, [0, 1], [0, 1]);
  const [older, newer] = [
    before.map((value) => canonicalValue(value)),
    after.map((value) => canonicalValue(value)),
  ];
  let start = 0;
  while (start < older.length && start < newer.length && older[start] === newer[start]) start += 1;
  let [endOlder, endNewer] = [older.length, newer.length];
  while (endOlder > start && endNewer > start && older[endOlder - 1] === newer[endNewer - 1]) {
    endOlder -= 1;
    endNewer -= 1;
  }
  const matches = longestMatch(older.slice(start, endOlder), newer.slice(start, endNewer));
  const pairs: AlignedPair[] = [];
  let [fromOlder, fromNewer] = [start, start];
  for (const [offsetOlder, offsetNewer] of [...matches, [endOlder - start, endNewer - start] as const]) {
    const [toOlder, toNewer] = [start + offsetOlder, start + offsetNewer];
    pairs.push(...pairUp(before, after, [fromOlder, toOlder], [fromNewer, toNewer]));
    [fromOlder, fromNewer] = [toOlder + 1, toNewer + 1];
  }
  return pairs;
}

type Range = readonly [from: number, to: number];

/** Two stretches without an equal element, paired one to one as far as the shorter goes. */
function pairUp(
  before: readonly unknown[],
  after: readonly unknown[],
  older: Range,
  newer: Range,
): AlignedPair[] {
  const [countOlder, countNewer] = [older[1] - older[0], newer[1] - newer[0]];
  return Array.from({ length: Math.max(countOlder, countNewer) }, (_, offset) => {
    const [at, to] = [older[0] + offset, newer[0] + offset];
    if (offset >= countNewer)
      return { index: at, before: before[at] ?? null, after: undefined, change: 'taken-out' };
    if (offset >= countOlder)
      return { index: to, before: undefined, after: after[to] ?? null, change: 'put-in' };
    return { index: to, before: before[at] ?? null, after: after[to] ?? null, change: 'changed' };
  });
}

/** The longest common subsequence of two lists of texts, as pairs of indexes. */
function longestMatch(older: readonly string[], newer: readonly string[]): (readonly [number, number])[] {
  if (older.length * newer.length > MAX_COMPARISONS) return matchByPosition(older, newer);
  const width = newer.length + 1;
  // lengths[i * width + j]: the longest match of older[i…] and newer[j…].
  const lengths = new Uint32Array((older.length + 1) * width);
  const lengthAt = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = older.length - 1; i >= 0; i -= 1) {
    for (let j = newer.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        older[i] === newer[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const matches: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < older.length && j < newer.length) {
    if (older[i] === newer[j]) {
      matches.push([i, j]);
      i += 1;
      j += 1;
    } else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i += 1;
    else j += 1;
  }
  return matches;
}

function matchByPosition(older: readonly string[], newer: readonly string[]): (readonly [number, number])[] {
  return older.flatMap((text, index) => (text === newer[index] ? [[index, index] as const] : []));
}
