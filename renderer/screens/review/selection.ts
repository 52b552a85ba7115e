/** Which rows of a list are selected, and the active row that the keys move. Plain values, no React. */
import { APPROVABLE_CLASSES, type ChangeRow } from '../../../shared/review.ts';

export interface Selection {
  readonly active: number;
  /** Where a range begins that Shift extends. */
  readonly anchor: number;
  /** Keys of the selected rows, with what a decision wants to know of each. */
  readonly chosen: ReadonlyMap<string, Item>;
}

export const NOTHING: Selection = { active: 0, anchor: 0, chosen: new Map() };

export interface Item {
  readonly key: string;
  readonly id: string;
  readonly label: string;
  readonly deleted: boolean;
  /** Something about it is unusual, or nobody knows whether it is newer: approving it is asked about. */
  readonly unusual: boolean;
  readonly unplaced: boolean;
  /** Why approving it together with others leaves it as it is; `null`: it is approved. */
  readonly stays: Stays | null;
}

/** A conflict is settled, of two contents one is chosen, what the server refuses has a decision of its own, what is decided is decided. */
export const STAYS = ['conflict', 'contradiction', 'refused', 'decided'] as const;
export type Stays = (typeof STAYS)[number];

export function staysOf({
  class: kind,
  state,
  refusal,
  refusalApproved,
}: Pick<ChangeRow, 'class' | 'state' | 'refusal' | 'refusalApproved'>): Stays | null {
  if (state !== 'open')
    return refusal !== null && !refusalApproved && state === 'approved' ? 'refused' : 'decided';
  if (kind === 'conflict' || kind === 'contradiction') return kind;
  if (!APPROVABLE_CLASSES.includes(kind)) return 'decided';
  return refusal === null ? null : 'refused';
}

export function toggle(selection: Selection, index: number, item: Item): Selection {
  const chosen = new Map(selection.chosen);
  if (!chosen.delete(item.key)) chosen.set(item.key, item);
  return { active: index, anchor: index, chosen };
}

/** Adds every row from the anchor to `index`; the anchor stays. */
export function extend(selection: Selection, index: number, items: readonly Item[]): Selection {
  const chosen = new Map(selection.chosen);
  for (const item of items) chosen.set(item.key, item);
  return { ...selection, active: index, chosen };
}

export function moveTo(selection: Selection, index: number, total: number): Selection {
  const active = Math.min(Math.max(0, index), Math.max(0, total - 1));
  return { ...selection, active, anchor: active };
}

export function clear(selection: Selection): Selection {
  return { ...selection, chosen: new Map() };
}

/** The documents, each once. */
export function idsIn(selection: Selection): readonly string[] {
  return [...new Set([...selection.chosen.values()].map(({ id }) => id))];
}
