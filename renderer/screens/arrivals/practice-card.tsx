/** Practice mode: five steps from a stick to the server, ticked off as they are done. */
import { Circle, CircleCheck, GraduationCap, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { StationInfo } from '../../../shared/contract.ts';
import { prefer, usePreferences } from '../../hooks/preferences.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Button } from '../../components/button.tsx';

const STEPS = ['take', 'compare', 'approve', 'send', 'accepted'] as const;

export function PracticeCard({ practice }: { readonly practice: NonNullable<StationInfo['practice']> }) {
  const { t } = useTranslation();
  const { practiceCard } = usePreferences();
  const { status } = useStationStatus();
  if (practiceCard === 'closed') return null;
  const outbox = status?.outbox;
  const sent = (outbox?.accepted ?? 0) > 0;
  const done: Readonly<Record<(typeof STEPS)[number], boolean>> = {
    take: (status?.dumps ?? 0) > 0,
    compare: status?.comparedAt != null,
    approve: sent || (outbox?.waiting ?? 0) > 0,
    send: sent || status?.lastUploadAt != null,
    accepted: sent,
  };
  const [first] = practice.users;
  return (
    <section className="card practice" aria-label={t('practice.title')}>
      <header className="card-head">
        <GraduationCap aria-hidden size={28} />
        <div className="card-words">
          <h2>{t('practice.title')}</h2>
          <p className="help">{t('practice.about')}</p>
        </div>
        <Button look="quiet" icon={X} bare onPress={() => prefer({ practiceCard: 'closed' })}>
          {t('action.close')}
        </Button>
      </header>
      <ol className="steps">
        {STEPS.map((step) => (
          <li key={step} className={done[step] ? 'step-done' : ''}>
            {done[step] ? <CircleCheck aria-hidden size={20} /> : <Circle aria-hidden size={20} />}
            <span>
              {t(`practice.${step}`)}
              {done[step] ? <span className="unseen"> {t('practice.done')}</span> : null}
            </span>
          </li>
        ))}
      </ol>
      {first === undefined ? null : (
        <p className="help">
          {t('practice.signIn')} <code>{first.user}</code> / <code>{first.password}</code>
        </p>
      )}
    </section>
  );
}
