/** The people of the station: the administrator adds them, gives out new PINs, and sets what holds for all. */
import { UserPlus } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ROLES, type Role, type StaffMember } from '../../../shared/people.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { Pick } from '../../components/pick.tsx';
import { Tick } from '../../components/tick.tsx';
import { useAsking } from '../../desk/doors.tsx';
import { RecoveryCode } from '../../desk/recovery-code.tsx';
import { SecretBox, takeSecrets } from '../../desk/secret-box.tsx';
import { useClient, useQuery } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';

export function People() {
  const { t } = useTranslation();
  const { info } = useStationStatus();
  const list = useQuery('staff.list', {}, ['settings', 'desk']);
  const people = list.value?.people ?? [];
  return (
    <section className="card" aria-label={t('staff.title')}>
      <h2>{t('staff.title')}</h2>
      {info?.person.by === 'practice' ? (
        <p className="help">{t('staff.practice')}</p>
      ) : (
        <>
          <Failure failure={list.failure} retry={list.again} />
          <ul className="today-list">
            {people.map((member) => (
              <Member key={member.name} member={member} />
            ))}
          </ul>
          <Add isFirst={list.value !== undefined && people.length === 0} />
          <Rules />
          <Recovery hasCode={list.value?.hasRecoveryCode !== false} />
        </>
      )}
    </section>
  );
}

function Member({ member }: { readonly member: StaffMember }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [isResetting, setIsResetting] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const { name, role, leftAt, mustChoose } = member;
  const reset = async (event: FormEvent) => {
    event.preventDefault();
    const [secret] = takeSecrets(box) ?? [];
    if (secret === undefined) return;
    if (await work(() => client.ask('staff.reset', { name, secret }))) setIsResetting(false);
  };
  const setLeft = (left: boolean) => void work(() => client.ask('staff.change', { name, left }));
  return (
    <li>
      <p>
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        {t(`role.${role}`)}
        {leftAt === null ? (mustChoose ? ` · ${t('staff.mustChoose')}` : '') : ` · ${t('staff.left')}`}
      </p>
      <Failure failure={failure} />
      {isResetting ? (
        <form className="fields" onSubmit={(event) => void reset(event)} autoComplete="off" noValidate>
          <SecretBox box={box} label={t('staff.firstSecret')} help={t('desk.rules')} first />
          <Button type="submit" isDisabled={asking}>
            {t('staff.reset')}
          </Button>
          <Button onPress={() => setIsResetting(false)}>{t('action.cancel')}</Button>
        </form>
      ) : leftAt === null ? (
        <div className="dialog-actions">
          <Button
            isDisabled={asking}
            aria-label={t('staff.resetOf', { name })}
            onPress={() => setIsResetting(true)}
          >
            {t('staff.reset')}
          </Button>
          <Button isDisabled={asking} aria-label={t('staff.leaveOf', { name })} onPress={() => setLeft(true)}>
            {t('staff.leave')}
          </Button>
        </div>
      ) : (
        <Button isDisabled={asking} aria-label={t('staff.backOf', { name })} onPress={() => setLeft(false)}>
          {t('staff.back')}
        </Button>
      )}
    </li>
  );
}

function Add({ isFirst }: { readonly isFirst: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [name, setName] = useState('');
  const [chosen, setRole] = useState<Role>('clerk');
  const role = isFirst ? 'admin' : chosen;
  const box = useRef<HTMLInputElement>(null);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const [secret] = takeSecrets(box) ?? [];
    if (secret !== undefined && (await work(() => client.ask('staff.add', { name, role, secret }))))
      setName('');
  };
  return (
    <form className="fields" onSubmit={(event) => void add(event)} autoComplete="off" noValidate>
      <h3>{t('staff.add')}</h3>
      <Failure failure={failure} />
      <Field label={t('staff.name')} value={name} onChange={setName} maxLength={200} />
      <Pick
        label={t('staff.role')}
        chosen={role}
        choices={(isFirst ? (['admin'] as const) : ROLES).map((key) => ({ key, text: t(`role.${key}`) }))}
        onChoose={setRole}
      />
      <SecretBox box={box} label={t('staff.firstSecret')} help={t('desk.rules')} />
      <Button type="submit" icon={UserPlus} isDisabled={asking || name.trim() === ''}>
        {t('staff.add')}
      </Button>
    </form>
  );
}

function Recovery({ hasCode }: { readonly hasCode: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [made, setMade] = useState<string | null>(null);
  const make = () =>
    void work(async () => {
      setMade((await client.ask('staff.recovery', {})).recovery);
    });
  return (
    <>
      <h3>{t('staff.recovery')}</h3>
      <Failure failure={failure} />
      {made === null ? (
        <p className={hasCode ? 'help' : 'hint tone-warning'}>
          {t(hasCode ? 'staff.recoveryAbout' : 'staff.recoveryNone')}
        </p>
      ) : (
        <RecoveryCode code={made} />
      )}
      <Button isDisabled={asking} onPress={make}>
        {t('staff.recoveryMake')}
      </Button>
    </>
  );
}

function Rules() {
  const { t } = useTranslation();
  const client = useClient();
  const asked = useQuery('rules.get', {}, ['settings']);
  const { failure, work } = useAsking();
  const rules = asked.value;
  return (
    <>
      <h3>{t('staff.rules')}</h3>
      <Failure failure={failure} />
      <Pick
        label={t('staff.lock')}
        chosen={String(rules?.lockMinutes ?? 5)}
        choices={[1, 2, 5, 10, 15, 30, 60].map((minutes) => ({
          key: String(minutes),
          text: t('staff.minutes', { count: minutes }),
        }))}
        onChoose={(minutes) => void work(() => client.ask('rules.set', { lockMinutes: Number(minutes) }))}
      />
      <Tick
        chosen={rules?.fourEyes ?? true}
        onChange={(fourEyes) => void work(() => client.ask('rules.set', { fourEyes }))}
      >
        {t('staff.fourEyes')}
      </Tick>
      <p className="help">{t('staff.fourEyesAbout')}</p>
    </>
  );
}
