/** At the first start: this station becomes the one of a backup. Which one, its passphrase, and how far it is. */
import { CircleStop, FolderOpen, HardDriveUpload } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ProgressBar } from 'react-aria-components';
import { StationError } from '../../shared/errors.ts';
import { runningOf, type RestoreState, type RunningRestore } from '../../shared/restore.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { Failure } from '../components/failure.tsx';
import { Field } from '../components/field.tsx';
import { share } from '../components/remaining.ts';
import { useFormat } from '../hooks/use-format.ts';
import { useClient } from '../hooks/use-query.ts';
import { useAsking } from './doors.tsx';
import { SecretBox, takeSecrets } from './secret-box.tsx';

interface Props {
  readonly state: RestoreState;
  /** Asks for the state once more. */
  readonly again: () => void;
  readonly onBack: () => void;
}

export function RestoreHere({ state, again, onBack }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [wantsOther, setWantsOther] = useState(false);
  const { canChoose, file, progress } = state;
  const running = runningOf(state);
  const step =
    running !== null ? 'running' : file === null || (wantsOther && !canChoose) ? 'choose' : 'passphrase';
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = card.current?.querySelector<HTMLElement>('input');
    (first ?? card.current?.querySelector('h1'))?.focus();
  }, [step]);
  const choose = async (path?: string) => {
    const isAsked = await work(() => client.ask('restore.choose', path === undefined ? {} : { path }));
    if (isAsked) setWantsOther(false);
    again();
  };
  const start = async (passphrase: string) => {
    await work(() => client.ask('restore.start', { passphrase }));
    again();
  };
  const back = () => (step === 'choose' && file !== null ? setWantsOther(false) : onBack());
  return (
    <div className="card gate-card" data-step={step} ref={card}>
      <h1 tabIndex={-1}>{t('fromBackup.title')}</h1>
      {step === 'running' ? null : <p className="help">{t('fromBackup.about')}</p>}
      {failure !== undefined ? (
        <Failure failure={failure} />
      ) : progress.kind === 'failed' && step === 'passphrase' ? (
        <Failure failure={new StationError(progress.code)} />
      ) : progress.kind === 'stopped' && step === 'passphrase' ? (
        <p role="status">{t('fromBackup.stopped')}</p>
      ) : null}
      {step === 'choose' ? null : <Facts file={file} />}
      {running !== null ? (
        <HowFar running={running} again={again} />
      ) : step === 'choose' ? (
        <Choose canChoose={canChoose} asking={asking} onChoose={choose} onBack={back} />
      ) : (
        <Passphrase
          asking={asking}
          onStart={start}
          onOther={() => (canChoose ? void choose() : setWantsOther(true))}
          onBack={back}
        />
      )}
    </div>
  );
}

function Facts({ file }: Pick<RestoreState, 'file'>) {
  const { t } = useTranslation();
  const format = useFormat();
  if (file === null) return null;
  return (
    <dl className="facts">
      <dt>{t('fromBackup.file')}</dt>
      <dd>
        <bdi>{file.name}</bdi>
      </dd>
      <dt>{t('fromBackup.dated')}</dt>
      <dd>{format.moment(file.dated)}</dd>
      <dt>{t('fromBackup.size')}</dt>
      <dd>{format.bytes(file.bytes)}</dd>
    </dl>
  );
}

interface ChooseProps {
  readonly canChoose: boolean;
  readonly asking: boolean;
  /** Without a path the system's dialog asks for it. */
  readonly onChoose: (path?: string) => Promise<void>;
  readonly onBack: () => void;
}

function Choose({ canChoose, asking, onChoose, onBack }: ChooseProps) {
  const { t } = useTranslation();
  const [path, setPath] = useState('');
  const typed = path.trim();
  const mayChoose = !asking && (canChoose || typed !== '');
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (mayChoose) void onChoose(canChoose ? undefined : typed);
  };
  return (
    <form className="sign-in" autoComplete="off" noValidate onSubmit={send}>
      {canChoose ? null : (
        <Field label={t('fromBackup.path')} value={path} onChange={setPath} maxLength={4096} />
      )}
      <div className="dialog-actions">
        <Button isDisabled={asking} onPress={onBack}>
          {t('fromBackup.back')}
        </Button>
        <Button type="submit" look="main" icon={FolderOpen} isDisabled={!mayChoose}>
          {t(canChoose ? 'fromBackup.choose' : 'fromBackup.choosePath')}
        </Button>
      </div>
    </form>
  );
}

interface PassphraseProps {
  readonly asking: boolean;
  readonly onStart: (passphrase: string) => Promise<void>;
  readonly onOther: () => void;
  readonly onBack: () => void;
}

function Passphrase({ asking, onStart, onOther, onBack }: PassphraseProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLInputElement>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const [passphrase] = (asking ? null : takeSecrets(box)) ?? [];
    if (passphrase !== undefined) void onStart(passphrase);
  };
  return (
    <form className="sign-in" autoComplete="off" noValidate onSubmit={send}>
      <SecretBox box={box} label={t('fromBackup.passphrase')} />
      <div className="dialog-actions">
        <Button look="quiet" isDisabled={asking} onPress={onOther}>
          {t('fromBackup.another')}
        </Button>
        <Button isDisabled={asking} onPress={onBack}>
          {t('fromBackup.back')}
        </Button>
        <Button type="submit" look="main" icon={HardDriveUpload} isDisabled={asking}>
          {t('fromBackup.start')}
        </Button>
      </div>
    </form>
  );
}

function HowFar({ running, again }: { readonly running: RunningRestore; readonly again: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const { asking: isStopping, failure, work } = useAsking();
  const value = running.kind === 'writing' ? share(running.done, running.total) : null;
  const counted =
    running.kind === 'writing'
      ? ` · ${t('progress.ofTotal', { done: format.bytes(running.done), total: format.bytes(running.total) })}`
      : '';
  const sentence = isStopping ? t('progress.stopping') : t(`fromBackup.${running.kind}`) + counted;
  const stop = async () => {
    await work(() => client.ask('restore.stop', {}));
    again();
  };
  return (
    <>
      <Failure failure={failure} />
      <div className="progress">
        <ProgressBar
          aria-label={t('fromBackup.title')}
          valueLabel={sentence}
          {...(value === null ? { isIndeterminate: true } : { value })}
        >
          <div className="progress-words">
            <span>{sentence}</span>
          </div>
          <Bar value={value} />
        </ProgressBar>
        {running.kind === 'moving' ? null : (
          <Button icon={CircleStop} isDisabled={isStopping} onPress={() => void stop()}>
            {t('action.stop')}
          </Button>
        )}
      </div>
    </>
  );
}
