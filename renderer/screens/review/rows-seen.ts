/** Where somebody was in a list of records, so that whoever comes back to it is there again. Kept while the window is open. */
import type { ChangeRow } from '../../../shared/review.ts';

interface Seen {
  /** The index of the active row. */
  readonly active: number;
  readonly opened: ChangeRow | null;
}

/** Lists that were left; the oldest are forgotten. */
const MOST = 50;
const lists = new Map<string, Seen>();

/** @param list what the list asks for */
export function rowsSeen(list: string): Seen & { readonly keep: (seen: Seen) => void } {
  const { active, opened } = lists.get(list) ?? { active: 0, opened: null };
  return {
    active,
    opened,
    keep: (seen) => {
      lists.delete(list);
      lists.set(list, seen);
      for (const oldest of lists.keys()) {
        if (lists.size <= MOST) break;
        lists.delete(oldest);
      }
    },
  };
}
