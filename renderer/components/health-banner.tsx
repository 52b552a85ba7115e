import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { LEDGER_TROUBLES } from '../../shared/health.ts';
import { useQuery } from '../hooks/use-query.ts';
import { sentenceIn } from './failure.tsx';

/** While the history or the store cannot be opened: what is wrong, wherever the person is. */
export function HealthBanner() {
  const { t } = useTranslation();
  const { value: health } = useQuery('health.get', {}, ['health']);
  if (health === undefined) return null;
  const { ledger, store } = health;
  const code = ledger.state === 'good' ? store.error : LEDGER_TROUBLES[ledger.state];
  if (code === null) return null;
  const { sentence, action } = sentenceIn(t, code);
  return (
    <div className="banner" role="alert">
      <TriangleAlert aria-hidden size={22} />
      <strong>{sentence}</strong> <span>{action}</span>
    </div>
  );
}
