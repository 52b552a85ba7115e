/** How long somebody has not come: in words, and as a bar that grows for three months. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../hooks/use-format.ts';

/** A month without a visit is worth a call; two are late. */
const WORTH_A_CALL = 30;
const LATE = 60;
const WHOLE_BAR = 90;

/** `at`: the last visit, ISO 8601; `null`: there was none. */
export function Absence({ at }: { readonly at: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (at === null) return <span className="absence-never">{t('workers.never')}</span>;
  const days = format.days(at);
  const tone = days >= LATE ? 'bad' : days >= WORTH_A_CALL ? 'warning' : 'good';
  return (
    <div className={`absence tone-${tone}`}>
      <time dateTime={at} title={format.moment(at)}>
        {days === 0 ? t('workers.today') : t('workers.days', { count: days })}
      </time>
      <span className="absence-bar" aria-hidden>
        <span style={{ inlineSize: `${Math.max(4, Math.min(100, (100 * days) / WHOLE_BAR))}%` }} />
      </span>
    </div>
  );
}
