/** One decision for all that a list shows, in any number of batches. Each button says how many it is about. */
import { CheckCheck, Pause, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangeClass, ChangeState } from '../../../shared/review.ts';
import type { ChangeParams } from '../../hooks/use-changes.ts';
import { RECORD_TOPICS } from '../../hooks/record-topics.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { DECIDABLE_CLASSES } from '../../components/decidable.ts';
import { approveListed, holdListed, releaseListed } from './decisions.ts';
import { HoldDialog } from './hold-dialog.tsx';
import { useDecide } from './use-decide.ts';

interface Props {
  /** What the list asks for. */
  readonly filter: ChangeParams;
  readonly onDone?: () => void;
}

export function DecideMany({ filter, onDone }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const { busy, decide } = useDecide();
  const [holding, setHolding] = useState(false);
  const ordinary = useTotal({ ...filter, ordinary: true });
  const open = useTotal(within(filter, ['open']));
  const unsent = within(filter, ['open', 'approved']);
  const toHold = useTotal(unsent);
  const decided = within(filter, ['approved', 'held']);
  const toOpen = useTotal(decided);
  const others = open - ordinary;
  const run = async (...of: Parameters<typeof decide>) => {
    if (await decide(...of)) onDone?.();
  };
  return (
    <div className="decide-bar" role="group" aria-label={t('many.title')}>
      <Button
        icon={CheckCheck}
        isDisabled={busy || ordinary === 0}
        onPress={() => void run('approved', () => approveListed(client, filter))}
      >
        {t('many.approve', { count: ordinary })}
      </Button>
      <Button icon={Pause} isDisabled={busy || toHold === 0} onPress={() => setHolding(true)}>
        {t('many.hold', { count: toHold })}
      </Button>
      <Button
        icon={RotateCcw}
        isDisabled={busy || toOpen === 0}
        onPress={() => void run('released', () => releaseListed(client, decided))}
      >
        {t('many.release', { count: toOpen })}
      </Button>
      <p className="help">{others > 0 ? t('decide.others', { count: others }) : ''}</p>
      <HoldDialog
        count={toHold}
        open={holding}
        onClose={() => setHolding(false)}
        onHold={(reason) => void run('held', () => holdListed(client, unsent, reason))}
      />
    </div>
  );
}

/** Of a list only what is in one of these states and can be decided on. */
function within(filter: ChangeParams, states: readonly ChangeState[]): ChangeParams {
  const classes: readonly ChangeClass[] = filter.classes ?? DECIDABLE_CLASSES;
  return {
    ...filter,
    classes: DECIDABLE_CLASSES.filter((one) => classes.includes(one)),
    states: states.filter((one) => filter.states?.includes(one) ?? true),
  };
}

function useTotal(filter: ChangeParams): number {
  const list = useQuery('changes.list', { ...filter, limit: 1 }, RECORD_TOPICS);
  return list.current ? (list.value?.total ?? 0) : 0;
}
