/** Has a source, or everything that is plugged in, looked at again. */
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { notify } from '../../hooks/notices.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';

interface Props {
  /** `null`: everything that is plugged in. */
  readonly source: string | null;
  readonly words: string;
}

export function LookAgain({ source, words }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const look = async () => {
    setBusy(true);
    try {
      await client.ask('sources.look', source === null ? {} : { source });
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button look="quiet" icon={RotateCw} isDisabled={busy} onPress={() => void look()}>
      {words}
    </Button>
  );
}
