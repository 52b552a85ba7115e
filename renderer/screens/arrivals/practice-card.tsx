/** Practice mode: from a stick to the server, then a phone without internet. */
import { GraduationCap, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { StationInfo } from '../../../shared/contract.ts';
import { Button } from '../../components/button.tsx';
import { prefer, usePreferences } from '../../hooks/preferences.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { PhoneLesson } from './phone-lesson.tsx';
import { PracticeSteps, SignInAs } from './practice-steps.tsx';

export function PracticeCard({ practice }: { readonly practice: NonNullable<StationInfo['practice']> }) {
  const { t } = useTranslation();
  const { practiceCard } = usePreferences();
  const { status } = useStationStatus();
  const { value } = useQuery('workers.list', { offset: 0, limit: 100 }, ['intake', 'batches', 'outbox']);
  if (practiceCard === 'closed') return null;
  const people = value?.rows ?? [];
  const owner = people.find(({ user }) => user === practice.phone?.user);
  // What the phone brought was on no stick.
  const others = people.filter((one) => one !== owner);
  const taken = others.some(({ visits }) => visits > 0);
  const sent = others.some(({ records }) => records.accepted > 0);
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
      <PracticeSteps
        label={t('practice.title')}
        steps={[
          { step: 'take', done: taken },
          { step: 'compare', done: taken && status?.comparedAt != null },
          { step: 'approve', done: sent || others.some(({ records }) => records.toSend > 0) },
          { step: 'send', done: sent || (taken && status?.lastUploadAt != null) },
          { step: 'accepted', done: sent },
        ]}
      />
      {first === undefined ? null : <SignInAs {...first} />}
      {practice.phone === null ? null : (
        <PhoneLesson users={practice.users} owner={owner} {...practice.phone} />
      )}
    </section>
  );
}
