/** Logins that an administrator keeps for health workers; or why this computer cannot keep any. */
import { Info, KeyRound, Trash2 } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptLogin } from '../../../shared/contract.ts';
import { notify } from '../../hooks/notices.ts';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Tick } from '../../components/tick.tsx';

export function Logins() {
  const { t } = useTranslation();
  const { server } = useStationStatus();
  const list = useQuery('logins.list', {}, ['server']);
  const { mayKeep, logins = [] } = list.value ?? {};
  return (
    <section className="card" aria-label={t('logins.title')}>
      <h2>{t('logins.title')}</h2>
      <Failure failure={list.failure} retry={list.again} />
      {mayKeep?.kind === 'no' ? (
        <p className="hint">
          <Info aria-hidden size={20} />
          <span>{t(`logins.no.${mayKeep.why}`)}</span>
        </p>
      ) : (
        <p className="help">{t('logins.about')}</p>
      )}
      {logins.length > 0 ? (
        <ul className="today-list">
          {logins.map((login) => (
            <Kept key={login.user} login={login} />
          ))}
        </ul>
      ) : mayKeep?.kind === 'yes' ? (
        <p className="help">{t('logins.none')}</p>
      ) : null}
      {mayKeep?.kind !== 'yes' ? null : server?.url == null ? (
        <p className="help">{t('logins.noServer')}</p>
      ) : (
        <Keep />
      )}
    </section>
  );
}

function Kept({ login: { user, account, keptAt } }: { readonly login: KeptLogin }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const [failure, setFailure] = useState<unknown>();
  const forget = async () => {
    try {
      await client.ask('logins.forget', { user });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <li className="card receipt-row">
      <KeyRound aria-hidden size={20} />
      <span className="past-words">
        <strong>
          <bdi>{user}</bdi>
        </strong>
        <span className="help">
          {account ? `${t('logins.accountMark')} · ` : ''}
          {t('logins.since', { moment: format.moment(keptAt) })}
        </span>
      </span>
      <Button icon={Trash2} aria-label={t('logins.forget', { user })} onPress={() => void forget()}>
        {t('action.remove')}
      </Button>
      <Failure failure={failure} />
    </li>
  );
}

/** The password is read from its box when it is sent, and the box is emptied. */
function Keep() {
  const { t } = useTranslation();
  const client = useClient();
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [account, setAccount] = useState(false);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const keep = async (event: FormEvent) => {
    event.preventDefault();
    const login = { user: user.current?.value.trim() ?? '', password: password.current?.value ?? '' };
    if (login.user === '' || login.password === '') {
      (login.user === '' ? user : password).current?.focus();
      return;
    }
    if (password.current !== null) password.current.value = '';
    setAsking(true);
    setFailure(undefined);
    try {
      await client.ask('logins.keep', { ...login, account });
      if (user.current !== null) user.current.value = '';
      setAccount(false);
      notify({ tone: 'good', text: t('logins.kept', { user: login.user }) });
    } catch (error) {
      setFailure(error);
    } finally {
      setAsking(false);
    }
  };
  return (
    <form className="keep-login" onSubmit={(event) => void keep(event)} autoComplete="off">
      <label className="field">
        {t('logins.user')}
        <input
          ref={user}
          className="input"
          name="kept-user"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={200}
          dir="auto"
        />
      </label>
      <label className="field">
        {t('logins.password')}
        <input
          ref={password}
          className="input"
          name="kept-password"
          type="password"
          autoComplete="off"
          maxLength={1000}
        />
      </label>
      <Tick chosen={account} onChange={setAccount}>
        {t('logins.account')}
      </Tick>
      <Failure failure={failure} />
      <Button type="submit" icon={KeyRound} isDisabled={asking}>
        {asking ? t('logins.asking') : t('logins.keep')}
      </Button>
    </form>
  );
}
