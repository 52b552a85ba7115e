/**
 * Choosing a new password for a person of whom the server wants one. The current one is asked for again, as on the
 * server's own page: the window kept nothing of the sign-in before.
 */
import { KeyRound, TriangleAlert } from 'lucide-react';
import { useId, useRef, useState, type FormEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../hooks/use-query.ts';
import { Button } from './button.tsx';
import { failureSentence } from './failure.tsx';

interface Props {
  readonly user: string;
  /** The server has taken it. */
  readonly onChosen: (password: string) => void;
  readonly onCancel: () => void;
}

export function NewPassword({ user, onChosen, onCancel }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const current = useRef<HTMLInputElement>(null);
  const next = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const choose = async (event: FormEvent) => {
    event.preventDefault();
    const [password = '', newPassword = '', repeated = ''] = [current, next, again].map(
      (box) => box.current?.value ?? '',
    );
    const empty = [current, next, again].find((box) => (box.current?.value ?? '') === '');
    if (empty !== undefined) return empty.current?.focus();
    if (newPassword !== repeated) {
      setProblem(t('newPassword.differ'));
      return again.current?.focus();
    }
    setProblem(null);
    setAsking(true);
    try {
      await client.ask('password.change', { user, password, newPassword });
      for (const box of [current, next, again]) if (box.current !== null) box.current.value = '';
      onChosen(newPassword);
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      setProblem(`${sentence} ${action}`);
      setAsking(false);
    }
  };
  return (
    <form className="sign-in" onSubmit={(event) => void choose(event)} autoComplete="off">
      <p>
        <strong>{t('newPassword.why')}</strong> <bdi>{user}</bdi>
      </p>
      <p className="help">{t('newPassword.about')}</p>
      {problem === null ? null : (
        <div className="failure" role="alert">
          <TriangleAlert aria-hidden size={20} />
          <div>{problem}</div>
        </div>
      )}
      <Box box={current} label={t('newPassword.current')} shown={shown} first />
      <Box box={next} label={t('newPassword.next')} shown={shown} />
      <Box box={again} label={t('newPassword.again')} shown={shown} />
      <label className="plain-tick">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        {t('newPassword.show')}
      </label>
      <div className="dialog-actions">
        <Button onPress={onCancel}>{t('action.cancel')}</Button>
        <Button type="submit" look="main" icon={KeyRound} isDisabled={asking}>
          {asking ? t('signIn.asking') : t('newPassword.choose')}
        </Button>
      </div>
    </form>
  );
}

interface BoxProps {
  readonly box: RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly shown: boolean;
  readonly first?: boolean;
}

function Box({ box, label, shown, first = false }: BoxProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        ref={box}
        id={id}
        className="input"
        type={shown ? 'text' : 'password'}
        autoComplete="off"
        spellCheck={false}
        maxLength={1000}
        autoFocus={first}
      />
    </div>
  );
}
