/** In which order documents go to the server (docs/rules.md §3.7). */
import type { DocumentKind } from './document-kinds.ts';

/** Kinds that are not listed go last. */
const KIND_ORDER: readonly DocumentKind[] = [
  'contact',
  'report',
  'message',
  'task',
  'target',
  'user-settings',
];

export interface Sendable {
  readonly id: string;
  readonly kind: DocumentKind;
  /** From `needsOf`; ids that are not among the items are passed over. */
  readonly needs: readonly string[];
  readonly deleted?: boolean;
}

/**
 * The items in an order in which nothing goes before what it needs: contacts before reports, messages,
 * tasks, targets and user-settings, parents before children. Deletions come after everything that stays,
 * and among themselves the other way round: a child is deleted before its parent. What the rules do not
 * order keeps its order. A circle of needs, which only damaged documents form, is cut somewhere.
 */
export function orderForSending<T extends Sendable>(items: readonly T[]): T[] {
  const staying = items.filter((item) => item.deleted !== true);
  const deletions = items.filter((item) => item.deleted === true);
  return [...neededFirst(byKind(staying)), ...neededFirst(byKind(deletions)).reverse()];
}

function byKind<T extends Sendable>(items: readonly T[]): T[] {
  const rank = ({ kind }: T): number =>
    KIND_ORDER.includes(kind) ? KIND_ORDER.indexOf(kind) : KIND_ORDER.length;
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/** Depth first without recursion: an item is put out once everything it needs has been put out. */
function neededFirst<T extends Sendable>(items: readonly T[]): T[] {
  const waiting = groupedById(items);
  const seen = new Set<T>();
  const ordered: T[] = [];
  for (const first of items) {
    const open: { item: T; needs: string[] }[] = [];
    const visit = (item: T): void => {
      if (seen.has(item)) return;
      seen.add(item);
      open.push({ item, needs: item.needs.toReversed() });
    };
    visit(first);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const need = top.needs.pop();
      if (need === undefined) {
        ordered.push(top.item);
        open.pop();
      } else {
        // Several leaves of one document may be on their way; each group is looked at once.
        waiting.get(need)?.toReversed().forEach(visit);
        waiting.delete(need);
      }
    }
  }
  return ordered;
}

function groupedById<T extends Sendable>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.id);
    if (group === undefined) groups.set(item.id, [item]);
    else group.push(item);
  }
  return groups;
}
