/** What a person chooses when signing in besides the name: as whom, or a login that is kept on this computer. */
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasNoPassword } from '../../shared/sign-in-ways.ts';
import type { OthersWork } from '../../shared/upload.ts';
import { useQuery } from '../hooks/use-query.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';
import { Button } from './button.tsx';
import { Segments } from './segments.tsx';

interface AsWhomProps {
  readonly account: boolean;
  readonly does: 'send' | 'check';
  readonly onChange: (account: boolean) => void;
}

/** The health worker, or a station account: then it is said what that means before anything is sent. */
export function AsWhom({ account, does, onChange }: AsWhomProps) {
  const { t } = useTranslation();
  return (
    <div className="as-whom">
      <Segments
        label={t('signIn.asWhom')}
        chosen={account ? 'account' : 'author'}
        choices={[
          { key: 'author', text: t('signIn.author') },
          { key: 'account', text: t('signIn.account') },
        ]}
        onChoose={(chosen) => onChange(chosen === 'account')}
      />
      <p className="help" role="status">
        {account ? t(`signIn.accountMore.${does}`) : t('signIn.authorMore')}
      </p>
    </div>
  );
}

interface NoPasswordProps {
  readonly user: string;
  readonly records: number;
  readonly way: 'link' | 'sso';
  readonly children: ReactNode;
}

/** Somebody whose records are ready and who has no password to type. */
function NoPassword({ user, records, way, children }: NoPasswordProps) {
  const { t } = useTranslation();
  return (
    <div className="no-password">
      <p className="help">{t(`signsIn.${way}.owner`, { user, count: records })}</p>
      {children}
    </div>
  );
}

interface OwnersProps {
  readonly owners: readonly OthersWork[];
  readonly onChoose: (user: string) => void;
  /** What somebody without a password can do instead. */
  readonly children: ReactNode;
}

/** Whose records are ready: with a button for whoever signs in with a password. */
export function Owners({ owners, onChoose, children }: OwnersProps) {
  const { t } = useTranslation();
  const named = owners.flatMap(({ user: name, records, signsIn }) =>
    name === null ? [] : [{ name, records, way: hasNoPassword(signsIn) ? signsIn : null }],
  );
  if (named.length === 0) return null;
  return (
    <fieldset className="practice-users">
      <legend>{t('signIn.owners')}</legend>
      {named.map(({ name, records, way }) =>
        way === null ? (
          <Button key={name} onPress={() => onChoose(name)}>
            {t('signIn.owner', { user: name, count: records })}
          </Button>
        ) : (
          <NoPassword key={name} user={name} records={records} way={way}>
            {children}
          </NoPassword>
        ),
      )}
    </fieldset>
  );
}

interface PracticeUsersProps {
  readonly onChoose: (user: string, password: string) => void;
}

/** The people of the practice server, whose passwords are no secret; nothing beside real data. */
export function PracticeUsers({ onChoose }: PracticeUsersProps) {
  const { t } = useTranslation();
  const { info } = useStationStatus();
  const users = info?.practice?.users ?? [];
  if (users.length === 0) return null;
  return (
    <fieldset className="practice-users">
      <legend>{t('signIn.practice')}</legend>
      {users.map(({ user, password }) => (
        <Button key={user} onPress={() => onChoose(user, password)}>
          {user}
        </Button>
      ))}
    </fieldset>
  );
}

interface KeptProps {
  /** Only logins of this sort; all where it is not said. */
  readonly account: boolean | undefined;
  readonly disabled: boolean;
  readonly onChoose: (user: string) => void;
}

export function KeptLogins({ account, disabled, onChoose }: KeptProps) {
  const { t } = useTranslation();
  const list = useQuery('logins.list', {}, ['server']);
  const logins = (list.value?.logins ?? []).filter(
    (login) => account === undefined || login.account === account,
  );
  if (logins.length === 0) return null;
  return (
    <fieldset className="practice-users">
      <legend>{t('signIn.kept')}</legend>
      {logins.map(({ user }) => (
        <Button key={user} icon={KeyRound} isDisabled={disabled} onPress={() => onChoose(user)}>
          {user}
        </Button>
      ))}
    </fieldset>
  );
}
