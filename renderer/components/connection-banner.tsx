import { LoaderCircle, PlugZap } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../hooks/use-connection.ts';
import { useWaited } from '../hooks/use-waited.ts';

/** Browser mode only: the station is not there yet, was closed, or the computer slept. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const connection = useConnection();
  const waited = useWaited(1_000);
  if (connection === 'lost') {
    return (
      <div className="banner" role="alert">
        <PlugZap aria-hidden size={22} />
        <strong>{t('connection.lost')}</strong> <span>{t('connection.lostAction')}</span>
      </div>
    );
  }
  if (connection === 'connected' || !waited) return null;
  return (
    <div className="banner banner-plain" role="status">
      <LoaderCircle aria-hidden size={22} className="turning" />
      {t('connection.connecting')}
    </div>
  );
}
