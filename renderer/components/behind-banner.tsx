import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../hooks/use-format.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';

/** A station that was restored from a backup says wherever the person is that it may be behind, and who still has to compare. */
export function BehindBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { status } = useStationStatus();
  const since = status?.behindSince ?? null;
  if (since === null) return null;
  const people = status?.notCaughtUp ?? [];
  return (
    <div className="banner banner-plain" role="status">
      <History aria-hidden size={22} />
      <strong>{t('behind.title', { at: format.moment(since) })}</strong>{' '}
      <span>
        {t('behind.compare')}
        {people.length === 0 ? null : ` ${t('behind.people', { people: format.list(people) })}`}
      </span>
    </div>
  );
}
