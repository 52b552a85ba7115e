/** The station asks for a PIN in the middle of the work: of whoever sits here once more, or of a second person. */
import { Check } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Agreement } from '../agreements.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Failure } from '../components/failure.tsx';
import { Field } from '../components/field.tsx';
import { useClient } from '../hooks/use-query.ts';
import { SecretBox, takeSecrets } from './secret-box.tsx';

export function Agree() {
  const { t } = useTranslation();
  const { agreements } = useClient();
  const asked = useSyncExternalStore(agreements.onChange, agreements.current);
  // Whoever comes next at this desk is not asked what the last person began.
  useEffect(() => () => agreements.current()?.giveUp(), [agreements]);
  if (asked === null) return null;
  return (
    <Dialog title={t(`agree.${asked.needed}.title`)} open onClose={asked.giveUp}>
      <Asked key={asked.needed} asked={asked} />
    </Dialog>
  );
}

function Asked({ asked: { needed, records, give, giveUp } }: { readonly asked: Agreement }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const box = useRef<HTMLInputElement>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const [secret] = takeSecrets(box) ?? [];
    if (secret === undefined || asking) return;
    setAsking(true);
    setFailure(undefined);
    const wrong = await give(needed === 'unlock' ? { unlock: secret } : { second: { name, secret } });
    setFailure(wrong);
    setAsking(false);
    if (wrong !== undefined) box.current?.focus();
  };
  return (
    <form className="sign-in" onSubmit={(event) => void send(event)} autoComplete="off" noValidate>
      <p>{t(`agree.${needed}.about`, { count: records })}</p>
      <Failure failure={failure} />
      {needed === 'unlock' ? null : (
        <Field
          label={t('agree.second.name')}
          value={name}
          onChange={setName}
          maxLength={200}
          autoComplete="off"
          autoFocus
        />
      )}
      <SecretBox
        box={box}
        label={t(needed === 'unlock' ? 'desk.secret' : 'agree.second.secret')}
        first={needed === 'unlock'}
      />
      <div className="dialog-actions">
        <Button onPress={giveUp}>{t('action.cancel')}</Button>
        <Button
          type="submit"
          look="main"
          icon={Check}
          isDisabled={asking || (needed === 'second' && name.trim() === '')}
        >
          {asking ? t('signIn.asking') : t(`agree.${needed}.do`)}
        </Button>
      </div>
    </form>
  );
}
