/** Which rows of a list are selected, and the active row that the keys move. Plain values, no React. */
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
  /** Something about it is unusual: approving it is asked about. */
  readonly unusual: boolean;
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
