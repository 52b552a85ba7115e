/** The record that was opened in a list. */
import type { ChangeRow } from '../../../shared/review.ts';
import { ChangePanel } from './change-panel.tsx';
import { keyOf } from './change-table.tsx';

interface Props {
  readonly opened: ChangeRow | null;
  readonly setOpened: (row: ChangeRow) => void;
  readonly close: () => void;
  readonly step: (by: number) => void;
}

export function OpenedPanel({ opened, setOpened, close, step }: Props) {
  if (opened === null) return null;
  return (
    <ChangePanel
      key={keyOf(opened)}
      id={opened.id}
      rev={opened.rev}
      onClose={close}
      onStep={step}
      onDecided={() => step(1)}
      onRevision={(rev) => setOpened({ ...opened, rev })}
    />
  );
}
