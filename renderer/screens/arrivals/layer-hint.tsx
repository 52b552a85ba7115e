/** That nothing plugged in is seen at the moment, and what can be done meanwhile. */
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeviceLayer } from '../../../shared/sources.ts';
import { sentenceIn } from '../../components/failure.tsx';
import { LookAgain } from './look-again.tsx';

export function LayerHint({ layer }: { readonly layer: DeviceLayer }) {
  const { t } = useTranslation();
  if (layer.kind !== 'restarting' && layer.kind !== 'blind') return null;
  const { sentence, action } = sentenceIn(t, layer.kind === 'blind' ? 'devices-blind' : 'devices-ended');
  const what = layer.kind === 'blind' ? layer.what.map((one) => t(`arrivals.blind.${one}`)).join(' ') : '';
  return (
    <div className="hint tone-warning" role="status">
      <TriangleAlert aria-hidden size={20} />
      <span>
        <strong>{sentence}</strong> {what} {action}
      </span>
      <LookAgain source={null} words={t('arrivals.lookAgain')} />
    </div>
  );
}
