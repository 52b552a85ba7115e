import { useEffect, useRef, type ReactNode } from 'react';

interface Props {
  /** The way back, where the place was opened from a list. */
  readonly before?: ReactNode;
  readonly title: ReactNode;
  /** Changes when another thing is shown in the same place; the focus then moves to its heading. */
  readonly about?: string;
  /** Small facts below the title. */
  readonly under?: ReactNode;
  readonly children?: ReactNode;
}

/** The heading of a place takes the focus when the place opens, so that it is read out and Tab goes on from here. */
export function PlaceHead({ before, title, under, about, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Somebody who is already typing or was led to a control of this place keeps the focus there.
    if (document.activeElement?.closest('main') == null) heading.current?.focus({ preventScroll: true });
  }, [about]);
  return (
    <header className="place-head">
      {before}
      <div className="place-title">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {under === undefined ? null : <div className="place-under">{under}</div>}
      </div>
      {children}
    </header>
  );
}
