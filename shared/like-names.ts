/** Whether two names may be those of one person, written down twice. */
import { folded } from './finding.ts';

/** One letter in so many may differ. */
const LETTERS_FOR_ONE = 4;
const LONGEST = 60;

/** In any order, without accents and capitals, with a letter or so that differs. Numbers are never like others. */
export function isLikeName(one: string, other: string): boolean {
  const [a, b] = [plainName(one), plainName(other)];
  if (a === '' || b === '' || digitsOf(a) !== digitsOf(b)) return false;
  if (a === b) return true;
  const allowed = Math.floor(Math.min(a.length, b.length, LONGEST) / LETTERS_FOR_ONE);
  return a.length <= LONGEST && b.length <= LONGEST && lettersApart(a, b) <= Math.min(allowed, 2);
}

function plainName(name: string): string {
  const words = folded(name.slice(0, 4 * LONGEST)).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.toSorted().join(' ');
}

const digitsOf = (name: string): string => name.replaceAll(/\P{N}/gu, '');

/** Letters that have to be added, left out or changed to come from one to the other (Levenshtein). */
function lettersApart(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
