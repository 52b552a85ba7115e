/** What can be done about a file whose reading ended the program twice: it is read again, or dismissed. */
import { EyeOff, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { notify } from '../hooks/notices.ts';
import { useClient } from '../hooks/use-query.ts';
import { Button } from './button.tsx';
import { failureSentence } from './failure.tsx';

export function GivenUp({ dump }: { readonly dump: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const ask = (name: 'intake.again' | 'intake.dismiss') => {
    client.ask(name, { dump }).catch((failure: unknown) => {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    });
  };
  return (
    <div className="today-line">
      <Button icon={RotateCcw} onPress={() => ask('intake.again')}>
        {t('today.readAgain')}
      </Button>
      <Button look="quiet" icon={EyeOff} onPress={() => ask('intake.dismiss')}>
        {t('today.dismiss')}
      </Button>
    </div>
  );
}
