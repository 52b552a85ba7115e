/** Whether records are taken in only while the disk is encrypted. */
import { useTranslation } from 'react-i18next';
import { failureSentence } from '../../components/failure.tsx';
import { Tick } from '../../components/tick.tsx';
import { notify } from '../../hooks/notices.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';

export function EncryptionRule() {
  const { t } = useTranslation();
  const client = useClient();
  const { value } = useQuery('health.rules', {}, ['settings']);
  const set = async (isRequired: boolean) => {
    try {
      await client.ask('health.set-rules', { encryption: isRequired ? 'required' : 'shown' });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <Tick
      chosen={value?.encryption === 'required'}
      disabled={value === undefined}
      onChange={(isRequired) => void set(isRequired)}
    >
      {t('health.require')}
    </Tick>
  );
}
