/** What a person chooses when signing in besides the name: as whom, or a login that is kept on this computer. */
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '../hooks/use-query.ts';
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
export function NoPassword({ user, records, way, children }: NoPasswordProps) {
  const { t } = useTranslation();
  return (
    <div className="no-password">
      <p className="help">{t(`signsIn.${way}.owner`, { user, count: records })}</p>
      {children}
    </div>
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
