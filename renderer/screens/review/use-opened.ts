/** The record that is opened beside its list: how it is stepped through and closed, by keys, too. */
import type { ChangeRow } from '../../../shared/review.ts';
import type { Changes } from '../../hooks/use-changes.ts';
import { useKeys } from '../../hooks/use-keys.ts';
import { moveTo, type Selection } from './selection.ts';

interface Of {
  readonly changes: Changes;
  readonly selection: Selection;
  readonly setSelection: (selection: Selection) => void;
  readonly opened: ChangeRow | null;
  readonly setOpened: (row: ChangeRow | null) => void;
  /** Leaves the list. */
  readonly back: () => void;
}

export function useOpened({ changes, selection, setSelection, opened, setOpened, back }: Of) {
  const close = () => {
    setOpened(null);
    document.querySelector<HTMLElement>('[data-changes]')?.focus({ preventScroll: true });
  };
  const step = (by: number) => {
    const next = moveTo(selection, selection.active + by, changes.total ?? 0);
    setSelection(next);
    const row = changes.row(next.active);
    if (opened !== null && row !== undefined) setOpened(row);
  };
  useKeys({ j: () => step(1), k: () => step(-1), Escape: () => (opened === null ? back() : close()) });
  return { close, step };
}
