/** The doors of the window: somebody signs in, comes back to a locked station, or chooses a PIN of their own. */
import { Lock, LogIn } from 'lucide-react';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { Failure } from '../components/failure.tsx';
import { Field } from '../components/field.tsx';
import { useClient } from '../hooks/use-query.ts';
import { SecretBox, takeSecrets } from './secret-box.tsx';

/** One piece of work with the station at a time, and what came in its way. */
export function useAsking(): {
  readonly asking: boolean;
  readonly failure: unknown;
  readonly work: (ask: () => Promise<unknown>) => Promise<boolean>;
} {
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const work = async (ask: () => Promise<unknown>): Promise<boolean> => {
    setAsking(true);
    setFailure(undefined);
    try {
      await ask();
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    } finally {
      setAsking(false);
    }
  };
  return { asking, failure, work };
}

export function SignInHere() {
  const [isRecovering, setIsRecovering] = useState(false);
  return isRecovering ? (
    <RecoverHere onBack={() => setIsRecovering(false)} />
  ) : (
    <NameAndSecret onRecover={() => setIsRecovering(true)} />
  );
}

function NameAndSecret({ onRecover }: { readonly onRecover: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [name, setName] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const send = async () => {
    const [secret] = takeSecrets(box) ?? [];
    if (secret === undefined) return;
    if (!(await work(() => client.ask('desk.sign-in', { name, secret })))) box.current?.focus();
  };
  return (
    <Door
      title={t('desk.signIn')}
      submit={t('desk.signIn')}
      asking={asking}
      failure={failure}
      onSend={send}
      other={
        <Button look="quiet" onPress={onRecover}>
          {t('desk.recover')}
        </Button>
      }
    >
      <Field
        label={t('desk.name')}
        value={name}
        onChange={setName}
        autoFocus
        autoComplete="off"
        maxLength={200}
        isRequired
      />
      <SecretBox box={box} label={t('desk.secret')} />
      <p className="help">{t('desk.forgotten')}</p>
    </Door>
  );
}

function RecoverHere({ onBack }: { readonly onBack: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [name, setName] = useState('');
  const [differ, setDiffer] = useState(false);
  const [code, next, again] = [
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
  ];
  const send = async () => {
    const [typed = '', secret = '', repeated = ''] = takeSecrets(code, next, again) ?? [];
    if (typed === '') return;
    setDiffer(secret !== repeated);
    if (secret === repeated)
      await work(() => client.ask('desk.recover', { name, code: typed, next: secret }));
    code.current?.focus();
  };
  return (
    <Door
      title={t('desk.recoverTitle')}
      about={t('desk.recoverAbout')}
      submit={t('desk.signIn')}
      asking={asking}
      failure={failure}
      onSend={send}
      other={
        <Button isDisabled={asking} onPress={onBack}>
          {t('action.cancel')}
        </Button>
      }
    >
      {differ ? <Differ /> : null}
      <Field
        label={t('desk.name')}
        value={name}
        onChange={setName}
        autoComplete="off"
        maxLength={200}
        autoFocus
      />
      <SecretBox box={code} label={t('desk.code')} shown />
      <SecretBox box={next} label={t('desk.nextPassphrase')} help={t('desk.rules')} />
      <SecretBox box={again} label={t('desk.again')} />
    </Door>
  );
}

export function Differ() {
  const { t } = useTranslation();
  return (
    <p className="failure" role="alert">
      {t('desk.differ')}
    </p>
  );
}

export function Locked() {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const box = useRef<HTMLInputElement>(null);
  const send = async () => {
    const [secret] = takeSecrets(box) ?? [];
    if (secret === undefined) return;
    if (!(await work(() => client.ask('desk.unlock', { secret })))) box.current?.focus();
  };
  return (
    <>
      <div className="gate-blur" aria-hidden />
      <Door
        title={t('desk.locked')}
        about={t('desk.lockedAbout')}
        submit={t('desk.unlock')}
        asking={asking}
        failure={failure}
        onSend={send}
        other={
          <Button isDisabled={asking} onPress={() => void work(() => client.ask('desk.sign-out', {}))}>
            {t('desk.someoneElse')}
          </Button>
        }
      >
        <SecretBox box={box} label={t('desk.secret')} first />
      </Door>
    </>
  );
}

export function ChoosePin() {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [differ, setDiffer] = useState(false);
  const [old, next, again] = [
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
  ];
  const send = async () => {
    const [oldSecret = '', nextSecret = '', repeated = ''] = takeSecrets(old, next, again) ?? [];
    if (oldSecret === '') return;
    setDiffer(nextSecret !== repeated);
    if (nextSecret === repeated)
      await work(() => client.ask('desk.choose', { old: oldSecret, next: nextSecret }));
    old.current?.focus();
  };
  return (
    <Door
      title={t('desk.choose')}
      about={t('desk.chooseAbout')}
      submit={t('desk.choose')}
      asking={asking}
      failure={failure}
      onSend={send}
      other={
        <Button isDisabled={asking} onPress={() => void work(() => client.ask('desk.sign-out', {}))}>
          {t('action.cancel')}
        </Button>
      }
    >
      {differ ? <Differ /> : null}
      <SecretBox box={old} label={t('desk.given')} first />
      <SecretBox box={next} label={t('desk.next')} help={t('desk.rules')} />
      <SecretBox box={again} label={t('desk.again')} />
    </Door>
  );
}

interface DoorProps {
  readonly title: string;
  readonly about?: string;
  readonly submit: string;
  readonly asking: boolean;
  readonly failure: unknown;
  readonly onSend: () => Promise<void>;
  readonly other?: ReactNode;
  readonly children: ReactNode;
}

function Door({ title, about, submit, asking, failure, onSend, other, children }: DoorProps) {
  const { t } = useTranslation();
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!asking) void onSend();
  };
  return (
    <form className="card gate-card" onSubmit={send} autoComplete="off" noValidate>
      <h1>
        <Lock aria-hidden size={24} /> {title}
      </h1>
      {about === undefined ? null : <p className="help">{about}</p>}
      <Failure failure={failure} />
      {children}
      <div className="dialog-actions">
        {other}
        <Button type="submit" look="main" icon={LogIn} isDisabled={asking}>
          {asking ? t('signIn.asking') : submit}
        </Button>
      </div>
    </form>
  );
}
