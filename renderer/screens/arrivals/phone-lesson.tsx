/** The lesson of the phone without internet: it is read, its records are sent, its app synchronises, and what came is seen. */
import { useTranslation } from 'react-i18next';
import type { StationInfo } from '../../../shared/contract.ts';
import { daysSince, type HealthWorkerRow } from '../../../shared/health-workers.ts';
import { PracticeSteps, SignInAs } from './practice-steps.tsx';

interface Props {
  readonly users: NonNullable<StationInfo['practice']>['users'];
  /** Whose phone it is. */
  readonly user: string;
  /** `undefined`: nothing here names this person yet. */
  readonly owner: HealthWorkerRow | undefined;
  /** The name of one that the phone lacks. */
  readonly household: string;
}

export function PhoneLesson({ users, user, owner, household }: Props) {
  const { t } = useTranslation();
  const account = users.find((one) => one.user === user);
  const synced = isSynced(owner);
  return (
    <section className="practice-phone" aria-label={t('practice.phoneTitle')}>
      <h3>{t('practice.phoneTitle')}</h3>
      <p className="help">{t('practice.phoneAbout', { user })}</p>
      <PracticeSteps
        label={t('practice.phoneTitle')}
        words={{ user, household }}
        steps={[
          { step: 'phoneRead', done: owner?.lastVisit != null },
          { step: 'phoneSend', done: (owner?.records.accepted ?? 0) > 0 },
          { step: 'phoneSync', done: synced },
          { step: 'phoneArrived', done: synced },
        ]}
      />
      {account === undefined ? null : <SignInAs {...account} />}
    </section>
  );
}

/** The phone comes from the field: when it last had internet is weeks before the visit. */
function isSynced(owner: HealthWorkerRow | undefined): boolean {
  if (owner?.syncedAt == null || owner.lastVisit === null) return false;
  return daysSince(owner.syncedAt, Date.parse(owner.lastVisit)) === 0;
}
