import { LoaderCircle } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../hooks/use-query.ts';

/** Something that was asked for takes its time: no click is without an answer. */
export function WorkingSign() {
  const { t } = useTranslation();
  const { slow } = useClient();
  const isSlow = useSyncExternalStore(slow.on, slow.is);
  return (
    <div className="working" role="status">
      {isSlow ? (
        <span className="working-sign">
          <LoaderCircle aria-hidden size={16} className="turning" />
          {t('app.working')}
        </span>
      ) : null}
    </div>
  );
}
