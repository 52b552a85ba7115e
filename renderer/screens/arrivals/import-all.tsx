/** Everything that was found on all sticks, phones and folders and is not here yet, with one press. */
import { HardDriveDownload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { takeAll, useIntakes } from '../../hooks/intakes.ts';
import { useJobs, useJobStore } from '../../hooks/jobs.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import type { Card } from './cards.ts';
import { chosenOf, isBusy, takesOf, type ImportChoices } from './import-choices.ts';

interface Props {
  readonly cards: readonly Card[];
  readonly choices: ImportChoices;
}

/** Where only one card has something, its own button says the same. */
export function ImportAll({ cards, choices }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const store = useJobStore();
  const jobs = useJobs();
  const intakes = useIntakes();
  const ready = cards.flatMap((card) => {
    const dumps = chosenOf(card, choices.of(card));
    return dumps.length === 0 || isBusy(card, jobs, intakes) ? [] : [{ card, dumps }];
  });
  if (ready.length < 2) return null;
  const take = () => {
    const takes = ready.flatMap(({ card, dumps }) => takesOf(dumps, choices.of(card).whose));
    choices.forget(ready.map(({ card }) => card));
    void takeAll(client, store, takes);
  };
  const count = ready.reduce((sum, { dumps }) => sum + dumps.length, 0);
  return (
    <Button look="main" icon={HardDriveDownload} onPress={take}>
      {t('arrivals.takeAll', { count })}
    </Button>
  );
}
