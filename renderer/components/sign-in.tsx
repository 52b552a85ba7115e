/**
 * Signing in to the server for one piece of work. The password is read from its box when it is sent and the
 * box is emptied; it is in no state, no store and no log. The dialog stays until the server has let the person
 * in, so that a wrong password is corrected where it was typed.
 */
import { LogIn, TriangleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../shared/errors.ts';
import { hasNoPassword } from '../../shared/sign-in-ways.ts';
import type { Deletions } from '../../shared/deletions.ts';
import type { OthersWork } from '../../shared/upload.ts';
import { useJobs } from '../hooks/jobs.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { failureSentence } from './failure.tsx';
import { Names } from './names.tsx';
import { NewPassword } from './new-password.tsx';
import { AsWhom, KeptLogins, NoPassword } from './sign-in-choices.tsx';

export interface Login {
  readonly user: string;
  /** Empty where the login that is kept on this computer is meant. */
  readonly password: { readonly password?: string };
  readonly account: boolean;
  /** How many deletions the person was told of, with their names, and agreed to. */
  readonly deleting: number;
}

interface Props {
  readonly title: string;
  readonly about: string;
  readonly submit: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Starts the work and gives its job. */
  readonly start: (login: Login) => Promise<string>;
  /** A station account may do it too: what it would do. */
  readonly orAccount?: 'send' | 'check';
  /** Of what sends: whose records are ready. Only such a name is ever filled in. */
  readonly owners?: readonly OthersWork[];
  /** Of what sends nothing: a name to begin with. */
  readonly proposed?: string;
  /** Of what sends: what would be deleted on the server with this sign-in. It is told, and agreed to, before the start. */
  readonly deletions?: (who: { readonly user: string; readonly account: boolean }) => Promise<Deletions>;
}

/** What somebody was told that would be deleted, and with which sign-in. */
interface Told extends Deletions {
  readonly user: string;
  readonly account: boolean;
  /** With the login that is kept on this computer. */
  readonly kept: boolean;
}

/** The name is offered again until the window closes; it is not written down. */
let lastUser = '';

/** The last name, where it owns some of what is sent and signs in with a password. `owners` undefined: nothing is sent. */
export function nameToPropose(last: string, owners: readonly OthersWork[] | undefined): string {
  if (owners === undefined) return last;
  return owners.some(({ user, signsIn }) => user === last && !hasNoPassword(signsIn)) ? last : '';
}

export function SignIn(props: Props) {
  return (
    <Dialog title={props.title} open={props.open} onClose={props.onClose}>
      <SignInForm {...props} />
    </Dialog>
  );
}

function SignInForm({ about, submit, onClose, start, orAccount, owners, proposed: given, deletions }: Props) {
  const { t } = useTranslation();
  const { info, server } = useStationStatus();
  const jobs = useJobs();
  const ids = { user: useId(), password: useId(), failure: useId() };
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [job, setJob] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [account, setAccount] = useState(false);
  /** Whom the server wants to choose a new password. */
  const [choosing, setChoosing] = useState<string | null>(null);
  const tried = useRef('');
  const [told, setTold] = useState<Told | null>(null);
  const named = owners?.flatMap(({ user: name, records, signsIn }) =>
    name === null ? [] : [{ name, records, way: hasNoPassword(signsIn) ? signsIn : null }],
  );
  const proposed = given ?? nameToPropose(lastUser, owners);

  const failed = (error: unknown) => {
    const mustChoose = error instanceof StationError && error.code === 'password-change-required';
    if (mustChoose) setChoosing(tried.current);
    setFailure(mustChoose ? undefined : error);
    setJob(null);
    setAsking(false);
    // After the button is enabled again the next key belongs to the password.
    setTimeout(() => password.current?.focus(), 0);
  };

  const watched = jobs.find((one) => one.job === job);
  useEffect(() => {
    if (watched === undefined) return;
    if (watched.end?.kind === 'failed') failed(new StationError(watched.end.code, watched.end.detail));
    else if (watched.end?.kind === 'uploaded' && watched.end.upload.outcome === 'failed') onClose();
    else if (
      watched.end !== null ||
      watched.paused != null ||
      (watched.step !== 'waiting' && watched.step !== 'sign-in')
    )
      onClose();
  }, [watched, onClose]);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const name = user.current?.value.trim() ?? '';
    const secret = password.current?.value ?? '';
    if (name === '' || secret === '') {
      (name === '' ? user : password).current?.focus();
      return;
    }
    if (!(await isToldNothing(name, false))) return;
    await withPassword(name, secret, 0);
  };
  const withPassword = async (name: string, secret: string, deleting: number) => {
    if (password.current !== null) password.current.value = '';
    setShown(false);
    await begin(name, { password: secret }, deleting);
  };
  /** Whether nothing would be deleted; else it is shown, and a button of its own agrees to it. */
  const isToldNothing = async (name: string, kept: boolean): Promise<boolean> => {
    if (deletions === undefined) return true;
    try {
      const found = await deletions({ user: name, account });
      setTold(found.records === 0 ? null : { ...found, user: name, account, kept });
      return found.records === 0;
    } catch (error) {
      failed(error);
      return false;
    }
  };
  const agree = async ({ user: name, kept, records }: Told) => {
    setTold(null);
    if (kept) return begin(name, {}, records);
    const secret = password.current?.value ?? '';
    // Another name needs to be told anew.
    if (user.current?.value.trim() !== name || secret === '') return password.current?.focus();
    return withPassword(name, secret, records);
  };
  const begin = async (name: string, secret: Login['password'], deleting: number) => {
    setFailure(undefined);
    setAsking(true);
    tried.current = name;
    try {
      setJob(await start({ user: name, password: secret, account, deleting }));
      lastUser = name;
    } catch (error) {
      failed(error);
    }
  };
  const fill = (name: string, secret: string) => {
    if (user.current !== null) user.current.value = name;
    if (password.current !== null) {
      password.current.value = secret;
      password.current.focus();
    }
  };

  if (choosing !== null) {
    return (
      <NewPassword
        user={choosing}
        onCancel={() => setChoosing(null)}
        onChosen={(chosen) => {
          setChoosing(null);
          void isToldNothing(choosing, false).then((nothing) =>
            nothing ? begin(choosing, { password: chosen }, 0) : undefined,
          );
        }}
      />
    );
  }
  const sentence = failure === undefined ? null : failureSentence(t, failure);
  const practice = info?.practice?.users ?? [];
  return (
    <form className="sign-in" onSubmit={(event) => void send(event)} autoComplete="off">
      <p>{about}</p>
      {server?.url == null ? null : (
        <p className="help">
          {t('signIn.server')} <bdi>{server.url}</bdi>
        </p>
      )}
      {sentence === null ? null : (
        <div className="failure" role="alert" id={ids.failure}>
          <TriangleAlert aria-hidden size={20} />
          <div>
            <strong>{sentence.sentence}</strong> {sentence.action}
          </div>
        </div>
      )}
      {orAccount === undefined ? null : (
        <AsWhom
          account={account}
          does={orAccount}
          onChange={(as) => {
            setAccount(as);
            setTold(null);
          }}
        />
      )}
      <KeptLogins
        account={orAccount === undefined ? undefined : account}
        disabled={asking}
        onChoose={(name) =>
          void isToldNothing(name, true).then((nothing) => (nothing ? begin(name, {}, 0) : undefined))
        }
      />
      {account || named === undefined || named.length === 0 ? null : (
        <fieldset className="practice-users">
          <legend>{t('signIn.owners')}</legend>
          {named.map(({ name, records, way }) =>
            way === null ? (
              <Button key={name} onPress={() => fill(name, '')}>
                {t('signIn.owner', { user: name, count: records })}
              </Button>
            ) : (
              <NoPassword key={name} user={name} records={records} way={way}>
                {orAccount === undefined ? null : (
                  <Button onPress={() => setAccount(true)}>{t('signsIn.useAccount')}</Button>
                )}
              </NoPassword>
            ),
          )}
        </fieldset>
      )}
      <div className="field">
        <label htmlFor={ids.user}>{account ? t('signIn.accountUser') : t('signIn.user')}</label>
        <input
          ref={user}
          id={ids.user}
          className="input"
          name="station-user"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={200}
          defaultValue={proposed}
          onChange={() => setTold(null)}
          autoFocus={proposed === ''}
          dir="auto"
        />
      </div>
      <div className="field">
        <label htmlFor={ids.password}>{t('signIn.password')}</label>
        <input
          ref={password}
          id={ids.password}
          className="input"
          name="station-password"
          type={shown ? 'text' : 'password'}
          autoComplete="off"
          spellCheck={false}
          maxLength={1000}
          autoFocus={proposed !== ''}
          aria-describedby={sentence === null ? undefined : ids.failure}
        />
        <label className="plain-tick">
          <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
          {t('signIn.show')}
        </label>
      </div>
      {practice.length === 0 ? null : (
        <fieldset className="practice-users">
          <legend>{t('signIn.practice')}</legend>
          {practice.map((one) => (
            <Button key={one.user} onPress={() => fill(one.user, one.password)}>
              {one.user}
            </Button>
          ))}
        </fieldset>
      )}
      {told === null ? null : (
        <div className="hint tone-warning" role="alert">
          <TriangleAlert aria-hidden size={18} />
          <div>
            <p>{t('ask.deletes', { count: told.records })}</p>
            <Names names={told.names} records={told.records} />
          </div>
        </div>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('action.cancel')}</Button>
        {told === null ? (
          <Button type="submit" look="main" icon={LogIn} isDisabled={asking}>
            {asking ? t('signIn.asking') : submit}
          </Button>
        ) : (
          <Button look="main" icon={LogIn} isDisabled={asking} onPress={() => void agree(told)}>
            {t('signIn.sendAndDelete', { count: told.records })}
          </Button>
        )}
      </div>
    </form>
  );
}
