/** Whether everybody, or only an administrator, may let a phone send what nobody approved. */
import { useTranslation } from 'react-i18next';
import { failureSentence } from '../../components/failure.tsx';
import { Tick } from '../../components/tick.tsx';
import { notify } from '../../hooks/notices.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';

export function PhoneRule() {
  const { t } = useTranslation();
  const client = useClient();
  const { value } = useQuery('phones.rules', {}, ['settings']);
  const set = async (isStrict: boolean) => {
    try {
      await client.ask('phones.set-rules', { agreeing: isStrict ? 'admin' : 'everybody' });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <Tick
      chosen={value?.agreeing === 'admin'}
      disabled={value === undefined}
      onChange={(isStrict) => void set(isStrict)}
    >
      {t('settings.agreeing')}
    </Tick>
  );
}
