/**
 * Signing in to the server for one piece of work. The password is read from its box when it is sent and the
 * box is emptied; it is in no state, no store and no log. The dialog stays until the server has let the person
 * in, so that a wrong password is corrected where it was typed.
 */
import { LogIn, TriangleAlert } from 'lucide-react';
import { useId, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../shared/errors.ts';
import type { Deletions } from '../../shared/deletions.ts';
import { useQuery } from '../hooks/use-query.ts';
import { lastName, nameToPropose, useNameBox, useSignIn, type Login } from '../hooks/use-sign-in.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { failureSentence } from './failure.tsx';
import { HelpLink } from './help-pages.tsx';
import { Names } from './names.tsx';
import { NewPassword } from './new-password.tsx';
import { AsWhom, KeptLogins, Owners, PracticeUsers } from './sign-in-choices.tsx';

interface Props {
  readonly title: string;
  readonly about: string;
  readonly submit: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Starts the work and gives its job. */
  readonly start: (login: Login) => Promise<string>;
  /** For work on records that are ready: what a station account would do. Only a name that owns such records is filled in. */
  readonly orAccount?: 'send' | 'check';
  /** A name to begin with, for a health worker's own sign-in. Where it sends, of somebody whose records are ready. */
  readonly proposed?: string;
  /** It begins as a station account. */
  readonly asAccount?: boolean;
  /** For work that sends: what this sign-in would delete on the server. The person is told and agrees before the start. */
  readonly deletions?: (who: { readonly user: string; readonly account: boolean }) => Promise<Deletions>;
}

/** In a low window the dialog scrolls: what it has to say now must be in sight, beside the button that agrees to it. */
function intoSight(said: HTMLElement | null): void {
  said?.scrollIntoView({ block: 'nearest' });
}

/** What somebody was told that would be deleted or sent for others, and with which sign-in. */
interface Told extends Deletions {
  readonly user: string;
  readonly account: boolean;
  /** With the login that is kept on this computer. */
  readonly kept: boolean;
  /** It was typed as a health worker's, and the server shows that it is a station account. */
  readonly isAccountAfterAll?: true;
}

export function SignIn(props: Props) {
  return (
    <Dialog title={props.title} open={props.open} onClose={props.onClose}>
      <SignInForm {...props} />
    </Dialog>
  );
}

function SignInForm({
  about,
  submit,
  onClose,
  start,
  orAccount,
  proposed: given,
  asAccount = false,
  deletions,
}: Props) {
  const { t } = useTranslation();
  const { server } = useStationStatus();
  const ids = { user: useId(), password: useId(), failure: useId() };
  const password = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [account, setAccount] = useState(asAccount);
  const [told, setTold] = useState<Told | null>(null);
  const ready = useQuery('outbox.owners', orAccount === undefined ? null : {}, ['outbox', 'batches']);
  const owners = orAccount === undefined ? undefined : (ready.value?.owners ?? []);
  // A station account owns nothing; whoever was told of deletions stays.
  const proposed = told?.user ?? (account ? '' : (given ?? nameToPropose(lastName(), owners)));
  const { box: user, fill: fillName } = useNameBox(proposed, password);

  /** The login turned out to be a station account, which sends everybody's work. */
  const onIsAccount = ({ name, kept }: { readonly name: string; readonly kept: boolean }) => {
    void deletions?.({ user: name, account: true }).then((found) => {
      setAccount(true);
      setTold({ ...found, user: name, account: true, kept, isAccountAfterAll: true });
    }, failed);
  };
  const ends = { onClose, onIsAccount };
  const { asking, failure, choosing, stopChoosing, failed, begin } = useSignIn(start, ends, password);

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
    await begin({ user: name, password: { password: secret }, account, deleting });
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
    const secret = password.current?.value ?? '';
    if (!kept && secret === '') return password.current?.focus();
    setTold(null);
    if (kept) return begin({ user: name, password: {}, account, deleting: records });
    // Another name needs to be told anew.
    if (user.current?.value.trim() !== name) return password.current?.focus();
    return withPassword(name, secret, records);
  };
  const fill = (name: string, secret: string) => {
    fillName(name);
    if (password.current !== null) {
      password.current.value = secret;
      password.current.focus();
    }
  };

  if (choosing !== null) {
    return (
      <NewPassword
        user={choosing}
        onCancel={stopChoosing}
        onChosen={(chosen) => {
          stopChoosing();
          void isToldNothing(choosing, false).then((nothing) =>
            nothing
              ? begin({ user: choosing, password: { password: chosen }, account, deleting: 0 })
              : undefined,
          );
        }}
      />
    );
  }
  const sentence = failure === undefined ? null : failureSentence(t, failure);
  return (
    <form className="sign-in" onSubmit={(event) => void send(event)} autoComplete="off">
      <p>{about}</p>
      {server?.url == null ? null : (
        <p className="help">
          {t('signIn.server')} <bdi>{server.url}</bdi>
        </p>
      )}
      {sentence === null ? null : (
        <div className="failure" role="alert" id={ids.failure} ref={intoSight}>
          <TriangleAlert aria-hidden size={20} />
          <div>
            <strong>{sentence.sentence}</strong> {sentence.action}
          </div>
          {failure instanceof StationError ? <HelpLink code={failure.code} /> : null}
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
          void isToldNothing(name, true).then((nothing) =>
            nothing ? begin({ user: name, password: {}, account, deleting: 0 }) : undefined,
          )
        }
      />
      {account || owners === undefined ? null : (
        <Owners owners={owners} onChoose={(name) => fill(name, '')}>
          {orAccount === undefined ? null : (
            <Button onPress={() => setAccount(true)}>{t('signsIn.useAccount')}</Button>
          )}
        </Owners>
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
      <PracticeUsers onChoose={fill} />
      {told === null ? null : (
        <div className="hint tone-warning" role="alert" ref={intoSight}>
          <TriangleAlert aria-hidden size={18} />
          <div>
            {told.isAccountAfterAll ? (
              <>
                <p>{t('signIn.isAccount', { user: told.user })}</p>
                <ul>
                  {owners?.map(({ user: owner, records }) => (
                    <li key={owner ?? ''}>
                      <bdi>
                        {t('signIn.owner', { user: owner ?? t('batch.unknownUser'), count: records })}
                      </bdi>
                    </li>
                  ))}
                </ul>
              </>
            ) : null}
            {told.records === 0 ? null : (
              <>
                <p>{t('ask.deletes', { count: told.records })}</p>
                <Names names={told.names} records={told.records} />
              </>
            )}
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
            {told.records === 0
              ? t('signIn.sendAsAccount')
              : t('signIn.sendAndDelete', { count: told.records })}
          </Button>
        )}
      </div>
    </form>
  );
}
