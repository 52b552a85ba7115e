/** A phone that synchronises: how far it is, what it would send before somebody agreed, and what came of it. */
import { RefreshCw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../../shared/contract.ts';
import { GOING, type NamedRecords, type SyncPlan } from '../../../../shared/phone-sync.ts';
import type { ChangeRow } from '../../../../shared/review.ts';
import { Button } from '../../../components/button.tsx';
import { Opener } from '../../../components/opener.tsx';
import { Progress } from '../../../components/progress.tsx';
import { endWords } from '../../../components/results.ts';
import { standsStill } from '../../../components/sync-words.ts';
import { useFormat } from '../../../hooks/use-format.ts';
import { useWhere } from '../../../hooks/use-where.ts';
import { whoseSync } from './own-readings.ts';
import type { Wanted } from './phone-list.tsx';

interface Props {
  readonly job: Job;
  readonly disabled: boolean;
  readonly onAgree: (wanted: Wanted, digest: string) => void;
  /** The person goes to a record. */
  readonly onLeave: () => void;
}

export function SyncOutcome({ job, disabled, onAgree, onLeave }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { end } = job;
  if (end === null) {
    const still = standsStill(t, job, format);
    return (
      <>
        <Progress job={job} />
        {still === null ? null : (
          <p className="hint tone-warning" role="status">
            <TriangleAlert aria-hidden size={20} />
            <span>{still}</span>
          </p>
        )}
      </>
    );
  }
  const wanted = whoseSync();
  if (end.kind === 'synced' && end.sync.outcome === 'asks' && wanted !== null) {
    const { plan, mayAgree } = end.sync;
    return (
      <Plan
        plan={plan}
        mayAgree={mayAgree}
        disabled={disabled}
        onAgree={() => onAgree(wanted, plan.digest)}
        onLeave={onLeave}
      />
    );
  }
  const { tone, text, more } = endWords(t, end, format);
  return (
    <>
      <p className={`hint tone-${tone}`} role="status">
        <span>
          <strong>{text}</strong> {more}
        </span>
      </p>
      {end.kind === 'synced' && end.sync.arrived.records > 0 ? (
        <section className="arrived">
          <h3>{t('sync.arrived')}</h3>
          <Named named={end.sync.arrived} words={t('sync.arrived')} onLeave={onLeave} />
        </section>
      ) : null}
      {end.kind === 'confirmed' && end.confirmed.unproven.records > 0 ? (
        <Named named={end.confirmed.unproven} words={text} onLeave={onLeave} />
      ) : null}
    </>
  );
}

interface PlanProps {
  readonly plan: SyncPlan;
  readonly mayAgree: boolean;
  readonly disabled: boolean;
  readonly onAgree: () => void;
  readonly onLeave: () => void;
}

/** What the app would send, by where each record stands here, and which records somebody is asked about. Nothing went yet. */
function Plan({ plan, mayAgree, disabled, onAgree, onLeave }: PlanProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts, asked, deletions } = plan;
  const isDeleting = asked.length === 0 && deletions.records > 0;
  return (
    <section className="card" aria-label={t('phone.plan.title')}>
      <p className="hint tone-warning" role="status">
        <TriangleAlert aria-hidden size={20} />
        <span>
          <strong>{t('phone.plan.title')}</strong>{' '}
          {t(isDeleting ? 'phone.plan.moreDeletes' : 'phone.plan.more')}
        </span>
      </p>
      <ul>
        {GOING.filter((going) => counts[going] > 0).map((going) => {
          const named = going === 'approved' ? deletions : asked.find((one) => one.going === going);
          return (
            <li key={going}>
              {format.number(counts[going])} {t(`going.${going}`)}
              {going === 'approved' && deletions.records > 0
                ? `, ${t('phone.plan.deletes', { count: deletions.records })}`
                : null}
              {named === undefined || named.records === 0 ? null : (
                <Named named={named} words={t(`going.${going}`)} onLeave={onLeave} />
              )}
            </li>
          );
        })}
      </ul>
      {plan.versions === null ? null : <p>{t('phone.plan.versions', { ...plan.versions })}</p>}
      {mayAgree ? (
        <Button icon={RefreshCw} isDisabled={disabled} onPress={onAgree}>
          {t('phone.plan.agree')}
        </Button>
      ) : (
        <p>{t('phone.plan.adminOnly')}</p>
      )}
    </section>
  );
}

interface NamedProps {
  readonly named: NamedRecords;
  readonly words: string;
  readonly onLeave: () => void;
}

function Named({ named: { records, rows }, words, onLeave }: NamedProps) {
  const { t } = useTranslation();
  return (
    <>
      <ul className="plan-names" aria-label={words}>
        {rows.map((row) => (
          <NamedRecord key={`${row.id} ${row.rev}`} row={row} onLeave={onLeave} />
        ))}
      </ul>
      {records > rows.length ? (
        <p className="help">{t('ask.more', { count: records - rows.length })}</p>
      ) : null}
    </>
  );
}

function NamedRecord({ row, onLeave }: { readonly row: ChangeRow; readonly onLeave: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const open = () => {
    onLeave();
    go({ place: 'review', batch: row.batch, change: row.id });
  };
  const facts = [
    row.form ?? t(`kind.${row.kind}`, { defaultValue: row.kind }),
    row.user ?? t('batch.unknownUser'),
    ...(row.reportedAt === null ? [] : [format.day(row.reportedAt)]),
    ...(row.deleted ? [t('phone.plan.deleted')] : []),
  ];
  return (
    <li>
      {/* Only what stands in a batch can be opened. */}
      {row.batch === '' ? <bdi>{row.label}</bdi> : <Opener onOpen={open}>{row.label}</Opener>}{' '}
      <span className="help">
        <bdi>{facts.join(' · ')}</bdi>
      </span>
    </li>
  );
}
