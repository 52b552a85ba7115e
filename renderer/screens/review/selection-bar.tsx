/** What can be done with the selected rows. */
import { Check, Pause, RotateCcw, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { approveThese, holdThese, releaseThese, type Decision } from './decisions.ts';
import { HoldDialog } from './hold-dialog.tsx';
import { idsIn, type Selection } from './selection.ts';
import { useDecide, type Verb } from './use-decide.ts';

interface Props {
  readonly batch: string;
  readonly selection: Selection;
  readonly onDone: () => void;
}

export function SelectionBar({ batch, selection, onDone }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const { busy, decide } = useDecide();
  const [holding, setHolding] = useState(false);
  const ids = idsIn(selection);
  const run = async (verb: Verb, work: () => Promise<Decision>) => {
    if (await decide(verb, work)) onDone();
  };
  return (
    <div className="decide-bar" role="group" aria-label={t('select.title')}>
      <strong role="status">{t('select.count', { count: selection.chosen.size })}</strong>
      <Button
        look="main"
        icon={Check}
        isDisabled={busy}
        onPress={() => void run('approved', () => approveThese(client, batch, ids))}
      >
        {t('action.approve')}
      </Button>
      <Button icon={Pause} isDisabled={busy} onPress={() => setHolding(true)}>
        {t('action.hold')}
      </Button>
      <Button
        icon={RotateCcw}
        isDisabled={busy}
        onPress={() => void run('released', () => releaseThese(client, batch, ids))}
      >
        {t('action.release')}
      </Button>
      <Button look="quiet" icon={X} onPress={onDone}>
        {t('select.clear')}
      </Button>
      <HoldDialog
        count={selection.chosen.size}
        open={holding}
        onClose={() => setHolding(false)}
        onHold={(reason) => void run('held', () => holdThese(client, batch, ids, reason))}
      />
    </div>
  );
}
