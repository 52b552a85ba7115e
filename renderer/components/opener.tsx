/** The button in a row of a table that opens what the row is about. A click anywhere in the row does so, too. */
import type { ReactNode } from 'react';

interface Props {
  readonly onOpen: () => void;
  readonly children: ReactNode;
}

export function Opener({ onOpen, children }: Props) {
  return (
    <button
      type="button"
      className="opener"
      data-opener
      onClick={(event) => {
        event.stopPropagation();
        onOpen();
      }}
    >
      <bdi>{children}</bdi>
    </button>
  );
}
