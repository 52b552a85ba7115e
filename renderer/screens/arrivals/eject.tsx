/** Makes a source ready to be unplugged; that it may be is said when it is true, and not before. */
import { Unplug } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../../shared/errors.ts';
import { notify } from '../../hooks/notices.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';
import type { Card } from './cards.ts';

/** @param main everything is taken: this is what is left to do */
export function Eject({ card, main }: { readonly card: Card; readonly main: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [source = ''] = card.sources;

  const eject = async () => {
    setBusy(true);
    try {
      await client.ask('sources.eject', { source });
      notify({ tone: 'good', text: t('arrivals.unplugNow', { name: card.name }) });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      const by =
        failure instanceof StationError && failure.code === 'eject-in-use' ? failure.detail : undefined;
      notify({
        tone: 'bad',
        text: `${card.name}: ${sentence}`,
        more: by === undefined ? action : `${t('arrivals.usedBy', { program: by })} ${action}`,
      });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button look={main ? 'main' : 'plain'} icon={Unplug} isDisabled={busy} onPress={() => void eject()}>
      {t('arrivals.eject')}
    </Button>
  );
}
