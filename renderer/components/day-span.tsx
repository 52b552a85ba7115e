/** From one day to another, both as YYYY-MM-DD; empty: from the first, or to the last. */
import { useTranslation } from 'react-i18next';

interface Props {
  readonly from: string;
  readonly to: string;
  readonly onChoose: (change: { readonly from?: string; readonly to?: string }) => void;
}

export function DaySpan({ from, to, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <div className="dates-span">
      <label className="field">
        <span>{t('filter.from')}</span>
        <input
          type="date"
          className="input"
          value={from}
          max={to}
          onChange={(event) => onChoose({ from: event.target.value })}
        />
      </label>
      <label className="field">
        <span>{t('filter.to')}</span>
        <input
          type="date"
          className="input"
          value={to}
          min={from}
          onChange={(event) => onChoose({ to: event.target.value })}
        />
      </label>
    </div>
  );
}
