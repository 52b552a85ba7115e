/** What can be done with the selected rows. */
import { Check, Pause, RotateCcw, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Deletions } from '../../../shared/deletions.ts';
import { notify } from '../../hooks/notices.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { AskFirst } from './ask-first.tsx';
import { approveThese, deletionsAmong, holdThese, releaseThese, type Decision } from './decisions.ts';
import { HoldDialog } from './hold-dialog.tsx';
import { idsIn, STAYS, type Selection } from './selection.ts';
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
  const items = [...selection.chosen.values()];
  const unusual = items.filter((item) => item.unusual || item.unplaced);
  const unplaced = items.filter((item) => item.unplaced).length;
  const [asking, setAsking] = useState(false);
  const [deletions, setDeletions] = useState<Deletions>({ records: 0, names: [] });
  const left = STAYS.map((why) => [why, items.filter(({ stays }) => stays === why).length] as const)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => t(`decide.stays.${why}`, { count }));
  const approve = (deleting = 0) =>
    void run('approved', () => approveThese(client, batch, ids, { deleting, unplaced }), left.join(' '));
  const ask = async () => {
    try {
      const found = await deletionsAmong(client, batch, ids);
      setDeletions(found);
      if (found.records > 0 || unusual.length > 0) setAsking(true);
      else approve();
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  const run = async (verb: Verb, work: () => Promise<Decision>, about?: string) => {
    if (await decide(verb, work, about)) onDone();
  };
  return (
    <div className="decide-bar" role="group" aria-label={t('select.title')}>
      <strong role="status">{t('select.count', { count: selection.chosen.size })}</strong>
      <Button look="main" icon={Check} isDisabled={busy} onPress={() => void ask()}>
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
      <AskFirst
        title={t('ask.many', { count: Math.max(unusual.length, deletions.records) })}
        {...(deletions.records > 0 ? deletions : { names: unusual.map(({ label }) => label) })}
        confirm={t('ask.approveMany', { count: items.length })}
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => approve(deletions.records)}
      >
        <p>
          {deletions.records > 0
            ? t('ask.deletes', { count: deletions.records })
            : t('ask.unusual', { count: unusual.length })}
        </p>
        {unplaced === 0 ? null : <p>{t('ask.unplaced', { count: unplaced })}</p>}
      </AskFirst>
      <HoldDialog
        count={selection.chosen.size}
        open={holding}
        onClose={() => setHolding(false)}
        onHold={(reason) => void run('held', () => holdThese(client, batch, ids, reason))}
      />
    </div>
  );
}
