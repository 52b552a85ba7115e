/** A phone that synchronises: how far it is, what it would send before somebody agreed, and what came of it. */
import { RefreshCw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../../shared/contract.ts';
import { GOING, type SyncPlan } from '../../../../shared/phone-sync.ts';
import { Button } from '../../../components/button.tsx';
import { Progress } from '../../../components/progress.tsx';
import { endWords } from '../../../components/results.ts';
import { useFormat } from '../../../hooks/use-format.ts';
import { whoseSync } from './own-readings.ts';
import type { Wanted } from './phone-list.tsx';

interface Props {
  readonly job: Job;
  readonly disabled: boolean;
  readonly onAgree: (wanted: Wanted, digest: string) => void;
}

export function SyncOutcome({ job, disabled, onAgree }: Props) {
  const { t } = useTranslation();
  const { end } = job;
  if (end === null) return <Progress job={job} />;
  const wanted = whoseSync();
  if (end.kind === 'synced' && end.sync.outcome === 'asks' && wanted !== null) {
    const { plan } = end.sync;
    return <Plan plan={plan} disabled={disabled} onAgree={() => onAgree(wanted, plan.digest)} />;
  }
  const { tone, text, more } = endWords(t, end);
  return (
    <p className={`hint tone-${tone}`} role="status">
      <span>
        <strong>{text}</strong> {more}
      </span>
    </p>
  );
}

interface PlanProps {
  readonly plan: SyncPlan;
  readonly disabled: boolean;
  readonly onAgree: () => void;
}

/** What the app would send, by where each record stands here. Nothing went yet. */
function Plan({ plan, disabled, onAgree }: PlanProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className="card" aria-label={t('phone.plan.title')}>
      <p className="hint tone-warning" role="status">
        <TriangleAlert aria-hidden size={20} />
        <span>
          <strong>{t('phone.plan.title')}</strong> {t('phone.plan.more')}
        </span>
      </p>
      <ul>
        {GOING.filter((going) => plan.counts[going] > 0).map((going) => (
          <li key={going}>
            {format.number(plan.counts[going])} {t(`going.${going}`)}
          </li>
        ))}
      </ul>
      {plan.versions === null ? null : <p>{t('phone.plan.versions', { ...plan.versions })}</p>}
      <Button icon={RefreshCw} isDisabled={disabled} onPress={onAgree}>
        {t('phone.plan.agree')}
      </Button>
    </section>
  );
}
