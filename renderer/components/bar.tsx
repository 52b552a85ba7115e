/** How far something is, drawn inside a `ProgressBar`, which says it in words. */
interface Props {
  /** Percent; `null` where nobody knows. */
  readonly value: number | null;
}

export function Bar({ value }: Props) {
  return (
    <svg className="bar" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden>
      <rect className="bar-track" width="100" height="2" />
      <rect className={value === null ? 'bar-fill bar-unknown' : 'bar-fill'} width={value ?? 30} height="2" />
    </svg>
  );
}
